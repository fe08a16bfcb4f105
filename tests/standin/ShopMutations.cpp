#include "ShopNodes.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>

namespace spokehub::standin
{

namespace
{

constexpr std::int64_t quantityMax = 1'000'000'000;

constexpr std::array reasons{"correction",
                             "cycle_count_available",
                             "damaged",
                             "movement_canceled",
                             "movement_created",
                             "movement_received",
                             "movement_updated",
                             "other",
                             "promotion",
                             "quality_control",
                             "received",
                             "reservation_created",
                             "reservation_deleted",
                             "reservation_updated",
                             "restock",
                             "safety_stock",
                             "shrinkage"};

std::string reasonList()
{
    std::string list;
    for (const char* reason : reasons)
        list += (list.empty() ? "" : ", ") + std::string(reason);
    return list;
}

Json userError(Json field, const std::string& message, const char* code = nullptr)
{
    Json error = {{"field", std::move(field)}, {"message", message}};
    if (code)
        error["code"] = code;
    return error;
}

/// {"<name>": object or null, "userErrors": [...]}
Node payload(const char* type, const char* name, std::optional<Node> made, Json errors)
{
    Node node = Node::of(type, {{"userErrors", std::move(errors)}});
    node.set(name, [made = made.value_or(Node::null())](const Json&) { return made; });
    return node;
}

std::string idempotencyKey(const Json& arguments)
{
    const Json directive = arguments.value("@idempotent", Json());
    if (!directive.is_object() || !directive.contains("key"))
        throw QueryError(
            "The @idempotent directive is required for this mutation but was not provided.",
            "BAD_REQUEST");
    return directive["key"].get<std::string>();
}

} // namespace

class ShopMutations
{
public:
    explicit ShopMutations(Shop& shop) : _shop(shop), _nodes(shop) {}

    Node setQuantities(const Json& arguments)
    {
        const Json& input = arguments.at("input");
        const std::string key = idempotencyKey(arguments);
        requireKnownFields(input);
        const auto known = _shop._keys.find(key);
        if (known != _shop._keys.end())
            return replay(known->second, input);

        Json errors = quantityErrors(input);
        Json group;
        if (errors.empty())
            group = setAll(input);
        Json answered = {{"inventoryAdjustmentGroup", std::move(group)},
                         {"userErrors", std::move(errors)}};
        _shop._keys[key] = {input.dump(), answered};
        return Node::of("InventorySetQuantitiesPayload", answered);
    }

    Node activate(const Json& arguments)
    {
        idempotencyKey(arguments);
        const auto item = idOf(arguments.at("inventoryItemId"), "InventoryItem");
        const auto at = idOf(arguments.at("locationId"), "Location");
        const Json available = arguments.value("available", Json());
        Json errors = Json::array();
        if (!_shop.variantOfItem(item) || !_nodes.findLocation(at)) {
            errors.push_back(userError(
                {"inventoryItemId"}, "The product couldn't be stocked because it does not exist."));
            return payload("InventoryActivatePayload", "inventoryLevel", {}, errors);
        }
        if (_shop.levels.count({item, at}) && !available.is_null())
            errors.push_back(userError({"available"},
                                       "Not allowed to set available quantity when the "
                                       "item is already active at the location."));
        else {
            _shop.levels[{item, at}];
            if (!available.is_null())
                _shop.setAvailable(item, at, available.get<std::int64_t>());
        }
        return payload("InventoryActivatePayload", "inventoryLevel", _nodes.level(item, at),
                       errors);
    }

    Node fulfil(const Json& arguments)
    {
        const Json& input = arguments.at("fulfillment");
        Json errors = Json::array();
        Order* order = nullptr;
        std::vector<FulfilmentLine> lines;
        std::size_t index = 0;
        for (const Json& part : input.at("lineItemsByFulfillmentOrder"))
            collect(part, std::to_string(index++), order, lines, errors);
        if (!errors.empty())
            return payload("FulfillmentCreatePayload", "fulfillment", {}, errors);
        Fulfilment with;
        track(with, input.value("trackingInfo", Json::object()));
        const Fulfilment& made = _shop.fulfil(*order, std::move(lines), std::move(with));
        return payload("FulfillmentCreatePayload", "fulfillment", _nodes.fulfilment(*order, made),
                       errors);
    }

