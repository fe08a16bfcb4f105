#pragma once

#include "spokehub/Spoke.h"

#include <string>

namespace spokehub::shopify
{

/// The channel's settings, read once. Throws Failure(Config) for what the manifest's patterns
/// cannot say.
struct ShopifySettings
{
    explicit ShopifySettings(const Settings& settings);

    std::string shop;     // leggings.myshopify.com
    std::string endpoint; // where GraphQL is posted to
    std::string version;  // 2026-07
    std::string location; // gid://shopify/Location/1
    bool notifyCustomer = false;
};

} // namespace spokehub::shopify
