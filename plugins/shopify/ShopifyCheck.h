#pragma once

#include "ShopifyApi.h"

namespace spokehub::shopify
{

/// Findings: can the shop be reached, is the token good and may it do what is needed, does the
/// location exist, is the version still supported.
Class check(ShopifyApi& api, const ShopifySettings& settings, Out& out);

} // namespace spokehub::shopify
