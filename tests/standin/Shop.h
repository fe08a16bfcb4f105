#pragma once

#include "GraphAnswer.h"

#include <deque>
#include <functional>
#include <optional>
#include <utility>

namespace spokehub::standin
{

struct Location
{
    std::int64_t id = 0;
    std::string name;
    bool active = true;
};

struct Variant
{
    std::int64_t id = 0;
    std::int64_t productId = 0;
    std::int64_t itemId = 0;
    std::string sku;
    std::string title;
    std::int64_t price = 0; // cents
    bool tracked = true;
    bool bundle = false; // its quantity follows from its parts and cannot be set
    std::int64_t updatedAt = 0;
};

/// on hand = available + committed.
struct Level
{
    std::int64_t available = 0;
    std::int64_t committed = 0;
    std::int64_t updatedAt = 0;
};

struct OrderLine
{
    std::int64_t id = 0;
    std::int64_t variantId = 0;
    std::string sku;
    std::string title;
    std::int64_t price = 0;
    std::int64_t quantity = 0;
    std::int64_t current = 0;          // quantity less what was refunded or removed
    std::int64_t fulfillable = 0;      // what is still to be shipped
    std::int64_t fulfilmentLineId = 0; // its line in the fulfilment order
};

struct FulfilmentLine
{
    std::int64_t lineId = 0;
    std::int64_t quantity = 0;
};

struct Fulfilment
{
    std::int64_t id = 0;
    std::int64_t orderId = 0;
    std::string status = "success";
    std::int64_t createdAt = 0;
    std::int64_t updatedAt = 0;
    std::int64_t locationId = 0;
    bool delivered = false;
    std::string company{};
    std::string number{};
    std::string url{};
    std::vector<FulfilmentLine> lines{};
};

struct RefundLine
{
    std::int64_t id = 0;
    std::int64_t lineId = 0;
    std::int64_t quantity = 0;
    std::string restockType; // cancel, return, no_restock
};

struct Refund
{
    std::int64_t id = 0;
    std::int64_t orderId = 0;
    std::int64_t createdAt = 0;
    std::int64_t amount = 0;
    std::vector<RefundLine> lines;
};

struct Order
{
    std::int64_t id = 0;
    std::int64_t number = 0;
    std::int64_t fulfilmentOrderId = 0;
    std::int64_t locationId = 0;
    std::int64_t createdAt = 0;
    std::int64_t updatedAt = 0;
    std::int64_t cancelledAt = 0;
    std::string cancelReason;
    std::string financial = "paid";
    std::string email = "jon@example.com";
    std::int64_t shipping = 0;
    bool test = false;
    std::vector<OrderLine> lines;
    std::vector<Fulfilment> fulfilments;
    std::vector<Refund> refunds;

    std::int64_t total() const;        // as sold
    std::int64_t currentTotal() const; // after refunds
    std::string fulfilment() const;    // "", partial, fulfilled
    OrderLine& line(std::int64_t lineId);
    const OrderLine& line(std::int64_t lineId) const;
};

struct Subscription
{
    std::int64_t id = 0;
    std::string topic; // ORDERS_CREATE
    std::string uri;
    std::int64_t createdAt = 0;
    std::int64_t updatedAt = 0;
};

/// One webhook waiting to be delivered; its ids stay the same on every attempt.
struct Delivery
{
    std::string topic; // orders/create
    std::string body;
    std::string webhookId;
    std::string eventId;
    std::int64_t triggeredAt = 0;
};

/// The shop behind the stand-in: what it sells, holds and has sold, and the rules by which Shopify
/// changes that. Not thread-safe: the server calls it under its lock.
class Shop
{
public:
    Shop(std::string domain, std::function<std::int64_t()> now);

    Location& addLocation(std::string name, bool active = true);
    Variant& addVariant(std::string sku, std::int64_t available, std::int64_t price = 6500);
    Variant* variant(const std::string& sku);
    Variant* variantOfItem(std::int64_t itemId);
    Order& order(std::int64_t id);

    /// Throws std::invalid_argument for an unknown SKU. Stock may fall below zero, as where
    /// overselling is allowed.
    Order& place(const std::vector<std::pair<std::string, std::int64_t>>& lines, bool paid = true);
    void pay(Order& order);
    void cancel(Order& order, const std::string& reason);
    Refund& refund(Order& order, std::vector<RefundLine> lines, std::int64_t amount);
    Fulfilment& fulfil(Order& order, std::vector<FulfilmentLine> lines, Fulfilment with = {});
    void cancelFulfilment(Order& order, std::int64_t fulfilmentId);
    /// A person in the shop changes a line's quantity.
    void edit(Order& order, std::int64_t lineId, std::int64_t quantity);
    void setAvailable(std::int64_t itemId, std::int64_t locationId, std::int64_t available);

    /// The root fields of a query and of a mutation.
    std::map<std::string, Resolver> queries();
    std::map<std::string, Resolver> mutations();

    std::string domain;
    std::string currency = "USD";
    std::string zone = "-05:00";
    std::vector<std::string> scopes;
    bool allowHttp = false;
    std::deque<Location> locations;
    std::deque<Variant> variants;
    std::map<std::pair<std::int64_t, std::int64_t>, Level> levels; // (inventory item, location)
    std::deque<Order> orders;
    std::deque<Subscription> subscriptions;
    std::deque<Delivery> waiting;

    /// REST-shaped bodies, as webhooks carry them.
    Json restOrder(const Order& order) const;
    Json restRefund(const Order& order, const Refund& refund) const;
    Json restFulfilment(const Order& order, const Fulfilment& fulfilment) const;
    Json restProduct(const Variant& variant) const;
    void announce(const std::string& topic, const Json& body, const std::string& eventId = {});

    std::int64_t now() const { return _now(); }
    std::int64_t nextId() { return _nextId += 1021; }

private:
    friend class ShopMutations;

    void touch(Order& order) { order.updatedAt = now(); }
    void move(std::int64_t variantId, std::int64_t locationId, std::int64_t available,
              std::int64_t committed, const std::string& eventId);

    std::function<std::int64_t()> _now;
    std::int64_t _nextId = 820982911946154508; // beyond 2^53, as Shopify's samples are
    std::map<std::string, std::pair<std::string, Json>>
        _keys; // idempotency: key -> (variables, answer)
};

/// "2026-11-20T15:15:30Z", and "2026-11-20T10:15:30-05:00" with a zone.
std::string timeText(std::int64_t microseconds, const std::string& zone = "Z");
/// "65.00" (REST), or "65.0" as GraphQL shortens it.
std::string moneyText(std::int64_t cents, bool shortened = false);
std::string newUuid();

} // namespace spokehub::standin
