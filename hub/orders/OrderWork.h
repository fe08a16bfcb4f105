#pragma once

#include "orders/OrderState.h"
#include "stock/Movement.h"

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace spokehub::orders
{

/// The channel's own id of an order.
struct OrderKey
{
    Id tenant = 0;
    Id channel = 0;
    std::string externalId;
    auto operator<=>(const OrderKey&) const = default;
};

/// A line as it is stored and as it is derived now.
struct LineWork
{
    Id id = 0;
    LineState state;
    std::optional<Id> variant;
    Quantity unitsPerSale = 1;
    Quantity target = 0;  // as stored
    Quantity ordered = 0; // as stored
    Quantity kept = 0;    // ordered less given back, as stored
    Quantity shortage = 0;
    Quantity movedShipped = 0;
    Quantity movedReturned = 0;
    bool stored = false;
    bool matchedNow = false;
};

/// One order on its way through a batch.
struct OrderWork
{
    OrderKey key;
    const OrderRules* rules = nullptr;
    stock::Cause cause;
    std::map<std::string, Fact> facts;
    std::vector<Fact> incoming;
    std::set<std::string> news; // keys of the facts that changed
    bool forced = false;        // derive although no fact changed
    bool known = false;         // there were facts of it before
    bool erased = false;        // its person was

    Id id = 0;
    bool stored = false;
    Time createdAt;
    std::optional<Id> customer;
    OrderState state;
    std::vector<LineWork> lines;
};
using OrderWorks = std::vector<OrderWork>;

/// By key; it lives as long as nobody adds or takes away.
inline std::map<OrderKey, OrderWork*> indexOf(OrderWorks& works)
{
    std::map<OrderKey, OrderWork*> index;
    for (OrderWork& work : works)
        index[work.key] = &work;
    return index;
}

} // namespace spokehub::orders
