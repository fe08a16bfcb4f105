#include "Measures.h"

#include <nlohmann/json.hpp>

#include <thread>

namespace spokehub::bench
{

namespace
{

using namespace std::chrono_literals;
using Json = nlohmann::json;

constexpr std::int64_t listingsMany = 100'000;
constexpr const char* urgentSku = "BULK-77777";
constexpr int urgentTimes = 10;

std::vector<ChannelSetup> shop()
{
    return {{.name = "bulk",
             .spoke = "bulkshop",
             .settings = "{listings: " + std::to_string(listingsMany) + ", latency_ms: 1}",
             .reads = {},
             .push = true}};
}

std::int64_t waiting(const HubProcess& hub)
{
    const Json lag = Json::parse(hub.get("/api/v1/channels/bulk").body)["lag"];
    return lag["tasks_pending"].get<std::int64_t>() + lag["tasks_running"].get<std::int64_t>();
}

/// A person counts one SKU; how long until the channel was told.
std::uint32_t urgentChange(const HubProcess& hub, std::int64_t units)
{
    const auto begun = SteadyClock::now();
    hub.post("/api/v1/stock/adjust", R"({"sku": ")" + std::string(urgentSku) + R"(", "on_hand": )" +
                                         std::to_string(units) + "}");
    await("the urgent change is pushed", 2ms, 60s, [&] {
        const auto reply =
            hub.get("/api/v1/explain/quantity?channel=bulk&sku=" + std::string(urgentSku));
        const Json explained = Json::parse(reply.body);
        return reply.status == 200 && explained["listings"].at(0)["pushed"] == units;
    });
    return static_cast<std::uint32_t>(secondsSince(begun) * 1e6);
}

} // namespace

std::vector<Figure> measureListings(Site& site)
{
    const auto store = site.store("100,000 listings of one channel told at once");
    const HubProcess hub(site.folder(), store->url(), shop());
    hub.post("/api/v1/channels/bulk/adopt?catalog=true&stock=true");
    await("the adopted listings are told", 100ms, 300s, [&] { return waiting(hub) == 0; });
    hub.post("/api/v1/channels/bulk/pause");

    const Usage usage(hub, *store);
    const auto begun = SteadyClock::now();
    hub.post("/api/v1/channels/bulk/resume"); // what it missed, all of it
    const double marked = secondsSince(begun);
    std::vector<std::uint32_t> urgent;
    for (int i = 0; i < urgentTimes; ++i)
        urgent.push_back(urgentChange(hub, 1000 + i));
    require(waiting(hub) > 0, "the bulk was over before the urgent changes");
    await("all listings are told", 100ms, 300s, [&] { return waiting(hub) == 0; });

    Figure told{.what = "listings of one channel told, 100,000 at once", .engine = store->engine()};
    told.value = static_cast<double>(listingsMany) / secondsSince(begun);
    usage.into(told, listingsMany);
    char note[100];
    std::snprintf(note, sizeof note, "marked in %.2f s; 100 in a push, which takes 1 ms", marked);
    told.notes = {note, usage.ofThreads(listingsMany)};
    Figure meanwhile{.what = "    an urgent change meanwhile, the slowest",
                     .engine = store->engine(),
                     .unit = " ms"};
    meanwhile.p50 = percentileMs(urgent, 0.5);
    meanwhile.p99 = meanwhile.value = percentileMs(urgent, 1);
    meanwhile.aim = 1000;
    return {std::move(told), std::move(meanwhile)};
}

} // namespace spokehub::bench
