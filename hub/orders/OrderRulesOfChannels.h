#pragma once

#include "orders/OrderState.h"

#include <map>
#include <utility>

namespace spokehub::orders
{

/// The rules of all channels; never changes while it is used. A channel that is configured no more
/// keeps its orders: they follow `otherwise`.
struct OrderRulesOfChannels
{
    std::map<std::pair<Id, Id>, OrderRules> rules; // (tenant, channel)
    OrderRules otherwise;

    const OrderRules& of(Id tenant, Id channel) const
    {
        const auto found = rules.find({tenant, channel});
        return found == rules.end() ? otherwise : found->second;
    }
};

} // namespace spokehub::orders
