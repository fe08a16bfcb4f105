#include "api/rest/InventoryRoutes.h"

#include "api/Bulk.h"
#include "api/Fields.h"
#include "api/Once.h"
#include "api/Shown.h"
#include "core/Error.h"

namespace spokehub::api
{

namespace
{

constexpr std::int64_t centsMax = 1'000'000'000'000'000;

void writeItem(JsonWriter& json, const stock::Item& item)
{
    json.beginObject()
        .member("id", showId(prefix::item, item.id))
        .member("variant_id", showId(prefix::variant, item.variant))
        .member("sku", item.sku)
        .member("serial", item.serial)
        .member("location", item.location)
        .member("status", stock::name(item.status))
        .member("reservation_id", shown(prefix::reservation, item.reservation))
        .member("order_id", shown(prefix::order, item.order))
        .member("cost_cents", item.cost)
        .member("currency", item.currency)
        .member("note", item.note)
        .member("created_at", toIso(item.createdAt))
        .member("updated_at", toIso(item.updatedAt))
        .endObject();
}

std::string itemJson(const stock::Item& item)
{
    JsonWriter json;
    writeItem(json, item);
    return json.take();
}

stock::NewItem itemIn(Fields& fields)
{
    stock::NewItem wanted;
    wanted.sku = fields.text("sku", 1, 100);
    wanted.serial = fields.text("serial", 1, 100);
    wanted.location = fields.maybeText("location", 100).value_or(wanted.location);
    wanted.cost = fields.maybeInteger("cost_cents", 0, centsMax).value_or(0);
    wanted.currency = fields.maybeText("currency", 3).value_or(wanted.currency);
    wanted.note = fields.text("note", 0, 500);
    wanted.receive = fields.boolean("receive", true);
    fields.finish("item");
    return wanted;
}

} // namespace

void InventoryRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/inventory",
              Permission::StockRead,
              "Single units in order of id",
              answering([this](Call& call) { return list(call); }),
              {"cursor", "limit", "sku", "status", "location", "updated_since"}})
        .lists("Item");
    router
        .add({"POST", "/api/v1/inventory", Permission::StockAdjust,
              "Receives a unit with a serial, or names one of those on hand",
              answering([this](Call& call) { return create(call); })})
        .takes("NewItem")
        .gives("Item", 201)
        .once();
    router
        .add({"POST",
              "/api/v1/inventory/bulk",
              Permission::StockAdjust,
              "The same for many, each by itself",
              answering([this](Call& call) { return createMany(call); }),
              {"dry_run"}})
        .takes("NewItems")
        .gives("BulkResult")
        .once();
    router
        .add({"GET", "/api/v1/inventory/{id}", Permission::StockRead, "A unit",
              answering([this](Call& call) { return get(call); })})
        .gives("Item");
    router
        .add({"GET", "/api/v1/inventory/summary/{variant}", Permission::StockRead,
              "How many units of a variant there are in each status",
              answering([this](Call& call) { return summary(call); })})
        .gives("ItemSummary");
    router
        .add({"GET", "/api/v1/inventory/value/total", Permission::StockRead,
              "What the units on hand have cost, by currency",
              answering([this](Call& call) { return value(call); })})
        .lists("ItemValue");
    declareMoves(router);
}

void InventoryRoutes::declareMoves(Router& router)
{
    router
        .add({"POST", "/api/v1/inventory/{id}/reserve", Permission::StockReserve,
              "Holds a unit for the caller",
              answering([this](Call& call) { return reserve(call); })})
        .mayTake("ItemReservation")
        .gives("Item")
        .once()
        .guard();
    router
        .add({"POST", "/api/v1/inventory/{id}/release", Permission::StockReserve,
              "Gives a held unit back", answering([this](Call& call) { return release(call); })})
        .gives("Item")
        .once()
        .guard();
    router
        .add({"POST", "/api/v1/inventory/{id}/sell", Permission::StockAdjust,
              "A unit leaves the shelf, or is named as one that left with an order",
              answering([this](Call& call) { return sell(call); })})
        .mayTake("ItemSale")
        .gives("Item")
        .once()
        .guard();
    router
        .add({"POST", "/api/v1/inventory/{id}/move", Permission::StockAdjust,
              "Moves a unit to another location",
              answering([this](Call& call) { return move(call); })})
        .takes("ItemMove")
        .gives("Item")
        .once()
        .guard();
    router
        .add({"POST", "/api/v1/inventory/{id}/status", Permission::StockAdjust,
              "A unit came back (RMA), is broken (DAMAGED), or is good again (AVAILABLE)",
              answering([this](Call& call) { return setStatus(call); })})
        .takes("ItemStatusChange")
        .gives("Item")
        .once()
        .guard();
}

