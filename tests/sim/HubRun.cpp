#include "sim/HubRun.h"

namespace spokehub::sim
{

namespace
{

using namespace std::chrono_literals;

constexpr auto idleMax = 500ms; // as in Hub

store::DatabaseOptions optionsOf(StoreFaults& faults)
{
    return {.around = [&faults](std::unique_ptr<store::Connection> inner) {
        return faults.around(std::move(inner));
    }};
}

/// Nobody waits in real time: what cannot be had at once has failed.
constexpr store::WriterOptions writerOptions{
    .retryWaitMax = 0ms, .reconnectMax = 0ms, .lookUpMax = 0ms, .threads = false};

std::unique_ptr<spokes::Manifest> manifestOf(const Traits& traits)
{
    auto manifest = std::make_unique<spokes::Manifest>();
    manifest->name = traits.name;
    manifest->streams = {"orders", "listings", "levels"};
    manifest->pushes = {"stock", "shipment"};
    manifest->rate = {.capacity = 40, .restorePerSecond = 4, .cost = 2, .batchMax = 10};
    return manifest;
}

} // namespace

HubRun::HubRun(const Parts& parts)
    : _config(parts.config), _clock(parts.clock), _database(parts.url, optionsOf(parts.faults)),
      _presence(_database, parts.boot), _nodes(_database, parts.boot, _clock),
      _ids(_clock, _nodes.number(), _nodes.highWater()), writer(_database, writerOptions),
      intake(inbox, applier, channels, writer, _database, _clock,
             {_config.inbox.attempts, _config.sync.base, _config.sync.cap})
{
    writer.beforeCommit([this](store::Tx& tx) { tasks.planChanged(tx); });
    writer.start();
    _nodes.renew(commands);
    open(parts);
    for (const auto& channel : channels.all())
        lanes.push_back(std::make_unique<sync::Lane>(
            sync::Dispatch::Parts{
                *channel, channels, tasks, listings, orderCommands, availability, commands,
                _database, _clock,
                sync::RetryPolicy{_config.sync.attempts, _config.sync.base, _config.sync.cap}},
            applier, inbox, parts.boot));

    work(
        "intake", [this] { return intake.runOnce(); }, intakeSignal, idleMax);
    for (const auto& lane : lanes)
        work(
            "lane " + lane->channel().name(), [&each = *lane] { return each.runOnce(); },
            lane->signal(), idleMax);
    every("expiry", 1s, [this] {
        while (stock.expire(_database) > 0) {
        }
    });
    every("nodes", 20s, [this] { _nodes.renew(commands); });
    every("inbox", 1min, [this] { inbox.forget(commands, _clock.now() - _config.inbox.keep); });
}

HubRun::~HubRun()
{
    for (const auto& lane : lanes)
        lane->stop();
    writer.stop();
}

void HubRun::open(const Parts& parts)
{
    channels.open(spokes::SpokeLibraries({}), commands, _database, _ids);
    for (std::size_t i = 0; i < channels.all().size(); ++i) {
        spokes::Channel& channel = *channels.all()[i];
        Shop& shop = *parts.shops[i];
        channel.problem.clear();
        channel.manifest = _manifests.emplace_back(manifestOf(shop.traits)).get();
        channel.values = std::make_unique<spokes::BufferedValues>();
        channel.spoke = std::make_unique<ShopSpoke>(parts.world, shop, _clock, parts.pass);
        if (channel.rulesChanged)
            commands.run([&](store::Tx& tx) {
                tasks.planChannel(tx, channel.tenant, channel.id);
                channels.rulesPlanned(tx, channel);
            });
    }
}

void HubRun::work(std::string name, std::function<int()> runOnce, sync::Signal& signal,
                  std::chrono::milliseconds idle)
{
    workers.push_back(std::make_unique<Turns>(
        Turns{ops::Worker(std::move(name), std::move(runOnce), signal, idle), {}}));
}

void HubRun::every(std::string name, std::chrono::milliseconds interval, std::function<void()> run)
{
    sync::Signal& signal = *_signals.emplace_back(std::make_unique<sync::Signal>());
    work(
        std::move(name),
        [run = std::move(run)] {
            run();
            return 0;
        },
        signal, interval);
}

} // namespace spokehub::sim
