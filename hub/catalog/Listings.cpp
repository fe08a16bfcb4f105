#include "catalog/Listings.h"

#include "core/FieldChecks.h"
#include "store/ListText.h"

namespace spokehub::catalog
{

namespace
{

#define LISTING_COLUMNS                                                                            \
    "id, channel_id, variant_id, external_id, parent_id, stock_id, sku, title, price, currency, "  \
    "units_per_sale, removed, pushed, pushed_at, observed, observed_at, sold, gap, created_at, "   \
    "updated_at"

constexpr store::Sql insertListing{"INSERT INTO listing (tenant_id, id, channel_id, variant_id, "
                                   "external_id, parent_id, stock_id, sku, "
                                   "title, units_per_sale, created_at, updated_at) VALUES ($1, $2, "
                                   "$3, $4, $5, $6, $7, $8, $9, $10, $11, "
                                   "$11) ON CONFLICT DO NOTHING"};
constexpr store::Sql variantById{"SELECT id FROM variant WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql variantBySku{"SELECT id FROM variant WHERE tenant_id = $1 AND sku = $2"};

constexpr store::Sql lockedVariantOf{
    "SELECT variant_id FROM listing WHERE tenant_id = $1 AND id = $2 {lock}"};
constexpr store::Sql setVariant{
    "UPDATE listing SET variant_id = $1, updated_at = $2 WHERE tenant_id = $3 AND id = $4"};
constexpr store::Sql setUnits{
    "UPDATE listing SET units_per_sale = $1, updated_at = $2 WHERE tenant_id = $3 AND id = $4"};

constexpr store::Sql listingById{"SELECT " LISTING_COLUMNS
                                 " FROM listing WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql listingByExternalId{
    "SELECT " LISTING_COLUMNS
    " FROM listing WHERE tenant_id = $1 AND channel_id = $2 AND external_id = $3"};

constexpr store::Sql listingsWithExternalId{
    "SELECT " LISTING_COLUMNS
    " FROM listing WHERE tenant_id = $1 AND external_id = $2 ORDER BY channel_id LIMIT 10"};
constexpr store::Sql listingsOfOneVariant{
    "SELECT " LISTING_COLUMNS
    " FROM listing WHERE tenant_id = $1 AND variant_id = $2 ORDER BY id LIMIT 1000"};
constexpr store::Sql listingsOfIds{"SELECT " LISTING_COLUMNS
                                   " FROM {each_row} listing WHERE tenant_id = {1} AND id = {2}"};
constexpr store::Sql patchListing{
    "UPDATE listing SET title = COALESCE($1, title), price = COALESCE($2, price), "
    "currency = COALESCE($3, currency), updated_at = $4 WHERE tenant_id = $5 AND id = $6"};

constexpr store::Sql listingsOfExternalIds{
    "SELECT {1}, l.variant_id, l.units_per_sale FROM {each_row} listing l "
    "WHERE l.tenant_id = {2} AND l.channel_id = {3} AND l.external_id = {4}"};
constexpr store::Sql variantsOfSkus{
    "SELECT {1}, x.id FROM {each_row} variant x WHERE x.tenant_id = {2} AND x.sku = {3}"};
constexpr store::Sql listingsOfVariants{
    "SELECT l.id, l.channel_id, l.variant_id FROM {each_row} listing l "
    "WHERE l.tenant_id = {1} AND l.variant_id = {2} AND l.removed = 0"};

Listing listingOf(const store::Row& row)
{
    Listing listing;
    listing.id = row.integer(0);
    listing.channel = row.integer(1);
    listing.variant = row.maybeInteger(2);
    listing.externalId = row.string(3);
    listing.parentId = row.string(4);
    listing.stockId = row.string(5);
    listing.sku = row.string(6);
    listing.title = row.string(7);
    listing.price = row.maybeInteger(8);
    listing.currency = row.string(9);
    listing.unitsPerSale = row.integer(10);
    listing.removed = row.boolean(11);
    listing.pushed = row.maybeInteger(12);
    listing.pushedAt = row.maybeTime(13);
    listing.observed = row.maybeInteger(14);
    listing.observedAt = row.maybeTime(15);
    listing.sold = row.integer(16);
    listing.gap = row.integer(17);
    listing.createdAt = row.time(18);
    listing.updatedAt = row.time(19);
    return listing;
}

std::optional<Listing> one(store::Session& session, const store::Sql& sql, store::Params params)
{
    std::optional<Listing> listing;
    session.query(sql, params, [&](const store::Row& row) { listing = listingOf(row); });
    return listing;
}

constexpr std::int64_t unitsPerSaleMax = 1'000'000;

void requireWellFormed(const NewListing& wanted)
{
    FieldChecks()
        .text("external_id", wanted.externalId, 1, 200)
        .text("parent_id", wanted.parentId, 0, 200)
        .text("stock_id", wanted.stockId, 0, 200)
        .text("sku", wanted.sku, 0, 100)
        .text("title", wanted.title, 0, 500)
        .number("units_per_sale", wanted.unitsPerSale, 1, unitsPerSaleMax)
        .require(wanted.variant || !wanted.sku.empty(), "variant_id",
                 "is missing: give it, or the sku")
        .refuse("listing");
}

std::optional<Id> find(store::Session& session, const store::Sql& sql, store::Params params)
{
    std::optional<Id> id;
    session.query(sql, params, [&](const store::Row& row) { id = row.integer(0); });
    return id;
}

void requireVariant(store::Session& session, Id tenant, Id variant)
{
    if (!find(session, variantById, {tenant, variant}))
        throw Error(Refusal::NotFound, "there is no such variant", {{"variant", "is not known"}});
}

Id requireVariant(store::Session& session, const Scope& scope, const NewListing& wanted)
{
    if (wanted.variant) {
        requireVariant(session, scope.tenant, *wanted.variant);
        return *wanted.variant;
    }
    const auto variant = find(session, variantBySku, {scope.tenant, wanted.sku});
    if (!variant)
        throw Error(Refusal::NotFound, "there is no variant with the SKU " + wanted.sku,
                    {{"sku", "is not known"}});
    return *variant;
}

std::optional<Id> lockedVariant(store::Tx& tx, const Scope& scope, Id listing)
{
    bool known = false;
    std::optional<Id> variant;
    tx.query(lockedVariantOf, {scope.tenant, listing}, [&](const store::Row& row) {
        known = true;
        variant = row.maybeInteger(0);
    });
    if (!known)
        throw Error(Refusal::NotFound, "there is no such listing");
    return variant;
}

void changeVariant(store::Tx& tx, const Scope& scope, Id listing, std::optional<Id> variant,
                   Time now)
{
    const std::optional<Id> before = lockedVariant(tx, scope, listing);
    if (before == variant)
        return;
    tx.write(setVariant, {variant, now, scope.tenant, listing});
    const auto shown = [](const std::optional<Id>& id) {
        return id ? std::optional(showId("var", *id)) : std::nullopt;
    };
    tx.note(store::Difference(showId("lst", listing))
                .from("variant_id", shown(before), shown(variant)));
    for (const auto& touched : {before, variant})
        if (touched)
            tx.changed(scope.tenant, *touched);
}

} // namespace

Listing Listings::create(store::Tx& tx, const Scope& scope, const NewListing& wanted)
{
    requireWellFormed(wanted);
    const Id variant = requireVariant(tx, scope, wanted);

    Listing listing;
    listing.id = _ids.next();
    listing.channel = wanted.channel;
    listing.variant = variant;
    listing.externalId = wanted.externalId;
    listing.parentId = wanted.parentId;
    listing.stockId = wanted.stockId.empty() ? wanted.externalId : wanted.stockId;
    listing.sku = wanted.sku;
    listing.title = wanted.title;
    listing.unitsPerSale = wanted.unitsPerSale;
    listing.createdAt = listing.updatedAt = _clock.now();
    if (tx.execute(insertListing,
                   {scope.tenant, listing.id, listing.channel, listing.variant, listing.externalId,
                    listing.parentId, listing.stockId, listing.sku, listing.title,
                    listing.unitsPerSale, listing.createdAt}) != 1)
        throw Error(Refusal::Conflict,
                    "the channel has a listing " + listing.externalId + " already",
                    {{"external_id", "exists already"}});
    tx.changed(scope.tenant, variant);
    return listing;
}

void Listings::match(store::Tx& tx, const Scope& scope, Id listing, Id variant)
{
    requireVariant(tx, scope.tenant, variant);
    changeVariant(tx, scope, listing, variant, _clock.now());
}

void Listings::unmatch(store::Tx& tx, const Scope& scope, Id listing)
{
    changeVariant(tx, scope, listing, std::nullopt, _clock.now());
}

void Listings::setUnitsPerSale(store::Tx& tx, const Scope& scope, Id listing, std::int64_t units)
{
    FieldChecks().number("units_per_sale", units, 1, unitsPerSaleMax).refuse("listing");
    const std::optional<Id> variant = lockedVariant(tx, scope, listing);
    tx.write(setUnits, {units, _clock.now(), scope.tenant, listing});
    tx.note(store::Difference(showId("lst", listing)).told("units_per_sale", units));
    if (variant)
        tx.changed(scope.tenant, *variant);
}

void Listings::patch(store::Tx& tx, const Scope& scope, Id listing, const ListingPatch& patch)
{
    FieldChecks()
        .text("title", patch.title.value_or(""), 0, 500)
        .number("price", patch.price.value_or(0), 0, 1'000'000'000'000'000)
        .text("currency", patch.currency.value_or("USD"), 3, 3)
        .refuse("listing");
    if (tx.execute(patchListing, {patch.title, patch.price, patch.currency, _clock.now(),
                                  scope.tenant, listing}) != 1)
        throw Error(Refusal::NotFound, "there is no listing " + showId("lst", listing));
}

std::vector<Listing> Listings::byExternalId(store::Session& session, const Scope& scope,
                                            std::string_view externalId) const
{
    std::vector<Listing> rows;
    session.query(listingsWithExternalId, {scope.tenant, externalId},
                  [&](const store::Row& row) { rows.push_back(listingOf(row)); });
    return rows;
}

std::vector<Listing> Listings::ofVariant(store::Session& session, const Scope& scope,
                                         Id variant) const
{
    std::vector<Listing> rows;
    session.query(listingsOfOneVariant, {scope.tenant, variant},
                  [&](const store::Row& row) { rows.push_back(listingOf(row)); });
    return rows;
}

std::vector<Listing> Listings::ofIds(store::Session& session, Id tenant,
                                     std::span<const Id> ids) const
{
    store::RowSet asked(2);
    for (const Id id : ids)
        asked.add({tenant, id});
    std::vector<Listing> rows;
    if (!asked.empty())
        session.queryRows(listingsOfIds, asked,
                          [&](const store::Row& row) { rows.push_back(listingOf(row)); });
    return rows;
}

std::optional<Listing> Listings::get(store::Session& session, const Scope& scope, Id id) const
{
    return one(session, listingById, {scope.tenant, id});
}

std::optional<Listing> Listings::byExternalId(store::Session& session, const Scope& scope,
                                              Id channel, std::string_view externalId) const
{
    return one(session, listingByExternalId, {scope.tenant, channel, externalId});
}

store::Page<Listing> Listings::list(store::Session& session, const Scope& scope,
                                    const store::PageRequest& page, const ListingQuery& query) const
{
    store::ListText text("SELECT " LISTING_COLUMNS " FROM listing WHERE tenant_id = $1",
                         scope.tenant);
    text.maybe("channel_id = ", query.channel)
        .maybe("variant_id = ", query.variant)
        .maybe("sku = ", query.sku);
    if (query.matched)
        text.where(*query.matched ? "variant_id IS NOT NULL" : "variant_id IS NULL");
    if (!query.removedToo)
        text.where("removed = 0");
    return store::readPage(session, {"listings"}, std::move(text), page, query.updatedSince,
                           &Listing::updatedAt, listingOf);
}

std::vector<std::optional<LineVariant>>
Listings::variantsOfLines(store::Session& session, Id tenant, Id channel,
                          std::span<const LineKey> lines) const
{
    std::vector<std::optional<LineVariant>> found(lines.size());
    std::vector<std::int64_t> units(lines.size(), 1); // also of a listing that is not matched yet
    const auto place = [](std::size_t line) { return static_cast<std::int64_t>(line); };
    const auto lineOf = [](const store::Row& row) {
        return static_cast<std::size_t>(row.integer(0));
    };

    store::RowSet byListing(4);
    for (std::size_t line = 0; line < lines.size(); ++line)
        if (!lines[line].externalVariantId.empty())
            byListing.add({place(line), tenant, channel, lines[line].externalVariantId});
    session.queryRows(listingsOfExternalIds, byListing, [&](const store::Row& row) {
        units.at(lineOf(row)) = row.integer(2);
        if (!row.isNull(1))
            found.at(lineOf(row)) = LineVariant{row.integer(1), row.integer(2)};
    });

    store::RowSet bySku(3);
    for (std::size_t line = 0; line < lines.size(); ++line)
        if (!found[line] && !lines[line].sku.empty())
            bySku.add({place(line), tenant, lines[line].sku});
    session.queryRows(variantsOfSkus, bySku, [&](const store::Row& row) {
        found.at(lineOf(row)) = LineVariant{row.integer(1), units.at(lineOf(row))};
    });
    return found;
}

std::vector<ListingOfVariant> Listings::ofVariants(store::Session& session, Id tenant,
                                                   std::span<const Id> variants) const
{
    store::RowSet asked(2);
    asked.reserve(variants.size());
    for (const Id variant : variants)
        asked.add({tenant, variant});
    std::vector<ListingOfVariant> listings;
    session.queryRows(listingsOfVariants, asked, [&](const store::Row& row) {
        listings.push_back({row.integer(0), row.integer(1), row.integer(2)});
    });
    return listings;
}

} // namespace spokehub::catalog
