#pragma once

#include "catalog/Listings.h"
#include "core/Json.h"

#include <string_view>

namespace spokehub::api
{

/// The members of a listing; the object stays open.
void beginListing(JsonWriter& json, const catalog::Listing& listing, std::string_view channel);

} // namespace spokehub::api
