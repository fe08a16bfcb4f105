#include "api/rest/OrderRoutes.h"

#include "api/Bulk.h"
#include "api/Fields.h"
#include "api/Once.h"
#include "api/Shown.h"
#include "api/rest/OrderBodies.h"
#include "api/rest/OrderJson.h"
#include "core/Error.h"
#include "store/AnsweredKeys.h"
#include "store/Condition.h"

#include <algorithm>

namespace spokehub::api
{

namespace
{

constexpr std::size_t orderBytes = 1000; // of an order with two lines

[[noreturn]] void refuseOrder(Id order)
{
    throw Error(Refusal::NotFound, "there is no order " + showId(prefix::order, order));
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
    if (request.trackingNumber.empty())
        return shipped;
    for (const auto& carrier : parts.channels.all()) // whose parcel it is, their spokes know
        if (carrier->tenant == scope.tenant && carrier->isCarrier() &&
            std::ranges::find(carrier->manifest->pushes, "shipment") !=
                carrier->manifest->pushes.end())
            parts.tasks.planShipment(tx, scope.tenant, carrier->id, shipped.shipment);
    return shipped;
}

void OrderRoutes::declare(Router& router)
{
    declareMany(router);
    router
        .add({"GET",
              "/api/v1/orders",
              Permission::OrdersRead,
              "Orders, newest first",
              answering([this](Call& call) { return list(call); }),
              {"cursor", "limit", "status", "payment_status", "channel", "external_id", "review",
               "placed_from", "placed_to", "updated_from", "updated_since", "updated_to"}})
        .lists("Order");
    router
        .add({"POST", "/api/v1/orders", Permission::OrdersCreate,
              "Makes an order by hand, and holds stock for it",
              answering([this](Call& call) { return create(call); })})
        .takes("NewOrder")
        .gives("OrderDetail", 201)
        .once();
    router
        .add({"POST", "/api/v1/orders/{id}/approve", Permission::OrdersApprove,
              "Lets go what was held for review, and confirms",
              answering([this](Call& call) { return approve(call); })})
        .mayTake("Reason")
        .gives("OrderDetail")
        .once()
        .guard();
    router
        .add({"GET", "/api/v1/orders/{id}/timeline", Permission::OrdersRead,
              "What became of an order, in its order",
              answering([this](Call& call) { return timeline(call); })})
        .lists("TimelineEntry");
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
        .once()
        .guard();
    router
        .add({"POST", "/api/v1/orders/{id}/cancel", Permission::OrdersCancel,
              "Cancels what has not left", answering([this](Call& call) { return cancel(call); })})
        .mayTake("Reason")
        .gives("OrderDetail")
        .once()
        .guard();
    router
        .add({"POST", "/api/v1/orders/{id}/hold", Permission::OrdersHold,
              "Holds an order for review", answering([this](Call& call) { return hold(call); })})
        .mayTake("Reason")
        .gives("OrderDetail")
        .once()
        .guard();
    router
        .add({"POST", "/api/v1/orders/{id}/release", Permission::OrdersHold,
              "Releases an order held for review",
              answering([this](Call& call) { return release(call); })})
        .mayTake("Reason")
        .gives("OrderDetail")
        .once()
        .guard();
    router
        .add({"GET",
              "/api/v1/parcels",
              Permission::OrdersRead,
              "What carriers say of parcels, also of those that no order is known for",
              answering([this](Call& call) { return parcels(call); }),
              {"cursor", "limit", "known"}})
        .lists("Parcel");
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
    query.updatedFrom = call.time("updated_since");
    if (const auto from = call.time("updated_from"))
        query.updatedFrom = from;
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

http::Response OrderRoutes::parcels(Call& call)
{
    const auto known = call.boolean("known");
    const store::PageRequest asked = call.page();
    store::Page<orders::ParcelRow> page;
    _parts.database.point([&](store::Session& session) {
        page = orders::Parcels::list(session, call.scope, known, asked);
    });
    return jsonResponse(listJson(page, [&](JsonWriter& json, const orders::ParcelRow& parcel) {
        json.beginObject()
            .member("tracking_number", parcel.trackingNumber)
            .member("channel", _names.nameOf(call.scope.tenant, parcel.carrier))
            .member("status", parcel.status)
            .member("updated_at", toIso(parcel.updatedAt))
            .member("recorded_at", toIso(parcel.recordedAt))
            .member("orders", parcel.orders)
            .key("document")
            .raw(parcel.body)
            .endObject();
    }));
}

OrderRoutes::Loaded OrderRoutes::load(store::Session& session, const Scope& scope, Id order) const
{
    auto detail = _reader.get(session, scope, order);
    if (!detail)
        refuseOrder(order);
    Loaded loaded{*std::move(detail), {}};
    for (const orders::ShipmentRow& shipment : loaded.detail.shipments)
        if (auto task = sync::TaskReader().about(session, scope, loaded.detail.order.channel,
                                                 sync::TaskKind::Shipment, shipment.id))
            loaded.tasks.push_back(*std::move(task));
    return loaded;
}

std::string OrderRoutes::orderJson(const Scope& scope, Id order)
{
    std::optional<Loaded> loaded;
    _parts.database.point([&](store::Session& session) { loaded = load(session, scope, order); });
    return orderJson(*loaded, _names.nameOf(scope.tenant, loaded->detail.order.channel));
}

std::string OrderRoutes::orderJson(const Loaded& loaded, std::string_view channel) const
{
    const auto& [detail, tasks] = loaded;
    JsonWriter json;
    beginOrder(json, detail.order, channel);
    writeMembers(json, detail.detail);
    json.key("facts").beginArray();
    for (const orders::FactRow& fact : detail.facts)
        writeFact(json, fact, false);
    json.endArray().key("shipments").beginArray();
    for (const orders::ShipmentRow& shipment : detail.shipments)
        writeShipment(json, shipment);
    json.endArray().key("tasks").beginArray();
    for (const sync::TaskRow& task : tasks)
        writeTask(json, task, channel, _parts.clock.now());
    json.endArray().endObject();
    return json.take();
}

/// What the caller's own key makes once; the answer is kept with it.
http::Response OrderRoutes::create(Call& call)
{
    Fields fields(call.body());
    const bool mayBeShort = fields.boolean("allow_short", false);
    const orders::NewOrder wanted = orderIn(fields, call.body());
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        std::vector<std::string> skus;
        for (const orders::NewLine& line : wanted.lines)
            skus.push_back(line.sku);
        const auto known = _parts.variants.idsOf(tx, call.scope.tenant, skus);
        std::vector<FieldError> unknown;
        for (std::size_t i = 0; i < skus.size(); ++i)
            if (!known.contains(skus[i]))
                unknown.push_back({"lines[" + std::to_string(i) + "].sku", "is not known"});
        if (!unknown.empty())
            throw Error(Refusal::NotFound, "a SKU of the order is not known", std::move(unknown));
        const Id order =
            _parts.orderCommands.create(tx, call.scope, wanted, mayBeShort, call.request.id);
        return jsonResponse(orderJson(load(tx, call.scope, order), "manual"), 201);
    });
}

/// Of the order that the path names; it is answered as it is then.
template <class Work>
http::Response OrderRoutes::change(Call& call, const Work& work)
{
    const Id order = call.id(0, prefix::order, "order");
    std::optional<orders::OrderAddress> address;
    _parts.database.point([&](store::Session& session) {
        address = _parts.orders.addressOf(session, call.scope.tenant, order);
    });
    if (!address)
        refuseOrder(order);
    const std::string_view channel = _names.nameOf(call.scope.tenant, address->channel);
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        work(tx, order);
        return jsonResponse(orderJson(load(tx, call.scope, order), channel));
    });
}

