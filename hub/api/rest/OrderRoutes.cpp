#include "api/rest/OrderRoutes.h"

#include "api/Fields.h"
#include "api/Shown.h"
#include "api/rest/OrderJson.h"
#include "core/Error.h"
#include "store/AnsweredKeys.h"

namespace spokehub::api
{

namespace
{

constexpr std::int64_t quantityMax = 1'000'000'000;
constexpr std::size_t linesMax = 1000;
constexpr std::size_t orderBytes = 1000; // of an order with two lines

[[noreturn]] void refuseOrder(Id order)
{
    throw Error(Refusal::NotFound, "there is no order " + showId(prefix::order, order));
}

/// The members of an object that is JSON text already (customer, ship_to, totals).
void writeMembers(JsonWriter& json, std::string_view object)
{
    if (object.size() > 2)
        json.raw(object.substr(1, object.size() - 2));
}

std::string reasonIn(Call& call, std::string_view thing)
{
    const Json body = call.bodyIfAny();
    if (!body)
        return {};
    Fields fields(body);
    std::string reason = fields.text("reason", 0, 500);
    fields.finish(thing);
    return reason;
}

orders::ShipRequest shipmentIn(Call& call)
{
    orders::ShipRequest request;
    const Json body = call.bodyIfAny();
    if (!body)
        return request;
    Fields fields(body);
    fields.each("lines", linesMax, [&](Fields& line) {
        orders::ShipLine wanted;
        wanted.line = line.id("line_id", prefix::orderLine);
        wanted.quantity = line.integer("quantity", 1, quantityMax);
        request.lines.push_back(wanted);
    });
    request.carrier = fields.text("carrier", 0, 100);
    request.trackingNumber = fields.text("tracking_number", 0, 200);
    request.trackingUrl = fields.text("tracking_url", 0, 2000);
    const bool web = request.trackingUrl.empty() || request.trackingUrl.starts_with("https://") ||
                     request.trackingUrl.starts_with("http://");
    fields.require(web, "tracking_url", "does not begin with https:// or http://");
    fields.finish("shipment");
    return request;
}

/// What was made for this key before. Throws Error(Unprocessable) when that was something else.
std::optional<Id> answered(store::Tx& tx, const Scope& scope, const std::string& key,
                           const std::string& asked)
{
    if (key.empty())
        return std::nullopt;
    store::RowSet keys(2);
    keys.add({scope.tenant, key});
    const auto answers = store::AnsweredKeys::find(tx, keys);
    if (answers.empty())
        return std::nullopt;
    if (answers.begin()->second.request != asked)
        throw Error(Refusal::Unprocessable,
                    "Idempotency-Key " + key + " was used for another request");
    return answers.begin()->second.owner;
}

void keep(store::Tx& tx, const Scope& scope, const std::string& key, const std::string& asked,
          Id made, Time now)
{
    store::RowSet answers(5);
    if (!key.empty())
        answers.add({scope.tenant, key, asked, made, now});
    store::AnsweredKeys::keep(tx, answers);
}

} // namespace

orders::Shipped shipAndTell(const ApiParts& parts, store::Tx& tx, const Scope& scope, Id order,
                            const orders::ShipRequest& request, const std::string& cause)
{
    const orders::Shipped shipped = parts.orderCommands.ship(tx, scope, order, request, cause);
    if (parts.channels.find(scope.tenant, shipped.channel) != nullptr)
        parts.tasks.planShipment(tx, scope.tenant, shipped.channel, shipped.shipment);
    return shipped;
}

void OrderRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/orders",
              Permission::OrdersRead,
              "Orders, newest first",
              answering([this](Call& call) { return list(call); }),
              {"cursor", "limit", "status", "payment_status", "channel", "external_id", "review",
               "placed_from", "placed_to", "updated_from", "updated_to"}})
        .lists("Order");
    router
        .add({"GET", "/api/v1/orders/{id}", Permission::OrdersRead,
              "An order with its lines, facts, shipments and tasks",
              answering([this](Call& call) { return get(call); })})
        .gives("OrderDetail");
    router
        .add({"GET", "/api/v1/orders/{id}/facts", Permission::OrdersRead,
              "What is known of an order, with the documents",
              answering([this](Call& call) { return facts(call); })})
        .lists("FactDetail");
    router
        .add({"GET", "/api/v1/orders/{id}/shipments", Permission::OrdersRead,
              "The shipments that left here",
              answering([this](Call& call) { return shipments(call); })})
        .lists("Shipment");
    router
        .add({"POST", "/api/v1/orders/{id}/shipments", Permission::OrdersShip,
              "Ships lines, or all that is owed, and tells the channel",
              answering([this](Call& call) { return ship(call); })})
        .mayTake("NewShipment")
        .gives("Shipment", 201)
        .once();
    router
        .add({"POST", "/api/v1/orders/{id}/cancel", Permission::OrdersCancel,
              "Cancels what has not left", answering([this](Call& call) { return cancel(call); })})
        .mayTake("Reason")
        .gives("OrderDetail");
    router
        .add({"POST", "/api/v1/orders/{id}/hold", Permission::OrdersHold,
              "Holds an order for review", answering([this](Call& call) { return hold(call); })})
        .mayTake("Reason")
        .gives("OrderDetail");
    router
        .add({"POST", "/api/v1/orders/{id}/release", Permission::OrdersHold,
              "Releases an order held for review",
              answering([this](Call& call) { return release(call); })})
        .mayTake("Reason")
        .gives("OrderDetail");
}

