#include "access/Tenants.h"

#include "core/FieldChecks.h"
#include "core/Suggestion.h"

#include <algorithm>
#include <array>

namespace spokehub::access
{

namespace
{

constexpr std::size_t nameMax = 40;
constexpr std::size_t titleMax = 200;

#define TENANT_COLUMNS "id, name, title, plan, active, created_at FROM tenant "
constexpr store::Sql allTenants{"SELECT " TENANT_COLUMNS "ORDER BY id"};
constexpr store::Sql tenantByName{"SELECT " TENANT_COLUMNS "WHERE name = $1"};
constexpr store::Sql tenantLocked{"SELECT " TENANT_COLUMNS "WHERE name = $1 {lock}"};
constexpr store::Sql tenantsAfter{"SELECT " TENANT_COLUMNS "WHERE id > $1 ORDER BY id LIMIT $2"};
#undef TENANT_COLUMNS

constexpr store::Sql insertTenant{
    "INSERT INTO tenant (id, name, title, plan, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"};
constexpr store::Sql updateTenant{
    "UPDATE tenant SET title = $1, plan = $2, active = $3, updated_at = $4 WHERE id = $5"};
constexpr store::Sql settingsOf{"SELECT settings FROM tenant WHERE id = $1"};
constexpr store::Sql updateSettings{
    "UPDATE tenant SET settings = $1, updated_at = $2 WHERE id = $3"};
constexpr store::Sql lockTenant{"SELECT id FROM tenant WHERE id = $1 {lock}"};

/// Counts no further than to one more than there may be.
struct Counted
{
    std::string_view what;
    store::Sql count;
};
constexpr std::array counted = {
    Counted{"users",
            {"SELECT COUNT(*) FROM (SELECT 1 FROM user_account WHERE tenant_id = $1 "
             "AND active = 1 LIMIT $2) AS few"}},
    Counted{"keys",
            {"SELECT COUNT(*) FROM (SELECT 1 FROM api_key WHERE tenant_id = $1 "
             "AND revoked_at IS NULL LIMIT $2) AS few"}},
    Counted{"variants",
            {"SELECT COUNT(*) FROM (SELECT 1 FROM variant WHERE tenant_id = $1 LIMIT $2) AS few"}},
};

Tenant tenantOf(const store::Row& row)
{
    return {row.integer(0), row.string(1),  row.string(2),
            row.string(3),  row.boolean(4), row.time(5)};
}

bool isName(std::string_view text)
{
    return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

} // namespace

Tenants::Tenants(const Config& config, store::Database& database, IdGenerator& ids,
                 const Clock& clock)
    : _config(config), _database(database), _ids(ids), _clock(clock),
      _known(std::make_shared<const ById>(
          ById{{mainTenant, {mainTenant, mainTenantName, {}, {}, true, {}}}}))
{
}

void Tenants::open(store::Commands& commands)
{
    const store::Serving serving(store::Serving::everybody);
    commands.run([&](store::Tx& tx) {
        for (const TenantConfig& wanted : _config.tenants) {
            tx.write(insertTenant, {_ids.next(), wanted.name, wanted.title, wanted.plan,
                                    _clock.now(), _clock.now()});
            const auto found = get(tx, wanted.name);
            tx.write(updateTenant, {wanted.title.empty() ? found->title : wanted.title, wanted.plan,
                                    found->active, _clock.now(), found->id});
        }
    });
    refresh();
}

void Tenants::refresh()
{
    const store::Serving serving(store::Serving::everybody);
    auto read = std::make_shared<ById>();
    _database.point([&](store::Session& session) {
        read->clear();
        session.query(allTenants, {}, [&](const store::Row& row) {
            const Tenant tenant = tenantOf(row);
            read->emplace(tenant.id, tenant);
        });
    });
    const std::lock_guard lock(_mutex);
    _known = std::move(read);
}

std::shared_ptr<const Tenants::ById> Tenants::known() const
{
    const std::lock_guard lock(_mutex);
    return _known;
}

std::map<std::string, Id> Tenants::ids() const
{
    std::map<std::string, Id> ids;
    for (const auto& [id, tenant] : *known())
        ids[tenant.name] = id;
    return ids;
}

std::optional<Id> Tenants::idOf(std::string_view name) const
{
    const auto all = known();
    const auto found = std::ranges::find_if(
        *all, [&](const auto& each) { return each.second.name == name && each.second.active; });
    return found == all->end() ? std::nullopt : std::optional(found->first);
}

const PlanConfig* Tenants::planOf(Id tenant) const
{
    const auto all = known();
    const auto found = all->find(tenant);
    if (found == all->end() || tenant == mainTenant)
        return nullptr;
    const auto plan = std::ranges::find(_config.plans, found->second.plan, &PlanConfig::name);
    return plan == _config.plans.end() ? nullptr : &*plan;
}

Permissions Tenants::allowed(Id tenant, Permissions permissions) const
{
    if (!several() || tenant == mainTenant)
        return permissions;
    const auto all = known();
    const auto found = all->find(tenant);
    if (found == all->end() || !found->second.active)
        throw Error(Refusal::Forbidden, "this tenant is not active");
    const PlanConfig* plan = planOf(tenant);
    // What a hub measures names the channels of all.
    const Permissions most = plan == nullptr ? Permissions() : plan->permissions;
    return permissions & most & Permissions::tenants();
}

void Tenants::requirePlan(const std::string& plan) const
{
    std::vector<std::string> known;
    for (const PlanConfig& each : _config.plans)
        known.push_back(each.name);
    FieldChecks()
        .require(std::ranges::find(known, plan) != known.end(), "plan",
                 "is none of the configuration (" + suggestion(plan, known) + ")")
        .refuse("tenant");
}

Tenant Tenants::create(store::Tx& tx, const std::string& name, const std::string& title,
                       const std::string& plan)
{
    if (!several())
        throw Error(Refusal::Conflict, "this hub has one tenant: it has several when its "
                                       "configuration has plans");
    FieldChecks()
        .text("name", name, 1, nameMax)
        .require(isName(name), "name", "must be lowercase letters, digits and \"-\"")
        .text("title", title, 0, titleMax)
        .refuse("tenant");
    requirePlan(plan);
    const Tenant tenant{_ids.next(), name, title, plan, true, _clock.now()};
    if (tx.execute(insertTenant,
                   {tenant.id, name, title, plan, tenant.createdAt, tenant.createdAt}) != 1)
        throw Error(Refusal::Conflict, "the tenant " + name + " exists already",
                    {{"name", "exists already"}});
    tx.note(store::Difference(name).told("plan", plan).maybe("title", title));
    return tenant;
}

Tenant Tenants::change(store::Tx& tx, const std::string& name, const TenantChange& change)
{
    std::optional<Tenant> found;
    tx.query(tenantLocked, {name}, [&](const store::Row& row) { found = tenantOf(row); });
    if (!found)
        throw Error(Refusal::NotFound, "there is no tenant " + name);
    if (found->id == mainTenant && (change.plan || change.active))
        throw Error(Refusal::Conflict, "the main tenant has no plan and stays active");
    const Tenant before = *found;
    if (change.plan)
        requirePlan(*change.plan);
    FieldChecks().text("title", change.title.value_or(""), 0, titleMax).refuse("tenant");
    found->title = change.title.value_or(before.title);
    found->plan = change.plan.value_or(before.plan);
    found->active = change.active.value_or(before.active);
    tx.write(updateTenant, {found->title, found->plan, found->active, _clock.now(), found->id});
    tx.note(store::Difference(name)
                .from("title", before.title, found->title)
                .from("plan", before.plan, found->plan)
                .from("active", before.active, found->active));
    return *found;
}

std::optional<Tenant> Tenants::get(store::Session& session, std::string_view name) const
{
    std::optional<Tenant> found;
    session.query(tenantByName, {name}, [&](const store::Row& row) { found = tenantOf(row); });
    return found;
}

store::Page<Tenant> Tenants::list(store::Session& session, const store::PageRequest& page) const
{
    constexpr std::string_view name = "tenants";
    std::vector<Tenant> rows;
    session.query(tenantsAfter, {page.afterId(name), page.limit + 1},
                  [&](const store::Row& row) { rows.push_back(tenantOf(row)); });
    return store::pageOf(name, page, std::move(rows),
                         [](const Tenant& tenant) { return std::to_string(tenant.id); });
}

std::string Tenants::settings(store::Session& session, Id tenant)
{
    std::string settings = "{}";
    session.query(settingsOf, {tenant}, [&](const store::Row& row) { settings = row.string(0); });
    return settings;
}

std::string Tenants::lockedSettings(store::Tx& tx, Id tenant)
{
    tx.query(lockTenant, {tenant}, [](const store::Row&) {});
    return settings(tx, tenant);
}

void Tenants::setSettings(store::Tx& tx, Id tenant, const std::string& settings) const
{
    tx.write(updateSettings, {settings, _clock.now(), tenant});
}

void Tenants::requireRoom(store::Tx& tx) const
{
    if (!several())
        return;
    for (const auto& [tenant, what] : tx.grown()) {
        const PlanConfig* plan = planOf(tenant);
        if (plan == nullptr)
            continue;
        const auto quota = plan->quotas.find(what);
        const auto* kind = std::ranges::find(counted, what, &Counted::what);
        if (quota == plan->quotas.end() || kind == counted.end())
            continue;
        tx.query(lockTenant, {tenant}, [](const store::Row&) {}); // one after the other
        std::int64_t count = 0;
        tx.query(kind->count, {tenant, quota->second + 1},
                 [&](const store::Row& row) { count = row.integer(0); });
        if (count > quota->second)
            throw Error(Refusal::QuotaExceeded,
                        "the plan " + plan->name + " has room for " +
                            std::to_string(quota->second) + " " + std::string(what) +
                            ", and this would be one more; ask the provider of this hub");
    }
}

} // namespace spokehub::access
