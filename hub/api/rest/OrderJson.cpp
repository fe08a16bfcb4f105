#include "api/rest/OrderJson.h"

#include "api/Shown.h"

#include <algorithm>

namespace spokehub::api
{

namespace
{

void writeLine(JsonWriter& json, const orders::LineRow& line)
{
    json.beginObject()
        .member("id", showId(prefix::orderLine, line.id))
        .member("external_line_id", line.externalLineId)
        .member("external_variant_id", line.externalVariantId);
    json.key("variant_id");
    if (line.variant)
        json.value(showId(prefix::variant, *line.variant));
    else
        json.null();
    json.member("sku", line.sku)
        .member("title", line.title)
        .member("unit_price_cents", line.unitPrice)
        .member("units_per_sale", line.unitsPerSale)
        .member("requires_shipping", line.requiresShipping)
        .member("quantity", line.ordered)
        .member("cancelled", line.cancelled)
        .member("shipped", line.shipped)
        .member("delivered", line.delivered)
        .member("returned", line.returned)
        .member("open", line.target)
        .member("short", line.shortage)
        .endObject();
}

} // namespace

void writeMembers(JsonWriter& json, std::string_view object)
{
    if (object.size() > 2)
        json.raw(object.substr(1, object.size() - 2));
}

void writeCustomer(JsonWriter& json, const orders::CustomerRow& customer, std::string_view channel)
{
    json.beginObject()
        .member("id", showId(prefix::customer, customer.id))
        .member("channel", channel)
        .member("external_id", customer.person.externalId)
        .member("email", customer.person.email)
        .member("name", customer.person.name)
        .member("phone", customer.person.phone)
        .member("orders", customer.orders)
        .member("created_at", toIso(customer.createdAt))
        .member("updated_at", toIso(customer.updatedAt))
        .member("erased_at", shown(customer.erasedAt))
        .endObject();
}

void beginOrder(JsonWriter& json, const orders::OrderRow& order, std::string_view channel)
{
    json.beginObject()
        .member("id", showId(prefix::order, order.id))
        .member("number", order.number)
        .member("channel", channel)
        .member("external_id", order.externalId)
        .member("customer_id", shown(prefix::customer, order.customer))
        .member("status", orders::name(order.status))
        .member("payment_status", order.paymentStatus)
        .member("review", order.review)
        .member("history", order.history)
        .member("test", order.test)
        .member("currency", order.currency)
        .member("total_cents", order.total)
        .member("refunded_cents", order.refunded)
        .member("placed_at", toIso(order.placedAt))
        .member("created_at", toIso(order.createdAt))
        .member("updated_at", toIso(order.updatedAt))
        .key("lines")
        .beginArray();
    for (const orders::LineRow& line : order.lines)
        writeLine(json, line);
    json.endArray();
}

void writeFact(JsonWriter& json, const orders::FactRow& fact, bool withBody)
{
    json.beginObject()
        .member("key", fact.key)
        .member("updated_at", toIso(fact.updatedAt))
        .member("recorded_at", toIso(fact.recordedAt))
        .member("cause", fact.cause);
    if (withBody)
        json.key("body").raw(fact.body);
    json.endObject();
}

void writeShipment(JsonWriter& json, const orders::ShipmentRow& shipment)
{
    json.beginObject()
        .member("id", showId(prefix::shipment, shipment.id))
        .member("carrier", shipment.carrier)
        .member("tracking_number", shipment.trackingNumber)
        .member("tracking_url", shipment.trackingUrl)
        .member("external_id", shipment.externalId)
        .key("lines")
        .raw(shipment.lines)
        .member("actor", shipment.actor)
        .member("created_at", toIso(shipment.createdAt))
        .endObject();
}

std::string shownSubject(const sync::TaskRow& task)
{
    switch (task.kind) {
    case sync::TaskKind::Stock:
        return showId(prefix::listing, task.subject);
    case sync::TaskKind::Shipment:
        return showId(prefix::shipment, task.subject);
    case sync::TaskKind::Fetch:
        return showId("fetch", task.subject);
    }
    return showId("obj", task.subject);
}

void writeTask(JsonWriter& json, const sync::TaskRow& task, std::string_view channel, Time now)
{
    const bool tried = task.state != sync::TaskState::Pending || task.lastClass != Class::Done;
    const bool settled =
        task.state == sync::TaskState::Done || task.state == sync::TaskState::Failed;
    json.beginObject()
        .member("id", showId(prefix::task, task.id))
        .member("channel", channel)
        .member("kind", sync::name(task.kind))
        .member("subject", shownSubject(task))
        .member("state", sync::name(task.state))
        .member("class", tried ? std::optional(toText(task.lastClass)) : std::nullopt)
        .member("reason", task.reason)
        .member("attempts", task.attempts)
        .member("next_attempt_at",
                settled ? std::nullopt : std::optional(toIso(task.nextAttemptAt)))
        .member("planned_at", toIso(task.plannedAt))
        .member("settled_at", shown(task.settledAt))
        .member("age_seconds",
                std::max<std::int64_t>(0, (now - task.plannedAt).count() / 1'000'000))
        .endObject();
}

} // namespace spokehub::api