http::Response OrderRoutes::list(Call& call)
{
    orders::OrderQuery query;
    if (const std::string* text = call.query.find("status")) {
        const auto status = orders::orderStatusFromName(*text);
        if (!status)
            refuseParameter("status", "is no status of an order: " + *text);
        query.statuses = {*status};
    }
    if (const std::string* text = call.query.find("payment_status"))
        query.paymentStatus = *text;
    if (const std::string* text = call.query.find("channel"))
        query.channel = _names.require(call.scope.tenant, *text, "channel");
    if (const std::string* text = call.query.find("external_id"))
        query.externalId = *text;
    query.review = call.boolean("review");
    query.placedFrom = call.time("placed_from");
    query.placedTo = call.time("placed_to");
    query.updatedFrom = call.time("updated_from");
    query.updatedTo = call.time("updated_to");

    const store::PageRequest asked = call.page();
    store::Page<orders::OrderRow> page;
    _parts.database.point(
        [&](store::Session& session) { page = _reader.list(session, call.scope, query, asked); });
    return jsonResponse(listJson(
        page,
        [&](JsonWriter& json, const orders::OrderRow& order) {
            beginOrder(json, order, _names.nameOf(call.scope.tenant, order.channel));
            json.endObject();
        },
        orderBytes));
}

std::string OrderRoutes::orderJson(const Scope& scope, Id order)
{
    std::optional<orders::OrderDetail> detail;
    std::vector<sync::TaskRow> tasks;
    _parts.database.point([&](store::Session& session) {
        detail = _reader.get(session, scope, order);
        tasks.clear();
        if (detail)
            for (const orders::ShipmentRow& shipment : detail->shipments)
                if (auto task = sync::TaskReader().about(session, scope, detail->order.channel,
                                                         sync::TaskKind::Shipment, shipment.id))
                    tasks.push_back(*std::move(task));
    });
    if (!detail)
        refuseOrder(order);

    const std::string_view channel = _names.nameOf(scope.tenant, detail->order.channel);
    JsonWriter json;
    beginOrder(json, detail->order, channel);
    writeMembers(json, detail->detail);
    json.key("facts").beginArray();
    for (const orders::FactRow& fact : detail->facts)
        writeFact(json, fact, false);
    json.endArray().key("shipments").beginArray();
    for (const orders::ShipmentRow& shipment : detail->shipments)
        writeShipment(json, shipment);
    json.endArray().key("tasks").beginArray();
    for (const sync::TaskRow& task : tasks)
        writeTask(json, task, channel, _parts.clock.now());
    json.endArray().endObject();
    return json.take();
}