/// Of each order of a bulk request; told is what became of its status.
template <class Work>
http::Response OrderRoutes::changeMany(Call& call, const Work& work)
{
    return bulk(_parts, call, "orders", 200, [&](store::Tx& tx, Fields& fields) {
        const Id order = fields.id("id", prefix::order);
        const std::string reason = fields.text("reason", 0, 500);
        fields.finish("order");
        work(tx, order, reason);
        JsonWriter json;
        json.beginObject()
            .member("id", showId(prefix::order, order))
            .member("status", orders::name(load(tx, call.scope, order).detail.order.status))
            .endObject();
        return json.take();
    });
}

void OrderRoutes::declareMany(Router& router)
{
    using Change = std::function<void(Call&, store::Tx&, Id, const std::string&)>;
    const auto add = [&](std::string word, Permission permission, std::string summary,
                         Change change) {
        router
            .add({"POST",
                  "/api/v1/orders/bulk/" + word,
                  permission,
                  std::move(summary),
                  answering([this, change = std::move(change)](Call& call) {
                      return changeMany(call, [&](store::Tx& tx, Id order, const std::string& why) {
                          change(call, tx, order, why);
                      });
                  }),
                  {"dry_run"}})
            .takes("OrderGroup")
            .gives("BulkResult")
            .once();
    };
    auto& commands = _parts.orderCommands;
    add("approve", Permission::OrdersApprove, "Lets go and confirms orders, each by itself",
        [&commands](Call& call, store::Tx& tx, Id order, const std::string& why) {
            commands.approve(tx, call.scope, order, why, call.request.id);
        });
    add("hold", Permission::OrdersHold, "Holds orders for review, each by itself",
        [&commands](Call& call, store::Tx& tx, Id order, const std::string& why) {
            commands.note(tx, call.scope, order, "hold", why.empty() ? "held by hand" : why,
                          call.request.id);
        });
    add("release", Permission::OrdersHold, "Releases orders held for review, each by itself",
        [&commands](Call& call, store::Tx& tx, Id order, const std::string& why) {
            commands.note(tx, call.scope, order, "release", why, call.request.id);
        });
    add("cancel", Permission::OrdersCancel, "Cancels what has not left of orders, each by itself",
        [&commands](Call& call, store::Tx& tx, Id order, const std::string& why) {
            commands.cancel(tx, call.scope, order, why, call.request.id);
        });
}

