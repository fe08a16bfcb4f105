#include "orders/Orders.h"

#include "core/Error.h"

#include <algorithm>
#include <unordered_map>

namespace spokehub::orders
{

namespace
{

// Two hubs may hold messages of one order at once: each waits for the other, so that no fact is
// overlooked.
constexpr store::Sql lockOrders = {R"(
    {postgres:SELECT pg_advisory_xact_lock(v.column1) FROM ({rows}) AS v}{sqlite:SELECT 1 FROM ({rows}) AS v})"};

constexpr store::Sql selectFacts = {R"(
    SELECT f.tenant_id, f.channel_id, f.external_id, f.fact_key, f.updated_at, f.read_at, f.hash, f.body
    FROM {each_row} order_fact f
    WHERE f.tenant_id = {1} AND f.channel_id = {2} AND f.external_id = {3})"};

constexpr store::Sql upsertFact = {R"(
    INSERT INTO order_fact (tenant_id, channel_id, external_id, fact_key, updated_at, read_at, hash, body, cause, recorded_at)
    {rows}
    ON CONFLICT (tenant_id, external_id, channel_id, fact_key) DO UPDATE
    SET updated_at = excluded.updated_at, read_at = excluded.read_at, hash = excluded.hash, body = excluded.body,
        cause = excluded.cause, recorded_at = excluded.recorded_at)"};

constexpr store::Sql selectOrders = {R"(
    SELECT o.tenant_id, o.channel_id, o.external_id, o.id, o.created_at, o.customer_id
    FROM {each_row} sales_order o
    WHERE o.tenant_id = {1} AND o.channel_id = {2} AND o.external_id = {3})"};

constexpr store::Sql upsertOrder = {R"(
    INSERT INTO sales_order (tenant_id, id, channel_id, external_id, number, status, payment_status, review, history, test,
                             currency, total, refunded, detail, customer_id, placed_at, channel_updated_at, created_at,
                             updated_at)
    {rows}
    ON CONFLICT (tenant_id, id) DO UPDATE
    SET number = excluded.number, status = excluded.status, payment_status = excluded.payment_status,
        review = excluded.review, history = excluded.history, currency = excluded.currency, total = excluded.total,
        refunded = excluded.refunded, detail = excluded.detail, customer_id = excluded.customer_id,
        placed_at = excluded.placed_at, channel_updated_at = excluded.channel_updated_at, updated_at = excluded.updated_at)"};

constexpr store::Sql selectLines = {R"(
    SELECT l.tenant_id, l.order_id, l.id, l.external_line_id, l.external_variant_id, l.variant_id, l.sku, l.title,
           l.unit_price, l.units_per_sale, l.requires_shipping, l.ordered, l.cancelled, l.shipped, l.delivered, l.returned,
           l.target, l.short, l.moved_shipped, l.moved_returned, l.given_back
    FROM {each_row} order_line l
    WHERE l.tenant_id = {1} AND l.order_id = {2}
    ORDER BY l.tenant_id, l.order_id, l.id)"};

constexpr store::Sql upsertLine = {R"(
    INSERT INTO order_line (tenant_id, order_id, id, external_line_id, external_variant_id, variant_id, sku, title, unit_price,
                            units_per_sale, requires_shipping, ordered, cancelled, shipped, delivered, returned, target,
                            moved_shipped, moved_returned, given_back)
    {rows}
    ON CONFLICT (tenant_id, order_id, id) DO UPDATE
    SET external_variant_id = excluded.external_variant_id, variant_id = excluded.variant_id, sku = excluded.sku,
        title = excluded.title, unit_price = excluded.unit_price, units_per_sale = excluded.units_per_sale,
        ordered = excluded.ordered, cancelled = excluded.cancelled, shipped = excluded.shipped,
        delivered = excluded.delivered, returned = excluded.returned, target = excluded.target,
        moved_shipped = excluded.moved_shipped, moved_returned = excluded.moved_returned,
        given_back = excluded.given_back)"};

constexpr store::Sql selectUnmatched = {R"(
    SELECT DISTINCT o.channel_id, o.external_id
    FROM {each_row} order_line l
    JOIN sales_order o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
    WHERE l.tenant_id = {1} AND l.sku = {2} AND l.variant_id IS NULL)"};

constexpr store::Sql selectAddress = {
    "SELECT channel_id, external_id FROM sales_order WHERE tenant_id = $1 AND id = $2"};

struct OrderKey
{
    Id tenant = 0;
    Id channel = 0;
    std::string externalId;
    auto operator<=>(const OrderKey&) const = default;
};

struct LineRow
{
    Id id = 0;
    LineState state;
    std::optional<Id> variant;
    Quantity unitsPerSale = 1;
    Quantity target = 0;  // as stored
    Quantity ordered = 0; // as stored
    Quantity kept = 0;    // ordered less given back, as stored
    Quantity shortage = 0;
    Quantity movedShipped = 0;
    Quantity movedReturned = 0;
    bool stored = false;
    bool changed = false;
    bool matchedNow = false;
};

} // namespace

/// One order on its way through a batch.
struct Orders::Work
{
    OrderKey key;
    const OrderRules* rules = nullptr;
    stock::Cause cause;
    std::map<std::string, Fact> facts;
    std::vector<Fact> incoming;
    std::set<std::string> news; // keys of the facts that changed
    bool forced = false;        // derive although no fact changed
    bool known = false;         // there were facts of it before
    bool erased = false;        // its person was