http::Response OrderRoutes::get(Call& call)
{
    return jsonResponse(orderJson(call.scope, call.id(0, prefix::order, "order")));
}

void OrderRoutes::requireOrder(store::Session& session, const Scope& scope, Id order) const
{
    if (!_parts.orders.addressOf(session, scope.tenant, order))
        refuseOrder(order);
}

http::Response OrderRoutes::facts(Call& call)
{
    const Id order = call.id(0, prefix::order, "order");
    std::vector<orders::FactRow> facts;
    _parts.database.point([&](store::Session& session) {
        requireOrder(session, call.scope, order);
        facts = _reader.facts(session, call.scope, order);
    });
    return jsonResponse(listJson(
        store::Page<orders::FactRow>{std::move(facts), {}},
        [](JsonWriter& json, const orders::FactRow& fact) { writeFact(json, fact, true); }));
}

http::Response OrderRoutes::shipments(Call& call)
{
    const Id order = call.id(0, prefix::order, "order");
    std::vector<orders::ShipmentRow> shipments;
    _parts.database.point([&](store::Session& session) {
        requireOrder(session, call.scope, order);
        shipments = _reader.shipments(session, call.scope, order);
    });
    return jsonResponse(
        listJson(store::Page<orders::ShipmentRow>{std::move(shipments), {}}, writeShipment));
}

/// Under one key of the caller it is shipped once.
http::Response OrderRoutes::ship(Call& call)
{
    const Id order = call.id(0, prefix::order, "order");
    const orders::ShipRequest request = shipmentIn(call);
    const std::string key = call.idempotencyKey();
    const std::string asked = "ship " + std::to_string(order) + " " + call.request.body;
    bool repeated = false;
    const auto made = _parts.commands.run([&](store::Tx& tx) {
        std::optional<Id> shipment = answered(tx, call.scope, key, asked);
        repeated = shipment.has_value();
        if (!shipment) {
            shipment =
                shipAndTell(_parts, tx, call.scope, order, request, call.request.id).shipment;
            keep(tx, call.scope, key, asked, *shipment, _parts.clock.now());
        }
        auto rows = _reader.shipments(tx, call.scope, order);
        return *std::ranges::find(rows, *shipment, &orders::ShipmentRow::id);
    });
    JsonWriter json;
    writeShipment(json, made);
    http::Response response = jsonResponse(json.take(), 201);
    if (repeated)
        response.headers.push_back({"Idempotency-Replayed", "true"});
    return response;
}

http::Response OrderRoutes::cancel(Call& call)
{
    const Id order = call.id(0, prefix::order, "order");
    const std::string reason = reasonIn(call, "cancellation");
    _parts.commands.run([&](store::Tx& tx) {
        _parts.orderCommands.cancel(tx, call.scope, order, reason, call.request.id);
    });
    return jsonResponse(orderJson(call.scope, order));
}

http::Response OrderRoutes::hold(Call& call)
{
    const Id order = call.id(0, prefix::order, "order");
    std::string reason = reasonIn(call, "hold");
    if (reason.empty())
        reason = "held by hand";
    _parts.commands.run([&](store::Tx& tx) {
        _parts.orderCommands.note(tx, call.scope, order, "hold", reason, call.request.id);
    });
    return jsonResponse(orderJson(call.scope, order));
}

http::Response OrderRoutes::release(Call& call)
{
    const Id order = call.id(0, prefix::order, "order");
    const std::string reason = reasonIn(call, "release");
    _parts.commands.run([&](store::Tx& tx) {
        _parts.orderCommands.note(tx, call.scope, order, "release", reason, call.request.id);
    });
    return jsonResponse(orderJson(call.scope, order));
}

} // namespace spokehub::api
