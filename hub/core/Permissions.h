#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub
{

/// One for each thing one can do. Its name stands in roles, refusals and the table of routes.
enum class Permission
{
    CatalogRead,
    CatalogWrite,
    ListingsRead,
    ListingsWrite, // make, match
    ListingsMark,  // say by hand how a push went
    StockRead,
    StockAdjust, // receive, move, count
    StockLimits,
    StockReserve,
    LocationsManage,
    OrdersRead,
    OrdersCreate, // by hand, or by a program of the merchant's
    OrdersShip,
    OrdersCancel,
    OrdersHold, // and release
    OrdersStatus,
    OrdersApprove,
    CustomersRead,
    PrivacyManage, // show a person all that is kept of him, and erase it
    ExceptionsRead,
    ExceptionsResolve,
    ChannelsRead,
    ChannelsOperate, // check, pause, resume, pull now, subscriptions
    ChannelsAdopt,
    ChannelsSecrets, // set and revoke what the channel is asked with, and signs with
    TasksRead,
    TasksRetry,
    InboxRead, // messages with their bodies
    InboxReplay,
    DoctorRun,
    MetricsRead,
    ReportsRead,
    UsersManage, // everybody
    EmployeesRead,
    EmployeesManage, // whoever may do no more than oneself, and manages nobody
    KeysManage,
    AuditRead, // who did what
    SettingsRead,
    SettingsWrite,
    TenantsManage, // the provider's: who is a tenant, and of what plan
};

std::string_view name(Permission permission);
std::optional<Permission> permissionFrom(std::string_view name);
std::span<const Permission> allPermissions();

/// A set of permissions.
class Permissions
{
public:
    constexpr Permissions() = default;
    constexpr Permissions(std::initializer_list<Permission> permissions)
    {
        for (const Permission permission : permissions)
            _bits |= bit(permission);
    }

    static Permissions all();
    /// All but what is the provider's.
    static Permissions merchants();
    /// Of these, what shows nothing of others where there are several.
    static Permissions tenants();

    constexpr bool has(Permission permission) const { return (_bits & bit(permission)) != 0; }
    constexpr bool includes(Permissions other) const { return (other._bits & ~_bits) == 0; }
    constexpr Permissions operator|(Permissions other) const { return _bits | other._bits; }
    constexpr Permissions operator&(Permissions other) const { return _bits & other._bits; }
    constexpr bool operator==(const Permissions&) const = default;

private:
    constexpr Permissions(std::uint64_t bits) : _bits(bits) {}
    static constexpr std::uint64_t bit(Permission permission)
    {
        return std::uint64_t{1} << static_cast<unsigned>(permission);
    }

    std::uint64_t _bits = 0;
};

/// Roles are named sets of permissions: those that come with the hub, under the names that
/// merchants' systems use, and those of the configuration, which may give such a name another
/// meaning.
class Roles
{
public:
    Roles();

    void set(std::string name, Permissions permissions);
    /// Nothing for a role that nobody knows.
    std::optional<Permissions> of(std::string_view role) const;
    std::vector<std::string> names() const;

private:
    std::map<std::string, Permissions, std::less<>> _roles;
};

} // namespace spokehub
