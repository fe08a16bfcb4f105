#include "stock/AvailabilityReader.h"

#include <algorithm>

namespace spokehub::stock
{

namespace
{

constexpr store::Sql levelsOfVariants{
    "SELECT l.variant_id, l.location_id, l.on_hand, l.reserved, l.safety_stock "
    "FROM {each_row} stock_level l WHERE l.tenant_id = {1} AND l.variant_id = {2}"};

void sortOnce(std::vector<Id>& ids)
{
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

struct Loaded
{
    catalog::Recipes recipes;
    LevelTable levels;
};

Loaded load(store::Session& session, const catalog::Bundles& bundles, Id tenant,
            const ChannelStockRules& rules, std::span<const Offer> offers)
{
    std::vector<Id> offered;
    offered.reserve(offers.size());
    for (const Offer& offer : offers)
        offered.push_back(offer.variant);
    sortOnce(offered);
    Loaded loaded{bundles.recipesOf(session, tenant, offered), LevelTable(rules.locations)};

    std::vector<Id> stocked;
    stocked.reserve(offered.size());
    for (const Id variant : offered)
        if (const auto recipe = loaded.recipes.find(variant); recipe == loaded.recipes.end())
            stocked.push_back(variant);
        else
            for (const catalog::Component& component : recipe->second)
                stocked.push_back(component.variant);
    sortOnce(stocked);

    store::RowSet asked(2);
    asked.reserve(stocked.size());
    for (const Id variant : stocked)
        asked.add({tenant, variant});
    session.queryRows(levelsOfVariants, asked, [&](const store::Row& row) {
        loaded.levels.set(row.integer(0), row.integer(1),
                          {row.integer(2), row.integer(3), row.integer(4)});
    });
    return loaded;
}

} // namespace

std::vector<std::int64_t> AvailabilityReader::quantities(store::Session& session, Id tenant,
                                                         const ChannelStockRules& rules,
                                                         std::span<const Offer> offers) const
{
    const Loaded loaded = load(session, _bundles, tenant, rules, offers);
    std::vector<std::int64_t> quantities;
    quantities.reserve(offers.size());
    for (const Offer& offer : offers)
        quantities.push_back(quantityFor(offer, loaded.recipes, loaded.levels, rules));
    return quantities;
}

Explanation AvailabilityReader::explain(store::Session& session, Id tenant,
                                        const ChannelStockRules& rules, const Offer& offer) const
{
    const Loaded loaded = load(session, _bundles, tenant, rules, std::span(&offer, 1));
    Explanation why;
    quantityFor(offer, loaded.recipes, loaded.levels, rules, &why);
    return why;
}

} // namespace spokehub::stock
