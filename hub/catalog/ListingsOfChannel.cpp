// What a channel shows: the part of Listings that its documents go through.
#include "catalog/Listings.h"

#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

namespace spokehub::catalog
{

namespace
{

// A listing that is as it was is not written again: a pull shows all of them.
constexpr store::Sql upsertListings{
    "INSERT INTO listing (tenant_id, id, channel_id, external_id, parent_id, stock_id, sku, title, "
    "price, "
    "currency, created_at, updated_at) {rows} "
    "ON CONFLICT (tenant_id, channel_id, external_id) DO UPDATE SET parent_id = "
    "excluded.parent_id, "
    "stock_id = excluded.stock_id, sku = excluded.sku, title = excluded.title, "
    "price = COALESCE(excluded.price, listing.price), currency = excluded.currency, removed = 0, "
    "updated_at = excluded.updated_at "
    "WHERE listing.parent_id <> excluded.parent_id OR listing.stock_id <> excluded.stock_id "
    "OR listing.sku <> excluded.sku OR listing.title <> excluded.title OR listing.removed <> 0 "
    "OR listing.currency <> excluded.currency "
    "OR (excluded.price IS NOT NULL AND listing.price IS DISTINCT FROM excluded.price) "
    "RETURNING variant_id"};
constexpr store::Sql removeListings{
    "UPDATE listing SET removed = 1, updated_at = {4} {from_rows} WHERE listing.tenant_id = {1} "
    "AND listing.channel_id = {2} AND listing.external_id = {3} AND listing.removed = 0"};
constexpr store::Sql matchListings{
    "WITH asked (tenant_id, channel_id, sku, at) AS ({rows}) "
    "UPDATE listing SET variant_id = variant.id, updated_at = asked.at FROM asked "
    "JOIN variant ON variant.tenant_id = asked.tenant_id AND variant.sku = asked.sku "
    "WHERE listing.tenant_id = asked.tenant_id AND listing.channel_id = asked.channel_id "
    "AND listing.sku = asked.sku AND listing.variant_id IS NULL AND listing.removed = 0 "
    "AND NOT EXISTS (SELECT 1 FROM listing AS twin WHERE twin.tenant_id = listing.tenant_id "
    "AND twin.channel_id = listing.channel_id AND twin.sku = listing.sku AND twin.id <> listing.id "
    "AND twin.removed = 0) RETURNING listing.id, listing.variant_id"};
constexpr store::Sql listingsOfStockIds{
    "SELECT l.id, l.variant_id, l.stock_id, l.observed, l.observed_at, l.pushed, l.sold "
    "FROM {each_row} listing l WHERE l.tenant_id = {1} AND l.channel_id = {2} "
    "AND l.stock_id = {3} ORDER BY l.id {postgres:FOR UPDATE OF l}"};
constexpr store::Sql setObserved{
    "UPDATE listing SET observed = {3}, observed_at = {4}, sold_seen = listing.sold {from_rows} "
    "WHERE listing.tenant_id = {1} AND listing.id = {2}"};

struct Level
{
    std::int64_t quantity = 0;
    Time at;
    bool known = false; // a listing has this stock id
};

/// The newest of each stock id; of equal times the later document.
std::map<std::string_view, Level> newest(std::span<const LevelDocument> levels, Time now)
{
    std::map<std::string_view, Level> byStockId;
    for (const LevelDocument& level : levels) {
        const Time at = level.updatedAt.value_or(now);
        const auto [held, isNew] = byStockId.try_emplace(level.stockId, Level{level.quantity, at});
        if (!isNew && at >= held->second.at)
            held->second = Level{level.quantity, at};
    }
    return byStockId;
}

} // namespace

Upserted Listings::upsert(store::Tx& tx, Id tenant, Id channel,
                          std::span<const ListingDocument> documents, Match how)
{
    const Time now = _clock.now();
    std::map<std::string_view, const ListingDocument*>
        byExternalId; // sorted, as all writers of listings do
    for (const ListingDocument& document : documents)
        byExternalId[document.externalId] = &document;

    store::RowSet shown(12);
    store::RowSet gone(4);
    std::vector<LevelDocument> levels;
    std::set<std::string> skus;
    for (const auto& [externalId, document] : byExternalId) {
        if (document->removed) {
            gone.add({tenant, channel, externalId, now});
            continue;
        }
        shown.add({tenant, _ids.next(), channel, externalId, document->parentId, document->stockId,
                   document->sku, document->title, document->price, document->currency, now, now});
        if (!document->sku.empty())
            skus.insert(document->sku);
        if (document->tracked && document->quantity)
            levels.push_back({document->stockId, {}, *document->quantity, document->updatedAt});
    }
    tx.queryRows(upsertListings, shown, [&](const store::Row& row) {
        if (!row.isNull(0)) // it may be back, or stocked under another id
            tx.changed(tenant, row.integer(0));
    });
    tx.writeRows(removeListings, gone);

    Upserted result;
    if (how == Match::Sku)
        result.matched =
            matchBySku(tx, tenant, channel, std::vector<std::string>(skus.begin(), skus.end()));
    result.observed = observe(tx, tenant, channel, levels);
    return result;
}

std::vector<ListingMatch> Listings::matchBySku(store::Tx& tx, Id tenant, Id channel,
                                               std::span<const std::string> skus)
{
    const Time now = _clock.now();
    store::RowSet asked(4);
    asked.reserve(skus.size());
    for (const std::string& sku : skus)
        if (!sku.empty())
            asked.add({tenant, channel, sku, now});

    std::vector<ListingMatch> matches;
    tx.queryRows(matchListings, asked, [&](const store::Row& row) {
        matches.push_back({row.integer(0), row.integer(1)});
    });
    for (const ListingMatch& match : matches)
        tx.changed(tenant, match.variant);
    return matches;
}

Observed Listings::observe(store::Tx& tx, Id tenant, Id channel,
                           std::span<const LevelDocument> levels)
{
    auto byStockId = newest(levels, _clock.now());
    store::RowSet asked(3);
    for (const auto& [stockId, level] : byStockId)
        asked.add({tenant, channel, stockId});

    Observed observed;
    store::RowSet news(4);
    tx.queryRows(listingsOfStockIds, asked, [&](const store::Row& row) {
        Level& level = byStockId.find(row.text(2))->second;
        level.known = true;
        const auto before = row.maybeInteger(3);
        const auto beforeAt = row.maybeTime(4);
        if (beforeAt &&
            (*beforeAt > level.at || (*beforeAt == level.at && before == level.quantity)))
            return; // older than what we know, or told again
        const Observation seen{row.integer(0), row.maybeInteger(1), level.quantity,
                               row.maybeInteger(5), row.integer(6)};
        (seen.isEcho() ? observed.echoes : observed.different).push_back(seen);
        news.add({tenant, seen.listing, level.quantity, level.at});
    });
    tx.writeRows(setObserved, news);

    for (const auto& [stockId, level] : byStockId)
        if (!level.known)
            observed.unknown.emplace_back(stockId);
    return observed;
}

} // namespace spokehub::catalog
