#include "orders/OrderCommands.h"

#include "core/Error.h"

#include <map>

namespace spokehub::orders
{

namespace
{

constexpr store::Sql selectOrder = {"SELECT channel_id, external_id, review, status FROM "
                                    "sales_order WHERE tenant_id = $1 AND id = $2"};

constexpr store::Sql selectOrderLines = {R"(
    SELECT id, external_line_id, target FROM order_line WHERE tenant_id = $1 AND order_id = $2 ORDER BY id)"};

constexpr store::Sql insertShipment = {R"(
    INSERT INTO shipment (tenant_id, id, order_id, carrier, tracking_number, tracking_url, lines, actor, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))"};

constexpr store::Sql selectShipment = {R"(
    SELECT o.channel_id, o.external_id, s.external_id, s.carrier, s.tracking_number, s.tracking_url, s.lines, s.created_at
    FROM shipment s JOIN sales_order o ON o.tenant_id = s.tenant_id AND o.id = s.order_id
    WHERE s.tenant_id = $1 AND s.id = $2)"};

constexpr store::Sql updateShipment = {
    "UPDATE shipment SET external_id = $3 WHERE tenant_id = $1 AND id = $2"};

struct Head
{
    Id channel = 0;
    std::string externalId;
    std::string review;
    std::string status;
};

Head headOf(store::Session& session, Id tenant, Id order)
{
    std::optional<Head> head;
    session.query(selectOrder, {tenant, order}, [&](const store::Row& row) {
        head = Head{row.integer(0), row.string(1), row.string(2), row.string(3)};
    });
    if (!head)
        throw Error(Refusal::NotFound, "there is no order " + showId("ord", order));
    return *head;
}

struct OpenLine
{
    std::string externalId;
    Quantity open = 0;
};

std::map<Id, OpenLine> linesOf(store::Session& session, Id tenant, Id order)
{
    std::map<Id, OpenLine> lines;
    session.query(selectOrderLines, {tenant, order}, [&](const store::Row& row) {
        lines[row.integer(0)] = {row.string(1), row.integer(2)};
    });
    return lines;
}

/// The lines that leave, as external ids; all that is owed when none are named.
std::map<std::string, Quantity> leaving(const std::map<Id, OpenLine>& lines,
                                        const ShipRequest& request)
{
    std::map<std::string, Quantity> units;
    if (request.lines.empty()) {
        for (const auto& [id, line] : lines)
            if (line.open > 0)
                units[line.externalId] = line.open;
        if (units.empty())
            throw Error(Refusal::Conflict, "nothing of this order is left to ship");
        return units;
    }
    std::vector<FieldError> errors;
    for (std::size_t i = 0; i < request.lines.size(); ++i) {
        const ShipLine& wanted = request.lines[i];
        const std::string field = "lines[" + std::to_string(i) + "]";
        const auto line = lines.find(wanted.line);
        if (line == lines.end()) {
            errors.push_back({field + ".line_id", "is not a line of this order"});
            continue;
        }
        Quantity& sum = units[line->second.externalId];
        sum += wanted.quantity;
        if (wanted.quantity < 1)
            errors.push_back({field + ".quantity", "must be at least 1"});
        else if (sum > line->second.open)
            errors.push_back({field + ".quantity", std::to_string(sum) + " to ship, but only " +
                                                       std::to_string(line->second.open) +
                                                       " are still owed"});
    }
    if (!errors.empty()) {
        const std::string message = errors.front().field + ": " + errors.front().reason;
        throw Error(Refusal::Unprocessable, message, std::move(errors));
    }
    return units;
}

struct OwnFulfilment
{
    Id shipment = 0;
    std::string order;
    std::string lines; // JSON
    std::string carrier, trackingNumber, trackingUrl;
    std::string externalId;
    Time createdAt;
    Time updatedAt;
};

std::string document(const OwnFulfilment& own)
{
    JsonWriter json;
    json.beginObject().member("type", "fulfilment");
    json.member("id", ownFulfilmentId(showId("shp", own.shipment))).member("order_id", own.order);
    json.member("updated_at", toIso(own.updatedAt)).member("created_at", toIso(own.createdAt));
    json.member("status", "success").member("external_id", own.externalId);
    json.member("carrier", own.carrier).member("tracking_number", own.trackingNumber);
    json.member("tracking_url", own.trackingUrl).key("lines").raw(own.lines);
    return json.endObject().take();
}

constexpr store::Sql eraseShipments{R"(
    UPDATE shipment SET tracking_url = '' WHERE (tenant_id, id) IN
        (SELECT s.tenant_id, s.id FROM ({rows}) AS v
         JOIN sales_order o ON o.tenant_id = v.column1 AND o.external_id = v.column2 AND o.channel_id = v.column3
         JOIN shipment s ON s.tenant_id = o.tenant_id AND s.order_id = o.id))"};

constexpr store::Sql insertManual{
    "INSERT INTO channel (tenant_id, id, name, spoke, orders_since, created_at) VALUES ($1, $2, "
    "'manual', 'manual', 0, $3) ON CONFLICT DO NOTHING"};
constexpr store::Sql selectManual{
    "SELECT id FROM channel WHERE tenant_id = $1 AND name = 'manual'"};
constexpr store::Sql selectMade{"SELECT id FROM sales_order WHERE tenant_id = $1 AND external_id = "
                                "$2 AND channel_id = $3"};
constexpr store::Sql selectShort{"SELECT sku, short FROM order_line WHERE tenant_id = $1 AND "
                                 "order_id = $2 AND short > 0 ORDER BY id"};

/// A sum that fits: quantities and prices are bounded by whoever reads them.
std::int64_t totalOf(const NewOrder& order)
{
    std::int64_t total = order.shipping - order.discount;
    for (const NewLine& line : order.lines)
        total += line.unitPrice * line.quantity;
    return std::max<std::int64_t>(0, total);
}

std::string document(const NewOrder& order, const std::string& externalId, Time now)
{
    JsonWriter json;
    json.beginObject().member("type", "order").member("order_id", externalId);
    json.member("number", order.number.empty() ? externalId : order.number);
    json.member("placed_at", toIso(now)).member("updated_at", toIso(now));
    json.member("currency", order.currency).key("lines").beginArray();
    std::int64_t number = 0;
    for (const NewLine& line : order.lines)
        json.beginObject()
            .member("line_id", std::to_string(++number))
            .member("sku", line.sku)
            .member("title", line.title)
            .member("quantity", line.quantity)
            .member("unit_price", line.unitPrice)
            .endObject();
    json.endArray().key("totals").beginObject();
    json.member("total", totalOf(order)).member("shipping", order.shipping);
    json.member("discount", order.discount).endObject().key("status").beginObject();
    json.member("payment", order.paid ? "paid" : "pending").member("paid", order.paid).endObject();
    if (!order.customer.empty())
        json.key("customer").raw(order.customer);
    if (!order.shipTo.empty())
        json.key("ship_to").raw(order.shipTo);
    return json.endObject().take();
}

} // namespace

OrderCommands::OrderCommands(Orders& orders, IdGenerator& ids, const Clock& clock)
    : _orders(orders), _ids(ids), _clock(clock)
{
}

void OrderCommands::record(store::Tx& tx, Id tenant, Id channel, const std::string& document,
                           const stock::Cause& cause)
{
    OrderMessage message{tenant, channel, {}, cause};
    message.orders.push_back(readFacts(document));
    _orders.record(tx, {&message, 1});
}

Id OrderCommands::create(store::Tx& tx, const Scope& scope, const NewOrder& wanted, bool mayBeShort,
                         const std::string& cause)
{
    tx.execute(insertManual, {scope.tenant, _ids.next(), _clock.now()});
    Id channel = 0, order = 0;
    tx.query(selectManual, {scope.tenant},
             [&](const store::Row& row) { channel = row.integer(0); });
    const std::string externalId = showId("man", _ids.next());
    record(tx, scope.tenant, channel, document(wanted, externalId, _clock.now()),
           {cause, scope.actor, "made by hand"});
    tx.query(selectMade, {scope.tenant, externalId, channel},
             [&](const store::Row& row) { order = row.integer(0); });
    if (mayBeShort)
        return order;
    std::vector<FieldError> missing;
    tx.query(selectShort, {scope.tenant, order}, [&](const store::Row& row) {
        missing.push_back(
            {"lines", row.string(0) + ": " + std::to_string(row.integer(1)) + " are missing"});
    });
    if (!missing.empty()) {
        const std::string message = missing.front().reason;
        throw Error(Refusal::OutOfStock, message, std::move(missing));
    }
    return order;
}

void OrderCommands::erase(store::Tx& tx, Id tenant, std::span<const OrderAddress> orders,
                          const stock::Cause& cause)
{
    store::RowSet rows(3);
    for (const OrderAddress& order : orders)
        rows.add({tenant, order.externalId, order.channel});
    if (rows.empty())
        return;
    _orders.erase(tx, tenant, orders, cause);
    tx.writeRows(eraseShipments, rows); // an address of a parcel may hold a postal code
}

void OrderCommands::approve(store::Tx& tx, const Scope& scope, Id order, const std::string& reason,
                            const std::string& cause)
{
    const Head head = headOf(tx, scope.tenant, order);
    for (const OrderStatus ended :
         {OrderStatus::Cancelled, OrderStatus::Completed, OrderStatus::Returned})
        if (head.status == name(ended))
            throw Error(Refusal::Conflict, "order " + showId("ord", order) + " is " + head.status +
                                               ": there is nothing to approve");
    if (!head.review.empty())
        note(tx, scope, order, "release", reason, cause);
    note(tx, scope, order, "confirmed", reason, cause);
}

void OrderCommands::note(store::Tx& tx, const Scope& scope, Id order, const std::string& type,
                         const std::string& reason, const std::string& cause)
{
    const Head head = headOf(tx, scope.tenant, order);
    JsonWriter json;
    json.beginObject().member("type", type).member("id", showId("fct", _ids.next()));
    json.member("order_id", head.externalId).member("updated_at", toIso(_clock.now()));
    json.member("reason", reason).member("actor", scope.actor).endObject();
    record(tx, scope.tenant, head.channel, json.text(), {cause, scope.actor, reason});
    tx.note(store::Difference(showId("ord", order))
                .told("fact", type)
                .told("status_before", head.status)
                .maybe("reason", reason));
}

void OrderCommands::cancel(store::Tx& tx, const Scope& scope, Id order, const std::string& reason,
                           const std::string& cause)
{
    const Head head = headOf(tx, scope.tenant, order);
    if (head.status == name(OrderStatus::Cancelled))
        return;
    Quantity open = 0;
    for (const auto& [id, line] : linesOf(tx, scope.tenant, order))
        open += line.open;
    if (open == 0)
        throw Error(Refusal::Conflict, "nothing of order " + showId("ord", order) +
                                           " is left to cancel: it is " + head.status);
    note(tx, scope, order, "cancel", reason, cause);
}

Shipped OrderCommands::ship(store::Tx& tx, const Scope& scope, Id order, const ShipRequest& request,
                            const std::string& cause)
{
    const Head head = headOf(tx, scope.tenant, order);
    if (!head.review.empty())
        throw Error(Refusal::Conflict,
                    "order " + showId("ord", order) + " is held for review: " + head.review);
    const auto units = leaving(linesOf(tx, scope.tenant, order), request);

    JsonWriter lines;
    lines.beginArray();
    for (const auto& [line, quantity] : units)
        lines.beginObject().member("line_id", line).member("quantity", quantity).endObject();
    OwnFulfilment own{.shipment = _ids.next(),
                      .order = head.externalId,
                      .lines = lines.endArray().take(),
                      .carrier = request.carrier,
                      .trackingNumber = request.trackingNumber,
                      .trackingUrl = request.trackingUrl,
                      .createdAt = _clock.now(),
                      .updatedAt = _clock.now()};
    tx.write(insertShipment, {scope.tenant, own.shipment, order, own.carrier, own.trackingNumber,
                              own.trackingUrl, own.lines, scope.actor, own.createdAt});
    record(tx, scope.tenant, head.channel, document(own), {cause, scope.actor, "shipment"});
    tx.note(store::Difference(showId("ord", order))
                .told("shipment", showId("shp", own.shipment))
                .raw("lines", own.lines)
                .maybe("tracking_number", own.trackingNumber));
    return {own.shipment, head.channel};
}

void OrderCommands::tie(store::Tx& tx, Id tenant, Id shipment, const std::string& externalId)
{
    OwnFulfilment own{.shipment = shipment, .externalId = externalId, .updatedAt = _clock.now()};
    Id channel = 0;
    bool known = false;
    tx.query(selectShipment, {tenant, shipment}, [&](const store::Row& row) {
        channel = row.integer(0);
        own.order = row.string(1);
        known = row.text(2) == externalId;
        own.carrier = row.string(3);
        own.trackingNumber = row.string(4);
        own.trackingUrl = row.string(5);
        own.lines = row.string(6);
        own.createdAt = row.time(7);
        own.updatedAt = std::max(own.updatedAt, own.createdAt + std::chrono::microseconds(1));
    });
    if (channel == 0 || known || externalId.empty())
        return;
    tx.write(updateShipment, {tenant, shipment, externalId});
    record(tx, tenant, channel, document(own), {showId("shp", shipment), "hub", "tied"});
}

} // namespace spokehub::orders
