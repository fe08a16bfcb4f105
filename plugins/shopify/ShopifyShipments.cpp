#include "ShopifyShipments.h"

#include "Queries.h"

#include <algorithm>
#include <map>

namespace spokehub::shopify
{

namespace
{

/// The shop refuses this one shipment; the next one may be fine.
class Refused : public Failure
{
public:
    using Failure::Failure;
};

std::int64_t sumOf(const std::vector<LineQuantity>& lines)
{
    std::int64_t sum = 0;
    for (const LineQuantity& line : lines)
        sum += line.quantity;
    return sum;
}

bool sameLines(std::vector<LineQuantity> a, std::vector<LineQuantity> b)
{
    const auto byId = [](const LineQuantity& x, const LineQuantity& y) {
        return x.lineId < y.lineId;
    };
    std::sort(a.begin(), a.end(), byId);
    std::sort(b.begin(), b.end(), byId);
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const LineQuantity& x, const LineQuantity& y) {
                          return x.lineId == y.lineId && x.quantity == y.quantity;
                      });
}

void takeOff(std::vector<LineQuantity>& left, const std::vector<LineQuantity>& shipped)
{
    for (const LineQuantity& done : shipped)
        for (LineQuantity& line : left)
            if (line.lineId == done.lineId)
                line.quantity = std::max<std::int64_t>(0, line.quantity - done.quantity);
}

void writeTracking(JsonText& json, const ShipmentItem& item)
{
    json.beginObject();
    if (!item.carrier.empty())
        json.member("company", item.carrier);
    if (!item.trackingNumber.empty())
        json.member("number", item.trackingNumber);
    if (!item.trackingUrl.empty())
        json.member("url", item.trackingUrl);
    json.endObject();
}

bool hasTracking(const ShipmentItem& item)
{
    return !item.trackingNumber.empty() || !item.trackingUrl.empty();
}

/// Another hand was faster between our reading and our writing: reading again helps.
bool passes(const std::string& refused)
{
    return refused.find("unfulfillable status") != refused.npos ||
           refused.find("line item quantity requested") != refused.npos;
}

} // namespace

Class ShipmentPush::run(const std::vector<ShipmentItem>& items)
{
    for (const ShipmentItem& item : items) {
        if (_host.cancelled())
            return Class::Cancelled;
        try {
            ship(item);
        } catch (const Refused& refused) {
            say(item, refused.kind(), refused.what());
        } catch (const Failure& failure) {
            if (failure.kind() != Class::UnknownOutcome)
                throw; // it would meet the next one as well
            say(item, failure.kind(), failure.what());
            throw Failure(Class::Retry, failure.what()); // the next ones were not sent
        }
    }
    return Class::Done;
}

void ShipmentPush::ship(const ShipmentItem& item)
{
    OrderAtShop order = read(item.orderId);
    std::vector<LineQuantity> left = item.lines;
    const Known* known = alreadyShipped(item, order, left);
    if (known && sumOf(left) == 0) {
        if (known->tracking != item.trackingNumber && hasTracking(item))
            updateTracking(item, known->id);
        return say(item, Class::Done, {}, known->id);
    }
    if (const std::string missing = allocate(left, order); !missing.empty()) {
        const bool held = std::any_of(order.fulfilmentOrders.begin(), order.fulfilmentOrders.end(),
                                      [](const FulfilmentOrder& one) { return one.held; });
        return say(item, held ? Class::Retry : Class::Rejected,
                   missing +
                       (held ? "; a part of the order is on hold or scheduled at the shop" : ""));
    }
    // A fulfilment belongs to one location, so a shipment from two becomes two fulfilments.
    std::map<std::string, std::vector<const FulfilmentOrder*>> byLocation;
    for (const FulfilmentOrder& one : order.fulfilmentOrders)
        if (std::any_of(one.lines.begin(), one.lines.end(),
                        [](const OpenLine& line) { return line.take > 0; }))
            byLocation[one.location].push_back(&one);
    std::string first = known ? known->id : std::string();
    for (const auto& [location, at] : byLocation) {
        const std::string made = fulfil(item, at);
        if (first.empty())
            first = made;
    }
    say(item, Class::Done, {}, first);
}

ShipmentPush::OrderAtShop ShipmentPush::read(const std::string& orderId)
{
    OrderAtShop made;
    PageInfo info{true, {}};
    while (info.more) {
        std::string variables;
        JsonText json(variables);
        json.beginObject()
            .member("id", gidOf("Order", orderId))
            .memberOrNull("after", info.cursor)
            .endObject();
        const JsonObject data = _api.call(queries::shipmentOrder, variables, _out);
        const auto order = data.object("order");
        if (!order)
            throw Refused(Class::Rejected, "the shop has no order " + orderId);
        if (order->has("cancelledAt"))
            throw Refused(Class::Rejected, "order " + orderId + " is cancelled at the shop");
        if (info.cursor.empty())
            readFulfilments(*order, made);
        const JsonObject connection = order->required("fulfillmentOrders");
        readFulfilmentOrders(connection, made);
        info = PageInfo::of(connection);
    }
    return made;
}

void ShipmentPush::readFulfilments(const JsonObject& order, OrderAtShop& to)
{
    order.each("fulfillments", [&](const JsonObject& from) {
        if (from.text("status") != "SUCCESS")
            return;
        Known known;
        known.id = numberOfGid(from.text("id"), "Fulfillment");
        from.each("trackingInfo",
                  [&](const JsonObject& tracking) { known.tracking = tracking.text("number"); });
        const JsonObject lines = from.required("fulfillmentLineItems");
        lines.each("nodes", [&](const JsonObject& line) {
            const JsonObject of = line.required("lineItem");
            known.lines.push_back({std::string(numberOfGid(of.text("id"), "LineItem")),
                                   line.countIfAny("quantity").value_or(0)});
        });
        to.fulfilments.push_back(std::move(known));
    });
}

