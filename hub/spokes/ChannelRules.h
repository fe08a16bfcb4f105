#pragma once

#include "core/Config.h"
#include "orders/OrderState.h"
#include "stock/Availability.h"
#include "store/Session.h"

#include <map>
#include <string>
#include <vector>

namespace spokehub::spokes
{

/// What the configuration makes of a channel that a hub has registered.
struct ChannelRules
{
    Id tenant = 0;
    Id id = 0;
    std::string name;
    stock::ChannelStockRules stock;
    orders::OrderRules orders;
};

using LocationIds = std::map<std::string, Id>; // by name

/// The rules of one channel. A location that nobody has registered is left out.
ChannelRules rulesOf(const Config& config, const ChannelConfig& channel, Id tenant, Id id,
                     Time ordersSince, const LocationIds& locations);

/// For tools beside a hub: the rules of the main tenant's channels that a hub has registered. Only
/// reads.
std::vector<ChannelRules> readChannelRules(const Config& config, store::Session& session);

} // namespace spokehub::spokes
