// What is pushed and sold: the part of Listings that lanes and orders use.
#include "catalog/Listings.h"

#include <algorithm>

namespace spokehub::catalog
{

namespace
{

constexpr store::Sql selectToPush{R"(
    SELECT l.id, l.channel_id, l.variant_id, l.external_id, l.parent_id, l.stock_id, l.sku, l.units_per_sale, l.pushed,
           l.pushed_at, l.observed, l.observed_at, l.sold, l.sold_seen, l.ordered, l.gap, x.sku, x.category
    FROM {each_row} listing l
    JOIN variant x ON x.tenant_id = l.tenant_id AND x.id = l.variant_id
    WHERE l.tenant_id = {1} AND l.id = {2} AND l.removed = 0)"};

constexpr store::Sql addSold{R"(
    UPDATE listing SET sold = listing.sold + {4}, ordered = listing.ordered + {5},
        gap = CASE WHEN listing.gap > {5} THEN listing.gap - {5} ELSE 0 END
    {from_rows}
    WHERE listing.tenant_id = {1} AND listing.channel_id = {2} AND listing.external_id = {3})"};

// What was ordered since the quantity was made explains so much of its gap.
constexpr store::Sql setPushed{R"(
    UPDATE listing SET pushed = {3}, pushed_at = {4}, sold = listing.sold - {5}, ordered = listing.ordered - {6},
        gap = CASE WHEN {7} > listing.ordered - {6} THEN {7} - (listing.ordered - {6}) ELSE 0 END,
        gap_at = CASE WHEN {7} > listing.gap THEN {4} ELSE listing.gap_at END
    {from_rows} WHERE listing.tenant_id = {1} AND listing.id = {2})"};

constexpr store::Sql setShown{
    "UPDATE listing SET observed = $3, observed_at = $4, sold_seen = sold WHERE tenant_id = $1 "
    "AND id = $2"};

constexpr store::Sql bringBack{R"(
    UPDATE listing SET pushed_at = CASE WHEN pushed_at > $3 THEN $3 ELSE pushed_at END,
        observed_at = CASE WHEN observed_at > $3 THEN $3 ELSE observed_at END,
        gap_at = CASE WHEN gap_at > $3 THEN $3 ELSE gap_at END
    WHERE tenant_id = $1 AND channel_id = $2 AND (pushed_at > $3 OR observed_at > $3 OR gap_at > $3))"};

constexpr store::Sql selectGaps{
    "SELECT id FROM listing WHERE tenant_id = $1 AND channel_id = $2 AND gap > 0 AND gap_at <= $3"};

constexpr store::Sql endGap{R"(
    UPDATE listing SET gap = 0 {from_rows} WHERE listing.tenant_id = {1} AND listing.id = {2})"};

} // namespace

/// The newer of what we told it and of what it showed by itself, less what it sold since.
std::optional<std::int64_t> ListingToPush::expected() const
{
    if (listing.observed && listing.observedAt > listing.pushedAt)
        return *listing.observed - (listing.sold - listing.soldSeen);
    return listing.pushed ? std::optional(*listing.pushed - listing.sold) : std::nullopt;
}

/// We hear of things late: what was given back may have been there before the push, or not yet when
/// it was observed. So only what was ordered counts.
std::int64_t ListingToPush::unexplained() const
{
    if (!listing.pushed || !listing.observed || !(listing.observedAt > listing.pushedAt))
        return 0;
    return std::max<std::int64_t>(0, *listing.pushed - listing.ordered - *listing.observed);
}

std::vector<ListingToPush> Listings::toPush(store::Session& session, Id tenant,
                                            std::span<const Id> listings) const
{
    store::RowSet rows(2);
    for (const Id listing : listings)
        rows.add({tenant, listing});
    std::vector<ListingToPush> found;
    session.queryRows(selectToPush, rows, [&](const store::Row& row) {
        ListingToPush one;
        one.listing = {.id = row.integer(0),
                       .channel = row.integer(1),
                       .variant = row.integer(2),
                       .externalId = row.string(3),
                       .parentId = row.string(4),
                       .stockId = row.string(5),
                       .sku = row.string(6),
                       .unitsPerSale = row.integer(7),
                       .pushed = row.maybeInteger(8),
                       .pushedAt = row.maybeTime(9),
                       .observed = row.maybeInteger(10),
                       .observedAt = row.maybeTime(11),
                       .sold = row.integer(12),
                       .soldSeen = row.integer(13),
                       .ordered = row.integer(14),
                       .gap = row.integer(15)};
        one.sku = row.string(16);
        one.category = row.string(17);
        found.push_back(std::move(one));
    });
    std::ranges::sort(found, {}, [](const ListingToPush& one) { return one.listing.id; });
    return found;
}

void Listings::sold(store::Tx& tx, std::span<const SoldUnits> units) const
{
    store::RowSet rows(5);
    for (const SoldUnits& each : units)
        rows.add({each.tenant, each.channel, each.externalId, each.units,
                  std::max({each.units, each.ordered, std::int64_t{0}})});
    if (!rows.empty())
        tx.writeRows(addSold, rows);
}

void Listings::confirmed(store::Tx& tx, Id tenant, std::span<const ConfirmedPush> pushes) const
{
    store::RowSet rows(7);
    for (const ConfirmedPush& push : pushes)
        rows.add({tenant, push.listing, push.quantity, _clock.now(), push.soldBefore,
                  push.orderedBefore, push.gap});
    if (!rows.empty())
        tx.writeRows(setPushed, rows);
}

std::vector<Id> Listings::gapsUntil(store::Session& session, Id tenant, Id channel,
                                    Time until) const
{
    std::vector<Id> found;
    session.query(selectGaps, {tenant, channel, until},
                  [&](const store::Row& row) { found.push_back(row.integer(0)); });
    return found;
}

void Listings::endGaps(store::Tx& tx, Id tenant, std::span<const Id> listings) const
{
    store::RowSet rows(2);
    for (const Id listing : listings)
        rows.add({tenant, listing});
    if (!rows.empty())
        tx.writeRows(endGap, rows);
}

void Listings::clockSetBack(store::Tx& tx, Id tenant, Id channel) const
{
    tx.write(bringBack, {tenant, channel, _clock.now()});
}

void Listings::showed(store::Tx& tx, Id tenant, Id listing, std::int64_t quantity) const
{
    tx.write(setShown, {tenant, listing, quantity, _clock.now()});
}

} // namespace spokehub::catalog
