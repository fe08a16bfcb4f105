#include "ShopNodes.h"

#include <algorithm>
#include <cctype>

namespace spokehub::standin
{

std::string gid(const char* type, std::int64_t id)
{
    return "gid://shopify/" + std::string(type) + "/" + std::to_string(id);
}

std::int64_t idOf(const Json& text, const char* type)
{
    const std::string prefix = "gid://shopify/" + std::string(type) + "/";
    if (!text.is_string() || text.get_ref<const std::string&>().rfind(prefix, 0) != 0)
        return 0;
    const std::string digits = text.get<std::string>().substr(prefix.size());
    const bool number = !digits.empty() && digits.size() < 19 &&
                        std::all_of(digits.begin(), digits.end(),
                                    [](unsigned char c) { return std::isdigit(c) != 0; });
    return number ? std::stoll(digits) : 0;
}

std::string upper(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return static_cast<char>(c == '/' ? '_' : std::toupper(c));
    });
    return text;
}

Node ShopNodes::money(std::int64_t cents) const
{
    const Json money = {{"amount", moneyText(cents, true)}, {"currencyCode", _shop.currency}};
    return Node::of("MoneyBag", {{"shopMoney", money}, {"presentmentMoney", money}});
}

const Location* ShopNodes::findLocation(std::int64_t id) const
{
    for (const Location& one : _shop.locations)
        if (one.id == id)
            return &one;
    return nullptr;
}

Node ShopNodes::location(const Location& location) const
{
    Node node = Node::object("Location");
    node.id = location.id;
    node.set("id", gid("Location", location.id));
    node.set("name", location.name);
    node.set("isActive", location.active);
    node.set("fulfillsOnlineOrders", location.active);
    node.set("inventoryLevels", [this, id = location.id](const Json&) {
        std::vector<Node> all;
        for (const auto& [key, level] : _shop.levels)
            if (key.second == id)
                all.push_back(this->level(key.first, id));
        return Node::connection(std::move(all));
    });
    return node;
}

Node ShopNodes::level(std::int64_t itemId, std::int64_t locationId) const
{
    const auto found = _shop.levels.find({itemId, locationId});
    if (found == _shop.levels.end())
        return Node::null();
    Node node = Node::object("InventoryLevel");
    node.id = itemId;
    node.set("id",
             gid("InventoryLevel", locationId) + "?inventory_item_id=" + std::to_string(itemId));
    node.set("updatedAt", timeText(found->second.updatedAt));
    node.set("isActive", true);
    node.set("item", [this, itemId](const Json&) { return item(*_shop.variantOfItem(itemId)); });
    node.set("location",
             [this, locationId](const Json&) { return location(*findLocation(locationId)); });
    node.set("quantities", [level = found->second](const Json& arguments) {
        std::vector<Node> all;
        for (const Json& name : arguments.at("names")) {
            const std::int64_t quantity = name == "available"   ? level.available
                                          : name == "committed" ? level.committed
                                          : name == "on_hand"   ? level.available + level.committed
                                                                : 0;
            all.push_back(Node::of(
                "InventoryQuantity",
                {{"name", name},
                 {"quantity", quantity},
                 {"updatedAt", name == "available" ? Json(timeText(level.updatedAt)) : Json()}}));
        }
        return Node::list(std::move(all));
    });
    return node;
}

Node ShopNodes::item(const Variant& variant) const
{
    Node node = Node::object("InventoryItem");
    node.id = variant.itemId;
    node.set("id", gid("InventoryItem", variant.itemId));
    node.set("sku", variant.sku);
    node.set("tracked", variant.tracked);
    node.set("inventoryLevel", [this, id = variant.itemId](const Json& arguments) {
        return level(id, idOf(arguments.at("locationId"), "Location"));
    });
    node.set("inventoryLevels", [this, id = variant.itemId](const Json&) {
        std::vector<Node> all;
        for (const Location& one : _shop.locations)
            if (_shop.levels.count({id, one.id}))
                all.push_back(level(id, one.id));
        return Node::connection(std::move(all));
    });
    return node;
}

