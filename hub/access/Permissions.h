#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace spokehub::access
{

/// What a route may ask of its caller.
enum class Permission
{
    Read,
    Catalog, // make variants, listings and matches
    Stock,   // adjust, reserve, release
    Orders,  // cancel, ship, hold
    Operate, // retry, replay, pause, resolve
};

const char* name(Permission permission);

class Permissions
{
public:
    constexpr Permissions() = default;
    constexpr Permissions(std::initializer_list<Permission> permissions)
    {
        for (const Permission permission : permissions)
            _bits |= bit(permission);
    }

    constexpr bool has(Permission permission) const { return (_bits & bit(permission)) != 0; }

private:
    static constexpr std::uint32_t bit(Permission permission)
    {
        return std::uint32_t{1} << static_cast<unsigned>(permission);
    }

    std::uint32_t _bits = 0;
};

/// What a role may do; nothing for a role that nobody knows. "admin" may do everything, "ops" keeps
/// the hub going without touching stock, orders or catalog, "viewer" reads.
std::optional<Permissions> permissionsOf(std::string_view role);

} // namespace spokehub::access
