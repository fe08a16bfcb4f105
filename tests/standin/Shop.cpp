#include "Shop.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/UUIDGenerator.h>

#include <algorithm>
#include <stdexcept>

namespace spokehub::standin
{

namespace
{

int zoneSeconds(const std::string& zone)
{
    if (zone == "Z")
        return 0;
    const int seconds = std::stoi(zone.substr(1, 2)) * 3600 + std::stoi(zone.substr(4, 2)) * 60;
    return zone.front() == '-' ? -seconds : seconds;
}

} // namespace

std::string timeText(std::int64_t microseconds, const std::string& zone)
{
    const Poco::Timestamp local(microseconds + zoneSeconds(zone) * std::int64_t{1000000});
    return Poco::DateTimeFormatter::format(local, "%Y-%m-%dT%H:%M:%S") + zone;
}

std::string moneyText(std::int64_t cents, bool shortened)
{
    std::string rest = std::to_string(100 + cents % 100).substr(1);
    if (shortened && rest.back() == '0')
        rest.pop_back();
    return std::to_string(cents / 100) + "." + rest;
}

std::string newUuid()
{
    return Poco::UUIDGenerator::defaultGenerator().createRandom().toString();
}

std::int64_t Order::total() const
{
    std::int64_t sum = shipping;
    for (const OrderLine& line : lines)
        sum += line.price * line.quantity;
    return sum;
}

std::int64_t Order::currentTotal() const
{
    std::int64_t sum = total();
    for (const Refund& refund : refunds)
        sum -= refund.amount;
    return sum;
}

std::string Order::fulfilment() const
{
    const bool some = std::any_of(fulfilments.begin(), fulfilments.end(),
                                  [](const Fulfilment& f) { return f.status == "success"; });
    const bool left = std::any_of(lines.begin(), lines.end(),
                                  [](const OrderLine& l) { return l.fulfillable > 0; });
    if (!some)
        return "";
    return left ? "partial" : "fulfilled";
}

OrderLine& Order::line(std::int64_t lineId)
{
    for (OrderLine& line : lines)
        if (line.id == lineId)
            return line;
    throw std::invalid_argument("order " + std::to_string(id) + " has no line " +
                                std::to_string(lineId));
}

const OrderLine& Order::line(std::int64_t lineId) const
{
    return const_cast<Order*>(this)->line(lineId);
}

Shop::Shop(std::string domainName, std::function<std::int64_t()> clock)
    : domain(std::move(domainName)), scopes{"read_products",
                                            "read_orders",
                                            "read_inventory",
                                            "write_inventory",
                                            "read_locations",
                                            "read_merchant_managed_fulfillment_orders",
                                            "write_merchant_managed_fulfillment_orders"},
      _now(std::move(clock))
{
}

Location& Shop::addLocation(std::string name, bool active)
{
    const auto id = static_cast<std::int64_t>(locations.size()) + 1;
    return locations.emplace_back(Location{id, std::move(name), active});
}

Variant& Shop::addVariant(std::string sku, std::int64_t available, std::int64_t price)
{
    if (locations.empty())
        addLocation("Shop location");
    Variant made{nextId(), nextId(), nextId(), sku, sku, price, true, false, now()};
    levels[{made.itemId, locations.front().id}] = {available, 0, now()};
    return variants.emplace_back(std::move(made));
}

Variant* Shop::variant(const std::string& sku)
{
    for (Variant& one : variants)
        if (one.sku == sku)
            return &one;
    return nullptr;
}

Variant* Shop::variantOfItem(std::int64_t itemId)
{
    for (Variant& one : variants)
        if (one.itemId == itemId)
            return &one;
    return nullptr;
}

Order& Shop::order(std::int64_t id)
{
    for (Order& one : orders)
        if (one.id == id)
            return one;
    throw std::invalid_argument("there is no order " + std::to_string(id));
}

void Shop::move(std::int64_t variantId, std::int64_t locationId, std::int64_t available,
                std::int64_t committed, const std::string& eventId)
{
    for (const Variant& one : variants) {
        if (one.id != variantId)
            continue;
        Level& level = levels[{one.itemId, locationId}];
        level.available += available;
        level.committed += committed;
        level.updatedAt = now();
        if (available != 0)
            announce("inventory_levels/update",
                     {{"inventory_item_id", one.itemId},
                      {"location_id", locationId},
                      {"available", level.available},
                      {"updated_at", timeText(now(), zone)},
                      {"admin_graphql_api_id",
                       "gid://shopify/InventoryLevel/" + std::to_string(locationId) +
                           "?inventory_item_id=" + std::to_string(one.itemId)}},
                     eventId);
    }
}

Order& Shop::place(const std::vector<std::pair<std::string, std::int64_t>>& lines, bool paid)
{
    for (const auto& [sku, quantity] : lines)
        if (!variant(sku) || quantity < 1)
            throw std::invalid_argument("cannot order " + std::to_string(quantity) + " of '" + sku +
                                        "'");
    Order made;
    made.id = nextId();
    made.number = 1001 + static_cast<std::int64_t>(orders.size());
    made.fulfilmentOrderId = nextId();
    made.locationId = locations.front().id;
    made.createdAt = made.updatedAt = now();
    made.financial = paid ? "paid" : "pending";

    const std::string event = newUuid();
    for (const auto& [sku, quantity] : lines) {
        const Variant& one = *variant(sku);
        made.lines.push_back({nextId(), one.id, one.sku, one.title, one.price, quantity, quantity,
                              quantity, nextId()});
        move(one.id, made.locationId, -quantity, quantity, event);
    }
    Order& order = orders.emplace_back(std::move(made));
    announce("orders/create", restOrder(order), event);
    if (paid)
        announce("orders/paid", restOrder(order), event);
    return order;
}

void Shop::pay(Order& order)
{
    order.financial = "paid";
    touch(order);
    const std::string event = newUuid();
    announce("orders/paid", restOrder(order), event);
    announce("orders/updated", restOrder(order), event);
}

void Shop::cancel(Order& order, const std::string& reason)
{
    order.cancelledAt = now();
    order.cancelReason = reason;
    std::vector<RefundLine> lines;
    for (const OrderLine& line : order.lines)
        if (line.fulfillable > 0)
            lines.push_back({0, line.id, line.fulfillable, "cancel"});
    if (!lines.empty())
        refund(order, std::move(lines), order.financial == "paid" ? order.currentTotal() : 0);
    const std::string event = newUuid();
    announce("orders/cancelled", restOrder(order), event);
    announce("orders/updated", restOrder(order), event);
}

Refund& Shop::refund(Order& order, std::vector<RefundLine> lines, std::int64_t amount)
{
    const std::string event = newUuid();
    for (RefundLine& part : lines) {
        OrderLine& line = order.line(part.lineId);
        part.id = nextId();
        line.current -= part.quantity;
        const std::int64_t open = std::min(line.fulfillable, part.quantity);
        if (part.restockType == "return")
            move(line.variantId, order.locationId, part.quantity, 0, event);
        else {
            line.fulfillable -= open;
            move(line.variantId, order.locationId, part.restockType == "cancel" ? open : 0, -open,
                 event);
        }
    }
    touch(order);
    Refund made{nextId(), order.id, now(), amount, std::move(lines)};
    Refund& refund = order.refunds.emplace_back(std::move(made));
    if (amount > 0)
        order.financial = order.currentTotal() > 0 ? "partially_refunded" : "refunded";
    announce("refunds/create", restRefund(order, refund), event);
    announce("orders/updated", restOrder(order), event);
    return refund;
}

Fulfilment& Shop::fulfil(Order& order, std::vector<FulfilmentLine> lines, Fulfilment with)
{
    const std::string event = newUuid();
    for (const FulfilmentLine& part : lines) {
        OrderLine& line = order.line(part.lineId);
        line.fulfillable -= part.quantity;
        move(line.variantId, order.locationId, 0, -part.quantity, event);
    }
    touch(order);
    with.id = nextId();
    with.orderId = order.id;
    with.locationId = order.locationId;
    with.createdAt = with.updatedAt = now();
    with.lines = std::move(lines);
    Fulfilment& made = order.fulfilments.emplace_back(std::move(with));
    announce("fulfillments/create", restFulfilment(order, made), event);
    announce(order.fulfilment() == "fulfilled" ? "orders/fulfilled" : "orders/updated",
             restOrder(order), event);
    return made;
}

void Shop::cancelFulfilment(Order& order, std::int64_t fulfilmentId)
{
    for (Fulfilment& one : order.fulfilments) {
        if (one.id != fulfilmentId || one.status == "cancelled")
            continue;
        one.status = "cancelled";
        one.updatedAt = now();
        const std::string event = newUuid();
        for (const FulfilmentLine& part : one.lines) {
            OrderLine& line = order.line(part.lineId);
            line.fulfillable += part.quantity;
            move(line.variantId, order.locationId, 0, part.quantity, event);
        }
        touch(order);
        announce("fulfillments/update", restFulfilment(order, one), event);
        announce("orders/updated", restOrder(order), event);
    }
}

void Shop::edit(Order& order, std::int64_t lineId, std::int64_t quantity)
{
    OrderLine& line = order.line(lineId);
    const std::int64_t delta = quantity - line.current;
    const std::string event = newUuid();
    line.current += delta;
    line.fulfillable += delta;
    if (delta > 0)
        line.quantity += delta; // Shopify keeps `quantity` when units are removed
    move(line.variantId, order.locationId, -delta, delta, event);
    touch(order);

    Json change = {{"id", lineId}, {"delta", delta < 0 ? -delta : delta}};
    Json added = Json::array();
    Json removed = Json::array();
    (delta < 0 ? removed : added).push_back(std::move(change));
    announce("orders/edited",
             {{"order_edit",
               {{"id", nextId()},
                {"app_id", nullptr},
                {"created_at", timeText(now(), zone)},
                {"committed_at", timeText(now(), zone)},
                {"notify_customer", false},
                {"order_id", order.id},
                {"staff_note", ""},
                {"user_id", nullptr},
                {"line_items", {{"additions", added}, {"removals", removed}}}}}},
             event);
    announce("orders/updated", restOrder(order), event);
}

void Shop::setAvailable(std::int64_t itemId, std::int64_t locationId, std::int64_t available)
{
    const Variant* one = variantOfItem(itemId);
    if (!one)
        throw std::invalid_argument("there is no inventory item " + std::to_string(itemId));
    move(one->id, locationId, available - levels[{itemId, locationId}].available, 0, newUuid());
}

void Shop::announce(const std::string& topic, const Json& body, const std::string& eventId)
{
    waiting.push_back(
        {topic, body.dump(), newUuid(), eventId.empty() ? newUuid() : eventId, now()});
}

} // namespace spokehub::standin
