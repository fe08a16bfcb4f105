#pragma once

#include "ShopifyApi.h"

namespace spokehub::shopify
{

/// The webhook subscriptions of this app at the shop: one address for all topics. `repair` creates
/// what is missing (the shop deletes a subscription after eight failed deliveries) and moves what
/// points to the same path of another host.
Class subscribe(ShopifyApi& api, const SubscribeRequest& request, Out& out);

} // namespace spokehub::shopify
