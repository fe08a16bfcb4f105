#include "orders/OrderReader.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <tuple>

namespace spokehub::orders
{

namespace
{

// An order and what belongs to it come in one statement, so that a reader asks once and sees one
// moment: each row has its part first, then thirteen numbers and eight texts, of which a part uses
// what it needs.
enum Part
{
    OrderPart = 1,
    LinePart = 2,
    FactPart = 3,
    ShipmentPart = 4,
};

#define NO_NUMBER "CAST(NULL AS BIGINT)"
#define NO_TEXT "CAST(NULL AS TEXT)"

#define ORDER_COLUMNS                                                                              \
    "id, channel_id, history, test, total, refunded, placed_at, channel_updated_at, created_at, "  \
    "updated_at, customer_id, "                                                                    \
    "external_id, number, status, payment_status, review, currency"

#define ORDER_ROW(detail)                                                                          \
    "SELECT 1, o.id, o.channel_id, o.history, o.test, o.total, o.refunded, o.placed_at, "          \
    "o.channel_updated_at, "                                                                       \
    "o.created_at, o.updated_at, o.customer_id, " NO_NUMBER ", " NO_NUMBER                         \
    ", o.external_id, o.number, o.status, o.payment_status, o.review, o.currency, " detail         \
    ", " NO_TEXT " "

#define LINE_ROW                                                                                   \
    "SELECT 2, l.order_id, l.id, l.variant_id, l.unit_price, l.units_per_sale, "                   \
    "l.requires_shipping, l.ordered, "                                                             \
    "l.cancelled, l.shipped, l.delivered, l.returned, l.target, l.short, l.external_line_id, "     \
    "l.external_variant_id, "                                                                      \
    "l.sku, l.title, " NO_TEXT ", " NO_TEXT ", " NO_TEXT ", " NO_TEXT " "

#define FACT_ROW(body)                                                                             \
    "SELECT 3, f.updated_at, f.recorded_at, " NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER              \
    ", " NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER      \
    ", " NO_NUMBER ", " NO_NUMBER ", f.fact_key, f.cause, " body ", " NO_TEXT ", " NO_TEXT         \
    ", " NO_TEXT ", " NO_TEXT ", " NO_TEXT " "

#define SHIPMENT_ROW                                                                               \
    "SELECT 4, s.id, s.created_at, " NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER        \
    ", " NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER      \
    ", " NO_NUMBER                                                                                 \
    ", s.carrier, s.tracking_number, s.tracking_url, s.external_id, s.lines, s.actor, " NO_TEXT    \
    ", " NO_TEXT " "

#define FACTS_OF_ORDER                                                                             \
    "FROM sales_order o JOIN order_fact f ON f.tenant_id = o.tenant_id AND f.channel_id = "        \
    "o.channel_id "                                                                                \
    "AND f.external_id = o.external_id WHERE o.tenant_id = $1 AND o.id = $2"

#define SHIPMENTS_OF_ORDER "FROM shipment s WHERE s.tenant_id = $1 AND s.order_id = $2"

constexpr store::Sql selectOrder{
    ORDER_ROW("o.detail") "FROM sales_order o WHERE o.tenant_id = $1 AND o.id = $2 "
                          "UNION ALL " LINE_ROW
                          "FROM order_line l WHERE l.tenant_id = $1 AND l.order_id = $2 "
                          "UNION ALL " FACT_ROW(NO_TEXT) FACTS_OF_ORDER
    " "
    "UNION ALL " SHIPMENT_ROW SHIPMENTS_OF_ORDER};
constexpr store::Sql selectFacts{FACT_ROW("f.body") FACTS_OF_ORDER
                                 " ORDER BY f.recorded_at, f.fact_key"};
constexpr store::Sql selectShipments{SHIPMENT_ROW SHIPMENTS_OF_ORDER " ORDER BY s.id"};

#define FOUND "SELECT o.id, o.channel_id, o.external_id "
constexpr store::Sql selectOfCustomer{
    FOUND "FROM sales_order o WHERE o.tenant_id = $1 AND o.customer_id = $2 ORDER BY o.id"};
constexpr store::Sql selectOfExternalIds{
    FOUND "FROM {each_row} sales_order o WHERE o.tenant_id = {1} AND o.external_id = {2} AND "
          "o.channel_id = {3}"};
constexpr store::Sql selectOfChannel{
    FOUND "FROM sales_order o WHERE o.tenant_id = $1 AND o.channel_id = $2 AND NOT EXISTS "
          "(SELECT 1 FROM order_fact f WHERE f.tenant_id = o.tenant_id AND f.external_id = "
          "o.external_id AND f.channel_id = o.channel_id AND f.fact_key = 'erased') ORDER BY o.id"};

// A page of orders and their lines. The conditions stand between the two halves.
#define PAGE_BEGIN                                                                                 \
    "WITH page AS MATERIALIZED (SELECT tenant_id, " ORDER_COLUMNS                                  \
    " FROM sales_order WHERE tenant_id = $1 "
#define PAGE_ROWS                                                                                  \
    ") " ORDER_ROW(NO_TEXT) "FROM page o UNION ALL " LINE_ROW                                      \
                            "FROM page o JOIN order_line l ON l.tenant_id = o.tenant_id AND "      \
                            "l.order_id = o.id"
#define PAGE_END(key, limit)                                                                       \
    "AND (placed_at, id) < (" key ") ORDER BY placed_at DESC, id DESC LIMIT " limit PAGE_ROWS

// What is asked for most is prepared; other combinations of filters are put together (see textOf).
constexpr store::Sql selectNewest{PAGE_BEGIN PAGE_END("$2, $3", "$4")};
constexpr store::Sql selectOfStatus{PAGE_BEGIN "AND status = $2 " PAGE_END("$3, $4", "$5")};

constexpr std::string_view listName = "orders";

using Key = std::pair<std::int64_t, std::int64_t>; // a time and an id

std::string keyOf(const OrderRow& order)
{
    return std::to_string(order.placedAt.micros) + ":" + std::to_string(order.id);
}

std::string changeOf(const OrderRow& order)
{
    return std::to_string(order.updatedAt.micros) + ":" + std::to_string(order.id);
}

OrderRow orderOf(const store::Row& row)
{
    OrderRow order;
    order.id = row.integer(1);
    order.channel = row.integer(2);
    order.history = row.boolean(3);
    order.test = row.boolean(4);
    order.total = row.integer(5);
    order.refunded = row.integer(6);
    order.placedAt = row.time(7);
    order.channelUpdatedAt = row.time(8);
    order.createdAt = row.time(9);
    order.updatedAt = row.time(10);
    order.customer = row.maybeInteger(11);
    order.externalId = row.text(14);
    order.number = row.text(15);
    order.status = orderStatusFromName(row.text(16)).value_or(OrderStatus::Pending);
    order.paymentStatus = row.text(17);
    order.review = row.text(18);
    order.currency = row.text(19);
    return order;
}

LineRow lineOf(const store::Row& row)
{
    LineRow line;
    line.id = row.integer(2);
    line.variant = row.maybeInteger(3);
    line.unitPrice = row.integer(4);
    line.unitsPerSale = row.integer(5);
    line.requiresShipping = row.boolean(6);
    line.ordered = row.integer(7);
    line.cancelled = row.integer(8);
    line.shipped = row.integer(9);
    line.delivered = row.integer(10);
    line.returned = row.integer(11);
    line.target = row.integer(12);
    line.shortage = row.integer(13);
    line.externalLineId = row.text(14);
    line.externalVariantId = row.text(15);
    line.sku = row.text(16);
    line.title = row.text(17);
    return line;
}

/// Facts that happen once are stored with their time turned round, so that the earliest stands.
FactRow factOf(const store::Row& row)
{
    return {row.string(14), Time{std::abs(row.integer(1))}, row.time(2), row.string(15),
            row.string(16)};
}

ShipmentRow shipmentOf(const store::Row& row)
{
    return {row.integer(1), row.string(14), row.string(15), row.string(16),
            row.string(17), row.string(18), row.string(19), row.time(2)};
}

OrderReader::Found foundOf(const store::Row& row)
{
    return {row.integer(0), row.integer(1), row.string(2)};
}

bool newer(const OrderRow& one, const OrderRow& other)
{
    return std::tie(one.placedAt, one.id) > std::tie(other.placedAt, other.id);
}

bool changedBefore(const OrderRow& one, const OrderRow& other)
{
    return std::tie(one.updatedAt, one.id) < std::tie(other.updatedAt, other.id);
}

/// Takes the rows of a page, in any order.
class Gathering
{
public:
    void take(const store::Row& row)
    {
        if (row.integer(0) == OrderPart)
            _orders.push_back(orderOf(row));
        else
            _lines.emplace_back(row.integer(1), lineOf(row));
    }

