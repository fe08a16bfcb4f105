#include "spokes/ChannelRules.h"

#include "core/Scope.h"

namespace spokehub::spokes
{

namespace
{

constexpr store::Sql selectLocations = {"SELECT name, id FROM location WHERE tenant_id = $1"};
constexpr store::Sql selectChannels = {
    "SELECT name, id, orders_since FROM channel WHERE tenant_id = $1"};

} // namespace

ChannelRules rulesOf(const Config& config, const ChannelConfig& channel, Id tenant, Id id,
                     Time ordersSince, const LocationIds& locations)
{
    ChannelRules rules{.tenant = tenant, .id = id, .name = channel.name};
    rules.stock.channel = channel.stock.rule;
    for (const NarrowStockRule& narrow : channel.stock.narrow)
        (narrow.sku.empty() ? rules.stock.categories[narrow.category]
                            : rules.stock.skus[narrow.sku]) = narrow.rule;
    const auto add = [&](const std::string& name) {
        if (const auto found = locations.find(name); found != locations.end())
            rules.stock.locations.push_back(found->second);
    };
    for (const std::string& location : channel.stock.locations)
        add(location);
    if (channel.stock.locations.empty())
        for (const LocationConfig& location : config.locations)
            add(location.name);

    rules.orders.tenant = rules.tenant;
    rules.orders.channel = id;
    rules.orders.channelName = channel.name;
    rules.orders.ordersSince = ordersSince;
    rules.orders.acceptCountries = {channel.acceptCountries.begin(), channel.acceptCountries.end()};
    rules.orders.locations = rules.stock.locations;
    return rules;
}

std::vector<ChannelRules> readChannelRules(const Config& config, store::Session& session)
{
    LocationIds locations;
    session.query(selectLocations, {mainTenant},
                  [&](const store::Row& row) { locations[row.string(0)] = row.integer(1); });
    struct Registered
    {
        Id id = 0;
        Time ordersSince;
    };
    std::map<std::string, Registered> registered;
    session.query(selectChannels, {mainTenant}, [&](const store::Row& row) {
        registered[row.string(0)] = {row.integer(1), row.time(2)};
    });
    std::vector<ChannelRules> all;
    for (const ChannelConfig& channel : config.channels)
        if (const auto found = registered.find(channel.name);
            found != registered.end() && channel.tenant == mainTenantName)
            all.push_back(rulesOf(config, channel, mainTenant, found->second.id,
                                  channel.ordersSince.value_or(found->second.ordersSince),
                                  locations));
    return all;
}

} // namespace spokehub::spokes
