#include "spokes/HttpClient.h"

#include "spokes/HttpConnection.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace spokehub::spokes
{

namespace
{

using namespace std::chrono_literals;

// Shops close a kept connection after five seconds and more. A request that meets the close has an
// unknown outcome, so it is not tried that late.
constexpr auto idleMax = 4s;
constexpr std::size_t keptMax = 4;

bool sameText(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// Head of the request; nothing when the caller sets a header that is ours.
std::optional<std::string> headOf(const HttpCall& call, const Url& url, std::string& why)
{
    constexpr std::array<std::string_view, 6> ours = {
        "host", "content-length", "connection", "transfer-encoding", "expect", "upgrade"};
    std::string head =
        call.method + " " + url.target + " HTTP/1.1\r\nHost: " + url.authority() + "\r\n";
    bool agent = false;
    for (const auto& [name, value] : call.headers) {
        if (std::ranges::any_of(
                ours, [&name = name](std::string_view own) { return sameText(own, name); })) {
            why = "the header '" + name + "' is set by the hub";
            return std::nullopt;
        }
        agent = agent || sameText(name, "User-Agent");
        head.append(name).append(": ").append(value).append("\r\n");
    }
    if (!agent)
        head += "User-Agent: Spokehub/" SPOKEHUB_VERSION "\r\n";
    if (!call.body.empty() || call.method == "POST" || call.method == "PUT" ||
        call.method == "PATCH")
        head += "Content-Length: " + std::to_string(call.body.size()) + "\r\n";
    return head + "\r\n";
}

HttpReply failed(Class kind, std::string reason)
{
    HttpReply reply;
    reply.kind = kind;
    reply.reason = std::move(reason);
    return reply;
}

} // namespace

struct HttpClient::Impl
{
    struct Kept
    {
        Url url;
        HttpConnection connection;
        std::chrono::steady_clock::time_point since;
    };

    std::optional<HttpConnection> take(const Url& url);
    void keep(const Url& url, HttpConnection connection);
    HttpReply exchange(HttpConnection& connection, const std::string& head, const HttpCall& call,
                       Patience& patience);

    const Clock& clock;
    HttpRules rules;
    std::vector<Kept> kept;
};

std::optional<HttpConnection> HttpClient::Impl::take(const Url& url)
{
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(
        kept, [now](Kept& each) { return now - each.since > idleMax || !each.connection.quiet(); });
    const auto found =
        std::ranges::find_if(kept, [&url](const Kept& each) { return each.url.sameOrigin(url); });
    if (found == kept.end())
        return std::nullopt;
    HttpConnection connection = std::move(found->connection);
    kept.erase(found);
    return connection;
}

void HttpClient::Impl::keep(const Url& url, HttpConnection connection)
{
    if (kept.size() == keptMax)
        kept.erase(kept.begin());
    kept.push_back({url, std::move(connection), std::chrono::steady_clock::now()});
}

/// Writes the request and reads the answer. Throws Broken.
HttpReply HttpClient::Impl::exchange(HttpConnection& connection, const std::string& head,
                                     const HttpCall& call, Patience& patience)
{
    connection.write(head, patience);
    connection.write(call.body, patience);
    patience.sent();
    return connection.readReply(call.method == "HEAD", call.bodyBytesMax, patience);
}

HttpClient::HttpClient(const Clock& clock, HttpRules rules)
    : _impl(new Impl{clock, std::move(rules), {}})
{
}
HttpClient::~HttpClient() = default;

HttpReply HttpClient::send(const HttpCall& call)
{
    const auto url = parseUrl(call.url);
    if (!url)
        return failed(Class::Bug, "it is not an absolute http or https address");
    const Reach reach = reachOf(_impl->rules, *url);
    if (reach == Reach::Refused)
        return failed(Class::Config,
                      "the host '" + url->authority() +
                          "' is not allowed: neither the manifest's hosts nor base_url name it");
    std::string why;
    const auto head = headOf(call, *url, why);
    if (!head)
        return failed(Class::Bug, why);

    Patience patience(call.deadline - _impl->clock.now(), call.stopped);
    auto connection = _impl->take(*url);
    bool again = connection && (call.method == "GET" || call.method == "HEAD");
    while (true) {
        try {
            if (!connection)
                connection = HttpConnection::open(*url, reach == Reach::PublicOnly,
                                                  _impl->rules.caFile, patience);
            auto reply = _impl->exchange(*connection, *head, call, patience);
            if (connection->reusable())
                _impl->keep(*url, std::move(*connection));
            return reply;
        } catch (const Broken& broken) {
            // A kept connection may have been closed just now; to read once more does no harm.
            const bool readAgain =
                again && broken.kind == Class::UnknownOutcome && !connection->answering();
            if (!readAgain)
                return failed(broken.kind, broken.reason);
            again = false;
            connection.reset();
            patience.sendAgain();
        }
    }
}

} // namespace spokehub::spokes
