#include "spokes/AddressRules.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace spokehub::spokes
{

namespace
{

constexpr std::size_t urlBytesMax = 8 * 1024;

std::string lower(std::string_view text)
{
    std::string to(text);
    for (char& c : to)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return to;
}

bool isHostCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/// "host", "host:8080" or "[::1]:8080".
bool readAuthority(std::string_view text, Url& url)
{
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos)
            return false;
        url.host = lower(text.substr(1, end - 1));
        if (url.host.find_first_not_of("0123456789abcdef:.") != std::string::npos)
            return false;
        port = text.substr(end + 1);
    } else {
        const auto colon = text.find(':');
        url.host = lower(text.substr(0, colon));
        if (!std::ranges::all_of(url.host, isHostCharacter))
            return false;
        port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    }
    url.port = url.tls ? 443 : 80;
    if (url.host.empty() || port.empty())
        return !url.host.empty();
    const auto* last = port.data() + port.size();
    const auto [end, error] = std::from_chars(port.data() + 1, last, url.port);
    return port[0] == ':' && error == std::errc{} && end == last && url.port != 0;
}

/// "*.shop.example" is every name below shop.example.
bool matches(std::string_view pattern, std::string_view host)
{
    if (!pattern.starts_with("*."))
        return pattern == host;
    pattern.remove_prefix(1);
    return host.size() > pattern.size() && host.ends_with(pattern);
}

struct Network
{
    std::array<std::uint8_t, 4> address;
    int bits;
};

// RFC 6890 and its successors: what is not the public internet.
constexpr std::array<Network, 15> reserved = {{{{0, 0, 0, 0}, 8},
                                               {{10, 0, 0, 0}, 8},
                                               {{100, 64, 0, 0}, 10},
                                               {{127, 0, 0, 0}, 8},
                                               {{169, 254, 0, 0}, 16},
                                               {{172, 16, 0, 0}, 12},
                                               {{192, 0, 0, 0}, 24},
                                               {{192, 0, 2, 0}, 24},
                                               {{192, 88, 99, 0}, 24},
                                               {{192, 168, 0, 0}, 16},
                                               {{198, 18, 0, 0}, 15},
                                               {{198, 51, 100, 0}, 24},
                                               {{203, 0, 113, 0}, 24},
                                               {{224, 0, 0, 0}, 4},
                                               {{240, 0, 0, 0}, 4}}};

bool within(std::span<const std::uint8_t> address, const Network& network)
{
    int bits = network.bits;
    for (std::size_t i = 0; i < 4 && bits > 0; ++i, bits -= 8) {
        const int mask = bits >= 8 ? 0xff : 0xff << (8 - bits) & 0xff;
        if ((address[i] & mask) != (network.address[i] & mask))
            return false;
    }
    return true;
}

} // namespace

std::string Url::authority() const
{
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

std::optional<Url> parseUrl(std::string_view text)
{
    if (text.size() > urlBytesMax || !std::ranges::all_of(text, [](char c) {
            return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\' &&
                   c != '#';
        }))
        return std::nullopt;
    Url url;
    const auto colon = text.find("://");
    const auto scheme = lower(text.substr(0, colon));
    if (colon == std::string_view::npos || (scheme != "https" && scheme != "http"))
        return std::nullopt;
    url.tls = scheme == "https";
    text.remove_prefix(colon + 3);
    const auto path = std::min(text.find_first_of("/?"), text.size());
    if (!readAuthority(text.substr(0, path), url)) // refuses a user, whose '@' is in no host
        return std::nullopt;
    url.target = text.substr(path);
    if (!url.target.starts_with('/'))
        url.target.insert(0, 1, '/');
    return url;
}

Reach reachOf(const HttpRules& rules, const Url& url)
{
    if (const auto base = parseUrl(rules.baseUrl); base && base->sameOrigin(url))
        return Reach::Anywhere;
    const bool named = std::ranges::any_of(rules.hosts, [&url](const std::string& pattern) {
        return matches(lower(pattern), url.host);
    });
    return named && url.tls && url.port == 443 ? Reach::PublicOnly : Reach::Refused;
}

bool isPublic(std::span<const std::uint8_t> address)
{
    if (address.size() == 4)
        return std::ranges::none_of(
            reserved, [&](const Network& network) { return within(address, network); });
    if (address.size() != 16)
        return false;
    const auto starts = [&](std::initializer_list<std::uint8_t> prefix) {
        return std::ranges::equal(prefix, address.first(prefix.size()));
    };
    if (starts({0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) // NAT64: an IPv4 address inside
        return isPublic(address.subspan(12));
    if (starts({0x20, 0x02})) // 6to4
        return isPublic(address.subspan(2, 4));
    const bool global =
        (address[0] & 0xe0) == 0x20; // 2000::/3; all else is local, mapped or multicast
    const bool documentation = starts({0x20, 0x01, 0x0d, 0xb8});
    const bool special =
        starts({0x20, 0x01, 0x00}) || starts({0x20, 0x01, 0x01}); // 2001::/23, Teredo among it
    return global && !documentation && !special;
}

} // namespace spokehub::spokes