void ShipmentPush::readFulfilmentOrders(const JsonObject& connection, OrderAtShop& to)
{
    connection.each("nodes", [&](const JsonObject& from) {
        FulfilmentOrder one;
        one.id = from.text("id");
        const std::string_view status = from.text("status");
        one.open = status == "OPEN" || status == "IN_PROGRESS" || status == "INCOMPLETE";
        one.held = status == "ON_HOLD" || status == "SCHEDULED";
        const JsonObject assigned = from.required("assignedLocation");
        if (const auto location = assigned.object("location"))
            one.location = location->text("id");
        const JsonObject lines = from.required("lineItems");
        if (PageInfo::of(lines).more)
            throw Refused(Class::Rejected,
                          "the order has more than 250 lines at one location: ship it in the shop");
        lines.each("nodes", [&](const JsonObject& line) {
            const JsonObject of = line.required("lineItem");
            one.lines.push_back({std::string(line.text("id")),
                                 std::string(numberOfGid(of.text("id"), "LineItem")),
                                 line.count("remainingQuantity")});
        });
        to.fulfilmentOrders.push_back(std::move(one));
    });
}

/// With a tracking number it is told by that. Without one, the same lines tell it, but only when an
/// earlier attempt may have come through, or when nothing of them is left to ship: then somebody
/// did it at the shop.
const ShipmentPush::Known* ShipmentPush::alreadyShipped(const ShipmentItem& item,
                                                        const OrderAtShop& order,
                                                        std::vector<LineQuantity>& left)
{
    const Known* found = nullptr;
    for (const Known& known : order.fulfilments)
        if (!item.trackingNumber.empty() && known.tracking == item.trackingNumber) {
            takeOff(left, known.lines);
            found = &known;
        }
    if (found)
        return found;
    std::int64_t remaining = 0;
    for (const FulfilmentOrder& one : order.fulfilmentOrders)
        for (const OpenLine& line : one.lines)
            for (const LineQuantity& asked : item.lines)
                remaining += line.orderLineId == asked.lineId ? line.remaining : 0;
    if (remaining > 0 && item.previous != Class::UnknownOutcome)
        return nullptr;
    for (const Known& known : order.fulfilments)
        if (known.tracking.empty() && sameLines(known.lines, item.lines)) {
            takeOff(left, known.lines);
            return &known;
        }
    return nullptr;
}

/// Spreads what is to be shipped over what the shop holds open; answers what does not fit, in
/// words.
std::string ShipmentPush::allocate(const std::vector<LineQuantity>& left, OrderAtShop& order)
{
    for (const LineQuantity& asked : left) {
        std::int64_t need = asked.quantity;
        for (FulfilmentOrder& one : order.fulfilmentOrders)
            for (OpenLine& line : one.lines) {
                if (!one.open || line.orderLineId != asked.lineId)
                    continue;
                line.take = std::min(need, line.remaining);
                need -= line.take;
            }
        if (need > 0)
            return "line " + asked.lineId + ": " + std::to_string(asked.quantity) + " to ship, " +
                   std::to_string(asked.quantity - need) + " open at the shop";
    }
    return {};
}

std::string ShipmentPush::fulfil(const ShipmentItem& item,
                                 const std::vector<const FulfilmentOrder*>& at)
{
    std::string variables;
    JsonText json(variables);
    json.beginObject()
        .key("fulfillment")
        .beginObject()
        .member("notifyCustomer", _settings.notifyCustomer);
    if (hasTracking(item))
        writeTracking(json.key("trackingInfo"), item);
    json.key("lineItemsByFulfillmentOrder").beginArray();
    for (const FulfilmentOrder* one : at) {
        json.beginObject()
            .member("fulfillmentOrderId", one->id)
            .key("fulfillmentOrderLineItems")
            .beginArray();
        for (const OpenLine& line : one->lines)
            if (line.take > 0)
                json.beginObject().member("id", line.id).member("quantity", line.take).endObject();
        json.endArray().endObject();
    }
    json.endArray().endObject().endObject();

    const JsonObject data = _api.call(queries::fulfil, variables, _out);
    const JsonObject payload = data.required("fulfillmentCreate");
    if (const std::string refused = userErrors(payload); !refused.empty())
        throw Refused(passes(refused) ? Class::Retry : Class::Rejected, refused);
    const JsonObject made = payload.required("fulfillment");
    return std::string(numberOfGid(made.text("id"), "Fulfillment"));
}

void ShipmentPush::updateTracking(const ShipmentItem& item, const std::string& fulfilmentId)
{
    std::string variables;
    JsonText json(variables);
    json.beginObject()
        .member("id", gidOf("Fulfillment", fulfilmentId))
        .member("notify", _settings.notifyCustomer);
    writeTracking(json.key("tracking"), item);
    json.endObject();
    const JsonObject data = _api.call(queries::updateTracking, variables, _out);
    const JsonObject payload = data.required("fulfillmentTrackingInfoUpdate");
    if (const std::string refused = userErrors(payload); !refused.empty())
        throw Refused(Class::Rejected, refused);
}

void ShipmentPush::say(const ShipmentItem& item, Class kind, const std::string& reason,
                       const std::string& externalId)
{
    Result result;
    result.item = item.item;
    result.kind = kind;
    result.reason = reason;
    result.externalId = externalId;
    _out.result(result);
}

} // namespace spokehub::shopify
