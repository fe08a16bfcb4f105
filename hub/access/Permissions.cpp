#include "access/Permissions.h"

namespace spokehub::access
{

const char* name(Permission permission)
{
    switch (permission) {
    case Permission::Read:
        return "read";
    case Permission::Catalog:
        return "catalog";
    case Permission::Stock:
        return "stock";
    case Permission::Orders:
        return "orders";
    case Permission::Operate:
        return "operate";
    }
    return "";
}

std::optional<Permissions> permissionsOf(std::string_view role)
{
    using enum Permission;
    if (role == "admin")
        return Permissions{Read, Catalog, Stock, Orders, Operate};
    if (role == "ops")
        return Permissions{Read, Operate};
    if (role == "viewer")
        return Permissions{Read};
    return std::nullopt;
}

} // namespace spokehub::access
