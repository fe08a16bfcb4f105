// A spoke's accept: lines of headers, an empty line, the body. Nobody signs by chance.
#include "Fuzz.h"
#include "OpenSpoke.h"

using namespace spokehub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const spokes::Spoke& spoke = fuzz::openSpoke();
    std::string_view rest = fuzz::viewOf(data, size);
    const std::string_view method = fuzz::cut(rest, '\n') == "GET" ? "GET" : "POST";
    const std::string_view topic = fuzz::cut(rest, '\n');
    const std::string_view query = fuzz::cut(rest, '\n');
    std::vector<spokes::WebhookHeader> headers;
    while (!rest.empty() && rest.front() != '\n') {
        std::string_view line = fuzz::cut(rest, '\n');
        const std::string_view name = fuzz::cut(line, ':');
        headers.push_back({name, line});
    }
    const std::string_view body = rest.substr(std::min<std::size_t>(rest.size(), 1));

    const spokes::Accepted accepted =
        spoke.accept({method, topic, query, headers, body, Time{1'795'176'000'000'000}});

    fuzz::require(accepted.verdict != spokes::AcceptVerdict::Genuine, "nobody signs by chance");
    fuzz::require(accepted.verdict != spokes::AcceptVerdict::Failed ||
                      accepted.kind == Class::Unsupported,
                  "it can say what this is: " + accepted.reason);
    return 0;
}
