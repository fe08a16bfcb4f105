#include "Measures.h"

#include "Shops.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <stdexcept>
#include <thread>

namespace spokehub::bench
{

namespace
{

using namespace std::chrono_literals;

constexpr int waresMany = 1000;
constexpr int waresInTurn = 2000; // each sold again only after its last push is long over
constexpr double pacedPerSecond = 200;
constexpr int stockOfRace = 2000;
constexpr int callersOfRace = 3000;
constexpr auto ceilingTime = 2s;
constexpr auto drainMax = 300s;
constexpr auto lastPushMax = 3s;

/// Processor time and memory of a hub and its database's server since it was made.
class Usage
{
public:
    Usage(const HubProcess& hub, Store& store)
        : _hub(hub), _store(store), _hubBefore(hub.cpuSeconds()), _serverBefore(store.cpuSeconds())
    {
    }

    void into(Figure& figure, std::uint64_t count) const
    {
        const double each = 1e6 / static_cast<double>(std::max<std::uint64_t>(1, count));
        figure.hubMicros = (_hub.cpuSeconds() - _hubBefore) * each;
        if (figure.engine != "sqlite")
            figure.serverMicros = (_store.cpuSeconds() - _serverBefore) * each;
        figure.residentMiB = static_cast<double>(_hub.residentKiB()) / 1024;
    }

private:
    const HubProcess& _hub;
    Store& _store;
    const double _hubBefore;
    const double _serverBefore;
};

void require(bool good, const std::string& what)
{
    if (!good)
        throw std::runtime_error("the hub was wrong: " + what);
}

void requireAll(const LoadResult& result, int status, const char* what)
{
    if (result.with(status) != result.answers)
        for (const auto& [other, count] : result.statuses)
            if (other != status)
                throw std::runtime_error(std::string(what) + ": " + std::to_string(count) + " of " +
                                         std::to_string(result.answers) + " were answered " + std::to_string(other));
}

double since(SteadyClock::time_point begun)
{
    return std::chrono::duration<double>(SteadyClock::now() - begun).count();
}

void drain(const HubProcess& hub)
{
    const auto begun = SteadyClock::now();
    while (hub.backlog() > 0) {
        if (SteadyClock::now() - begun > drainMax)
            throw std::runtime_error("the inbox was not emptied: " + std::to_string(hub.backlog()) + " messages wait");
        std::this_thread::sleep_for(100ms);
    }
}

/// The rows that must be there, and that no unit is lost or held twice.
void requireApplied(Store& store, std::int64_t orders)
{
    const auto equal = [&](const std::string& what, const std::string& sql, std::int64_t wanted) {
        const std::int64_t found = store.number(sql);
        require(found == wanted, std::to_string(found) + " " + what + " instead of " + std::to_string(wanted));
    };
    equal("orders", "SELECT COUNT(*) FROM sales_order", orders);
    equal("order lines", "SELECT COUNT(*) FROM order_line WHERE target = 1 AND short = 0", 2 * orders);
    equal("units reserved", "SELECT SUM(reserved) FROM stock_level", 2 * orders);
    equal("units in reservations", "SELECT SUM(quantity) FROM reservation", 2 * orders);
    equal("units in movements", "SELECT SUM(reserved_delta) FROM stock_movement", 2 * orders);
    equal("failed messages", "SELECT COUNT(*) FROM inbox_message WHERE state <> 2", 0);
}

LoadResult reserve(const HubProcess& hub, int connections, const std::string& sku,
                   const std::function<bool(std::uint64_t)>& more)
{
    const std::string body = R"({"sku": ")" + sku + R"(", "quantity": 1, "reference": "bench"})";
    return load({.port = hub.port(), .connections = connections}, [&](std::uint64_t number, Outgoing& out) {
        if (!more(number))
            return false;
        fillJson(out, "/api/v1/stock/reserve", body);
        return true;
    });
}

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

} // namespace

Measures::Measures(const Settings& settings, std::filesystem::path folder, MakeStore makeStore)
    : _settings(settings), _folder(std::move(folder)), _makeStore(std::move(makeStore))
{
}

std::vector<Figure> Measures::run()
{
    std::vector<Figure> figures;
    if (_settings.wants("intake") || _settings.wants("apply")) {
        auto [acknowledged, applied] = orders();
        if (_settings.wants("intake")) {
            acknowledged.ceilings = ceilings().intake(ceilingTime);
            figures.push_back(std::move(acknowledged));
        }
        if (_settings.wants("apply")) {
            applied.ceilings = ceilings().orders(ceilingTime);
            figures.push_back(std::move(applied));
        }
    }
    if (_settings.wants("reserve")) {
        figures.push_back(reservations());
        figures.back().ceilings = ceilings().reservations(ceilingTime);
    }
    if (_settings.wants("latency"))
        figures.push_back(latency());
    return figures;
}

Measures::OfOrders Measures::orders()
{
    const auto store = _makeStore();
    std::cerr << store->engine() << ": signed orders\n";
    Shops shops({"shopify"}, waresMany);
    shops.fill(_folder, *store);
    const HubProcess hub(_folder, store->url(), shops.channels());
    const SignedOrders orders(shops.shop(0).options().shop, webhookSecret, shops.wares(), Spread::AtRandom);

    const Usage usage(hub, *store);
    const auto begun = SteadyClock::now();
    auto result = load({.port = hub.port(), .connections = _settings.connections},
                       [&](std::uint64_t number, Outgoing& out) {
                           if (since(begun) >= _settings.seconds)
                               return false;
                           orders.fill(number, out);
                           return true;
                       });
    const auto waiting = hub.backlog();
    drain(hub);
    const double whole = since(begun);
    requireAll(result, 200, "signed orders");

    Figure acknowledged{.what = "signed orders acknowledged", .engine = store->engine(), .value = result.perSecond()};
    acknowledged.p50 = percentileMs(result.micros, 0.50);
    acknowledged.p99 = percentileMs(result.micros, 0.99);
    Figure applied{.what = "signed orders in and applied", .engine = store->engine()};
    applied.value = static_cast<double>(result.answers) / whole;
    usage.into(applied, result.answers);
    applied.note = std::to_string(result.answers) + " orders; " + std::to_string(waiting) +
                 " waited in the inbox when the last was acknowledged";
    requireApplied(*store, static_cast<std::int64_t>(result.answers));
    return {std::move(acknowledged), std::move(applied)};
}

Figure Measures::reservations()
{
    const auto store = _makeStore();
    std::cerr << store->engine() << ": reservations of one SKU\n";
    const HubProcess hub(_folder, store->url(), {});
    makeVariants(hub, {"HOT"}, Shops::plenty);
    makeVariants(hub, {"LAST"}, stockOfRace);

    const auto race = reserve(hub, _settings.connections, "LAST", [](std::uint64_t n) { return n < callersOfRace; });
    const std::uint64_t granted = race.with(200) + race.with(201);
    require(granted == stockOfRace && race.with(409) == callersOfRace - stockOfRace,
            std::to_string(granted) + " units of " + std::to_string(stockOfRace) + " granted to " +
                std::to_string(callersOfRace) + " callers");

    const Usage usage(hub, *store);
    const auto begun = SteadyClock::now();
    auto result = reserve(hub, _settings.connections, "HOT",
                          [&](std::uint64_t) { return since(begun) < _settings.seconds; });
    Figure figure{.what = "reservations of one hot SKU", .engine = store->engine(), .value = result.perSecond()};
    figure.p50 = percentileMs(result.micros, 0.50);
    figure.p99 = percentileMs(result.micros, 0.99);
    usage.into(figure, result.answers);
    require(result.with(200) + result.with(201) == result.answers, "a reservation of what is there was refused");
    const auto held = store->number("SELECT SUM(reserved) FROM stock_level");
    require(held == static_cast<std::int64_t>(result.answers) + stockOfRace &&
                held == store->number("SELECT SUM(quantity) FROM reservation"),
            std::to_string(held) + " units are held for " + std::to_string(result.answers + stockOfRace) + " granted");
    figure.note = "of " + std::to_string(stockOfRace) + " units exactly " + std::to_string(stockOfRace) +
                  " were granted to " + std::to_string(callersOfRace) + " callers";
    return figure;
}

Figure Measures::latency()
{
    const auto store = _makeStore();
    std::cerr << store->engine() << ": from webhook to push\n";
    Shops shops({"shopify", "outlet"}, waresInTurn);
    shops.fill(_folder, *store);
    const HubProcess hub(_folder, store->url(), shops.channels());
    const SignedOrders orders(shops.shop(0).options().shop, webhookSecret, shops.wares(), Spread::InTurn);

    struct Sold
    {
        SteadyClock::time_point due;
        SteadyClock::time_point acknowledged;
    };
    std::map<std::string, std::vector<Sold>> sold;
    const Usage usage(hub, *store);
    const auto count = static_cast<std::uint64_t>(_settings.seconds * pacedPerSecond);
    auto result = load({.port = hub.port(), .connections = _settings.connections, .perSecond = pacedPerSecond},
                       [&](std::uint64_t number, Outgoing& out) {
                           if (number >= count)
                               return false;
                           orders.fill(number, out);
                           return true;
                       },
                       [&](const Answered& answered) {
                           sold[orders.firstSku(answered.number)].push_back({answered.due, answered.at});
                       });
    requireAll(result, 200, "signed orders");
    drain(hub);
    std::this_thread::sleep_for(lastPushMax);

    std::map<std::string, std::vector<SteadyClock::time_point>> told;
    const auto skus = skusOfItems(shops.shop(1));
    for (const standin::Call& call : shops.shop(1).calls("inventorySetQuantities"))
        for (const auto& quantity : call.variables["input"]["quantities"])
            told[skus.at(quantity["inventoryItemId"].get<std::string>())].push_back(call.at);
    std::vector<std::uint32_t> micros;
    for (const auto& [sku, sales] : sold)
        for (const Sold& sale : sales) {
            const auto& pushes = told[sku];
            const auto first = std::ranges::find_if(pushes, [&](auto at) { return at > sale.due; });
            require(first != pushes.end(), "the sale of " + sku + " was never told to the other channel");
            const auto after = std::max(*first - sale.acknowledged, SteadyClock::duration::zero());
            micros.push_back(static_cast<std::uint32_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(after).count()));
        }

    Figure figure{.what = "webhook acknowledged to push begun, p99", .engine = store->engine(), .unit = " ms"};
    figure.p50 = percentileMs(micros, 0.50);
    figure.p99 = figure.value = percentileMs(micros, 0.99);
    usage.into(figure, result.answers);
    char note[160];
    std::snprintf(note, sizeof note, "at %.0f orders/s, %llu orders; acknowledged p50 %.2f ms, p99 %.2f ms", pacedPerSecond,
                  static_cast<unsigned long long>(result.answers), percentileMs(result.micros, 0.50),
                  percentileMs(result.micros, 0.99));
    figure.note = note;
    return figure;
}

Ceilings& Measures::ceilings()
{
    if (!_ceilings) {
        _ceilingStore = _makeStore();
        HubProcess(_folder, _ceilingStore->url(), {}); // makes the tables
        _ceilings = ceilingsOf(*_ceilingStore);
    }
    return *_ceilings;
}

} // namespace spokehub::bench
