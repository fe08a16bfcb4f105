#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace spokehub::http
{

/// An IP address. IPv4 is held as IPv6 holds it (::ffff:a.b.c.d), so that one form is compared with
/// one form.
struct Address
{
    std::array<unsigned char, 16> bytes{};

    static std::optional<Address> parse(std::string_view text);
    static Address of(const sockaddr& peer);

    bool isV4() const;
    bool isLoopback() const;
    std::string text() const;

    /// What one client can have as many of as it likes counts as one: the /64 of an IPv6 address.
    Address counted() const;

    bool operator==(const Address&) const = default;
};

struct AddressHash
{
    std::size_t operator()(const Address& address) const;
};

/// "10.0.0.0/8", "2001:db8::/32" or a single address.
class AddressRange
{
public:
    static std::optional<AddressRange> parse(std::string_view text);
    bool contains(const Address& address) const;

private:
    Address _base;
    unsigned _bits = 128;
};

} // namespace spokehub::http
