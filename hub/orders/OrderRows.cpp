#include "orders/OrderRows.h"

#include <functional>

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

store::RowSet keysOf(const OrderWorks& works)
{
    store::RowSet rows(3);
    rows.reserve(works.size());
    for (const OrderWork& work : works)
        rows.add({work.key.tenant, work.key.channel, work.key.externalId});
    return rows;
}

} // namespace

void OrderRows::lock(store::Tx& tx, const OrderWorks& works) const
{
    if (tx.engine() == store::Engine::Sqlite)
        return; // one writer
    std::set<std::int64_t> locks;
    for (const OrderWork& work : works)
        locks.insert(static_cast<std::int64_t>(std::hash<std::string>{}(work.key.externalId) ^
                                               static_cast<std::size_t>(work.key.channel) *
                                                   0x9e3779b97f4a7c15ULL));
    store::RowSet rows(1);
    for (const std::int64_t lock : locks)
        rows.add({lock});
    tx.queryRows(lockOrders, rows, [](const store::Row&) {});
}

void OrderRows::loadFacts(store::Tx& tx, OrderWorks& works) const
{
    const auto index = indexOf(works);
    tx.queryRows(selectFacts, keysOf(works), [&](const store::Row& row) {
        OrderWork& work = *index.at({row.integer(0), row.integer(1), row.string(2)});
        work.known = true;
        work.facts[row.string(3)] = {row.string(3), row.time(4), row.time(5), row.integer(6),
                                     row.string(7)};
    });
}

void OrderRows::loadOrders(store::Tx& tx, OrderWorks& works) const
{
    const auto index = indexOf(works);
    store::RowSet known(3); // without a fact there is no order
    for (const OrderWork& work : works)
        if (work.known)
            known.add({work.key.tenant, work.key.channel, work.key.externalId});
    tx.queryRows(selectOrders, known, [&](const store::Row& row) {
        OrderWork& work = *index.at({row.integer(0), row.integer(1), row.string(2)});
        work.id = row.integer(3);
        work.createdAt = row.time(4);
        work.customer = row.maybeInteger(5);
        work.stored = true;
    });
    for (OrderWork& work : works)
        if (!work.stored) {
            work.id = _ids.next();
            work.createdAt = _clock.now();
        }
}

void OrderRows::loadLines(store::Tx& tx, OrderWorks& works) const
{
    std::map<std::pair<Id, Id>, OrderWork*> index;
    store::RowSet rows(2);
    for (OrderWork& work : works)
        if (work.stored) {
            index[{work.key.tenant, work.id}] = &work;
            rows.add({work.key.tenant, work.id});
        }
    if (!rows.empty())
        tx.queryRows(selectLines, rows, [&](const store::Row& row) {
            LineWork line;
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
}

void OrderRows::saveFacts(store::Tx& tx, const OrderWorks& works) const
{
    store::RowSet rows(10);
    for (const OrderWork& work : works)
        for (const std::string& key : work.news) {
            const Fact& fact = work.facts.at(key);
            rows.add({work.key.tenant, work.key.channel, work.key.externalId, fact.key,
                      fact.updatedAt, fact.readAt, fact.hash, fact.body, work.cause.what,
                      _clock.now()});
        }
    if (!rows.empty())
        tx.writeRows(upsertFact, rows);
}

void OrderRows::saveOrders(store::Tx& tx, const OrderWorks& works) const
{
    store::RowSet rows(19);
    rows.reserve(works.size());
    for (const OrderWork& work : works) {
        const OrderState& state = work.state;
        rows.add({work.key.tenant, work.id, work.key.channel, work.key.externalId, state.number,
                  name(state.status), state.paymentStatus, state.review, state.history, state.test,
                  state.currency, state.total, state.refunded, state.detail, work.customer,
                  state.placedAt, state.updatedAt, work.createdAt, _clock.now()});
    }
    tx.writeRows(upsertOrder, rows);
}

void OrderRows::saveLines(store::Tx& tx, const OrderWorks& works) const
{
    store::RowSet rows(20);
    for (const OrderWork& work : works)
        for (const LineWork& line : work.lines) {
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
        }
    if (!rows.empty())
        tx.writeRows(upsertLine, rows);
}

} // namespace spokehub::orders
