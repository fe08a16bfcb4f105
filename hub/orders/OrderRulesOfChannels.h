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
    std::map<Id, OrderRules> otherwise;            // of a tenant
    OrderRules nobodys;                            // of a tenant that came while the hub ran

    const OrderRules& of(Id tenant, Id channel) const
    {
        const auto found = rules.find({tenant, channel});
        if (found != rules.end())
            return found->second;
        const auto own = otherwise.find(tenant);
        return own == otherwise.end() ? nobodys : own->second;
    }
};

} // namespace spokehub::orders
