#include "api/Etag.h"

#include "core/Error.h"

#include <array>
#include <charconv>
#include <functional>

namespace spokehub::api
{

std::string etagOf(std::string_view body)
{
    std::array<char, 40> text{};
    char* at =
        std::to_chars(text.data(), text.data() + 20, std::hash<std::string_view>{}(body), 36).ptr;
    *at++ = '-';
    at = std::to_chars(at, text.data() + text.size(), body.size(), 36).ptr;
    return "\"" + std::string(text.data(), at) + "\"";
}

bool namesEtag(std::string_view header, std::string_view etag)
{
    while (!header.empty()) {
        std::string_view one = header.substr(0, header.find(','));
        header.remove_prefix(std::min(header.size(), one.size() + 1));
        while (one.starts_with(' '))
            one.remove_prefix(1);
        while (one.ends_with(' '))
            one.remove_suffix(1);
        if (one == etag || one == "*")
            return true;
    }
    return false;
}

void requireMatch(const Call& call, std::string_view current)
{
    const std::string* wanted = call.request.header("If-Match");
    if (wanted != nullptr && !namesEtag(*wanted, etagOf(current)))
        throw Error(Refusal::PreconditionFailed,
                    "it was changed meanwhile: read it again, and send the ETag of that answer");
}

} // namespace spokehub::api
