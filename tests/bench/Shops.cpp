#include "Shops.h"

#include "Interrupt.h"

#include <stdexcept>
#include <thread>

namespace spokehub::bench
{

namespace
{

using namespace std::chrono_literals;

constexpr auto fillMax = 120s;

} // namespace

Shops::Shops(std::vector<std::string> names, int wares) : _names(std::move(names))
{
    for (const std::string& name : _names) {
        standin::StandInOptions options;
        options.token = shopToken;
        options.secret = webhookSecret;
        options.shop = name + ".myshopify.com";
        options.capacity = 1'000'000; // the shop's own limit is not what is measured
        options.restorePerSecond = 1'000'000;
        _shops.push_back(std::make_unique<standin::ShopifyStandIn>(options));
        _shops.back()->with([&](standin::Shop& shop) {
            shop.addLocation("Shop location");
            for (int i = 0; i < wares; ++i)
                shop.addVariant("BENCH-" + std::to_string(i), 0);
        });
    }
}

void Shops::fill(const std::filesystem::path& folder, const Store& store)
{
    {
        const HubProcess hub(folder, store.url(), {});
        std::vector<std::string> skus;
        for (const Ware& ware : wares())
            skus.push_back(ware.sku);
        makeVariants(hub, skus, plenty);
    }
    auto all = channels();
    for (ChannelSetup& channel : all) {
        channel.push = true;
        channel.reads = {"listings"};
    }
    const HubProcess hub(folder, store.url(), all);
    const auto deadline = SteadyClock::now() + fillMax;
    while (!allTold()) {
        if (SteadyClock::now() > deadline)
            throw std::runtime_error("the shops were not told their stock: " +
                                     hub.get("/api/v1/channels").body);
        throwIfInterrupted();
        std::this_thread::sleep_for(20ms);
    }
}

std::vector<ChannelSetup> Shops::channels() const
{
    std::vector<ChannelSetup> channels;
    for (std::size_t i = 0; i < _shops.size(); ++i) {
        const std::string shop = _shops[i]->options().shop;
        channels.push_back({.name = _names[i],
                            .spoke = "shopify",
                            .settings = "{shop: " + shop +
                                        R"(, api_version: "2026-07", location: "1", base_url: ")" +
                                        _shops[i]->url() + "\"}",
                            .push = i > 0});
    }
    return channels;
}

std::vector<Ware> Shops::wares() const
{
    return _shops.front()->with([](const standin::Shop& shop) {
        std::vector<Ware> wares;
        for (const standin::Variant& variant : shop.variants)
            wares.push_back({variant.sku, variant.id, variant.productId});
        return wares;
    });
}

bool Shops::allTold()
{
    for (const auto& each : _shops)
        if (!each->with([](const standin::Shop& shop) {
                std::size_t told = 0;
                for (const auto& [at, level] : shop.levels)
                    told += level.available == plenty ? 1 : 0;
                return told == shop.variants.size();
            }))
            return false;
    return true;
}

void makeVariants(const HubProcess& hub, const std::vector<std::string>& skus, std::int64_t onHand)
{
    std::string refused;
    load(
        {.port = hub.port(), .connections = 32},
        [&](std::uint64_t number, Outgoing& out) {
            if (number >= skus.size())
                return false;
            fillJson(
                out, "/admin/skus",
                R"({"product_title": "Bench", "category": "bench", "sku_code": ")" + skus[number] +
                    R"(", "size": "", "color": "", "price_cents": 6500, "cost_cents": 2000, "qty_on_hand": )" +
                    std::to_string(onHand) + R"(, "reorder_level": 0})");
            return true;
        },
        [&](const Answered& answered) {
            if (answered.status >= 300)
                refused =
                    "HTTP " + std::to_string(answered.status) + ": " + std::string(answered.body);
        });
    if (!refused.empty())
        throw std::runtime_error("a variant was refused: " + refused);
}

} // namespace spokehub::bench
