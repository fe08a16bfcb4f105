#pragma once

#include "core/Id.h"
#include "orders/Fact.h"
#include "orders/Person.h"
#include "stock/Movement.h"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace spokehub::orders
{

using stock::Quantity;

enum class OrderStatus
{
    Pending,
    Confirmed,
    Packed,
    PartlyShipped,
    Shipped,
    PartlyDelivered,
    Delivered,
    Completed,
    Cancelled,
    Returned,
};

const char* name(OrderStatus status);
std::optional<OrderStatus> orderStatusFromName(std::string_view name);

/// What a channel's configuration says about its orders.
struct OrderRules
{
    Id tenant = 0;
    Id channel = 0;
    std::string channelName;
    Time ordersSince;                      // older orders are history
    std::set<std::string> acceptCountries; // empty: all
    std::vector<Id> locations;             // in the order of allocation
    std::map<std::string, Id>
        locationOf; // the channel's location ids that we know; others: the first
};

struct LineState
{
    std::string externalLineId;
    std::string externalVariantId;
    std::string sku;
    std::string title;
    std::int64_t unitPrice = 0;
    bool requiresShipping = true;

    Quantity ordered = 0;
    Quantity cancelled = 0; // neither shipped nor still owed
    Quantity givenBack = 0; // of them, those that the channel knows of: it shows them again
    Quantity shipped = 0;
    Quantity delivered = 0;
    Quantity returned = 0;
    Quantity target = 0;       // still owed: what stock is held for
    Quantity stockShipped = 0; // of shipped and returned, what moves our stock (history does not)
    Quantity stockReturned = 0;
    Quantity excess = 0;  // reported shipped beyond ordered minus cancelled
    std::string location; // the channel's, of the latest fulfilment
};

struct OrderState
{
    bool placed = false; // a message carried the whole order
    std::string number;
    std::string currency;
    std::int64_t total = 0;
    std::int64_t refunded = 0;
    std::string detail = "{}"; // customer, ship_to, totals, cancel_reason
    Person person;
    Time placedAt;
    Time updatedAt;
    OrderStatus status = OrderStatus::Pending;
    std::string paymentStatus = "pending";
    std::string review; // why a person must release it; empty: nothing holds it
    bool history = false;
    bool test = false;
    std::vector<LineState> lines;
};

/// The rule: what an order is, from what is known of it. The order of the facts does not matter,
/// and each key stands at most once among them.
OrderState deriveOrder(std::span<const Fact> facts, const OrderRules& rules);

/// The same for a merged set.
OrderState deriveOrder(const std::map<std::string, Fact>& facts, const OrderRules& rules);

} // namespace spokehub::orders
