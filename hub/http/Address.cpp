#include "http/Address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace spokehub::http
{

namespace
{

constexpr std::array<unsigned char, 12> v4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Address fromV4(const in_addr& v4)
{
    Address address;
    std::ranges::copy(v4Prefix, address.bytes.begin());
    std::memcpy(address.bytes.data() + v4Prefix.size(), &v4, sizeof v4);
    return address;
}

Address fromV6(const in6_addr& v6)
{
    Address address;
    std::memcpy(address.bytes.data(), &v6, sizeof v6);
    return address;
}

} // namespace

std::optional<Address> Address::parse(std::string_view text)
{
    char terminated[INET6_ADDRSTRLEN + 1] = {};
    if (text.empty() || text.size() >= sizeof terminated || text.find('\0') != text.npos)
        return std::nullopt;
    std::ranges::copy(text, terminated);
    in_addr v4{};
    if (inet_pton(AF_INET, terminated, &v4) == 1)
        return fromV4(v4);
    in6_addr v6{};
    if (inet_pton(AF_INET6, terminated, &v6) == 1)
        return fromV6(v6);
    return std::nullopt;
}

Address Address::of(const sockaddr& peer)
{
    if (peer.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &peer, sizeof v6);
        return fromV6(v6.sin6_addr);
    }
    sockaddr_in v4{};
    std::memcpy(&v4, &peer, sizeof v4);
    return fromV4(v4.sin_addr);
}

bool Address::isV4() const
{
    return std::equal(v4Prefix.begin(), v4Prefix.end(), bytes.begin());
}

bool Address::isLoopback() const
{
    if (isV4())
        return bytes[v4Prefix.size()] == 127;
    return bytes.back() == 1 &&
           std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; });
}

std::string Address::text() const
{
    char shown[INET6_ADDRSTRLEN] = {};
    if (isV4())
        inet_ntop(AF_INET, bytes.data() + v4Prefix.size(), shown, sizeof shown);
    else
        inet_ntop(AF_INET6, bytes.data(), shown, sizeof shown);
    return shown;
}

Address Address::counted() const
{
    Address network = *this;
    if (!isV4())
        std::fill(network.bytes.begin() + 8, network.bytes.end(), static_cast<unsigned char>(0));
    return network;
}

std::size_t AddressHash::operator()(const Address& address) const
{
    return std::hash<std::string_view>()(
        {reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size()});
}

std::optional<AddressRange> AddressRange::parse(std::string_view text)
{
    const auto slash = text.find('/');
    const auto base = Address::parse(text.substr(0, slash));
    if (!base)
        return std::nullopt;

    AddressRange range;
    range._base = *base;
    if (slash == std::string_view::npos)
        return range;

    const bool v4 = text.find(':') == std::string_view::npos;
    const auto digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits > (v4 ? 32U : 128U))
        return std::nullopt;
    range._bits = v4 ? bits + 96 : bits;
    return range;
}

bool AddressRange::contains(const Address& address) const
{
    const std::size_t whole = _bits / 8;
    if (!std::equal(_base.bytes.begin(), _base.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    address.bytes.begin()))
        return false;
    const unsigned rest = _bits % 8;
    return rest == 0 || (_base.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0;
}

} // namespace spokehub::http
