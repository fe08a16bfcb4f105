#pragma once

#include "ShopifyApi.h"

namespace spokehub::shopify
{

/// Reads orders as they stand at the shop, oldest change first: each as a snapshot with its
/// fulfilments and refunds. The cursor is "TIME" (all up to there is read; the next pull begins
/// some minutes before it) or "TIME AFTER" (in the middle: the pages from TIME on, after Shopify's
/// own (time, id) cursor). With an id only that order.
Class pullOrders(const Host& host, ShopifyApi& api, const PullRequest& request, Out& out);

} // namespace spokehub::shopify
