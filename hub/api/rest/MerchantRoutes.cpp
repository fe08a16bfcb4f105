#include "api/rest/MerchantRoutes.h"

#include "api/Fields.h"
#include "api/Shown.h"
#include "api/rest/OrderRoutes.h"
#include "core/Error.h"

namespace spokehub::api
{

namespace
{

constexpr int ordersMax = 200;
constexpr std::int64_t quantityMax = 1'000'000'000;
constexpr std::int64_t centsMax = 1'000'000'000'000'000;

[[noreturn]] void refuseStatus(std::string_view status)
{
    refuseParameter("status", "is " + std::string(status) +
                                  "; known: IMPORTED, PAID, PICKED, SHIPPED, DELIVERED, RETURNED, "
                                  "CANCELLED");
}

MerchantStatus statusFrom(std::string_view text)
{
    const auto status = merchantStatusFromName(text);
    if (!status)
        refuseStatus(text);
    return *status;
}

/// Still to be shipped, and shipped.
std::pair<stock::Quantity, stock::Quantity> unitsOf(const orders::OrderRow& order)
{
    std::pair<stock::Quantity, stock::Quantity> units{0, 0};
    for (const orders::LineRow& line : order.lines) {
        units.first += line.target;
        units.second += line.shipped;
    }
    return units;
}

void writeHead(JsonWriter& json, const orders::OrderRow& order)
{
    json.member("id", showId(prefix::order, order.id))
        .member("shopify_order_id", order.externalId)
        .member("status", name(merchantStatusOf(order.status, order.paymentStatus)))
        .member("total_cents", order.total)
        .member("created_at", toIso(order.createdAt));
}

} // namespace

void MerchantRoutes::declare(Router& router)
{
    router
        .add({"POST", "/admin/skus", Permission::CatalogWrite,
              "Makes a variant with its opening stock",
              answering([this](Call& call) { return createSku(call); })})
        .takes("AdminNewSku")
        .gives("AdminSku", 201);
    router
        .add({"POST", "/admin/inventory/adjust", Permission::StockAdjust,
              "Changes what is on hand and what is held by hand",
              [this](Call& call, const Reply& reply) { adjust(call, reply); }})
        .takes("AdminAdjustment")
        .gives("AdminAdjusted")
        .once();
    router
        .add({"GET",
              "/admin/orders",
              Permission::OrdersRead,
              "The newest 200 orders",
              answering([this](Call& call) { return listOrders(call); }),
              {"status"}})
        .gives("AdminOrders");
    router
        .add({"GET", "/admin/orders/{id}", Permission::OrdersRead, "An order with its items",
              answering([this](Call& call) { return getOrder(call); })})
        .gives("AdminOrder");
    router
        .add({"POST",
              "/admin/orders/{id}/status",
              Permission::OrdersStatus,
              "Brings an order to a status",
              answering([this](Call& call) { return setStatus(call); }),
              {"status"}})
        .gives("AdminOrder")
        .guard();
}

http::Response MerchantRoutes::createSku(Call& call)
{
    Fields fields(call.body());
    catalog::NewVariant wanted;
    wanted.sku = fields.text("sku_code", 1, 100);
    wanted.title = fields.text("product_title", 0, 500);
    wanted.category = fields.text("category", 0, 100);
    wanted.size = fields.text("size", 0, 100);
    wanted.color = fields.text("color", 0, 100);
    wanted.price = fields.maybeInteger("price_cents", 0, centsMax).value_or(0);
    wanted.cost = fields.maybeInteger("cost_cents", 0, centsMax).value_or(0);
    OpeningStock opening;
    opening.onHand = fields.maybeInteger("qty_on_hand", 0, quantityMax).value_or(0);
    opening.reorderLevel = fields.maybeInteger("reorder_level", 0, quantityMax).value_or(0);
    fields.finishLeniently("SKU");

    const auto level = _parts.commands.run([&](store::Tx& tx) {
        const auto variant =
            _variantCommands.create(tx, call.scope, wanted, opening, call.request.id);
        return stock::StockReader()
            .levels(tx, call.scope, variant.id)
            .at(0); // orders may have waited for it
    });

    JsonWriter json;
    json.beginObject()
        .member("sku_code", wanted.sku)
        .member("size", wanted.size)
        .member("color", wanted.color)
        .member("price_cents", wanted.price)
        .member("qty_on_hand", level.onHand)
        .member("qty_reserved", level.reserved)
        .member("reorder_level", level.reorderLevel)
        .endObject();
    return jsonResponse(json.take(), 201);
}

void MerchantRoutes::adjust(Call& call, const Reply& reply)
{
    Fields fields(call.body());
    stock::Adjust adjust;
    adjust.sku = fields.text("sku_code", 1, 100);
    adjust.onHand = fields.maybeInteger("delta_on_hand", -quantityMax, quantityMax).value_or(0);
    adjust.reservedByHand =
        fields.maybeInteger("delta_reserved", -quantityMax, quantityMax).value_or(0);
    adjust.reason = fields.text("reason", 0, 500);
    fields.finishLeniently("adjustment");

    _parts.stockCommands.submit(
        {call.scope, call.idempotencyKey(), call.request.id, std::move(adjust)},
        [reply](store::Outcome<stock::StockResult> outcome) {
            if (!outcome.ok())
                return reply.fail(outcome.why());
            const stock::StockResult& result = outcome.value();
            JsonWriter json;
            json.beginObject()
                .member("ok", true)
                .member("sku_code", result.sku)
                .member("qty_on_hand", result.level.onHand)
                .member("qty_reserved", result.level.reserved)
                .endObject();
            reply.json(json.take());
        });
}

http::Response MerchantRoutes::listOrders(Call& call)
{
    orders::OrderQuery query;
    if (const std::string_view status = call.query.text("status"); !status.empty())
        query = ordersOf(statusFrom(status));
    store::Page<orders::OrderRow> page;
    _parts.database.point([&](store::Session& session) {
        page = _reader.list(session, call.scope, query, {.cursor = {}, .limit = ordersMax});
    });
    JsonWriter json;
    json.beginArray();
    for (const orders::OrderRow& order : page.data) {
        json.beginObject();
        writeHead(json, order);
        json.endObject();
    }
    json.endArray();
    return jsonResponse(json.take());
}

std::string MerchantRoutes::orderJson(const Scope& scope, Id order)
{
    std::optional<orders::OrderDetail> detail;
    _parts.database.point(
        [&](store::Session& session) { detail = _reader.get(session, scope, order); });
    if (!detail)
        throw Error(Refusal::NotFound, "there is no order " + showId(prefix::order, order));
    JsonWriter json;
    json.beginObject();
    writeHead(json, detail->order);
    json.member("placed_at", toIso(detail->order.placedAt)).key("items").beginArray();
    for (const orders::LineRow& line : detail->order.lines)
        json.beginObject()
            .member("sku_code", line.sku)
            .member("title", line.title)
            .member("qty", line.ordered)
            .member("unit_price_cents", line.unitPrice)
            .member("line_total_cents", line.unitPrice * line.ordered)
            .endObject();
    json.endArray().endObject();
    return json.take();
}

http::Response MerchantRoutes::getOrder(Call& call)
{
    return jsonResponse(orderJson(call.scope, call.id(0, prefix::order, "order")));
}

http::Response MerchantRoutes::setStatus(Call& call)
{
    const Id order = call.id(0, prefix::order, "order");
    const MerchantStatus wanted = statusFrom(call.required("status"));
    _parts.commands.run([&](store::Tx& tx) { bring(tx, call, order, wanted); });
    return jsonResponse(orderJson(call.scope, order));
}

/// Records the fact that makes it so; what is so already is left alone.
void MerchantRoutes::bring(store::Tx& tx, const Call& call, Id order, MerchantStatus wanted) const
{
    const auto detail = _reader.get(tx, call.scope, order);
    if (!detail)
        throw Error(Refusal::NotFound, "there is no order " + showId(prefix::order, order));
    const orders::OrderRow& row = detail->order;
    const MerchantStatus now = merchantStatusOf(row.status, row.paymentStatus);
    const auto [owed, shipped] = unitsOf(row);
    const auto note = [&](const char* fact) {
        _parts.orderCommands.note(tx, call.scope, order, fact, "", call.request.id);
    };
    const auto require = [&](bool possible) {
        if (!possible)
            throw Error(Refusal::Conflict, "order " + showId(prefix::order, order) + " is " +
                                               std::string(name(now)) + " and cannot become " +
                                               std::string(name(wanted)));
    };
    switch (wanted) {
    case MerchantStatus::Imported:
        return require(now == wanted);
    case MerchantStatus::Paid:
        return orders::isPaid(row.paymentStatus) ? void() : note("paid");
    case MerchantStatus::Picked:
        require(now <= wanted);
        return now == wanted ? void() : note("packed");
    case MerchantStatus::Shipped:
        if (owed > 0)
            shipAndTell(_parts, tx, call.scope, order, {}, call.request.id);
        return require(owed > 0 || now == wanted);
    case MerchantStatus::Delivered:
        require(shipped > 0 && now <= wanted);
        return now == wanted ? void() : note("delivered");
    case MerchantStatus::Returned:
        require(shipped > 0);
        return now == wanted ? void() : note("returned");
    case MerchantStatus::Cancelled:
        return _parts.orderCommands.cancel(tx, call.scope, order, "", call.request.id);
    }
}

} // namespace spokehub::api