Node ShopNodes::variant(const Variant& variant) const
{
    std::int64_t quantity = 0;
    for (auto level = _shop.levels.lower_bound({variant.itemId, 0});
         level != _shop.levels.end() && level->first.first == variant.itemId; ++level)
        quantity += level->second.available;
    Node node = Node::object("ProductVariant");
    node.id = variant.id;
    node.set("id", gid("ProductVariant", variant.id));
    node.set("legacyResourceId", std::to_string(variant.id));
    node.set("sku", variant.sku.empty() ? Json() : Json(variant.sku));
    node.set("title", "Default Title");
    node.set("displayName", variant.title + " - Default Title");
    node.set("price", moneyText(variant.price));
    node.set("updatedAt", timeText(variant.updatedAt));
    node.set("inventoryQuantity", quantity);
    node.set("product", [variant](const Json&) {
        return Node::of("Product", {{"id", gid("Product", variant.productId)},
                                    {"title", variant.title},
                                    {"status", "ACTIVE"}});
    });
    node.set("inventoryItem", [this, variant](const Json&) { return item(variant); });
    return node;
}

Node ShopNodes::line(const OrderLine& line) const
{
    Node node = Node::object("LineItem");
    node.id = line.id;
    node.set("id", gid("LineItem", line.id));
    node.set("sku", line.sku.empty() ? Json() : Json(line.sku));
    node.set("title", line.title);
    node.set("name", line.title);
    node.set("quantity", line.quantity);
    node.set("currentQuantity", line.current);
    node.set("unfulfilledQuantity", line.fulfillable);
    node.set("requiresShipping", true);
    node.set("originalUnitPriceSet",
             [this, cents = line.price](const Json&) { return money(cents); });
    node.set("variant", [this, id = line.variantId](const Json&) {
        for (const Variant& one : _shop.variants)
            if (one.id == id)
                return variant(one);
        return Node::null();
    });
    node.set("product", [](const Json&) {
        return Node::of("Product", {{"id", gid("Product", 632910392)}});
    });
    return node;
}

Node ShopNodes::order(const Order& order) const
{
    const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
    Node node = Node::object("Order");
    node.id = order.id;
    node.sortValue = order.updatedAt;
    node.set("id", gid("Order", order.id));
    node.set("legacyResourceId", std::to_string(order.id));
    node.set("name", "#" + std::to_string(order.number));
    node.set("createdAt", timeText(order.createdAt));
    node.set("updatedAt", timeText(order.updatedAt));
    node.set("processedAt", timeText(order.createdAt));
    node.set("cancelledAt", order.cancelledAt == 0 ? Json() : Json(timeText(order.cancelledAt)));
    node.set("cancelReason", text(upper(order.cancelReason)));
    node.set("test", order.test);
    node.set("email", order.email);
    node.set("phone", Json());
    node.set("currencyCode", _shop.currency);
    node.set("presentmentCurrencyCode", _shop.currency);
    node.set("displayFinancialStatus", upper(order.financial));
    const std::string shipped = order.fulfilment();
    node.set("displayFulfillmentStatus", shipped.empty()        ? "UNFULFILLED"
                                         : shipped == "partial" ? "PARTIALLY_FULFILLED"
                                                                : "FULFILLED");
    const auto sum = [&](const char* name, std::int64_t cents) {
        node.set(name, [this, cents](const Json&) { return money(cents); });
    };
    sum("totalPriceSet", order.total());
    sum("currentTotalPriceSet", order.currentTotal());
    sum("subtotalPriceSet", order.total() - order.shipping);
    sum("totalShippingPriceSet", order.shipping);
    sum("totalTaxSet", 0);
    sum("totalDiscountsSet", 0);
    node.set("customer", [email = order.email](const Json&) {
        return Node::of("Customer", {{"id", "gid://shopify/Customer/115310627314723954"},
                                     {"displayName", "John Smith"},
                                     {"defaultEmailAddress", {{"emailAddress", email}}},
                                     {"defaultPhoneNumber", nullptr}});
    });
    node.set("shippingAddress", [](const Json&) {
        return Node::of("MailingAddress", {{"name", "Steve Shipper"},
                                           {"company", "Shipping Company"},
                                           {"address1", "123 Shipping Street"},
                                           {"address2", nullptr},
                                           {"city", "Shippington"},
                                           {"provinceCode", "KY"},
                                           {"zip", "40003"},
                                           {"countryCodeV2", "US"},
                                           {"phone", "555-555-SHIP"}});
    });
    const auto connect = [&](const char* name, auto make) {
        node.set(name, [this, order, make](const Json&) { return make(*this, order); });
    };
    connect("lineItems", [](const ShopNodes& nodes, const Order& of) {
        std::vector<Node> all;
        for (const OrderLine& one : of.lines)
            all.push_back(nodes.line(one));
        return Node::connection(std::move(all));
    });
    connect("fulfillmentOrders", [](const ShopNodes& nodes, const Order& of) {
        return Node::connection({nodes.fulfilmentOrder(of)});
    });
    connect("fulfillments", [](const ShopNodes& nodes, const Order& of) {
        std::vector<Node> all;
        for (const Fulfilment& one : of.fulfilments)
            all.push_back(nodes.fulfilment(of, one));
        return Node::list(std::move(all));
    });
    connect("refunds", [](const ShopNodes& nodes, const Order& of) {
        std::vector<Node> all;
        for (const Refund& one : of.refunds)
            all.push_back(nodes.refund(of, one));
        return Node::list(std::move(all));
    });
    return node;
}

