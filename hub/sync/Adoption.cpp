#include "sync/Adoption.h"

#include "core/Error.h"

#include <algorithm>
#include <unordered_map>

namespace spokehub::sync
{

namespace
{

constexpr store::Sql selectListings = {R"(
    WITH asked (line, tenant_id, channel_id, external_id) AS ({rows})
    SELECT asked.line, listing.variant_id, listing.units_per_sale
    FROM asked JOIN listing ON listing.tenant_id = asked.tenant_id AND listing.channel_id = asked.channel_id
                           AND listing.external_id = asked.external_id)"};

constexpr store::Sql selectTwins = {R"(
    WITH asked (line, tenant_id, channel_id, sku) AS ({rows})
    SELECT asked.line, listing.external_id
    FROM asked JOIN listing ON listing.tenant_id = asked.tenant_id AND listing.channel_id = asked.channel_id
                           AND listing.sku = asked.sku AND listing.removed = 0)"};

constexpr store::Sql selectMoved = {R"(
    WITH asked (tenant_id, variant_id) AS ({rows})
    SELECT asked.variant_id FROM asked
    WHERE EXISTS (SELECT 1 FROM stock_level
                  WHERE stock_level.tenant_id = asked.tenant_id AND stock_level.variant_id = asked.variant_id
                    AND stock_level.last_movement_id IS NOT NULL))"};

// A variant that has no stock holds nothing: what its lines lack is all that they are owed.
constexpr store::Sql selectOwed = {R"(
    WITH asked (tenant_id, variant_id, channel_id, before) AS ({rows})
    SELECT asked.variant_id, line.short * line.units_per_sale
    FROM asked JOIN order_line line ON line.tenant_id = asked.tenant_id AND line.variant_id = asked.variant_id
                                   AND line.short > 0
    JOIN sales_order ON sales_order.tenant_id = line.tenant_id AND sales_order.id = line.order_id
    WHERE sales_order.channel_id = asked.channel_id AND sales_order.placed_at < asked.before)"};

constexpr store::Sql selectOwedUnmatched = {R"(
    WITH asked (line, tenant_id, sku, channel_id, before) AS ({rows})
    SELECT asked.line, line.target
    FROM asked JOIN order_line line ON line.tenant_id = asked.tenant_id AND line.sku = asked.sku
                                   AND line.variant_id IS NULL AND line.target > 0
    JOIN sales_order ON sales_order.tenant_id = line.tenant_id AND sales_order.id = line.order_id
    WHERE sales_order.channel_id = asked.channel_id AND sales_order.placed_at < asked.before)"};

constexpr store::Sql lockVariants = {R"(
    WITH asked (tenant_id, sku) AS ({rows})
    SELECT variant.id FROM asked JOIN variant ON variant.tenant_id = asked.tenant_id AND variant.sku = asked.sku
    ORDER BY variant.id {postgres:FOR UPDATE OF variant})"};

std::int64_t place(std::size_t line)
{
    return static_cast<std::int64_t>(line);
}

/// The variant that a listing has, or will have.
std::optional<Id> variantOf(const Adoptable& listing)
{
    return listing.match ? listing.match : listing.skuVariant;
}

} // namespace

void AdoptionReport::skip(std::string externalId, std::string sku, std::string reason)
{
    ++skippedInAll;
    if (skipped.size() < skippedMax)
        skipped.push_back({std::move(externalId), std::move(sku), std::move(reason)});
}

void AdoptionReport::add(AdoptionReport part)
{
    variantsCreated += part.variantsCreated;
    matched += part.matched;
    stockSet += part.stockSet;
    units += part.units;
    const auto told = place(part.skipped.size());
    for (Skipped& each : part.skipped)
        skip(std::move(each.externalId), std::move(each.sku), std::move(each.reason));
    skippedInAll += part.skippedInAll - told;
}

Adoption::Adoption(Parts parts, OnLane onLane, Scope scope, AdoptionWish wish, std::string cause)
    : _parts(parts), _onLane(std::move(onLane)), _scope(std::move(scope)),
      _wish(wish), _cause{std::move(cause), _scope.actor,
                          "opening stock of channel " + parts.channel.name()}
{
}

AdoptionReport Adoption::run(Time deadline)
{
    pull(deadline);
    AdoptionReport report{.listings = place(_shown.listings.size()), .dryRun = _wish.dryRun};
    for (const ChannelShown::Unfit& unfit : _shown.unfit)
        report.skip(unfit.externalId, unfit.sku, unfit.reason);
    const std::vector<Item> all = items(report);
    if (!_wish.dryRun)
        keepListings();

    for (std::size_t from = 0; from < all.size(); from += chunkMax) {
        const Items part(all.data() + from, std::min(chunkMax, all.size() - from));
        Change change;
        if (_wish.dryRun)
            _parts.database.read([&](store::Session& session) { change = plan(session, part); });
        else
            change = _parts.commands.run([this, part](store::Tx& tx) { return apply(tx, part); });
        for (const Change::Opening& opening : change.openings)
            _stocked.insert(opening.variant);
        report.add(std::move(change.report));
    }
    return report;
}

void Adoption::pull(Time deadline)
{
    _began = _parts.clock.now();
    _shown.read(_onLane, _parts.clock, "listings", deadline);
    const auto& streams = _parts.channel.manifest->streams;
    if (_wish.stock && std::ranges::find(streams, "levels") != streams.end())
        _shown.read(_onLane, _parts.clock, "levels", deadline);
}

std::vector<Adoption::Item> Adoption::items(AdoptionReport& report) const
{
    std::unordered_map<std::string_view, int> timesShown;
    for (const auto& [externalId, listing] : _shown.listings)
        if (!listing.removed)
            ++timesShown[listing.sku];

    std::vector<Item> items;
    items.reserve(_shown.listings.size());
    for (const auto& [externalId, listing] : _shown.listings) {
        if (listing.removed) {
            report.skip(externalId, listing.sku, "the channel has removed it");
            continue;
        }
        const auto level = _shown.levels.find(listing.stockId);
        items.push_back({&listing,
                         level == _shown.levels.end() ? listing.quantity
                                                      : std::optional(level->second.quantity),
                         timesShown[listing.sku] > 1});
    }
    return items;
}

void Adoption::keepListings()
{
    std::vector<catalog::ListingDocument> listings;
    std::vector<catalog::LevelDocument> levels;
    const auto keep = [&] {
        _parts.commands.run([&](store::Tx& tx) {
            _parts.listings.upsert(tx, _scope.tenant, _parts.channel.id, listings, Match::Manual);
            _parts.listings.observe(tx, _scope.tenant, _parts.channel.id, levels);
        });
        listings.clear();
        levels.clear();
    };
    for (const auto& [externalId, listing] : _shown.listings) {
        listings.push_back(listing);
        if (const auto level = _shown.levels.find(listing.stockId); level != _shown.levels.end())
            levels.push_back(level->second);
        if (listings.size() == chunkMax)
            keep();
    }
    if (!listings.empty())
        keep();
}

// ---------------------------------------------------------------- what is to be done

Adoption::Change Adoption::plan(store::Session& session, Items items) const
{
    Change change;
    std::set<Id> stocked = _stocked;
    for (Adoptable& listing : read(session, items)) {
        const auto variant = variantOf(listing);
        listing.moved = listing.moved || (variant && stocked.contains(*variant));
        AdoptionStep step = stepFor(listing, _wish);
        const std::string& sku = listing.shown->sku;
        if (step.create)
            change.variants.push_back(newVariantOf(*listing.shown));
        if (step.match)
            change.skus.push_back(sku);
        if (step.opening.value_or(0) > 0) {
            change.openings.push_back({sku, variant.value_or(0), *step.opening});
            if (variant)
                stocked.insert(*variant);
            change.report.units += *step.opening;
        }
        if (!step.skipped.empty())
            change.report.skip(listing.shown->externalId, sku, std::move(step.skipped));
    }
    change.report.variantsCreated = place(change.variants.size());
    change.report.matched = place(change.skus.size());
    change.report.stockSet = place(change.openings.size());
    return change;
}

std::vector<Adoptable> Adoption::read(store::Session& session, Items items) const
{
    std::vector<Adoptable> listings;
    std::vector<std::string> skus;
    listings.reserve(items.size());
    for (const Item& item : items) {
        listings.push_back({.shown = item.shown,
                            .quantity = item.quantity,
                            .twin = item.twin,
                            .matchesBySku = _parts.channel.config->match == Match::Sku});
        if (!item.shown->sku.empty() && !item.twin)
            skus.push_back(item.shown->sku);
    }
    readListings(session, listings);
    const auto known = _parts.variants.idsOf(session, _scope.tenant, skus);
    for (Adoptable& listing : listings)
        if (const auto found = known.find(listing.shown->sku); found != known.end())
            listing.skuVariant = found->second;
    if (_wish.stock)
        readStock(session, listings);
    return listings;
}

void Adoption::readListings(store::Session& session, std::vector<Adoptable>& listings) const
{
    store::RowSet byExternalId(4);
    store::RowSet bySku(4);
    for (std::size_t line = 0; line < listings.size(); ++line) {
        const auto& shown = *listings[line].shown;
        byExternalId.add({place(line), _scope.tenant, _parts.channel.id, shown.externalId});
        if (!shown.sku.empty())
            bySku.add({place(line), _scope.tenant, _parts.channel.id, shown.sku});
    }
    session.queryRows(selectListings, byExternalId, [&](const store::Row& row) {
        Adoptable& listing = listings.at(static_cast<std::size_t>(row.integer(0)));
        listing.match = row.maybeInteger(1);
        listing.unitsPerSale = row.integer(2);
    });
    // What the channel shows now is known; what it did not show this time still has its SKU.
    session.queryRows(selectTwins, bySku, [&](const store::Row& row) {
        if (!_shown.listings.contains(row.string(1)))
            listings.at(static_cast<std::size_t>(row.integer(0))).twin = true;
    });
}

void Adoption::readStock(store::Session& session, std::vector<Adoptable>& listings) const
{
    std::unordered_map<Id, std::int64_t> owed;
    std::set<Id> moved;
    store::RowSet variants(2);
    store::RowSet lines(4);
    store::RowSet unmatched(5);
    for (std::size_t line = 0; line < listings.size(); ++line) {
        const auto variant = variantOf(listings[line]);
        if (variant && owed.try_emplace(*variant, 0).second) {
            variants.add({_scope.tenant, *variant});
            lines.add({_scope.tenant, *variant, _parts.channel.id, _began});
        }
        if (!listings[line].match && !listings[line].shown->sku.empty())
            unmatched.add(
                {place(line), _scope.tenant, listings[line].shown->sku, _parts.channel.id, _began});
    }
    session.queryRows(selectMoved, variants,
                      [&](const store::Row& row) { moved.insert(row.integer(0)); });
    std::vector<Id> ids;
    for (const auto& [id, units] : owed)
        ids.push_back(id);
    const auto recipes = _parts.bundles.recipesOf(session, _scope.tenant, ids);
    for (Adoptable& listing : listings)
        if (const auto variant = variantOf(listing)) {
            listing.moved = moved.contains(*variant);
            listing.bundle = recipes.contains(*variant);
        }
    if (_parts.channel.manifest->quantity != "available")
        return; // what it shows is on hand, with what it owes

    session.queryRows(selectOwed, lines,
                      [&](const store::Row& row) { owed[row.integer(0)] += row.integer(1); });
    for (Adoptable& listing : listings)
        if (const auto variant = variantOf(listing))
            listing.owed = owed[*variant];
    session.queryRows(selectOwedUnmatched, unmatched, [&](const store::Row& row) {
        Adoptable& listing = listings.at(static_cast<std::size_t>(row.integer(0)));
        listing.owed += row.integer(1) * listing.unitsPerSale;
    });
}

// ---------------------------------------------------------------- doing it

Adoption::Change Adoption::apply(store::Tx& tx, Items items) const
{
    lock(tx, items);
    Change change = plan(tx, items);
    makeVariants(tx, change);
    change.report.matched =
        place(_parts.listings.matchBySku(tx, _scope.tenant, _parts.channel.id, change.skus).size());
    matchElsewhere(tx, change);
    _parts.orders.rematch(tx, _scope.tenant, change.skus, _cause);
    open(tx, change);
    return change;
}

/// So that of two adoptions at the same time the second sees the levels that the first has made.
void Adoption::lock(store::Tx& tx, Items items) const
{
    std::set<std::string_view> skus;
    for (const Item& item : items)
        if (!item.shown->sku.empty())
            skus.insert(item.shown->sku);
    store::RowSet asked(2);
    for (const std::string_view sku : skus)
        asked.add({_scope.tenant, sku});
    tx.queryRows(lockVariants, asked, [](const store::Row&) {});
}

void Adoption::makeVariants(store::Tx& tx, Change& change) const
{
    std::unordered_map<std::string, Id> made;
    for (const catalog::NewVariant& wanted : change.variants)
        made[wanted.sku] = _parts.variants.create(tx, _scope, wanted).id;
    for (Change::Opening& opening : change.openings)
        if (opening.variant == 0)
            opening.variant = made.at(opening.sku);
}

/// Other channels may offer what is known only now.
void Adoption::matchElsewhere(store::Tx& tx, const Change& change) const
{
    std::vector<std::string> skus;
    for (const catalog::NewVariant& made : change.variants)
        skus.push_back(made.sku);
    for (const auto& other : _parts.channels.all())
        if (other->tenant == _scope.tenant && other->id != _parts.channel.id &&
            other->config->match == Match::Sku)
            _parts.listings.matchBySku(tx, _scope.tenant, other->id, skus);
}

void Adoption::open(store::Tx& tx, const Change& change) const
{
    std::vector<stock::StockRequest> requests;
    for (const Change::Opening& opening : change.openings)
        requests.push_back(
            stock::AdjustRequest{.tenant = _scope.tenant,
                                 .variant = opening.variant,
                                 .location = _parts.channel.stockRules.locations.front(),
                                 .name = opening.sku,
                                 .kind = stock::MovementKind::Count,
                                 .onHand = opening.units,
                                 .cause = _cause});
    if (requests.empty())
        return;
    for (const std::exception_ptr& refusal : _parts.ledger.settle(tx, requests).refusals)
        if (refusal)
            std::rethrow_exception(refusal);
}

} // namespace spokehub::sync
