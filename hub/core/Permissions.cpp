#include "core/Permissions.h"

#include <algorithm>
#include <array>
#include <utility>

namespace spokehub
{

namespace
{

using enum Permission;

struct Named
{
    Permission permission;
    std::string_view name;
};

constexpr std::array table = {
    Named{CatalogRead, "catalog.read"},
    Named{CatalogWrite, "catalog.write"},
    Named{ListingsRead, "listings.read"},
    Named{ListingsWrite, "listings.write"},
    Named{ListingsMark, "listings.mark"},
    Named{StockRead, "stock.read"},
    Named{StockAdjust, "stock.adjust"},
    Named{StockLimits, "stock.limits"},
    Named{StockReserve, "stock.reserve"},
    Named{LocationsManage, "locations.manage"},
    Named{OrdersRead, "orders.read"},
    Named{OrdersCreate, "orders.create"},
    Named{OrdersShip, "orders.ship"},
    Named{OrdersCancel, "orders.cancel"},
    Named{OrdersHold, "orders.hold"},
    Named{OrdersStatus, "orders.status"},
    Named{OrdersApprove, "orders.approve"},
    Named{CustomersRead, "customers.read"},
    Named{PrivacyManage, "privacy.manage"},
    Named{ExceptionsRead, "exceptions.read"},
    Named{ExceptionsResolve, "exceptions.resolve"},
    Named{ChannelsRead, "channels.read"},
    Named{ChannelsOperate, "channels.operate"},
    Named{ChannelsAdopt, "channels.adopt"},
    Named{ChannelsSecrets, "channels.secrets"},
    Named{TasksRead, "tasks.read"},
    Named{TasksRetry, "tasks.retry"},
    Named{InboxRead, "inbox.read"},
    Named{InboxReplay, "inbox.replay"},
    Named{DoctorRun, "doctor.run"},
    Named{MetricsRead, "metrics.read"},
    Named{ReportsRead, "reports.read"},
    Named{UsersManage, "users.manage"},
    Named{EmployeesRead, "employees.read"},
    Named{EmployeesManage, "employees.manage"},
    Named{KeysManage, "keys.manage"},
    Named{AuditRead, "audit.read"},
    Named{SettingsRead, "settings.read"},
    Named{SettingsWrite, "settings.write"},
    Named{TenantsManage, "tenants.manage"},
};

constexpr auto every = [] {
    std::array<Permission, table.size()> permissions{};
    for (std::size_t i = 0; i < table.size(); ++i)
        permissions[i] = table[i].permission;
    return permissions;
}();

// The table has them in the order of the enum, so that a permission finds its name.
static_assert([] {
    for (std::size_t i = 0; i < every.size(); ++i)
        if (static_cast<std::size_t>(every[i]) != i)
            return false;
    return true;
}());

constexpr Permissions reading{CatalogRead,    ListingsRead, StockRead,    OrdersRead,
                              ExceptionsRead, ChannelsRead, TasksRead,    InboxRead,
                              MetricsRead,    ReportsRead,  CustomersRead};

// Keeps the hub going; touches neither catalog, stock nor orders.
constexpr Permissions operating{ListingsMark, ExceptionsResolve, ChannelsOperate,
                                TasksRetry,   InboxReplay,       DoctorRun};

constexpr Permissions selling{CatalogRead, ListingsRead,   StockRead,    StockReserve, OrdersRead,
                              OrdersShip,  ExceptionsRead, OrdersCreate, CustomersRead};

constexpr Permissions managing{CatalogWrite, ListingsWrite, StockAdjust,     StockLimits,
                               StockReserve, OrdersShip,    OrdersCancel,    OrdersHold,
                               OrdersStatus, ChannelsAdopt, EmployeesRead,   EmployeesManage,
                               OrdersCreate, OrdersApprove, LocationsManage, PrivacyManage};

} // namespace

std::string_view name(Permission permission)
{
    return table.at(static_cast<std::size_t>(permission)).name;
}

std::optional<Permission> permissionFrom(std::string_view name)
{
    const auto found = std::ranges::find(table, name, &Named::name);
    return found == table.end() ? std::nullopt : std::optional(found->permission);
}

std::span<const Permission> allPermissions()
{
    return every;
}

Permissions Permissions::all()
{
    Permissions all;
    for (const Permission permission : every)
        all = all | Permissions{permission};
    return all;
}

Permissions Permissions::merchants()
{
    Permissions merchants;
    for (const Permission permission : every)
        if (permission != TenantsManage)
            merchants = merchants | Permissions{permission};
    return merchants;
}

Permissions Permissions::tenants()
{
    Permissions tenants;
    for (const Permission permission : every)
        if (permission != TenantsManage && permission != MetricsRead)
            tenants = tenants | Permissions{permission};
    return tenants;
}

Roles::Roles()
{
    for (const char* role : {"owner", "admin", "ADMIN"})
        set(role, Permissions::merchants());
    set("ops", reading | operating);
    set("viewer", reading);
    set("manager", reading | operating | managing);
    set("employee", selling);
    set("WAREHOUSE_OP",
        {CatalogRead, StockRead, StockAdjust, StockReserve, OrdersRead, OrdersShip});
    set("SALES_REP", {CatalogRead, StockRead, OrdersCreate});
    set("SYSTEM_BOT", reading | operating | Permissions{ListingsWrite, StockReserve, OrdersShip});
    set("customer", {CatalogRead});
    set("vendor", {CatalogRead, StockRead});
    // Runs the hub for others, and sees nothing of theirs but the rows that disagree.
    set("provider", {MetricsRead, DoctorRun, TenantsManage});
}

void Roles::set(std::string name, Permissions permissions)
{
    _roles.insert_or_assign(std::move(name), permissions);
}

std::optional<Permissions> Roles::of(std::string_view role) const
{
    const auto found = _roles.find(role);
    return found == _roles.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Roles::names() const
{
    std::vector<std::string> names;
    for (const auto& [name, permissions] : _roles)
        names.push_back(name);
    return names;
}

} // namespace spokehub
