#include "Interrupt.h"
#include "Measures.h"
#include "Shops.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <random>
#include <thread>

namespace spokehub::bench
{

namespace
{

using namespace std::chrono_literals;
using Json = nlohmann::json;

constexpr std::int64_t fewOrders = 100'000;
constexpr int waresMany = 1000;
constexpr double readSeconds = 2;
constexpr auto importMax = 1800s;
constexpr int idsEach = 20; // of a page of 500, every this many is read by its id

const std::string list = "/api/v1/orders?limit=50";

std::vector<ChannelSetup> history(std::int64_t orders)
{
    return {{.name = "history",
             .spoke = "bulkshop",
             .settings = "{orders: " + std::to_string(orders) + "}",
             .reads = {},
             .push = false}};
}

/// What there is to ask for.
struct Known
{
    std::vector<std::string> ids;
    std::vector<std::string> cursors; // of pages beyond the first half
};

/// Goes over all orders, as any client can.
Known readAll(const HubProcess& hub, std::int64_t orders)
{
    Known known;
    std::int64_t seen = 0;
    for (std::string cursor;;) {
        throwIfInterrupted();
        const auto reply =
            hub.get("/api/v1/orders?limit=500" + (cursor.empty() ? "" : "&cursor=" + cursor));
        require(reply.status == 200, "a page of orders: HTTP " + std::to_string(reply.status));
        const Json page = Json::parse(reply.body);
        for (const Json& order : page["data"])
            if (seen++ % idsEach == 0)
                known.ids.push_back(order["id"]);
        if (page["next_cursor"].is_null())
            break;
        cursor = page["next_cursor"];
        if (seen > orders / 2)
            known.cursors.push_back(cursor);
    }
    require(seen == orders,
            std::to_string(seen) + " orders are listed, not " + std::to_string(orders));
    return known;
}

class Reads
{
public:
    Reads(const Site& site, Store& store, const HubProcess& hub, std::int64_t orders)
        : _site(site), _store(store), _hub(hub), _known(readAll(hub, orders)),
          _of(", " + grouped(orders) + " orders")
    {
    }

