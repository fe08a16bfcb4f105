#pragma once

#include "ops/Scheduler.h"
#include "sim/ShopSpoke.h"
#include "sim/StoreFaults.h"
#include "stock/AvailabilityReader.h"
#include "stock/StockCommands.h"
#include "store/Nodes.h"
#include "store/Presence.h"
#include "sync/Intake.h"
#include "sync/Lane.h"

#include <memory>
#include <vector>

namespace spokehub::sim
{

/// One run of a hub, from its start to its death: all of it but the edge and the threads, put
/// together as Hub does it.
class HubRun
{
public:
    struct Parts
    {
        const Config& config;
        const std::string& url;
        World& world;
        const HubClock& clock;
        StoreFaults& faults;
        std::vector<std::unique_ptr<Shop>>& shops;
        ShopSpoke::Pass pass;
        std::int64_t boot = 0;
    };

    /// Starts it; throws when the store is away.
    explicit HubRun(const Parts& parts);
    ~HubRun();

    /// A worker and when its next turn is; not before it has come back from the one it is in.
    struct Turns
    {
        ops::Worker worker;
        Time next;
        bool running = false;

        Time dueAt(Time now) { return worker.signal().take() ? next = now : next; }
    };
    std::vector<std::unique_ptr<Turns>> workers;

private:
    void open(const Parts& parts);
    void work(std::string name, std::function<int()> runOnce, sync::Signal& signal,
              std::chrono::milliseconds idle);
    void every(std::string name, std::chrono::milliseconds interval, std::function<void()> run);

    const Config& _config;
    const HubClock& _clock;
    store::Database _database;
    store::Presence _presence;
    store::Nodes _nodes;
    IdGenerator _ids;

public:
    store::Writer writer;
    catalog::Variants variants{_ids, _clock};
    catalog::Bundles bundles;
    catalog::Listings listings{_ids, _clock};
    spokes::Channels channels{_config, _clock};
    stock::AvailabilityReader availability{bundles};
    orders::Orders orders{_ids, _clock, channels.orderRules(), bundles, listings};
    orders::OrderCommands orderCommands{orders, _ids, _clock};
    stock::Ledger ledger{_ids, _clock, orders.lines()};
    sync::Tasks tasks{_ids, _clock, bundles, listings};
    sync::Signal intakeSignal;
    sync::Inbox inbox{writer, _ids, intakeSignal};
    orders::PrivacyRequests privacy{_ids, _clock};
    sync::Applier applier{orders, privacy, listings, tasks, channels};
    sync::Intake intake;
    stock::StockCommands stock{writer, ledger, variants, bundles, _ids, _clock};
    store::Commands commands{writer};
    std::vector<std::unique_ptr<sync::Lane>> lanes;

    store::Database& database() { return _database; }

private:
    std::vector<std::unique_ptr<spokes::Manifest>> _manifests;
    std::vector<std::unique_ptr<sync::Signal>> _signals;
};

} // namespace spokehub::sim
