#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::spokes
{

/// An absolute http or https URL, taken apart.
struct Url
{
    bool tls = true;
    std::string host; // lower case, without the brackets of IPv6
    std::uint16_t port = 443;
    std::string target; // path and query, as they stand; "/" at least

    bool sameOrigin(const Url& other) const
    {
        return tls == other.tls && host == other.host && port == other.port;
    }
    /// What a Host header says.
    std::string authority() const;
};

/// Nothing for anything but a plain http(s) URL: no user, no fragment, no character that needs
/// escaping.
std::optional<Url> parseUrl(std::string_view text);

/// Where one channel may call.
struct HttpRules
{
    std::vector<std::string>
        hosts; // of the manifest: "api.shop.example", "*.myshopify.com"; https on port 443 only
    std::string baseUrl; // of the operator's settings: any scheme, port and network
    std::string caFile;  // certificates to trust; empty: the system's
};

enum class Reach
{
    Refused,
    PublicOnly, // private and loopback networks are refused after the name is resolved
    Anywhere,
};

Reach reachOf(const HttpRules& rules, const Url& url);

/// Is it an address of the public internet? 4 or 16 bytes in network order.
bool isPublic(std::span<const std::uint8_t> address);

} // namespace spokehub::spokes
