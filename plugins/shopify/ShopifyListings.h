#pragma once

#include "ShopifyApi.h"

namespace spokehub::shopify
{

/// Reads all variants (with an id: that one), with what the channel's location has of them.
Class pullListings(const Host& host, ShopifyApi& api, const ShopifySettings& settings,
                   const PullRequest& request, Out& out);

/// Reads what the location shows as available; with subjects only of those inventory items.
Class pullLevels(const Host& host, ShopifyApi& api, const ShopifySettings& settings,
                 const PullRequest& request, Out& out);

/// The levels of these inventory items at the channel's location; an item that is not stocked there
/// has none.
std::vector<Level> levelsOf(ShopifyApi& api, const ShopifySettings& settings,
                            const std::vector<std::string>& stockIds, Out& out);

} // namespace spokehub::shopify
