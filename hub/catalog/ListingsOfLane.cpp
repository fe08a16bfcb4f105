// What is pushed and sold: the part of Listings that lanes and orders use.
#include "catalog/Listings.h"

#include <algorithm>

namespace spokehub::catalog
{

namespace
{

constexpr store::Sql selectToPush{R"(
    SELECT l.id, l.channel_id, l.variant_id, l.external_id, l.parent_id, l.stock_id, l.sku, l.units_per_sale, l.pushed,
           l.pushed_at, l.observed, l.observed_at, l.sold, l.gap, x.sku, x.category
    FROM ({rows}) AS v
    JOIN listing l ON l.tenant_id = v.column1 AND l.id = v.column2 AND l.removed = 0
    JOIN variant x ON x.tenant_id = l.tenant_id AND x.id = l.variant_id)"};

constexpr store::Sql addSold{R"(
    UPDATE listing SET sold = listing.sold + v.column4,
        gap = CASE WHEN v.column4 <= 0 THEN listing.gap WHEN listing.gap > v.column4 THEN listing.gap - v.column4 ELSE 0 END
    FROM ({rows}) AS v
    WHERE listing.tenant_id = v.column1 AND listing.channel_id = v.column2 AND listing.external_id = v.column3)"};

constexpr store::Sql setPushed{R"(
    UPDATE listing SET pushed = v.column3, pushed_at = v.column4, sold = listing.sold - v.column5, gap = v.column6
    FROM ({rows}) AS v WHERE listing.tenant_id = v.column1 AND listing.id = v.column2)"};

constexpr store::Sql setShown{
    "UPDATE listing SET observed = $3, observed_at = $4 WHERE tenant_id = $1 AND id = $2"};

} // namespace

/// The newer of what we told it, less what it sold since, and of what it showed by itself.
std::optional<std::int64_t> ListingToPush::expected() const
{
    if (listing.observed && listing.observedAt > listing.pushedAt)
        return listing.observed;
    return listing.pushed ? std::optional(*listing.pushed - listing.sold) : std::nullopt;
}

std::int64_t ListingToPush::unexplained() const
{
    if (!listing.pushed || !listing.observed || !(listing.observedAt > listing.pushedAt))
        return 0;
    return std::max<std::int64_t>(0, *listing.pushed - listing.sold - *listing.observed);
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
                       .gap = row.integer(13)};
        one.sku = row.string(14);
        one.category = row.string(15);
        found.push_back(std::move(one));
    });
    std::ranges::sort(found, {}, [](const ListingToPush& one) { return one.listing.id; });
    return found;
}

void Listings::sold(store::Tx& tx, std::span<const SoldUnits> units) const
{
    store::RowSet rows(4);
    for (const SoldUnits& each : units)
        rows.add({each.tenant, each.channel, each.externalId, each.units});
    if (!rows.empty())
        tx.writeRows(addSold, rows);
}

void Listings::confirmed(store::Tx& tx, Id tenant, std::span<const ConfirmedPush> pushes) const
{
    store::RowSet rows(6);
    for (const ConfirmedPush& push : pushes)
        rows.add({tenant, push.listing, push.quantity, _clock.now(), push.soldBefore, push.gap});
    if (!rows.empty())
        tx.writeRows(setPushed, rows);
}

void Listings::showed(store::Tx& tx, Id tenant, Id listing, std::int64_t quantity) const
{
    tx.write(setShown, {tenant, listing, quantity, _clock.now()});
}

} // namespace spokehub::catalog
