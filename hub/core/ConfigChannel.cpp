#include "core/ConfigChannel.h"

#include "core/ConfigTenants.h"

#include "core/Suggestion.h"

#include <algorithm>

namespace spokehub
{

namespace
{

constexpr std::int64_t unitsMost = 1'000'000'000;

void readRule(ConfigSection& section, StockRule& rule)
{
    section.integer("buffer", rule.buffer, 0, unitsMost);
    section.integer("percent", rule.percent, 0, 100);
    section.integer("cap", rule.cap, 0, unitsMost);
    section.integer("zero_below", rule.zeroBelow, 0, unitsMost);
}

void readNarrowRule(ConfigSection& section, std::vector<NarrowStockRule>& rules)
{
    NarrowStockRule narrow;
    section.text("sku", narrow.sku);
    section.text("category", narrow.category);
    if (section.has("sku") == section.has("category"))
        section.mistakeAt(section.line(),
                          section.path() + " needs a sku or a category, and not both");
    readRule(section, narrow.rule);
    if (narrow.rule == StockRule{})
        section.mistakeAt(section.line(),
                          section.path() +
                              " sets nothing: give buffer, percent, cap or zero_below");
    const auto same = [&](const NarrowStockRule& other) {
        return other.sku == narrow.sku && other.category == narrow.category;
    };
    if (std::any_of(rules.begin(), rules.end(), same))
        section.mistakeAt(section.line(), section.path() + " repeats the rule of \"" + narrow.sku +
                                              narrow.category + "\"");
    rules.push_back(std::move(narrow));
}

ChannelStockConfig readStock(ConfigSection section, const std::vector<std::string>& names)
{
    ChannelStockConfig stock;
    stock.locations = names;
    section.texts("locations", stock.locations);
    if (stock.locations.empty())
        section.mistake("locations", "is empty: leave it out to use every location");
    for (auto at = stock.locations.begin(); at != stock.locations.end(); ++at) {
        if (std::find(names.begin(), names.end(), *at) == names.end()) {
            section.mistake("locations", "names \"" + *at + "\", which is not in locations (" +
                                             suggestion(*at, names) + ")");
        } else if (std::find(stock.locations.begin(), at, *at) != at)
            section.mistake("locations", "names \"" + *at + "\" twice");
    }
    readRule(section, stock.rule);
    section.each("rules", [&](ConfigSection& rule) { readNarrowRule(rule, stock.narrow); });
    section.finish();
    return stock;
}

PullConfig readPull(ConfigSection section)
{
    PullConfig pull;
    section.durationOrOff("orders", pull.orders);
    section.durationOrOff("listings", pull.listings);
    section.durationOrOff("levels", pull.levels);
    section.durationOrOff("shipments", pull.shipments);
    section.finish();
    return pull;
}

void readSettings(ConfigSection& section, ChannelConfig& channel)
{
    const Yaml* settings = section.value("settings");
    if (settings == nullptr)
        return;
    if (settings->kind != Yaml::Kind::Map)
        return section.mistake("settings", "must be a map of keys");
    channel.settings = toJson(*settings);
    for (const Yaml::Member& member : settings->members)
        channel.settingLines[member.key] = member.line;
}

void readSecrets(ConfigSection& section, ChannelConfig& channel)
{
    const Yaml* secrets = section.value("secrets");
    if (secrets == nullptr)
        return;
    if (secrets->kind != Yaml::Kind::Map)
        return section.mistake("secrets",
                               "must be a map of names, each with env:NAME or file:PATH");
    for (const auto& [name, line, value] : secrets->members) {
        channel.secretLines[name] = line;
        const std::string what = section.path() + ".secrets." + name;
        const auto references = value.kind == Yaml::Kind::List ? value.items : std::vector{value};
        for (const Yaml& reference : references)
            if (auto secret = section.resolve(reference, what))
                channel.secrets[name].push_back(std::move(*secret));
        if (references.empty())
            section.mistakeAt(line, what + " is an empty list: give env:NAME or file:PATH");
    }
}

void readCountries(ConfigSection& section, std::vector<std::string>& countries)
{
    section.texts("accept_countries", countries);
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    for (const std::string& country : countries)
        if (country.size() != 2 || !std::all_of(country.begin(), country.end(), upper))
            section.mistake("accept_countries",
                            "holds \"" + country + "\": two capital letters are meant, such as DE");
}

void readOrdersSince(ConfigSection& section, std::optional<Time>& since)
{
    std::string text;
    section.text("orders_since", text);
    if (text.empty())
        return;
    since = timeFromIso(text);
    if (!since)
        section.mistake("orders_since",
                        "must be a time with its zone such as 2026-01-31T00:00:00Z, not \"" + text +
                            "\"");
}

} // namespace

ChannelConfig readChannel(ConfigSection& section, const Config& config)
{
    ChannelConfig channel;
    channel.line = section.line();
    readTenantOf(section, config, channel.tenant);
    std::vector<std::string> taken, locations;
    for (const ChannelConfig& earlier : config.channels)
        if (earlier.tenant == channel.tenant)
            taken.push_back(earlier.name);
    for (const LocationConfig& location : config.locations)
        locations.push_back(location.name);
    section.name(channel.name, taken);
    if (channel.name == "manual")
        section.mistake("name", "\"manual\" is the built-in channel of orders made here");
    section.text("spoke", channel.spoke);
    if (!section.has("spoke"))
        section.mistake("spoke", "is missing");
    section.choice<std::optional<Isolation>>(
        "isolation", channel.isolation,
        {{"process", Isolation::Process}, {"none", Isolation::None}});
    readSettings(section, channel);
    readSecrets(section, channel);
    channel.stock = readStock(section.section("stock"), locations);
    channel.pull = readPull(section.section("pull"));
    section.boolean("push", channel.push);
    section.choice<Match>("match", channel.match, {{"sku", Match::Sku}, {"manual", Match::Manual}});
    readCountries(section, channel.acceptCountries);
    readOrdersSince(section, channel.ordersSince);
    section.integer("trip_wire", channel.tripWirePercent, 0, 100);
    return channel;
}

} // namespace spokehub
