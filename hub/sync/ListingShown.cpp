#include "sync/ListingShown.h"

#include <algorithm>

namespace spokehub::sync
{

std::int64_t gapOf(const catalog::ListingToPush& listing)
{
    return std::max(listing.listing.gap, listing.unexplained());
}

std::int64_t quantityToTell(std::int64_t available, std::int64_t gap)
{
    return std::max<std::int64_t>(0, available - gap);
}

bool shows(const catalog::ListingToPush& one, std::int64_t quantity)
{
    const auto& listing = one.listing;
    const bool unseen = !listing.observed || !(listing.observedAt > listing.pushedAt);
    return listing.pushed == quantity && listing.sold == 0 &&
           (unseen || listing.observed == quantity);
}

} // namespace spokehub::sync