Node ShopNodes::fulfilment(const Order& order, const Fulfilment& fulfilment) const
{
    const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
    Node node = Node::object("Fulfillment");
    node.id = fulfilment.id;
    node.set("id", gid("Fulfillment", fulfilment.id));
    node.set("legacyResourceId", std::to_string(fulfilment.id));
    node.set("name", "#" + std::to_string(order.number) + "-F1");
    node.set("status", upper(fulfilment.status));
    node.set("displayStatus", fulfilment.status == "cancelled" ? "CANCELED"
                              : fulfilment.delivered           ? "DELIVERED"
                                                               : "FULFILLED");
    node.set("createdAt", timeText(fulfilment.createdAt));
    node.set("updatedAt", timeText(fulfilment.updatedAt));
    node.set("trackingInfo", [text, fulfilment](const Json&) {
        if (fulfilment.number.empty() && fulfilment.url.empty())
            return Node::list({});
        return Node::list(
            {Node::of("FulfillmentTrackingInfo", {{"company", text(fulfilment.company)},
                                                  {"number", text(fulfilment.number)},
                                                  {"url", text(fulfilment.url)}})});
    });
    node.set("location", [this, id = fulfilment.locationId](const Json&) {
        return location(*findLocation(id));
    });
    node.set("fulfillmentLineItems", [this, order, fulfilment](const Json&) {
        std::vector<Node> all;
        for (const FulfilmentLine& part : fulfilment.lines) {
            Node one = Node::object("FulfillmentLineItem");
            one.id = part.lineId;
            one.set("id", gid("FulfillmentLineItem", part.lineId));
            one.set("quantity", part.quantity);
            one.set("lineItem",
                    [this, of = order.line(part.lineId)](const Json&) { return line(of); });
            all.push_back(std::move(one));
        }
        return Node::connection(std::move(all));
    });
    return node;
}

