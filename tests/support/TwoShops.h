#pragma once

#include "standin/ShopifyStandIn.h"
#include "support/HubProcess.h"

#include <filesystem>
#include <string>

namespace spokehub::test
{

/// The configuration of a hub between a Shopify and a corner shop that lists `sku` and keeps what
/// it is told in corner.json of the directory.
std::string twoShopsYaml(standin::ShopifyStandIn& shop, const std::string& sku,
                         const std::filesystem::path& directory);

/// The variables that it names.
HubProcess::Environment twoShopsEnvironment(const standin::ShopifyStandIn& shop,
                                            const std::string& databaseUrl);

} // namespace spokehub::test
