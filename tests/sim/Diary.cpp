#include "sim/Diary.h"

namespace spokehub::sim
{

const std::vector<Recipe>& catalogue()
{
    static const std::vector<Recipe> recipes = [] {
        std::vector<Recipe> all;
        for (const char* sku : {"A", "B", "C", "D", "E", "F"})
            all.push_back({sku, {{sku, 1}}});
        all.push_back({"AB", {{"A", 1}, {"B", 2}}}); // bundles that share components
        all.push_back({"BC", {{"B", 1}, {"C", 1}}});
        all.push_back({"ABC", {{"A", 1}, {"B", 1}, {"C", 3}}});
        return all;
    }();
    return recipes;
}

const std::vector<ShopSetting>& shopSettings()
{
    using namespace std::chrono_literals;
    static const std::vector<ShopSetting> shops = {
        {{.name = "shop", .compares = true, .tellsTimes = true}, {"main", "depot"}},
        {{.name = "market", .thin = true}, {"main"}, 1},
        {{.name = "mall", .unitsPerSale = 2}, {"depot", "main"}, 0, 80},
    };
    return shops;
}

std::string configuration()
{
    std::string text = "locations: [{ name: main }, { name: depot }]\n"
                       "sync: { attempts: 6, base: 1s, cap: 60s }\n"
                       "channels:\n";
    for (const ShopSetting& shop : shopSettings()) {
        std::string locations;
        for (const std::string& location : shop.locations)
            locations += (locations.empty() ? "" : ", ") + location;
        text += "  - { name: " + shop.traits.name +
                ", spoke: simulated, settings: {}, stock: { locations: [" + locations +
                "], buffer: " + std::to_string(shop.buffer) +
                ", percent: " + std::to_string(shop.percent) +
                " }, pull: { orders: 1m, listings: 10m, levels: 3m } }\n";
    }
    return text;
}

} // namespace spokehub::sim
