#include "core/ConfigTenants.h"

#include "core/Scope.h"
#include "core/Suggestion.h"

#include <algorithm>

namespace spokehub
{

namespace
{

constexpr std::int64_t quotaMost = 1'000'000'000;

PlanConfig readPlan(ConfigSection& section, const std::vector<std::string>& taken)
{
    PlanConfig plan;
    section.name(plan.name, taken);
    std::vector<std::string> permissions;
    section.texts("permissions", permissions);
    if (section.has("permissions"))
        plan.permissions = Permissions();
    std::vector<std::string> known;
    for (const Permission permission : allPermissions())
        known.emplace_back(name(permission));
    for (const std::string& text : permissions)
        if (const auto permission = permissionFrom(text))
            plan.permissions = plan.permissions | Permissions{*permission};
        else
            section.mistake("permissions", "holds \"" + text + "\", which is no permission (" +
                                               suggestion(text, known) + ")");
    for (const char* quota : {"users", "keys", "variants", "channels"}) {
        std::optional<std::int64_t> most;
        section.integer(quota, most, 0, quotaMost);
        if (most)
            plan.quotas[quota] = *most;
    }
    return plan;
}

TenantConfig readTenant(ConfigSection& section, const std::vector<std::string>& taken,
                        const std::vector<std::string>& plans)
{
    TenantConfig tenant;
    section.name(tenant.name, taken);
    if (tenant.name == mainTenantName)
        section.mistake("name", "\"main\" is there already: it is the provider's own");
    section.text("title", tenant.title);
    section.text("plan", tenant.plan);
    if (std::ranges::find(plans, tenant.plan) == plans.end())
        section.mistake("plan", "must be one of plans, not \"" + tenant.plan + "\" (" +
                                    suggestion(tenant.plan, plans) + ")");
    return tenant;
}

} // namespace

void readTenants(ConfigSection& root, Config& config)
{
    root.each("plans", [&](ConfigSection& section) {
        config.plans.push_back(readPlan(section, named(config.plans)));
    });
    root.each("tenants", [&](ConfigSection& section) {
        config.tenants.push_back(readTenant(section, named(config.tenants), named(config.plans)));
    });
}

void checkChannelQuotas(ConfigSection& root, const Config& config)
{
    for (const TenantConfig& tenant : config.tenants) {
        const auto plan = std::ranges::find(config.plans, tenant.plan, &PlanConfig::name);
        if (plan == config.plans.end())
            continue;
        const auto most = plan->quotas.find("channels");
        const auto count = std::ranges::count(config.channels, tenant.name, &ChannelConfig::tenant);
        if (most != plan->quotas.end() && count > most->second)
            root.mistake("channels", "has " + std::to_string(count) + " of tenant " + tenant.name +
                                         ", whose plan " + plan->name + " has room for " +
                                         std::to_string(most->second));
    }
}

void readTenantOf(ConfigSection& section, const Config& config, std::string& tenant)
{
    section.text("tenant", tenant);
    const auto known = named(config.tenants);
    if (tenant != mainTenantName && std::ranges::find(known, tenant) == known.end())
        section.mistake("tenant", "must be one of tenants, not \"" + tenant + "\" (" +
                                      suggestion(tenant, known) + ")");
}

} // namespace spokehub
