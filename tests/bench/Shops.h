#pragma once

#include "HubProcess.h"
#include "Store.h"

#include "standin/ShopifyStandIn.h"

#include <memory>

namespace spokehub::bench
{

/// Stand-ins of shops that sell the same wares, and a hub's database that knows them.
class Shops
{
public:
    static constexpr std::int64_t plenty = 1'000'000'000; // on hand of each ware

    Shops(std::vector<std::string> names, int wares);

    /// Fills the database through the hub's own surface: variants, their stock, and the listings
    /// that each shop has; returns when every shop shows the stock.
    void fill(const std::filesystem::path& folder, const Store& store);

    /// The shops as channels: the first is where orders come from, and nothing is told there.
    std::vector<ChannelSetup> channels() const;

    std::vector<Ware> wares() const;
    standin::ShopifyStandIn& shop(std::size_t at) { return *_shops[at]; }

private:
    bool allTold();

    const std::vector<std::string> _names;
    std::vector<std::unique_ptr<standin::ShopifyStandIn>> _shops;
};

/// Makes variants with stock through the API.
void makeVariants(const HubProcess& hub, const std::vector<std::string>& skus, std::int64_t onHand);

} // namespace spokehub::bench
