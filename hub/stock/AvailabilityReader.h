#pragma once

#include "catalog/Bundles.h"
#include "stock/Availability.h"
#include "store/Session.h"

#include <cstdint>
#include <span>
#include <vector>

namespace spokehub::stock
{

/// Reads what quantityFor() needs and asks it: for many listings of one channel with a handful of
/// statements.
class AvailabilityReader
{
public:
    explicit AvailabilityReader(const catalog::Bundles& bundles) : _bundles(bundles) {}

    /// One quantity per offer, in their order, as the session sees the stock now.
    std::vector<std::int64_t> quantities(store::Session& session, Id tenant,
                                         const ChannelStockRules& rules,
                                         std::span<const Offer> offers) const;

    /// The same for one, with its way.
    Explanation explain(store::Session& session, Id tenant, const ChannelStockRules& rules,
                        const Offer& offer) const;

private:
    const catalog::Bundles& _bundles;
};

} // namespace spokehub::stock
