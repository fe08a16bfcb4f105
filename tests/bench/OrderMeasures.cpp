#include "BareServer.h"
#include "Measures.h"
#include "Shops.h"

#include <algorithm>
#include <cmath>

namespace spokehub::bench
{

namespace
{

using namespace std::chrono_literals;

constexpr int waresMany = 1000;
constexpr auto ceilingTime = 2s;
constexpr double shortSeconds = 2;

/// The rows that must be there, and that no unit is lost or held twice.
void requireApplied(Store& store, std::int64_t orders)
{
    const auto equal = [&](const std::string& what, const std::string& sql, std::int64_t wanted) {
        const std::int64_t found = store.number(sql);
        require(found == wanted,
                std::to_string(found) + " " + what + " instead of " + std::to_string(wanted));
    };
    equal("orders", "SELECT COUNT(*) FROM sales_order", orders);
    equal("order lines", "SELECT COUNT(*) FROM order_line WHERE target = 1 AND short = 0",
          2 * orders);
    equal("units reserved", "SELECT SUM(reserved) FROM stock_level", 2 * orders);
    equal("units in reservations", "SELECT SUM(quantity) FROM reservation", 2 * orders);
    equal("units in movements", "SELECT SUM(reserved_delta) FROM stock_movement", 2 * orders);
    equal("failed messages", "SELECT COUNT(*) FROM inbox_message WHERE state <> 2", 0);
}

/// A shop, a hub that knows its wares, and orders that go on from one load to the next.
class OrderLoads
{
public:
    explicit OrderLoads(Site& site)
        : _settings(site.settings()), _store(site.store("signed orders")),
          _shops({"shopify"}, waresMany)
    {
        _shops.fill(site.folder(), *_store);
        _hub.emplace(site.folder(), _store->url(), _shops.channels());
        _orders.emplace(_shops.shop(0).options().shop, webhookSecret, _shops.wares(),
                        Spread::AtRandom);
    }

    struct Both
    {
        Figure acknowledged;
        Figure applied;
    };
    Both atFull()
    {
        const Usage usage(*_hub, *_store);
        const auto begun = SteadyClock::now();
        auto result = send(_settings.seconds, _settings.connections);
        const auto waiting = _hub->backlog();
        drain(*_hub);
        const double whole = secondsSince(begun);

        Figure acknowledged = figureOf("signed orders acknowledged", *_store, result);
        Figure applied{.what = "signed orders in and applied", .engine = _store->engine()};
        applied.value = static_cast<double>(result.answers) / whole;
        usage.into(applied, result.answers);
        applied.notes.push_back(std::to_string(result.answers) + " orders; " +
                                std::to_string(waiting) +
                                " waited in the inbox when the last was acknowledged");
        applied.notes.push_back(usage.ofThreads(result.answers));
        return {std::move(acknowledged), std::move(applied)};
    }

    Figure at(int connections)
    {
        auto result = send(shortSeconds, connections);
        drain(*_hub);
        return figureOf("    at " + std::to_string(connections) + " connections", *_store, result);
    }

    void requireAllApplied() { requireApplied(*_store, static_cast<std::int64_t>(_sent)); }

private:
    LoadResult send(double seconds, int connections)
    {
        auto result =
            loadFor(seconds, *_hub, connections, [&](std::uint64_t number, Outgoing& out) {
                _orders->fill(_sent + number, out);
            });
        requireAll(result, 200, "signed orders");
        _sent += result.answers;
        return result;
    }

    const Settings& _settings;
    const std::unique_ptr<Store> _store;
    Shops _shops;
    std::optional<HubProcess> _hub;
    std::optional<SignedOrders> _orders;
    std::uint64_t _sent = 0;
};

/// The same orders against a program that does nothing else.
double bareServer(Site& site, double& micros)
{
    BareServer server(site.folder() / "bare.db", webhookSecret, waresMany);
    std::vector<Ware> wares;
    for (int i = 0; i < waresMany; ++i)
        wares.push_back({"BENCH-" + std::to_string(i), 1000 + i, 500 + i});
    const SignedOrders orders("bare.myshopify.com", webhookSecret, wares, Spread::AtRandom);
    const auto begun = SteadyClock::now();
    const auto result = load({.port = server.port(), .connections = site.settings().connections},
                             [&](std::uint64_t number, Outgoing& out) {
                                 if (SteadyClock::now() - begun >= ceilingTime)
                                     return false;
                                 orders.fill(number, out);
                                 return true;
                             });
    requireAll(result, 200, "the bare server");
    require(server.orders() == static_cast<std::int64_t>(result.answers),
            "the bare server lost orders");
    micros = server.cpuSeconds() * 1e6 / static_cast<double>(result.answers);
    return result.perSecond();
}

} // namespace

std::vector<Figure> measureOrders(Site& site)
{
    std::vector<Figure> figures;
    {
        OrderLoads loads(site);
        auto [acknowledged, applied] = loads.atFull();
        const bool sqlite = acknowledged.engine == "sqlite";
        acknowledged.aim = sqlite ? 12'000 : 8'000;
        applied.aim = sqlite ? 6'000 : 4'000;
        figures.push_back(std::move(acknowledged));
        figures.push_back(std::move(applied));
        for (const int connections : {1, 8, 256})
            figures.push_back(loads.at(connections));
        loads.requireAllApplied();
    }
    double micros = 0;
    if (figures[0].engine == "sqlite") {
        figures[0].ceilings.push_back(
            {"one-file server, one thread, group commit", bareServer(site, micros)});
        figures[0].notes.push_back("the one-file server takes " +
                                   std::to_string(std::lround(micros)) +
                                   " us of processor time an order");
    }
    for (Ceiling& ceiling : site.ceilings().intake(ceilingTime))
        figures[0].ceilings.push_back(std::move(ceiling));
    figures[1].ceilings = site.ceilings().orders(ceilingTime);
    return figures;
}

} // namespace spokehub::bench