    Node updateTracking(const Json& arguments)
    {
        const auto id = idOf(arguments.at("fulfillmentId"), "Fulfillment");
        for (Order& order : _shop.orders)
            for (Fulfilment& one : order.fulfilments)
                if (one.id == id) {
                    track(one, arguments.at("trackingInfoInput"));
                    one.updatedAt = order.updatedAt = _shop.now();
                    _shop.announce("fulfillments/update", _shop.restFulfilment(order, one));
                    return payload("FulfillmentTrackingInfoUpdatePayload", "fulfillment",
                                   _nodes.fulfilment(order, one), Json::array());
                }
        return payload("FulfillmentTrackingInfoUpdatePayload", "fulfillment", {},
                       Json::array({userError({"fulfillmentId"}, "Fulfillment does not exist.")}));
    }

    Node subscribe(const Json& arguments)
    {
        const std::string uri = uriOf(arguments);
        Json errors = uriErrors(uri);
        const std::string topic = arguments.at("topic").get<std::string>();
        for (const Subscription& one : _shop.subscriptions)
            if (one.topic == topic && one.uri == uri)
                errors.push_back(userError({"webhookSubscription", "callbackUrl"},
                                           "Address for this topic has already been taken"));
        if (!errors.empty())
            return payload("WebhookSubscriptionCreatePayload", "webhookSubscription", {}, errors);
        const Subscription& made = _shop.subscriptions.emplace_back(
            Subscription{_shop.nextId(), topic, uri, _shop.now(), _shop.now()});
        return payload("WebhookSubscriptionCreatePayload", "webhookSubscription",
                       _nodes.subscription(made), errors);
    }

    Node resubscribe(const Json& arguments)
    {
        const std::string uri = uriOf(arguments);
        const Json errors = uriErrors(uri);
        for (Subscription& one : _shop.subscriptions)
            if (one.id == idOf(arguments.at("id"), "WebhookSubscription") && errors.empty()) {
                one.uri = uri;
                one.updatedAt = _shop.now();
                return payload("WebhookSubscriptionUpdatePayload", "webhookSubscription",
                               _nodes.subscription(one), errors);
            }
        return payload("WebhookSubscriptionUpdatePayload", "webhookSubscription", {},
                       errors.empty() ? Json::array({unknownSubscription()}) : errors);
    }

    Node unsubscribe(const Json& arguments)
    {
        const auto id = idOf(arguments.at("id"), "WebhookSubscription");
        const auto count = std::erase_if(_shop.subscriptions,
                                         [&](const Subscription& one) { return one.id == id; });
        return Node::of(
            "WebhookSubscriptionDeletePayload",
            {{"deletedWebhookSubscriptionId", count == 0 ? Json() : arguments.at("id")},
             {"userErrors", count == 0 ? Json::array({unknownSubscription()}) : Json::array()}});
    }

private:
    /// What the real server refuses although its schema allows it, and the fields it has dropped.
    static void requireKnownFields(const Json& input)
    {
        if (input.contains("ignoreCompareQuantity"))
            throw QueryError(
                "Variable $input of type InventorySetQuantitiesInput! was provided invalid "
                "value for ignoreCompareQuantity (Field is not defined on "
                "InventorySetQuantitiesInput)",
                "INVALID_VARIABLE", {{"value", input}});
        for (const Json& part : input.at("quantities"))
            if (!part.contains("changeFromQuantity"))
                throw QueryError("InventoryQuantityInput must include the following argument: "
                                 "changeFromQuantity.",
                                 "INVALID_FIELD_ARGUMENTS");
    }

    static Node replay(const std::pair<std::string, Json>& known, const Json& input)
    {
        if (known.first == input.dump() && known.second["userErrors"].empty())
            return Node::of("InventorySetQuantitiesPayload", known.second);
        const bool same = known.first == input.dump();
        const Json error =
            same
                ? userError(nullptr,
                            "A previous request with this idempotency key failed. Retry with "
                            "a new idempotency key.",
                            "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")
                : userError(nullptr, "The same idempotency key was used with different parameters.",
                            "IDEMPOTENCY_KEY_PARAMETER_MISMATCH");
        return Node::of("InventorySetQuantitiesPayload", {{"inventoryAdjustmentGroup", nullptr},
                                                          {"userErrors", Json::array({error})}});
    }

