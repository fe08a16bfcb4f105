// The bodies of webhooks: the shape of the REST Admin API, ids as numbers beyond 2^53, money as
// text, times with the shop's own offset.
#include "Shop.h"

namespace spokehub::standin
{

namespace
{

std::string gid(const char* type, std::int64_t id)
{
    return "gid://shopify/" + std::string(type) + "/" + std::to_string(id);
}

Json moneySet(std::int64_t cents, const std::string& currency)
{
    const Json money = {{"amount", moneyText(cents)}, {"currency_code", currency}};
    return {{"shop_money", money}, {"presentment_money", money}};
}

Json address()
{
    return {{"first_name", "Steve"},
            {"address1", "123 Shipping Street"},
            {"phone", "555-555-SHIP"},
            {"city", "Shippington"},
            {"zip", "40003"},
            {"province", "Kentucky"},
            {"country", "United States"},
            {"last_name", "Shipper"},
            {"address2", nullptr},
            {"company", "Shipping Company"},
            {"latitude", nullptr},
            {"longitude", nullptr},
            {"name", "Steve Shipper"},
            {"country_code", "US"},
            {"province_code", "KY"}};
}

Json customer(const Order& order)
{
    return {{"id", 115310627314723954},
            {"email", order.email},
            {"created_at", nullptr},
            {"updated_at", nullptr},
            {"first_name", "John"},
            {"last_name", "Smith"},
            {"state", "disabled"},
            {"note", nullptr},
            {"verified_email", true},
            {"multipass_identifier", nullptr},
            {"tax_exempt", false},
            {"phone", nullptr},
            {"tags", ""},
            {"currency", "USD"},
            {"tax_exemptions", Json::array()},
            {"admin_graphql_api_id", "gid://shopify/Customer/115310627314723954"}};
}

Json restLine(const OrderLine& line, const std::string& currency)
{
    const bool shipped = line.fulfillable < line.current;
    return {{"id", line.id},
            {"admin_graphql_api_id", gid("LineItem", line.id)},
            {"attributed_staffs", Json::array()},
            {"current_quantity", line.current},
            {"fulfillable_quantity", line.fulfillable},
            {"fulfillment_service", "manual"},
            {"fulfillment_status", !shipped               ? Json()
                                   : line.fulfillable > 0 ? Json("partial")
                                                          : Json("fulfilled")},
            {"gift_card", false},
            {"grams", 567},
            {"name", line.title},
            {"price", moneyText(line.price)},
            {"price_set", moneySet(line.price, currency)},
            {"product_exists", true},
            {"product_id", 632910392},
            {"properties", Json::array()},
            {"quantity", line.quantity},
            {"requires_shipping", true},
            {"sku", line.sku},
            {"taxable", true},
            {"title", line.title},
            {"total_discount", "0.00"},
            {"total_discount_set", moneySet(0, currency)},
            {"variant_id", line.variantId},
            {"variant_inventory_management", "shopify"},
            {"variant_title", nullptr},
            {"vendor", nullptr},
            {"tax_lines", Json::array()},
            {"duties", Json::array()},
            {"discount_allocations", Json::array()}};
}

void addMoney(Json& body, const char* name, std::int64_t cents, const std::string& currency)
{
    body[name] = moneyText(cents);
    body[std::string(name) + "_set"] = moneySet(cents, currency);
}

} // namespace

Json Shop::restOrder(const Order& order) const
{
    const std::string created = timeText(order.createdAt, zone);
    Json body = {
        {"id", order.id},
        {"admin_graphql_api_id", gid("Order", order.id)},
        {"app_id", nullptr},
        {"browser_ip", nullptr},
        {"buyer_accepts_marketing", false},
        {"cancel_reason", order.cancelReason.empty() ? Json() : Json(order.cancelReason)},
        {"cancelled_at", order.cancelledAt == 0 ? Json() : Json(timeText(order.cancelledAt, zone))},
        {"cart_token", nullptr},
        {"checkout_id", nullptr},
        {"closed_at", nullptr},
        {"confirmed", true},
        {"contact_email", order.email},
        {"created_at", created},
        {"currency", currency}};
    addMoney(body, "current_subtotal_price", order.currentTotal() - order.shipping, currency);
    addMoney(body, "current_total_discounts", 0, currency);
    addMoney(body, "current_total_price", order.currentTotal(), currency);
    addMoney(body, "current_total_tax", 0, currency);
    const std::string shipped = order.fulfilment();
    body.update(Json{{"customer_locale", "en"},
                     {"discount_codes", Json::array()},
                     {"email", order.email},
                     {"financial_status", order.financial},
                     {"fulfillment_status", shipped.empty() ? Json() : Json(shipped)},
                     {"location_id", nullptr},
                     {"name", "#" + std::to_string(order.number)},
                     {"note", nullptr},
                     {"note_attributes", Json::array()},
                     {"number", order.number - 1000},
                     {"order_number", order.number},
                     {"payment_gateway_names", Json::array({"bogus"})},
                     {"phone", nullptr},
                     {"presentment_currency", currency},
                     {"processed_at", created},
                     {"source_name", "web"},
                     {"tags", ""},
                     {"tax_lines", Json::array()},
                     {"taxes_included", false},
                     {"test", order.test}});
    addMoney(body, "subtotal_price", order.total() - order.shipping, currency);
    addMoney(body, "total_discounts", 0, currency);
    addMoney(body, "total_line_items_price", order.total() - order.shipping, currency);
    addMoney(body, "total_price", order.total(), currency);
    body["total_shipping_price_set"] = moneySet(order.shipping, currency);
    addMoney(body, "total_tax", 0, currency);
    body["updated_at"] = timeText(order.updatedAt, zone);
    body["billing_address"] = address();
    body["customer"] = customer(order);
    body["fulfillments"] = Json::array();
    for (const Fulfilment& one : order.fulfilments)
        body["fulfillments"].push_back(restFulfilment(order, one));
    body["line_items"] = Json::array();
    for (const OrderLine& line : order.lines)
        body["line_items"].push_back(restLine(line, currency));
    body["refunds"] = Json::array();
    for (const Refund& one : order.refunds)
        body["refunds"].push_back(restRefund(order, one));
    body["shipping_address"] = address();
    body["shipping_lines"] = Json::array();
    return body;
}

Json Shop::restRefund(const Order& order, const Refund& refund) const
{
    Json lines = Json::array();
    for (const RefundLine& part : refund.lines) {
        const OrderLine& line = order.line(part.lineId);
        const bool restocked = part.restockType != "no_restock";
        lines.push_back({{"id", part.id},
                         {"quantity", part.quantity},
                         {"line_item_id", part.lineId},
                         {"location_id", restocked ? Json(order.locationId) : Json()},
                         {"restock_type", part.restockType},
                         {"subtotal", line.price * part.quantity / 100},
                         {"total_tax", 0},
                         {"subtotal_set", moneySet(line.price * part.quantity, currency)},
                         {"total_tax_set", moneySet(0, currency)},
                         {"line_item", restLine(line, currency)}});
    }
    Json transactions = Json::array();
    if (refund.amount > 0)
        transactions.push_back({{"id", refund.id + 1},
                                {"kind", "refund"},
                                {"status", "success"},
                                {"amount", moneyText(refund.amount)},
                                {"currency", currency}});
    return {{"id", refund.id},
            {"order_id", refund.orderId},
            {"created_at", timeText(refund.createdAt, zone)},
            {"note", nullptr},
            {"user_id", nullptr},
            {"processed_at", timeText(refund.createdAt, zone)},
            {"restock", true},
            {"admin_graphql_api_id", gid("Refund", refund.id)},
            {"order_adjustments", Json::array()},
            {"refund_line_items", lines},
            {"transactions", transactions}};
}

Json Shop::restFulfilment(const Order& order, const Fulfilment& fulfilment) const
{
    Json lines = Json::array();
    for (const FulfilmentLine& part : fulfilment.lines) {
        Json line = restLine(order.line(part.lineId), currency);
        line["quantity"] = part.quantity; // of this fulfilment, not of the order
        lines.push_back(std::move(line));
    }
    const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
    return {{"id", fulfilment.id},
            {"order_id", fulfilment.orderId},
            {"status", fulfilment.status},
            {"created_at", timeText(fulfilment.createdAt, zone)},
            {"service", "manual"},
            {"updated_at", timeText(fulfilment.updatedAt, zone)},
            {"tracking_company", text(fulfilment.company)},
            {"shipment_status", fulfilment.delivered ? Json("delivered") : Json()},
            {"location_id", fulfilment.locationId},
            {"origin_address", nullptr},
            {"email", order.email},
            {"destination", address()},
            {"line_items", lines},
            {"tracking_number", text(fulfilment.number)},
            {"tracking_url", text(fulfilment.url)},
            {"receipt", Json::object()},
            {"name", "#" + std::to_string(order.number) + ".1"},
            {"admin_graphql_api_id", gid("Fulfillment", fulfilment.id)}};
}

Json Shop::restProduct(const Variant& variant) const
{
    std::int64_t quantity = 0;
    for (const auto& [key, level] : levels)
        if (key.first == variant.itemId)
            quantity += level.available;
    return {{"admin_graphql_api_id", gid("Product", variant.productId)},
            {"body_html", nullptr},
            {"created_at", timeText(variant.updatedAt, zone)},
            {"handle", variant.sku},
            {"id", variant.productId},
            {"product_type", ""},
            {"title", variant.title},
            {"updated_at", timeText(variant.updatedAt, zone)},
            {"vendor", "Acme"},
            {"status", "active"},
            {"variants", Json::array({{{"admin_graphql_api_id", gid("ProductVariant", variant.id)},
                                       {"barcode", nullptr},
                                       {"compare_at_price", nullptr},
                                       {"created_at", timeText(variant.updatedAt, zone)},
                                       {"id", variant.id},
                                       {"inventory_policy", "deny"},
                                       {"position", 1},
                                       {"price", moneyText(variant.price)},
                                       {"product_id", variant.productId},
                                       {"sku", variant.sku},
                                       {"taxable", true},
                                       {"title", "Default Title"},
                                       {"updated_at", timeText(variant.updatedAt, zone)},
                                       {"inventory_item_id", variant.itemId},
                                       {"inventory_quantity", quantity},
                                       {"old_inventory_quantity", quantity}}})},
            {"options", Json::array()},
            {"images", Json::array()}};
}

} // namespace spokehub::standin
