#include "spokes/ChannelRules.h"

#include "core/Scope.h"

namespace spokehub::spokes
{

namespace
{

constexpr store::Sql selectLocations = {"SELECT tenant_id, name, id FROM location"};
constexpr store::Sql selectChannels = {
    "SELECT c.tenant_id, t.name, c.name, c.id, c.orders_since FROM channel c "
    "JOIN tenant t ON t.id = c.tenant_id"};

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
    std::map<Id, LocationIds> locations; // of each tenant
    session.query(selectLocations, {}, [&](const store::Row& row) {
        locations[row.integer(0)][row.string(1)] = row.integer(2);
    });
    struct Registered
    {
        Id tenant = 0;
        Id id = 0;
        Time ordersSince;
    };
    std::map<std::pair<std::string, std::string>, Registered> registered; // (tenant, channel)
    session.query(selectChannels, {}, [&](const store::Row& row) {
        registered[{row.string(1), row.string(2)}] = {row.integer(0), row.integer(3), row.time(4)};
    });
    std::vector<ChannelRules> all;
    for (const ChannelConfig& channel : config.channels)
        if (const auto found = registered.find({channel.tenant, channel.name});
            found != registered.end()) {
            const Registered& known = found->second;
            all.push_back(rulesOf(config, channel, known.tenant, known.id,
                                  channel.ordersSince.value_or(known.ordersSince),
                                  locations[known.tenant]));
        }
    return all;
}

} // namespace spokehub::spokes