    Json quantityErrors(const Json& input)
    {
        Json errors = Json::array();
        const std::string reason = input.value("reason", "");
        if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
            errors.push_back(userError(
                {"input", "reason"},
                "The specified reason is invalid. Valid values are: " + reasonList() + ".",
                "INVALID_REASON"));
        const std::string name = input.value("name", "");
        if (name != "available" && name != "on_hand")
            errors.push_back(userError({"input", "name"},
                                       "The quantity name must be either 'available' or 'on_hand'.",
                                       "INVALID_NAME"));
        std::size_t index = 0;
        for (const Json& part : input.at("quantities"))
            checkOne(part, std::to_string(index++), name, input.at("quantities"), errors);
        return errors;
    }

    void checkOne(const Json& part, const std::string& index, const std::string& name,
                  const Json& all, Json& errors)
    {
        const auto add = [&](const char* field, const std::string& message, const char* code) {
            errors.push_back(userError({"input", "quantities", index, field}, message, code));
        };
        const auto quantity = part.at("quantity").get<std::int64_t>();
        if (quantity > quantityMax)
            add("quantity", "The quantity can't be higher than 1,000,000,000.",
                "INVALID_QUANTITY_TOO_HIGH");
        if (name == "on_hand" && quantity < 0)
            add("quantity", "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE");
        if (quantity < -quantityMax)
            add("quantity", "The quantity can't be lower than -1,000,000,000.",
                "INVALID_QUANTITY_TOO_LOW");
        const auto twins = std::count_if(all.begin(), all.end(), [&](const Json& other) {
            return other["inventoryItemId"] == part["inventoryItemId"] &&
                   other["locationId"] == part["locationId"];
        });
        if (twins > 1)
            add("locationId", "The combination of inventoryItemId and locationId must be unique.",
                "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR");

        const auto item = idOf(part["inventoryItemId"], "InventoryItem");
        const auto at = idOf(part["locationId"], "Location");
        const Variant* variant = _shop.variantOfItem(item);
        if (!variant)
            add("inventoryItemId", "The specified inventory item could not be found.",
                "INVALID_INVENTORY_ITEM");
        if (!_nodes.findLocation(at))
            add("locationId", "The specified location could not be found.", "INVALID_LOCATION");
        if (!variant || !_nodes.findLocation(at))
            return;
        if (variant->bundle)
            return add("inventoryItemId",
                       "The specified inventory item is not allowed to be adjusted "
                       "via API.",
                       "NON_MUTABLE_INVENTORY_ITEM");
        const auto level = _shop.levels.find({item, at});
        if (level == _shop.levels.end())
            return add("locationId", "The specified inventory item is not stocked at the location.",
                       "ITEM_NOT_STOCKED_AT_LOCATION");
        const Json expected = part["changeFromQuantity"];
        if (!expected.is_null() && expected != shown(level->second, name))
            add("changeFromQuantity",
                "The specified changeFromQuantity no longer matches the persisted quantity.",
                "CHANGE_FROM_QUANTITY_STALE");
    }

    static std::int64_t shown(const Level& level, const std::string& name)
    {
        return name == "on_hand" ? level.available + level.committed : level.available;
    }

    Json setAll(const Json& input)
    {
        Json changes = Json::array();
        const std::string name = input.at("name").get<std::string>();
        for (const Json& part : input.at("quantities")) {
            const auto item = idOf(part["inventoryItemId"], "InventoryItem");
            const auto at = idOf(part["locationId"], "Location");
            const Level& level = _shop.levels[{item, at}];
            const std::int64_t delta = part["quantity"].get<std::int64_t>() - shown(level, name);
            _shop.setAvailable(item, at, level.available + delta);
            for (const char* changed : {"available", "on_hand"})
                if (delta != 0)
                    changes.push_back(
                        {{"name", changed},
                         {"delta", delta},
                         {"quantityAfterChange", nullptr},
                         {"item", {{"id", part["inventoryItemId"]}}},
                         {"location",
                          {{"id", part["locationId"]}, {"name", _nodes.findLocation(at)->name}}}});
        }
        if (changes.empty())
            return {};
        return {{"id", gid("InventoryAdjustmentGroup", _shop.nextId())},
                {"createdAt", timeText(_shop.now())},
                {"reason", input["reason"]},
                {"referenceDocumentUri", input.value("referenceDocumentUri", Json())},
                {"changes", std::move(changes)}};
    }