    /// Newest first or as it is said, at most `most`; lines in the order in which they came.
    template <class Before = bool (*)(const OrderRow&, const OrderRow&)>
    std::vector<OrderRow> take(std::size_t most, Before before = newer)
    {
        std::ranges::sort(_orders, before);
        if (_orders.size() > most)
            _orders.resize(most);
        std::vector<std::pair<Id, OrderRow*>> places;
        places.reserve(_orders.size());
        for (OrderRow& order : _orders)
            places.emplace_back(order.id, &order);
        std::ranges::sort(places);
        for (auto& [id, line] : _lines) {
            const auto place =
                std::ranges::lower_bound(places, id, {}, &std::pair<Id, OrderRow*>::first);
            if (place != places.end() && place->first == id)
                place->second->lines.push_back(std::move(line));
        }
        for (OrderRow& order : _orders)
            std::ranges::sort(order.lines, {}, &LineRow::id);
        return std::move(_orders);
    }

private:
    std::vector<OrderRow> _orders;
    std::vector<std::pair<Id, LineRow>> _lines;
};

/// The conditions of a query with their parameters, and the page behind them.
class Conditions
{
public:
    explicit Conditions(Id tenant) : _params{tenant} {}

    void add(std::string_view before, store::Param value)
    {
        _text.append("AND ").append(before).append(next(value)).append(" ");
    }
    void add(std::string_view whole) { _text.append("AND ").append(whole).append(" "); }

