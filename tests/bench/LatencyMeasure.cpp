#include "Measures.h"
#include "Shops.h"

#include <algorithm>
#include <map>
#include <thread>

namespace spokehub::bench
{

namespace
{

using namespace std::chrono_literals;

constexpr int waresInTurn = 2000; // each sold again only after its last push is long over
constexpr auto lastPushMax = 3s;
constexpr double warmSeconds = 3; // until statements are prepared, and new tables analysed

struct Sold
{
    SteadyClock::time_point due;
    SteadyClock::time_point acknowledged;
};
using Sales = std::map<std::string, std::vector<Sold>>;

/// Which ware a push is about, by its inventory item as the channel names it.
std::map<std::string, std::string> skusOfItems(standin::ShopifyStandIn& shop)
{
    return shop.with([](const standin::Shop& it) {
        std::map<std::string, std::string> skus;
        for (const standin::Variant& variant : it.variants)
            skus["gid://shopify/InventoryItem/" + std::to_string(variant.itemId)] = variant.sku;
        return skus;
    });
}

/// From each sale's acknowledgement to the first push of its ware after it, in microseconds.
std::vector<std::uint32_t> waits(standin::ShopifyStandIn& shop, const Sales& sold)
{
    std::map<std::string, std::vector<SteadyClock::time_point>> told;
    const auto skus = skusOfItems(shop);
    for (const standin::Call& call : shop.calls("inventorySetQuantities"))
        for (const auto& quantity : call.variables["input"]["quantities"])
            told[skus.at(quantity["inventoryItemId"].get<std::string>())].push_back(call.at);
    std::vector<std::uint32_t> micros;
    for (const auto& [sku, sales] : sold)
        for (const Sold& sale : sales) {
            const auto& pushes = told[sku];
            const auto first = std::ranges::find_if(pushes, [&](auto at) { return at > sale.due; });
            require(first != pushes.end(),
                    "the sale of " + sku + " was never told to the other channel");
            const auto after = std::max(*first - sale.acknowledged, SteadyClock::duration::zero());
            micros.push_back(static_cast<std::uint32_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(after).count()));
        }
    return micros;
}

Figure at(double perSecond, Site& site)
{
    const auto store = site.store("from webhook to push");
    Shops shops({"shopify", "other"}, waresInTurn);
    shops.fill(site.folder(), *store);
    const HubProcess hub(site.folder(), store->url(), shops.channels());
    const SignedOrders orders(shops.shop(0).options().shop, webhookSecret, shops.wares(),
                              Spread::InTurn);

    Sales sold;
    const Usage usage(hub, *store);
    const auto warm = static_cast<std::uint64_t>(warmSeconds * perSecond);
    const auto count = warm + static_cast<std::uint64_t>(site.settings().seconds * perSecond);
    auto result = load(
        {.port = hub.port(), .connections = site.settings().connections, .perSecond = perSecond},
        [&](std::uint64_t number, Outgoing& out) {
            if (number >= count)
                return false;
            orders.fill(number, out);
            return true;
        },
        [&](const Answered& answered) {
            if (answered.number >= warm)
                sold[orders.firstSku(answered.number)].push_back({answered.due, answered.at});
        });
    requireAll(result, 200, "signed orders");
    drain(hub);
    std::this_thread::sleep_for(lastPushMax);

    auto micros = waits(shops.shop(1), sold);
    Figure figure{.what = "webhook acknowledged to push begun, p99",
                  .engine = store->engine(),
                  .unit = " ms"};
    figure.p50 = percentileMs(micros, 0.50);
    figure.p99 = figure.value = percentileMs(micros, 0.99);
    usage.into(figure, result.answers);
    char note[160];
    std::snprintf(note, sizeof note,
                  "at %.0f orders/s, %llu orders; acknowledged p50 %.2f ms, p99 %.2f ms", perSecond,
                  static_cast<unsigned long long>(result.answers),
                  percentileMs(result.micros, 0.50), percentileMs(result.micros, 0.99));
    figure.notes = {note, usage.ofThreads(result.answers)};
    return figure;
}

} // namespace

std::vector<Figure> measureLatency(Site& site)
{
    std::vector<Figure> figures = {at(500, site)};
    figures[0].aim = 50;
    return figures;
}

} // namespace spokehub::bench