    void collect(const Json& part, const std::string& index, Order*& order,
                 std::vector<FulfilmentLine>& lines, Json& errors)
    {
        Order* found = nullptr;
        for (Order& one : _shop.orders)
            if (one.fulfilmentOrderId == idOf(part.at("fulfillmentOrderId"), "FulfillmentOrder"))
                found = &one;
        if (!found)
            return errors.push_back(
                userError({"fulfillment"}, "Fulfillment order does not exist."));
        order = found;
        if (order->cancelledAt != 0 || order->fulfilment() == "fulfilled")
            return errors.push_back(userError(
                {"fulfillment"}, "Fulfillment order " + std::to_string(order->fulfilmentOrderId) +
                                     " has an unfulfillable status= closed."));
        const Json asked = part.value("fulfillmentOrderLineItems", Json::array());
        for (const OrderLine& line : order->lines)
            if (asked.empty() && line.fulfillable > 0)
                lines.push_back({line.id, line.fulfillable});
        std::size_t at = 0;
        for (const Json& one : asked)
            collectLine(one, index, std::to_string(at++), *order, lines, errors);
    }

    static void collectLine(const Json& asked, const std::string& index, const std::string& at,
                            const Order& order, std::vector<FulfilmentLine>& lines, Json& errors)
    {
        const auto quantity = asked.at("quantity").get<std::int64_t>();
        if (quantity < 1)
            return errors.push_back(userError({"fulfillment", "lineItemsByFulfillmentOrder", index,
                                               "fulfillmentOrderLineItems", at, "quantity"},
                                              "Quantity must be greater than 0"));
        for (const OrderLine& line : order.lines)
            if (line.fulfilmentLineId == idOf(asked.at("id"), "FulfillmentOrderLineItem") &&
                quantity <= line.fulfillable)
                return lines.push_back({line.id, quantity});
        errors.push_back(
            userError({"fulfillment"}, "Invalid fulfillment order line item quantity requested."));
    }

    static void track(Fulfilment& fulfilment, const Json& tracking)
    {
        if (!tracking.is_object())
            return;
        const auto text = [&](const char* name) {
            return tracking.contains(name) && tracking[name].is_string()
                       ? tracking[name].get<std::string>()
                       : std::string();
        };
        fulfilment.company = text("company");
        fulfilment.number = text("number");
        fulfilment.url = text("url");
    }

    static std::string uriOf(const Json& arguments)
    {
        const Json& input = arguments.at("webhookSubscription");
        return input.value("uri", input.value("callbackUrl", std::string()));
    }

    Json uriErrors(const std::string& uri) const
    {
        const Json field = {"webhookSubscription", "callbackUrl"};
        Json errors = Json::array();
        const auto after = uri.find("://");
        const std::string scheme = uri.substr(0, after == uri.npos ? 0 : after + 3);
        const std::string host = after == uri.npos ? "" : uri.substr(after + 3);
        if (uri.empty())
            errors.push_back(userError(field, "Address can't be blank"));
        else if (scheme != "https://" && !(_shop.allowHttp && scheme == "http://"))
            errors.push_back(userError(field, "Address protocol " + scheme + " is not supported"));
        else if (!_shop.allowHttp &&
                 (host.rfind("localhost", 0) == 0 || host.rfind("127.", 0) == 0 ||
                  host.find("myshopify.com") != host.npos))
            errors.push_back(userError(field, "Address cannot be a Shopify or an internal domain"));
        return errors;
    }

    static Json unknownSubscription()
    {
        return userError({"id"}, "Webhook subscription does not exist");
    }

    Shop& _shop;
    ShopNodes _nodes;
};

std::map<std::string, Resolver> Shop::mutations()
{
    const auto all = std::make_shared<ShopMutations>(*this);
    std::map<std::string, Resolver> roots;
    const auto add = [&](const char* name, Node (ShopMutations::*run)(const Json&)) {
        roots[name] = [all, run](const Json& arguments) { return ((*all).*run)(arguments); };
    };
    add("inventorySetQuantities", &ShopMutations::setQuantities);
    add("inventoryActivate", &ShopMutations::activate);
    add("fulfillmentCreate", &ShopMutations::fulfil);
    add("fulfillmentTrackingInfoUpdate", &ShopMutations::updateTracking);
    add("webhookSubscriptionCreate", &ShopMutations::subscribe);
    add("webhookSubscriptionUpdate", &ShopMutations::resubscribe);
    add("webhookSubscriptionDelete", &ShopMutations::unsubscribe);
    return roots;
}

} // namespace spokehub::standin