    std::string next(store::Param value)
    {
        _params.push_back(value);
        return "$" + std::to_string(_params.size());
    }

    const std::string& text() const { return _text; }
    const std::vector<store::Param>& params() const { return _params; }

private:
    std::string _text;
    std::vector<store::Param> _params;
};

bool isPlain(const OrderQuery& query)
{
    return !query.paid && !query.paymentStatus && !query.channel && !query.customer &&
           !query.externalId && !query.review && !query.placedFrom && !query.placedTo &&
           !query.updatedFrom && !query.updatedTo;
}

void addConditions(Conditions& conditions, const OrderQuery& query)
{
    constexpr std::string_view paid =
        "payment_status IN ('paid', 'partially_refunded', 'refunded')";
    constexpr std::string_view unpaid =
        "payment_status NOT IN ('paid', 'partially_refunded', 'refunded')";
    if (query.channel)
        conditions.add("channel_id = ", *query.channel);
    if (query.customer)
        conditions.add("customer_id = ", *query.customer);
    if (query.externalId)
        conditions.add("external_id = ", *query.externalId);
    if (query.paymentStatus)
        conditions.add("payment_status = ", *query.paymentStatus);
    if (query.paid)
        conditions.add(*query.paid ? paid : unpaid);
    if (query.review)
        conditions.add(*query.review ? "review <> ''" : "review = ''");
    if (query.placedFrom)
        conditions.add("placed_at >= ", *query.placedFrom);
    if (query.placedTo)
        conditions.add("placed_at < ", *query.placedTo);
    if (query.updatedTo)
        conditions.add("updated_at < ", *query.updatedTo);
}

void readFiltered(store::Session& session, const Scope& scope, const OrderQuery& query,
                  std::optional<OrderStatus> status, Key key, std::int64_t limit,
                  const store::RowVisitor& visit)
{
    Conditions conditions(scope.tenant);
    if (status)
        conditions.add("status = ", name(*status));
    addConditions(conditions, query);
    const std::string placedAt = conditions.next(key.first);
    const std::string id = conditions.next(key.second);
    const std::string most = conditions.next(limit);
    session.queryText(PAGE_BEGIN + conditions.text() + "AND (placed_at, id) < (" + placedAt + ", " +
                          id + ") ORDER BY placed_at DESC, id DESC LIMIT " + most + PAGE_ROWS,
                      conditions.params(), visit);
}

void readChanged(store::Session& session, const Scope& scope, const OrderQuery& query, Key key,
                 std::int64_t limit, const store::RowVisitor& visit)
{
    Conditions conditions(scope.tenant);
    std::string statuses; // are constants
    for (const OrderStatus status : query.statuses)
        statuses += (statuses.empty() ? "'" : ", '") + std::string(name(status)) + "'";
    if (!statuses.empty())
        conditions.add("status IN (" + statuses + ")");
    addConditions(conditions, query);
    const std::string at = conditions.next(key.first);
    const std::string id = conditions.next(key.second);
    const std::string most = conditions.next(limit);
    session.queryText(PAGE_BEGIN + conditions.text() + "AND (updated_at, id) > (" + at + ", " + id +
                          ") ORDER BY updated_at, id LIMIT " + most + PAGE_ROWS,
                      conditions.params(), visit);
}

} // namespace

bool isPaid(std::string_view paymentStatus)
{
    return paymentStatus == "paid" || paymentStatus == "partially_refunded" ||
           paymentStatus == "refunded";
}

store::Page<OrderRow> OrderReader::list(store::Session& session, const Scope& scope,
                                        const OrderQuery& query,
                                        const store::PageRequest& page) const
{
    const std::int64_t limit = page.limit + 1;
    Gathering gathering;
    const store::RowVisitor take = [&](const store::Row& row) { gathering.take(row); };
    if (query.updatedFrom) {
        constexpr std::string_view changed = "orders.changed";
        const Key after = page.afterPair(changed).value_or(Key(query.updatedFrom->micros, 0));
        readChanged(session, scope, query, after, limit, take);
        return store::pageOf(changed, page,
                             gathering.take(static_cast<std::size_t>(limit), changedBefore),
                             changeOf);
    }
    const Key key = page.afterPair(listName).value_or(Key(INT64_MAX, INT64_MAX));
    const bool plain = isPlain(query);
    if (plain && query.statuses.empty())
        session.query(selectNewest, {scope.tenant, key.first, key.second, limit}, take);
    else if (query.statuses.empty())
        readFiltered(session, scope, query, std::nullopt, key, limit, take);
    for (const OrderStatus status : query.statuses)
        if (plain)
            session.query(selectOfStatus,
                          {scope.tenant, name(status), key.first, key.second, limit}, take);
        else
            readFiltered(session, scope, query, status, key, limit, take);
    return store::pageOf(listName, page, gathering.take(static_cast<std::size_t>(limit)), keyOf);
}

std::optional<OrderDetail> OrderReader::get(store::Session& session, const Scope& scope,
                                            Id order) const
{
    std::optional<OrderDetail> detail;
    std::vector<LineRow> lines;
    std::vector<FactRow> facts;
    std::vector<ShipmentRow> shipments;
    session.query(selectOrder, {scope.tenant, order}, [&](const store::Row& row) {
        switch (row.integer(0)) {
        case OrderPart:
            detail.emplace(OrderDetail{orderOf(row), row.string(20), {}, {}});
            break;
        case LinePart:
            lines.push_back(lineOf(row));
            break;
        case FactPart:
            facts.push_back(factOf(row));
            break;
        default:
            shipments.push_back(shipmentOf(row));
        }
    });
    if (!detail)
        return std::nullopt;
    std::ranges::sort(lines, {}, &LineRow::id);
    std::ranges::sort(facts, {},
                      [](const FactRow& fact) { return std::tie(fact.recordedAt, fact.key); });
    std::ranges::sort(shipments, {}, &ShipmentRow::id);
    detail->order.lines = std::move(lines);
    detail->facts = std::move(facts);
    detail->shipments = std::move(shipments);
    return detail;
}

std::vector<OrderReader::Found> OrderReader::ofCustomer(store::Session& session, const Scope& scope,
                                                        Id customer) const
{
    std::vector<Found> found;
    session.query(selectOfCustomer, {scope.tenant, customer},
                  [&](const store::Row& row) { found.push_back(foundOf(row)); });
    return found;
}

std::vector<OrderReader::Found>
OrderReader::ofExternalIds(store::Session& session, const Scope& scope, Id channel,
                           const std::vector<std::string>& externalIds) const
{
    store::RowSet rows(3);
    for (const std::string& externalId : std::set(externalIds.begin(), externalIds.end()))
        rows.add({scope.tenant, rows.keep(externalId), channel});
    std::vector<Found> found;
    session.queryRows(selectOfExternalIds, rows,
                      [&](const store::Row& row) { found.push_back(foundOf(row)); });
    return found;
}

std::vector<OrderReader::Found> OrderReader::ofChannel(store::Session& session, const Scope& scope,
                                                       Id channel) const
{
    std::vector<Found> found;
    session.query(selectOfChannel, {scope.tenant, channel},
                  [&](const store::Row& row) { found.push_back(foundOf(row)); });
    return found;
}

std::vector<FactRow> OrderReader::facts(store::Session& session, const Scope& scope, Id order) const
{
    std::vector<FactRow> facts;
    session.query(selectFacts, {scope.tenant, order},
                  [&](const store::Row& row) { facts.push_back(factOf(row)); });
    return facts;
}

std::vector<ShipmentRow> OrderReader::shipments(store::Session& session, const Scope& scope,
                                                Id order) const
{
    std::vector<ShipmentRow> shipments;
    session.query(selectShipments, {scope.tenant, order},
                  [&](const store::Row& row) { shipments.push_back(shipmentOf(row)); });
    return shipments;
}

} // namespace spokehub::orders
