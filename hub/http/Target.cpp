#include "http/Target.h"

#include "http/Address.h"
#include "http/Message.h"

#include <algorithm>
#include <charconv>

namespace spokehub::http
{

namespace
{

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isHex(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool isNameCharacter(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

bool isPathAndQuery(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c <= 0x20 || c == 0x7f || c == '#') // char is signed: what is not ASCII is below zero
            return false;
        if (c == '%' && (i + 2 >= text.size() || !isHex(text[i + 1]) || !isHex(text[i + 2])))
            return false;
    }
    return true;
}

bool isPort(std::string_view digits)
{
    unsigned port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return digits.empty() ||
           (error == std::errc{} && end == digits.data() + digits.size() && port <= 65535);
}

Target split(std::string_view authority, std::string_view rest)
{
    const auto mark = rest.find('?');
    Target target{authority, rest.substr(0, mark), {}};
    if (mark != std::string_view::npos)
        target.query = rest.substr(mark + 1);
    if (target.path.empty())
        target.path = "/";
    return target;
}

} // namespace

bool isAuthority(std::string_view text)
{
    std::size_t hostEnd = 0;
    if (text.starts_with('[')) {
        const auto bracket = text.find(']');
        if (bracket == std::string_view::npos)
            return false;
        const auto literal = text.substr(1, bracket - 1);
        if (literal.find(':') == std::string_view::npos || !Address::parse(literal))
            return false;
        hostEnd = bracket + 1;
    } else {
        hostEnd = std::min(text.find(':'), text.size());
        if (hostEnd == 0 || !std::ranges::all_of(text.substr(0, hostEnd), isNameCharacter))
            return false;
    }
    const auto rest = text.substr(hostEnd);
    return rest.empty() || (rest.front() == ':' && isPort(rest.substr(1)));
}

std::optional<Target> splitTarget(std::string_view method, std::string_view target)
{
    if (!isPathAndQuery(target))
        return std::nullopt;
    if (target.starts_with('/'))
        return split({}, target);
    if (target == "*" && method == "OPTIONS")
        return Target{{}, target, {}};

    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!equalNames(target.substr(0, scheme.size()), scheme))
            continue;
        const auto rest = target.substr(scheme.size());
        const auto end = std::min(rest.find_first_of("/?"), rest.size());
        if (!isAuthority(rest.substr(0, end)))
            return std::nullopt;
        return split(rest.substr(0, end), rest.substr(end));
    }
    return std::nullopt;
}

} // namespace spokehub::http
