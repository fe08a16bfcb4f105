#include "Measures.h"
#include "Shops.h"

namespace spokehub::bench
{

namespace
{

using namespace std::chrono_literals;

constexpr auto ceilingTime = 2s;
constexpr int waresMany = 1000;
constexpr int stockOfRace = 2000;
constexpr int callersOfRace = 3000;

void fillReserve(Outgoing& out, const char* sku)
{
    fillJson(out, "/api/v1/stock/reserve",
             R"({"sku": ")" + std::string(sku) + R"(", "quantity": 1, "reference": "bench"})");
}

/// More callers than units: exactly the stock is granted.
void race(const HubProcess& hub, int connections)
{
    const auto result = load({.port = hub.port(), .connections = connections},
                             [&](std::uint64_t number, Outgoing& out) {
                                 fillReserve(out, "LAST");
                                 return number < callersOfRace;
                             });
    const std::uint64_t granted = result.with(201);
    require(granted == stockOfRace && result.with(409) == callersOfRace - stockOfRace,
            std::to_string(granted) + " units of " + std::to_string(stockOfRace) + " granted to " +
                std::to_string(callersOfRace) + " callers");
}

} // namespace

std::vector<Figure> measureReservations(Site& site)
{
    const auto store = site.store("reservations of one SKU");
    const HubProcess hub(site.folder(), store->url(), {});
    makeVariants(hub, {"HOT"}, Shops::plenty);
    makeVariants(hub, {"LAST"}, stockOfRace);
    race(hub, site.settings().connections);

    std::vector<Figure> figures;
    std::uint64_t granted = stockOfRace;
    const auto at = [&](int connections, double seconds, const std::string& what) {
        const Usage usage(hub, *store);
        auto result = loadFor(seconds, hub, connections,
                              [](std::uint64_t, Outgoing& out) { fillReserve(out, "HOT"); });
        requireAll(result, 201, "reservations");
        granted += result.answers;
        figures.push_back(figureOf(what, *store, result));
        usage.into(figures.back(), result.answers);
        return figures.back().value;
    };
    at(site.settings().connections, site.settings().seconds, "reservations of one hot SKU");
    figures[0].aim = store->engine() == "sqlite" ? 25'000 : 12'000;
    figures[0].notes.push_back("of 2,000 units exactly 2,000 were granted to 3,000 callers");
    const double few = at(4, 2, "    by 4 callers");
    at(256, 2, "    by 256 callers");
    figures.back().ceilings.push_back({"4 callers", few});
    require(store->number("SELECT SUM(reserved) FROM stock_level") ==
                static_cast<std::int64_t>(granted),
            "the units reserved are not those that were granted");
    figures[0].ceilings = site.ceilings().reservations(ceilingTime);
    return figures;
}

std::vector<Figure> measureStock(Site& site)
{
    const auto store = site.store("stock set by the API");
    const HubProcess hub(site.folder(), store->url(), {});
    std::vector<std::string> skus;
    for (int i = 0; i < waresMany; ++i)
        skus.push_back("SET-" + std::to_string(i));
    makeVariants(hub, skus, 10);

    Figure figure = stockSet(site, *store, hub, skus, site.settings().seconds,
                             "stock set by the API, 1,000 SKUs");
    figure.ceilings = site.ceilings().counts(ceilingTime);
    return {std::move(figure)};
}

Figure stockSet(const Site& site, Store& store, const HubProcess& hub,
                const std::vector<std::string>& skus, double seconds, const std::string& what)
{
    const Usage usage(hub, store);
    auto result = loadFor(
        seconds, hub, site.settings().connections, [&](std::uint64_t number, Outgoing& out) {
            fillJson(out, "/api/v1/stock/adjust",
                     R"({"sku": ")" + skus[number * 7919 % skus.size()] + R"(", "on_hand": )" +
                         std::to_string(1000 + number) + R"(, "reason": "bench"})");
        });
    requireAll(result, 200, "counts of stock");
    Figure figure = figureOf(what, store, result);
    figure.aim = store.engine() == "sqlite" ? 25'000 : 12'000;
    usage.into(figure, result.answers);
    figure.notes.push_back(usage.ofThreads(result.answers));
    return figure;
}

} // namespace spokehub::bench
