#include "orders/Orders.h"

#include "core/Error.h"

#include <algorithm>
#include <unordered_map>

namespace spokehub::orders
{

namespace
{

constexpr store::Sql selectUnmatched = {R"(
    SELECT DISTINCT o.channel_id, o.external_id
    FROM {each_row} order_line l
    JOIN sales_order o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
    WHERE l.tenant_id = {1} AND l.sku = {2} AND l.variant_id IS NULL)"};

constexpr store::Sql selectAddress = {
    "SELECT channel_id, external_id FROM sales_order WHERE tenant_id = $1 AND id = $2"};

} // namespace

Orders::Orders(IdGenerator& ids, const Clock& clock, const OrderRulesOfChannels& rules,
               const catalog::Bundles& bundles, const catalog::Listings& listings)
    : _ids(ids), _clock(clock), _rules(rules), _bundles(bundles), _listings(listings),
      _rows(ids, clock), _lines(ids, clock, rules, bundles), _parcels(clock),
      _customers(ids, clock), _ledger(ids, clock, _lines), _exceptions(ids, clock)
{
}

Orders::Erased Orders::record(store::Tx& tx, std::span<const OrderMessage> messages)
{
    std::map<OrderKey, std::size_t> found;
    OrderWorks works;
    for (const OrderMessage& message : messages)
        for (const Facts& facts : message.orders) {
            const auto [at, added] = found.try_emplace(
                {message.tenant, message.channel, facts.externalId}, works.size());
            if (added)
                works.push_back({.key = at->first,
                                 .rules = &_rules.of(message.tenant, message.channel),
                                 .cause = message.cause});
            auto& incoming = works[at->second].incoming;
            incoming.insert(incoming.end(), facts.facts.begin(), facts.facts.end());
        }
    return recordWorks(tx, std::move(works));
}

void Orders::erase(store::Tx& tx, Id tenant, std::span<const OrderAddress> orders,
                   const stock::Cause& cause)
{
    std::vector<OrderMessage> messages;
    for (const OrderAddress& order : orders)
        messages.push_back({tenant,
                            order.channel,
                            {{order.externalId, {erasedFact(order.externalId, _clock.now())}}},
                            cause});
    record(tx, messages);
}

void Orders::rematch(store::Tx& tx, Id tenant, std::span<const std::string> skus,
                     const stock::Cause& cause)
{
    store::RowSet rows(2);
    for (const std::string& sku : skus)
        if (!sku.empty())
            rows.add({tenant, sku});
    if (rows.empty())
        return;
    std::set<OrderKey> keys; // an order may wait for several
    tx.queryRows(selectUnmatched, rows, [&](const store::Row& row) {
        keys.insert({tenant, row.integer(0), row.string(1)});
    });
    OrderWorks works;
    for (const OrderKey& key : keys)
        works.push_back(
            {.key = key, .rules = &_rules.of(tenant, key.channel), .cause = cause, .forced = true});
    recordWorks(tx, std::move(works));
}

Orders::Erased Orders::recordWorks(store::Tx& tx, OrderWorks works)
{
    Erased erased;
    if (works.empty())
        return erased;
    joinParcels(tx, works);
    _rows.lock(tx, works);
    _rows.loadFacts(tx, works);
    merge(works);
    for (const OrderWork& work : works)
        if (work.erased)
            erased.emplace(work.key.tenant, work.key.channel, work.key.externalId);
    std::erase_if(works, [](const OrderWork& work) { return work.news.empty() && !work.forced; });
    if (works.empty())
        return erased;

    _rows.saveFacts(tx, works);
    eraseParcels(tx, works);
    derive(works);
    std::erase_if(works, [](const OrderWork& work) { return !work.state.placed; });
    if (works.empty())
        return erased;
    _rows.loadOrders(tx, works);
    _rows.loadLines(tx, works);
    for (OrderWork& work : works)
        takeOver(work);
    match(tx, works);
    meet(tx, works);
    _rows.saveOrders(tx, works);
    _rows.saveLines(tx, works);
    raiseExcess(tx, works);
    raiseUndelivered(tx, works);
    moveStock(tx, works);
    tellListings(tx, works);
    return erased;
}

void Orders::merge(OrderWorks& works) const
{
    for (OrderWork& work : works)
        for (Fact& fact : work.incoming) {
            const auto [at, added] = work.facts.try_emplace(fact.key);
            if (!added && !fact.newerThan(at->second))
                continue;
            work.news.insert(fact.key);
            at->second = std::move(fact);
        }
    for (OrderWork& work : works) {
        work.erased = work.facts.contains(std::string(erasedFactKey));
        const bool now = work.news.contains(std::string(erasedFactKey));
        for (auto& [key, fact] : work.facts)
            if (work.erased && key != erasedFactKey && (now || work.news.contains(key))) {
                fact.body = withoutPerson(fact.body);
                work.news.insert(key);
            }
    }
}

bool Orders::track(store::Tx& tx, Id tenant, Id carrier, std::vector<Fact> news,
                   const stock::Cause& cause)
{
    std::vector<OrderMessage> messages;
    for (auto& [parcel, fact] : _parcels.keep(tx, tenant, carrier, std::move(news), cause.what))
        messages.push_back({tenant, parcel.channel, {{parcel.externalId, {fact}}}, cause});
    return !messages.empty() && !record(tx, messages).empty();
}

void Orders::joinParcels(store::Tx& tx, OrderWorks& works)
{
    std::vector<Parcels::OfOrder> parcels;
    for (const OrderWork& work : works)
        for (const Fact& fact : work.incoming)
            if (!fact.tracking.empty() && !fact.key.starts_with(parcelFactPrefix))
                parcels.push_back(
                    {work.key.tenant, work.key.channel, work.key.externalId, fact.tracking});
    if (parcels.empty())
        return;
    const auto news = _parcels.join(tx, parcels);
    const auto index = indexOf(works);
    for (const auto& [parcel, fact] : news)
        index.at({parcel.tenant, parcel.channel, parcel.externalId})->incoming.push_back(fact);
}

void Orders::derive(OrderWorks& works)
{
    for (OrderWork& work : works)
        work.state = deriveOrder(work.facts, *work.rules);
}

/// The lines as they are derived now, over those that are stored.
void Orders::takeOver(OrderWork& work)
{
    std::unordered_map<std::string_view, const LineState*> shown;
    for (const LineState& state : work.state.lines)
        shown.emplace(state.externalLineId, &state);
    for (LineWork& line : work.lines) {
        if (const auto found = shown.find(line.state.externalLineId); found != shown.end()) {
            line.state = *found->second;
            shown.erase(found);
        } else { // one that the channel shows no more is not owed
            line.state.target = 0;
            line.state.cancelled = line.state.ordered - line.state.shipped;
            line.state.givenBack = line.state.cancelled;
        }
    }
    for (const LineState& state : work.state.lines)
        if (shown.contains(state.externalLineId))
            work.lines.push_back({.id = _ids.next(), .state = state});
}

/// What is the line? The channel's variant id first, then the SKU. What nobody knows holds its line
/// only.
void Orders::match(store::Tx& tx, OrderWorks& works)
{
    std::map<std::pair<Id, Id>, std::vector<catalog::LineKey>> asked; // (tenant, channel)
    std::map<std::pair<Id, Id>, std::vector<LineWork*>> lines;
    for (OrderWork& work : works)
        for (LineWork& line : work.lines)
            if (!line.variant) {
                asked[{work.key.tenant, work.key.channel}].push_back(
                    {line.state.externalVariantId, line.state.sku});
                lines[{work.key.tenant, work.key.channel}].push_back(&line);
            }
    for (const auto& [channel, references] : asked) {
        const auto matches =
            _listings.variantsOfLines(tx, channel.first, channel.second, references);
        for (std::size_t i = 0; i < matches.size(); ++i)
            if (matches[i]) {
                LineWork& line = *lines[channel][i];
                line.variant = matches[i]->variant;
                line.unitsPerSale = matches[i]->unitsPerSale;
                line.matchedNow = true;
            }
    }
}

/// Whose order it is. Of whom it names nobody any more it stays.
void Orders::meet(store::Tx& tx, OrderWorks& works) const
{
    std::vector<Customers::Named> named;
    std::vector<OrderWork*> orders;
    for (OrderWork& work : works) {
        if (work.state.person.key().empty() || (work.customer && !work.news.contains("order")))
            continue;
        named.push_back(
            {work.key.tenant, work.key.channel, &work.state.person, work.state.updatedAt});
        orders.push_back(&work);
    }
    const auto customers = _customers.meet(tx, named);
    for (std::size_t i = 0; i < orders.size(); ++i)
        orders[i]->customer = customers[i];
}

/// What is news to an order without a person stands with its parcel, too.
void Orders::eraseParcels(store::Tx& tx, const OrderWorks& works) const
{
    std::set<std::pair<Id, std::string>> parcels;
    for (const OrderWork& work : works)
        for (const std::string& key : work.news)
            if (work.erased && key.starts_with(parcelFactPrefix))
                parcels.emplace(work.key.tenant, key.substr(parcelFactPrefix.size()));
    _parcels.erase(tx, parcels);
}

void Orders::raiseExcess(store::Tx& tx, const OrderWorks& works)
{
    std::vector<stock::Exception> exceptions;
    for (const OrderWork& work : works)
        for (const LineWork& line : work.lines) {
            const LineState& state = line.state;
            if (state.excess > 0)
                exceptions.push_back(
                    {work.key.tenant, "shipped_beyond_ordered",
                     showId("ord", work.id) + ":" + state.externalLineId,
                     std::to_string(state.excess) +
                         " units more were reported shipped than were ordered and not cancelled",
                     work.cause.what});
        }
    _exceptions.raise(tx, exceptions);
}

/// A parcel that its carrier could not deliver, or sends back, is for a person to see to.
void Orders::raiseUndelivered(store::Tx& tx, const OrderWorks& works)
{
    constexpr const char* kind = "parcel_not_delivered";
    std::vector<stock::Exception> raised;
    std::vector<stock::Exceptions::Subject> settled;
    for (const OrderWork& work : works)
        for (const std::string& key : work.news) {
            if (!key.starts_with(parcelFactPrefix))
                continue;
            const auto document = JsonDocument::parse(work.facts.at(key).body);
            const std::string_view status = document->root().textOr("status"); // readParcel read it
            const std::string_view message = document->root().textOr("message");
            const std::string number = key.substr(parcelFactPrefix.size());
            const std::string subject = showId("ord", work.id) + ":" + number;
            if (status == "delivered")
                settled.push_back({work.key.tenant, kind, subject});
            else if (status == "failed" || status == "returned")
                raised.push_back(
                    {work.key.tenant, kind, subject,
                     "the carrier " +
                         std::string(status == "failed" ? "could not deliver" : "sends back") +
                         " parcel " + number + (message.empty() ? "" : ": " + std::string(message)),
                     work.cause.what});
        }
    _exceptions.raise(tx, raised);
    _exceptions.resolve(tx, settled);
}

void Orders::moveStock(store::Tx& tx, const OrderWorks& works)
{
    std::map<Id, std::vector<Id>> variants;
    for (const OrderWork& work : works)
        for (const LineWork& line : work.lines)
            if (line.variant)
                variants[work.key.tenant].push_back(*line.variant);
    std::map<Id, catalog::Recipes> recipes;
    for (const auto& [tenant, ids] : variants)
        recipes[tenant] = _bundles.recipesOf(tx, tenant, ids);

    std::vector<stock::StockRequest> requests;
    for (const OrderWork& work : works) {
        stock::OrderMove move{.lines = {}, .cause = work.cause};
        for (const LineWork& line : work.lines) {
            const LineState& state = line.state;
            const bool moves = state.target != line.target || line.matchedNow ||
                               state.stockShipped != line.movedShipped ||
                               state.stockReturned != line.movedReturned;
            if (!line.variant || !moves)
                continue;
            const auto location = work.rules->locationOf.find(state.location);
            move.lines.push_back(
                {.line = {.tenant = work.key.tenant,
                          .order = work.id,
                          .id = line.id,
                          .subject = *line.variant,
                          .recipe =
                              recipeOf(recipes[work.key.tenant], *line.variant, line.unitsPerSale),
                          .locations = &work.rules->locations,
                          .placedAt = work.state.placedAt,
                          .target = state.target,
                          .shortage = line.shortage,
                          .isNew = !line.stored},
                 .ship = state.stockShipped - line.movedShipped,
                 .comeBack = state.stockReturned - line.movedReturned,
                 .location = location == work.rules->locationOf.end() ? 0 : location->second});
        }
        if (!move.lines.empty())
            requests.emplace_back(std::move(move));
    }
    if (!requests.empty())
        _ledger.settle(tx, requests);
}

/// A channel takes its own orders off what it shows: what we should find there falls by as much,
/// and it may have to be told again.
void Orders::tellListings(store::Tx& tx, const OrderWorks& works)
{
    std::map<std::tuple<Id, Id, std::string>, catalog::SoldUnits> sold;
    for (const OrderWork& work : works)
        if (!work.state.history)
            for (const LineWork& line : work.lines) {
                const Quantity delta = line.state.ordered - line.state.givenBack - line.kept;
                const Quantity ordered = line.state.ordered - line.ordered;
                const std::string& listing = line.state.externalVariantId;
                if ((delta == 0 && ordered == 0) || listing.empty())
                    continue;
                auto& units = sold[{work.key.tenant, work.key.channel, listing}];
                units = {work.key.tenant, work.key.channel, listing, units.units + delta,
                         units.ordered + std::max<Quantity>(0, ordered)};
                if (line.variant) // also when our stock did not move, as of a line that is short
                    tx.changed(work.key.tenant, *line.variant);
            }
    std::vector<catalog::SoldUnits> units;
    for (const auto& [key, each] : sold)
        units.push_back(each);
    if (!units.empty())
        _listings.sold(tx, units);
}

std::optional<OrderAddress> Orders::addressOf(store::Session& session, Id tenant, Id order) const
{
    std::optional<OrderAddress> address;
    session.query(selectAddress, {tenant, order}, [&](const store::Row& row) {
        address = OrderAddress{row.integer(0), row.string(1)};
    });
    return address;
}

} // namespace spokehub::orders