    Id id = 0;
    bool stored = false;
    Time createdAt;
    std::optional<Id> customer;
    OrderState state;
    std::vector<LineRow> lines;
};

Orders::Orders(IdGenerator& ids, const Clock& clock, const OrderRulesOfChannels& rules,
               const catalog::Bundles& bundles, const catalog::Listings& listings)
    : _ids(ids), _clock(clock), _rules(rules), _bundles(bundles), _listings(listings),
      _lines(ids, clock, rules, bundles), _parcels(clock), _customers(ids, clock),
      _ledger(ids, clock, _lines), _exceptions(ids, clock)
{
}

Orders::Erased Orders::record(store::Tx& tx, std::span<const OrderMessage> messages)
{
    std::map<OrderKey, std::size_t> found;
    Works works;
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
    Works works;
    for (const OrderKey& key : keys)
        works.push_back(
            {.key = key, .rules = &_rules.of(tenant, key.channel), .cause = cause, .forced = true});
    recordWorks(tx, std::move(works));
}

Orders::Erased Orders::recordWorks(store::Tx& tx, Works works)
{
    Erased erased;
    if (works.empty())
        return erased;
    joinParcels(tx, works);
    lock(tx, works);
    loadFacts(tx, works);
    merge(works);
    for (const Work& work : works)
        if (work.erased)
            erased.emplace(work.key.tenant, work.key.channel, work.key.externalId);
    std::erase_if(works, [](const Work& work) { return work.news.empty() && !work.forced; });
    if (works.empty())
        return erased;

    saveFacts(tx, works);
    eraseParcels(tx, works);
    derive(works);
    std::erase_if(works, [](const Work& work) { return !work.state.placed; });
    if (works.empty())
        return erased;
    loadOrders(tx, works);
    loadLines(tx, works);
    match(tx, works);
    meet(tx, works);
    saveOrders(tx, works);
    saveLines(tx, works);
    raiseUndelivered(tx, works);
    moveStock(tx, works);
    tellListings(tx, works);
    return erased;
}

void Orders::merge(Works& works) const
{
    for (Work& work : works)
        for (Fact& fact : work.incoming) {
            const auto [at, added] = work.facts.try_emplace(fact.key);
            if (!added && !fact.newerThan(at->second))
                continue;
            work.news.insert(fact.key);
            at->second = std::move(fact);
        }
    for (Work& work : works) {
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

// ---------------------------------------------------------------- loading

void Orders::lock(store::Tx& tx, const Works& works)
{
    if (tx.engine() == store::Engine::Sqlite)
        return; // one writer
    std::set<std::int64_t> locks;
    for (const Work& work : works)
        locks.insert(static_cast<std::int64_t>(std::hash<std::string>{}(work.key.externalId) ^
                                               static_cast<std::size_t>(work.key.channel) *
                                                   0x9e3779b97f4a7c15ULL));
    store::RowSet rows(1);
    for (const std::int64_t lock : locks)
        rows.add({lock});
    tx.queryRows(lockOrders, rows, [](const store::Row&) {});
}

namespace
{

template <class Works>
store::RowSet keysOf(const Works& works)
{
    store::RowSet rows(3);
    rows.reserve(works.size());
    for (const auto& work : works)
        rows.add({work.key.tenant, work.key.channel, work.key.externalId});
    return rows;
}

template <class Works>
auto indexOf(Works& works)
{
    std::map<OrderKey, typename Works::value_type*> index;
    for (auto& work : works)
        index[work.key] = &work;
    return index;
}

} // namespace

/// A parcel's carrier may have spoken before its order did.
void Orders::joinParcels(store::Tx& tx, Works& works)
{
    std::vector<Parcels::OfOrder> parcels;
    for (const Work& work : works)
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

void Orders::loadFacts(store::Tx& tx, Works& works)
{
    const auto index = indexOf(works);
    tx.queryRows(selectFacts, keysOf(works), [&](const store::Row& row) {
        Work& work = *index.at({row.integer(0), row.integer(1), row.string(2)});
        work.known = true;
        work.facts[row.string(3)] = {row.string(3), row.time(4), row.time(5), row.integer(6),
                                     row.string(7)};
    });
}

void Orders::derive(Works& works)
{
    for (Work& work : works)
        work.state = deriveOrder(work.facts, *work.rules);
}

void Orders::loadOrders(store::Tx& tx, Works& works)
{
    const auto index = indexOf(works);
    store::RowSet known(3); // without a fact there is no order
    for (const Work& work : works)
        if (work.known)
            known.add({work.key.tenant, work.key.channel, work.key.externalId});
    tx.queryRows(selectOrders, known, [&](const store::Row& row) {
        Work& work = *index.at({row.integer(0), row.integer(1), row.string(2)});
        work.id = row.integer(3);
        work.createdAt = row.time(4);
        work.customer = row.maybeInteger(5);
        work.stored = true;
    });
    for (Work& work : works)
        if (!work.stored) {
            work.id = _ids.next();
            work.createdAt = _clock.now();
        }
}

/// The lines as they are derived now, over those that are stored.
void Orders::takeOver(Work& work)
{
    std::unordered_map<std::string_view, const LineState*> shown;
    for (const LineState& state : work.state.lines)
        shown.emplace(state.externalLineId, &state);
    for (LineRow& line : work.lines) {
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

void Orders::loadLines(store::Tx& tx, Works& works)
{
    std::map<std::pair<Id, Id>, Work*> index;
    store::RowSet rows(2);
    for (Work& work : works)
        if (work.stored) {
            index[{work.key.tenant, work.id}] = &work;
            rows.add({work.key.tenant, work.id});
        }
    if (!rows.empty())
        tx.queryRows(selectLines, rows, [&](const store::Row& row) {
            LineRow line;
            line.id = row.integer(2);
            LineState& state = line.state;
            state.externalLineId = row.string(3);
            state.externalVariantId = row.string(4);
            line.variant = row.maybeInteger(5);
            state.sku = row.string(6);
            state.title = row.string(7);
            state.unitPrice = row.integer(8);
            line.unitsPerSale = row.integer(9);
            state.requiresShipping = row.boolean(10);
            state.ordered = row.integer(11);
            state.cancelled = row.integer(12);
            state.shipped = row.integer(13);
            state.delivered = row.integer(14);
            state.returned = row.integer(15);
            state.target = line.target = row.integer(16);
            line.ordered = state.ordered;
            line.shortage = row.integer(17);
            state.stockShipped = line.movedShipped = row.integer(18);
            state.stockReturned = line.movedReturned = row.integer(19);
            state.givenBack = row.integer(20);
            line.kept = state.ordered - state.givenBack;
            line.stored = true;
            index.at({row.integer(0), row.integer(1)})->lines.push_back(std::move(line));
        });

    for (Work& work : works)
        takeOver(work);
}

/// What is the line? The channel's variant id first, then the SKU. What nobody knows holds its line
/// only.
void Orders::match(store::Tx& tx, Works& works)
{
    std::map<std::pair<Id, Id>, std::vector<catalog::LineKey>> asked; // (tenant, channel)
    std::map<std::pair<Id, Id>, std::vector<LineRow*>> lines;
    for (Work& work : works)
        for (LineRow& line : work.lines)
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
                LineRow& line = *lines[channel][i];
                line.variant = matches[i]->variant;
                line.unitsPerSale = matches[i]->unitsPerSale;
                line.matchedNow = true;
            }
    }
}

/// Whose order it is. Of whom it names nobody any more it stays.
void Orders::meet(store::Tx& tx, Works& works) const
{
    std::vector<Customers::Named> named;
    std::vector<Work*> orders;
    for (Work& work : works) {
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
void Orders::eraseParcels(store::Tx& tx, const Works& works) const
{
    std::set<std::pair<Id, std::string>> parcels;
    for (const Work& work : works)
        for (const std::string& key : work.news)
            if (work.erased && key.starts_with(parcelFactPrefix))
                parcels.emplace(work.key.tenant, key.substr(parcelFactPrefix.size()));
    _parcels.erase(tx, parcels);
}

// ---------------------------------------------------------------- saving

void Orders::saveFacts(store::Tx& tx, const Works& works)
{
    store::RowSet rows(10);
    for (const Work& work : works)
        for (const std::string& key : work.news) {
            const Fact& fact = work.facts.at(key);
            rows.add({work.key.tenant, work.key.channel, work.key.externalId, fact.key,
                      fact.updatedAt, fact.readAt, fact.hash, fact.body, work.cause.what,
                      _clock.now()});
        }
    if (!rows.empty())
        tx.writeRows(upsertFact, rows);
}

void Orders::saveOrders(store::Tx& tx, const Works& works)
{
    store::RowSet rows(19);
    rows.reserve(works.size());
    for (const Work& work : works) {
        const OrderState& state = work.state;
        rows.add({work.key.tenant, work.id, work.key.channel, work.key.externalId, state.number,
                  name(state.status), state.paymentStatus, state.review, state.history, state.test,
                  state.currency, state.total, state.refunded, state.detail, work.customer,
                  state.placedAt, state.updatedAt, work.createdAt, _clock.now()});
    }
    tx.writeRows(upsertOrder, rows);
}

void Orders::saveLines(store::Tx& tx, const Works& works)
{
    store::RowSet rows(20);
    std::vector<stock::Exception> exceptions;
    for (const Work& work : works)
        for (const LineRow& line : work.lines) {
            const LineState& state = line.state;
            const bool known = line.variant.has_value();
            rows.add({work.key.tenant,
                      work.id,
                      line.id,
                      state.externalLineId,
                      state.externalVariantId,
                      line.variant,
                      state.sku,
                      state.title,
                      state.unitPrice,
                      line.unitsPerSale,
                      state.requiresShipping,
                      state.ordered,
                      state.cancelled,
                      state.shipped,
                      state.delivered,
                      state.returned,
                      state.target,
                      known ? state.stockShipped : line.movedShipped,
                      known ? state.stockReturned : line.movedReturned,
                      state.givenBack});
            if (state.excess > 0)
                exceptions.push_back(
                    {work.key.tenant, "shipped_beyond_ordered",
                     showId("ord", work.id) + ":" + state.externalLineId,
                     std::to_string(state.excess) +
                         " units more were reported shipped than were ordered and not cancelled",
                     work.cause.what});
        }
    if (!rows.empty())
        tx.writeRows(upsertLine, rows);
    _exceptions.raise(tx, exceptions);
}

/// A parcel that its carrier could not deliver, or sends back, is for a person to see to.
void Orders::raiseUndelivered(store::Tx& tx, const Works& works)
{
    constexpr const char* kind = "parcel_not_delivered";
    std::vector<stock::Exception> raised;
    std::vector<stock::Exceptions::Subject> settled;
    for (const Work& work : works)
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

void Orders::moveStock(store::Tx& tx, const Works& works)
{
    std::map<Id, std::vector<Id>> variants;
    for (const Work& work : works)
        for (const LineRow& line : work.lines)
            if (line.variant)
                variants[work.key.tenant].push_back(*line.variant);
    std::map<Id, catalog::Recipes> recipes;
    for (const auto& [tenant, ids] : variants)
        recipes[tenant] = _bundles.recipesOf(tx, tenant, ids);

    std::vector<stock::StockRequest> requests;
    for (const Work& work : works) {
        stock::OrderMove move{.lines = {}, .cause = work.cause};
        for (const LineRow& line : work.lines) {
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
void Orders::tellListings(store::Tx& tx, const Works& works)
{
    std::map<std::tuple<Id, Id, std::string>, catalog::SoldUnits> sold;
    for (const Work& work : works)
        if (!work.state.history)
            for (const LineRow& line : work.lines) {
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