http::Response InventoryRoutes::list(Call& call)
{
    stock::ItemQuery query;
    if (const std::string* text = call.query.find("status")) {
        query.status = stock::itemStatusFromName(*text);
        if (!query.status)
            refuseParameter("status", "is none of AVAILABLE, RESERVED, SOLD, RMA, DAMAGED");
    }
    query.location = call.text("location");
    query.updatedSince = call.time("updated_since");
    const std::string* sku = call.query.find("sku");
    const store::PageRequest asked = call.page();
    store::Page<stock::Item> page;
    _parts.database.read([&](store::Session& session) {
        if (sku != nullptr) {
            const auto variant = _parts.variants.bySku(session, call.scope, *sku);
            if (!variant)
                throw Error(Refusal::NotFound, "there is no variant with the SKU " + *sku);
            query.variant = variant->id;
        }
        page = _items.list(session, call.scope, query, asked);
    });
    return jsonResponse(listJson(page, writeItem));
}

stock::Item InventoryRoutes::make(store::Tx& tx, const Call& call,
                                  const stock::NewItem& wanted) const
{
    const auto variant = _parts.variants.bySku(tx, call.scope, wanted.sku);
    if (!variant)
        throw Error(Refusal::NotFound, "there is no variant with the SKU " + wanted.sku,
                    {{"sku", "is not known"}});
    return _items.create(tx, call.scope, variant->id, wanted, call.request.id);
}

http::Response InventoryRoutes::create(Call& call)
{
    Fields fields(call.body());
    const stock::NewItem wanted = itemIn(fields);
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        return jsonResponse(itemJson(make(tx, call, wanted)), 201);
    });
}

http::Response InventoryRoutes::createMany(Call& call)
{
    return bulk(_parts, call, "items", 201, [&](store::Tx& tx, Fields& fields) {
        return itemJson(make(tx, call, itemIn(fields)));
    });
}

http::Response InventoryRoutes::get(Call& call)
{
    const Id id = call.id(0, prefix::item, "item");
    std::optional<stock::Item> item;
    _parts.database.point(
        [&](store::Session& session) { item = _items.get(session, call.scope, id); });
    if (!item)
        throw Error(Refusal::NotFound, "there is no item " + showId(prefix::item, id));
    return jsonResponse(itemJson(*item));
}

/// Of the item that the path names; it is answered as it is then.
template <class Work>
http::Response InventoryRoutes::change(Call& call, const Work& work)
{
    const Id id = call.id(0, prefix::item, "item");
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        return jsonResponse(itemJson(work(tx, id)));
    });
}

http::Response InventoryRoutes::reserve(Call& call)
{
    Fields fields(call.bodyIfAny());
    const std::string reference = fields.text("reference", 0, 200);
    fields.finish("reservation");
    return change(call, [&](store::Tx& tx, Id id) {
        return _items.reserve(tx, call.scope, id, reference, call.request.id);
    });
}

http::Response InventoryRoutes::release(Call& call)
{
    return change(call, [&](store::Tx& tx, Id id) {
        return _items.release(tx, call.scope, id, call.request.id);
    });
}

http::Response InventoryRoutes::sell(Call& call)
{
    Fields fields(call.bodyIfAny());
    const auto order = fields.maybeId("order_id", prefix::order);
    fields.finish("sale");
    return change(call, [&](store::Tx& tx, Id id) {
        return _items.sell(tx, call.scope, id, order, call.request.id);
    });
}

http::Response InventoryRoutes::move(Call& call)
{
    Fields fields(call.body());
    const std::string location = fields.text("location", 1, 100);
    fields.finish("move");
    return change(call, [&](store::Tx& tx, Id id) {
        return _items.move(tx, call.scope, id, location, call.request.id);
    });
}

http::Response InventoryRoutes::setStatus(Call& call)
{
    Fields fields(call.body());
    const auto status = stock::itemStatusFromName(fields.text("status", 1, 20));
    fields.require(status.has_value(), "status", "is none of AVAILABLE, RMA, DAMAGED");
    const std::string reason = fields.text("reason", 1, 400);
    fields.finish("status");
    return change(call, [&](store::Tx& tx, Id id) {
        return _items.setStatus(tx, call.scope, id, *status, reason, call.request.id);
    });
}

http::Response InventoryRoutes::summary(Call& call)
{
    const Id variant = call.id(0, prefix::variant, "variant");
    std::vector<stock::ItemCount> counts;
    std::optional<catalog::Variant> found;
    _parts.database.read([&](store::Session& session) {
        found = _parts.variants.get(session, call.scope, variant);
        counts = _items.summary(session, call.scope, variant);
    });
    if (!found)
        throw Error(Refusal::NotFound, "there is no variant " + showId(prefix::variant, variant));
    JsonWriter json;
    json.beginObject()
        .member("variant_id", showId(prefix::variant, variant))
        .member("sku", found->sku)
        .key("units")
        .beginObject();
    for (const stock::ItemCount& count : counts)
        json.member(stock::name(count.status), count.units);
    json.endObject().endObject();
    return jsonResponse(json.take());
}

http::Response InventoryRoutes::value(Call& call)
{
    store::Page<stock::ItemValue> page;
    _parts.database.point(
        [&](store::Session& session) { page.data = _items.value(session, call.scope); });
    return jsonResponse(listJson(page, [](JsonWriter& json, const stock::ItemValue& value) {
        json.beginObject()
            .member("currency", value.currency)
            .member("units", value.units)
            .member("cost_cents", value.cost)
            .endObject();
    }));
}

} // namespace spokehub::api
