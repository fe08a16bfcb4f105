#pragma once

#include "orders/OrderState.h"

#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace spokehub::orders
{

/// The rules of all channels; they never change while they are used. A channel that is configured
/// no more keeps its orders: they follow `otherwise`, as orders made by hand do. Tenants come while
/// the hub runs, and stay: what is given out is good as long as this lives.
struct OrderRulesOfChannels
{
    std::map<std::pair<Id, Id>, OrderRules> rules; // (tenant, channel)
    OrderRules nobodys;                            // of a tenant that nobody has told of yet

    const OrderRules& of(Id tenant, Id channel) const
    {
        const auto found = rules.find({tenant, channel});
        if (found != rules.end())
            return found->second;
        const std::shared_lock lock(_mutex);
        const auto own = _otherwise.find(tenant);
        return own == _otherwise.end() ? nobodys : own->second;
    }

    bool knows(Id tenant) const
    {
        const std::shared_lock lock(_mutex);
        return _otherwise.contains(tenant);
    }
    void otherwise(Id tenant, OrderRules rulesOfTenant)
    {
        const std::unique_lock lock(_mutex);
        _otherwise.emplace(tenant, std::move(rulesOfTenant));
    }

private:
    mutable std::shared_mutex _mutex;
    std::map<Id, OrderRules> _otherwise;
};

} // namespace spokehub::orders