    std::vector<Figure> run()
    {
        const bool sqlite = _store.engine() == "sqlite";
        std::vector<Figure> figures;
        figures.push_back(at("order by id" + _of, [this](std::uint64_t number) {
            return "/api/v1/orders/" + any(_known.ids, number);
        }));
        figures.back().aim = sqlite ? 30'000 : 9'000;
        figures.push_back(at("list of 50" + _of, [](std::uint64_t) { return list; }));
        figures.back().aim = sqlite ? 8'000 : 4'000;
        const double first = figures.back().value;
        const auto beside = [&](const char* what,
                                const std::function<std::string(std::uint64_t)>& path) {
            figures.push_back(at(what, path));
            figures.back().ceilings.push_back({"the first page", first});
        };
        beside("    a page deep in", [this](std::uint64_t number) {
            return list + "&cursor=" + any(_known.cursors, number);
        });
        beside("    of a status", [](std::uint64_t) { return list + "&status=cancelled"; });
        beside("    of a channel", [](std::uint64_t) { return list + "&channel=history"; });
        beside("    of a payment status, one in fifty",
               [](std::uint64_t) { return list + "&payment_status=refunded"; });
        return figures;
    }

private:
    static const std::string& any(const std::vector<std::string>& of, std::uint64_t number)
    {
        return of[number * 2'654'435'761U % of.size()];
    }

    Figure at(const std::string& what, const std::function<std::string(std::uint64_t)>& path)
    {
        const Usage usage(_hub, _store);
        auto result =
            loadFor(readSeconds, _hub, _site.settings().connections,
                    [&](std::uint64_t number, Outgoing& out) { fillGet(out, path(number)); });
        requireAll(result, 200, what.c_str());
        Figure figure = figureOf(what, _store, result);
        usage.into(figure, result.answers);
        return figure;
    }

    const Site& _site;
    Store& _store;
    const HubProcess& _hub;
    const Known _known;
    const std::string _of;
};

/// From nothing, or from what an earlier run has imported, until the channel is read to its end.
double import(Site& site, Store& store, std::int64_t from, std::int64_t to, Figure& figure)
{
    const std::string lastRead = "SELECT COALESCE(MAX(pulled_at), 0) FROM channel_cursor";
    const std::int64_t before = store.number(lastRead);
    const auto begun = SteadyClock::now();
    const HubProcess hub(site.folder(), store.url(), history(to));
    const Usage usage(hub, store);
    hub.post("/api/v1/channels/history/sync", R"({"stream": "orders"})");
    await("the history is imported", 50ms, importMax,
          [&] { return store.number(lastRead) > before; });
    const double seconds = secondsSince(begun);
    usage.into(figure, static_cast<std::uint64_t>(to - from));
    figure.notes = {usage.ofThreads(static_cast<std::uint64_t>(to - from))};
    require(store.number("SELECT COUNT(*) FROM sales_order") == to, "orders are missing");
    return seconds;
}

/// The program's start, until it answers over what is stored.
std::optional<HubProcess>& started(Site& site, Store& store, std::optional<HubProcess>& hub,
                                   Figure& figure)
{
    hub.emplace(site.folder(), store.url(), history(0));
    figure.value = static_cast<double>(hub->startTook().count()) / 1000;
    require(hub->get("/api/v1/orders?limit=1").status == 200, "the first order cannot be read");
    return hub;
}

/// Counts of stock as fast as they go, until the hub is killed in the middle of it.
void killUnderLoad(HubProcess& hub)
{
    std::jthread killer([&hub] {
        std::this_thread::sleep_for(1500ms);
        hub.kill();
    });
    try {
        loadFor(60, hub, 64, [](std::uint64_t number, Outgoing& out) {
            fillJson(out, "/api/v1/stock/adjust",
                     R"({"sku": "BENCH-)" + std::to_string(number % waresMany) +
                         R"(", "on_hand": )" + std::to_string(number) + "}");
        });
    } catch (const std::exception&) {
        throwIfInterrupted(); // else it is the death of the hub
    }
}

std::vector<Figure> starts(Site& site, Store& store, std::int64_t orders)
{
    const bool sqlite = store.engine() == "sqlite";
    const std::string of = ", " + grouped(orders) + " orders";
    Figure calm{.what = "start to first good answer" + of, .engine = store.engine(), .unit = " ms"};
    Figure crashed{.what = "    after kill -9 under load", .engine = store.engine(), .unit = " ms"};
    Figure resident{.what = "resident memory, idle" + of, .engine = store.engine(), .unit = " MiB"};
    std::optional<HubProcess> hub;
    started(site, store, hub, calm);
    std::this_thread::sleep_for(2s);
    resident.value = static_cast<double>(hub->residentKiB()) / 1024;
    resident.notes.push_back(
        std::to_string(hub->ownKiB()) +
        " KiB of it are its own, the rest are pages of programs and libraries");
    killUnderLoad(*hub);
    hub.reset();
    started(site, store, hub, crashed);
    calm.aim = sqlite ? 60 : 150;
    crashed.aim = 1000;
    resident.aim = sqlite ? 25 : 30;
    return {std::move(calm), std::move(crashed), std::move(resident)};
}

void take(std::vector<Figure>& all, std::vector<Figure> more)
{
    for (Figure& figure : more)
        all.push_back(std::move(figure));
}

} // namespace

std::vector<Figure> measureStored(Site& site)
{
    std::vector<std::string> skus;
    for (int i = 0; i < waresMany; ++i)
        skus.push_back("BENCH-" + std::to_string(i));
    const auto store = site.store("import of " + std::to_string(site.settings().many()) +
                                  " orders, reads, starts");
    {
        const HubProcess hub(site.folder(), store->url(), {});
        makeVariants(hub, skus, Shops::plenty);
    }
    const auto many = site.settings().many();
    std::vector<Figure> figures(1);
    Figure imported{.what = "history import, " + grouped(many) + " orders",
                    .engine = store->engine(),
                    .unit = " s"};
    double seconds = import(site, *store, 0, fewOrders, imported);
    const auto readsOf = [&](std::int64_t orders) {
        const HubProcess hub(site.folder(), store->url(), history(0));
        auto all = Reads(site, *store, hub, orders).run();
        all.push_back(stockSet(site, *store, hub, skus, readSeconds,
                               "stock set by the API, " + grouped(orders) + " orders"));
        return all;
    };
    auto few = readsOf(fewOrders);
    if (many > fewOrders) {
        take(figures, few);
        take(figures, starts(site, *store, fewOrders));
        seconds += import(site, *store, fewOrders, many, imported);
        auto after = readsOf(many);
        for (std::size_t i = 0; i < after.size(); ++i)
            after[i].ceilings.push_back({"the same at 100,000 orders", few[i].value});
        few = std::move(after);
    }
    take(figures, std::move(few));
    take(figures, starts(site, *store, many));
    imported.value = seconds;
    imported.aim = (store->engine() == "sqlite" ? 90.0 : 150.0) * static_cast<double>(many) / 1e6;
    figures[0] = std::move(imported);
    return figures;
}

} // namespace spokehub::bench
