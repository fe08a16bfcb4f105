#pragma once

#include "access/Caller.h"
#include "core/Clock.h"
#include "core/Config.h"
#include "store/Commands.h"
#include "store/Database.h"
#include "store/Page.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace spokehub::access
{

struct Tenant
{
    Id id = 0;
    std::string name; // stands in URLs
    std::string title;
    std::string plan; // empty: none binds it
    bool active = true;
    Time createdAt;
};

struct TenantChange
{
    std::optional<std::string> title{};
    std::optional<std::string> plan{};
    std::optional<bool> active{};
};

/// The merchants of this hub: one, or with `plans` in the configuration several. What requests ask
/// of them is answered from memory, which follows the store within a second. Owns: tenant.
/// Thread-safe.
class Tenants
{
public:
    Tenants(const Config& config, store::Database& database, IdGenerator& ids, const Clock& clock);

    /// Makes those of the configuration and gives them its plans; once, before anybody asks.
    void open(store::Commands& commands);
    /// Reads them again. Now and then, and after a change.
    void refresh();

    bool several() const { return _config.severalTenants(); }

    std::map<std::string, Id> ids() const;
    /// Of this name; nothing for one that is not there or not active.
    std::optional<Id> idOf(std::string_view name) const;
    /// What a caller may do after his tenant's plan; throws Error(Forbidden) when that is not
    /// active.
    Permissions allowed(Id tenant, Permissions permissions) const;

    /// Both throw Error: BadRequest, Conflict for a name that is taken and in a hub of one tenant,
    /// NotFound.
    Tenant create(store::Tx& tx, const std::string& name, const std::string& title,
                  const std::string& plan);
    Tenant change(store::Tx& tx, const std::string& name, const TenantChange& change);
    std::optional<Tenant> get(store::Session& session, std::string_view name) const;
    store::Page<Tenant> list(store::Session& session, const store::PageRequest& page) const;

    /// What a tenant set for itself (TenantSettings).
    static std::string settings(store::Session& session, Id tenant);
    static std::string lockedSettings(store::Tx& tx, Id tenant);
    void setSettings(store::Tx& tx, Id tenant, const std::string& settings) const;

    /// Before the commit: refuses what grew beyond a plan. Throws Error(QuotaExceeded).
    void requireRoom(store::Tx& tx) const;

private:
    using ById = std::map<Id, Tenant>;

    std::shared_ptr<const ById> known() const;
    const PlanConfig* planOf(Id tenant) const;
    void requirePlan(const std::string& plan) const;

    const Config& _config;
    store::Database& _database;
    IdGenerator& _ids;
    const Clock& _clock;
    mutable std::mutex _mutex;
    std::shared_ptr<const ById> _known;
};

} // namespace spokehub::access