Node ShopNodes::fulfilmentOrder(const Order& order) const
{
    const bool open = order.cancelledAt == 0 && order.fulfilment() != "fulfilled";
    Node node = Node::object("FulfillmentOrder");
    node.id = order.fulfilmentOrderId;
    node.set("id", gid("FulfillmentOrder", order.fulfilmentOrderId));
    node.set("status", !open ? "CLOSED" : order.fulfilments.empty() ? "OPEN" : "IN_PROGRESS");
    node.set("requestStatus", "UNSUBMITTED");
    node.set("assignedLocation", [this, id = order.locationId](const Json&) {
        const Location& at = *findLocation(id);
        return Node::of(
            "FulfillmentOrderAssignedLocation",
            {{"name", at.name}, {"location", {{"id", gid("Location", id)}, {"name", at.name}}}});
    });
    node.set("lineItems", [this, order](const Json&) {
        std::vector<Node> all;
        for (const OrderLine& part : order.lines) {
            Node one = Node::object("FulfillmentOrderLineItem");
            one.id = part.fulfilmentLineId;
            one.set("id", gid("FulfillmentOrderLineItem", part.fulfilmentLineId));
            one.set("totalQuantity", part.quantity);
            one.set("remainingQuantity", part.fulfillable);
            one.set("lineItem", [this, part](const Json&) { return line(part); });
            all.push_back(std::move(one));
        }
        return Node::connection(std::move(all));
    });
    return node;
}

Node ShopNodes::refund(const Order& order, const Refund& refund) const
{
    Node node = Node::object("Refund");
    node.id = refund.id;
    node.set("id", gid("Refund", refund.id));
    node.set("legacyResourceId", std::to_string(refund.id));
    node.set("createdAt", timeText(refund.createdAt));
    node.set("updatedAt", timeText(refund.createdAt));
    node.set("totalRefundedSet",
             [this, cents = refund.amount](const Json&) { return money(cents); });
    node.set("refundLineItems", [this, order, refund](const Json&) {
        std::vector<Node> all;
        for (const RefundLine& part : refund.lines) {
            Node one = Node::object("RefundLineItem");
            one.id = part.id;
            one.set("id", gid("RefundLineItem", part.id));
            one.set("quantity", part.quantity);
            one.set("restockType", upper(part.restockType));
            one.set("lineItem",
                    [this, of = order.line(part.lineId)](const Json&) { return line(of); });
            const bool restocked = part.restockType != "no_restock";
            one.set("location", [this, restocked, id = order.locationId](const Json&) {
                return restocked ? location(*findLocation(id)) : Node::null();
            });
            all.push_back(std::move(one));
        }
        return Node::connection(std::move(all));
    });
    return node;
}

Node ShopNodes::subscription(const Subscription& subscription) const
{
    Node node =
        Node::of("WebhookSubscription", {{"id", gid("WebhookSubscription", subscription.id)},
                                         {"topic", subscription.topic},
                                         {"uri", subscription.uri},
                                         {"callbackUrl", subscription.uri},
                                         {"format", "JSON"},
                                         {"includeFields", Json::array()},
                                         {"metafieldNamespaces", Json::array()},
                                         {"filter", ""},
                                         {"createdAt", timeText(subscription.createdAt)},
                                         {"updatedAt", timeText(subscription.updatedAt)}});
    node.id = subscription.id;
    node.set("endpoint", [uri = subscription.uri](const Json&) {
        return Node::of("WebhookHttpEndpoint", {{"callbackUrl", uri}});
    });
    return node;
}

Node ShopNodes::byGid(const std::string& text) const
{
    if (const auto id = idOf(text, "InventoryItem")) {
        const Variant* found = _shop.variantOfItem(id);
        return found ? item(*found) : Node::null();
    }
    if (const auto id = idOf(text, "ProductVariant"))
        for (const Variant& one : _shop.variants)
            if (one.id == id)
                return variant(one);
    for (const Order& one : _shop.orders) {
        if (one.id == idOf(text, "Order"))
            return order(one);
        if (one.fulfilmentOrderId == idOf(text, "FulfillmentOrder"))
            return fulfilmentOrder(one);
        for (const Fulfilment& part : one.fulfilments)
            if (part.id == idOf(text, "Fulfillment"))
                return fulfilment(one, part);
        for (const Refund& part : one.refunds)
            if (part.id == idOf(text, "Refund"))
                return refund(one, part);
    }
    if (const Location* found = findLocation(idOf(text, "Location")))
        return location(*found);
    return Node::null();
}

} // namespace spokehub::standin
