#pragma once

#include "catalog/Listings.h"

#include <cstdint>

namespace spokehub::sync
{

/// Units that are missing at the channel without a known cause: the more of now and before.
std::int64_t gapOf(const catalog::ListingToPush& listing);

/// What a channel is told where the stock makes `available` of it: until a gap is explained, that
/// much less.
std::int64_t quantityToTell(std::int64_t available, std::int64_t gap);

/// It shows this quantity already, as far as we know. Not to be asked after an attempt of unknown
/// outcome.
bool shows(const catalog::ListingToPush& listing, std::int64_t quantity);

} // namespace spokehub::sync
