#include "api/rest/OrderBodies.h"

#include "api/Shown.h"

#include <algorithm>

namespace spokehub::api
{

namespace
{

constexpr std::int64_t quantityMax = 1'000'000'000;
constexpr std::int64_t centsMax = 1'000'000'000'000;
constexpr std::size_t linesMax = 1000;

/// An object as its caller gave it; its members are kept as they are.
std::string objectIn(Fields& fields, Json body, std::string_view name)
{
    const Json object = body[name];
    const bool given = fields.has(name);
    fields.known(name);
    fields.require(!given || object.isObject(), name, "is not an object");
    return given && object.isObject() ? object.dump() : std::string();
}

} // namespace

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

orders::NewOrder orderIn(Fields& fields, Json body)
{
    orders::NewOrder order;
    order.number = fields.text("number", 0, 100);
    order.currency = fields.maybeText("currency", 3).value_or("USD");
    const bool letters =
        std::ranges::all_of(order.currency, [](char c) { return c >= 'A' && c <= 'Z'; });
    fields.require(letters && order.currency.size() == 3, "currency",
                   "is not three upper-case letters, such as USD");
    order.paid = fields.boolean("paid", false);
    order.shipping = fields.maybeInteger("shipping_cents", 0, centsMax).value_or(0);
    order.discount = fields.maybeInteger("discount_cents", 0, centsMax).value_or(0);
    fields.each("lines", linesMax, [&](Fields& line) {
        orders::NewLine wanted;
        wanted.sku = line.text("sku", 1, 100);
        wanted.title = line.text("title", 0, 500);
        wanted.quantity = line.integer("quantity", 1, 1'000'000);
        wanted.unitPrice = line.maybeInteger("unit_price_cents", 0, 1'000'000'000).value_or(0);
        order.lines.push_back(std::move(wanted));
    });
    fields.require(!order.lines.empty(), "lines", "is missing or empty");
    order.customer = objectIn(fields, body, "customer");
    order.shipTo = objectIn(fields, body, "ship_to");
    fields.finish("order");
    return order;
}

} // namespace spokehub::api