http::Response OrderRoutes::approve(Call& call)
{
    const std::string reason = reasonIn(call, "approval");
    return change(call, [&](store::Tx& tx, Id order) {
        _parts.orderCommands.approve(tx, call.scope, order, reason, call.request.id);
    });
}

/// What is known, in the order in which it happened; what was heard of late stands where it
/// belongs.
http::Response OrderRoutes::timeline(Call& call)
{
    const Id order = call.id(0, prefix::order, "order");
    std::vector<orders::FactRow> facts;
    _parts.database.point([&](store::Session& session) {
        requireOrder(session, call.scope, order);
        facts = _reader.facts(session, call.scope, order);
    });
    std::ranges::stable_sort(facts, {}, &orders::FactRow::updatedAt);
    return jsonResponse(
        listJson(store::Page<orders::FactRow>{std::move(facts), {}},
                 [](JsonWriter& json, const orders::FactRow& fact) {
                     const auto body = JsonDocument::parse(fact.body);
                     const Json root = body ? body->root() : Json();
                     json.beginObject()
                         .member("at", toIso(fact.updatedAt))
                         .member("what", std::string_view(fact.key).substr(0, fact.key.find(':')))
                         .member("key", fact.key)
                         .member("reason", root.textOr("reason"))
                         .member("actor", root.textOr("actor"))
                         .member("cause", fact.cause)
                         .member("recorded_at", toIso(fact.recordedAt))
                         .endObject();
                 }));
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
    const auto condition = store::Condition::take(); // what was shipped before needs none
    const auto made = _parts.commands.run([&](store::Tx& tx) {
        std::optional<Id> shipment = answered(tx, call.scope, key, asked);
        repeated = shipment.has_value();
        if (!shipment) {
            shipment = condition.run(tx, [&](store::Tx& within) {
                return shipAndTell(_parts, within, call.scope, order, request, call.request.id)
                    .shipment;
            });
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
    const std::string reason = reasonIn(call, "cancellation");
    return change(call, [&](store::Tx& tx, Id order) {
        _parts.orderCommands.cancel(tx, call.scope, order, reason, call.request.id);
    });
}

http::Response OrderRoutes::hold(Call& call)
{
    std::string reason = reasonIn(call, "hold");
    if (reason.empty())
        reason = "held by hand";
    return change(call, [&](store::Tx& tx, Id order) {
        _parts.orderCommands.note(tx, call.scope, order, "hold", reason, call.request.id);
    });
}

http::Response OrderRoutes::release(Call& call)
{
    const std::string reason = reasonIn(call, "release");
    return change(call, [&](store::Tx& tx, Id order) {
        _parts.orderCommands.note(tx, call.scope, order, "release", reason, call.request.id);
    });
}

} // namespace spokehub::api
