#include "Interrupt.h"
#include "Measures.h"

#include "store/Commands.h"
#include "store/Statistics.h"
#include "sync/Lease.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <unistd.h>

namespace spokehub::bench
{

namespace
{

using namespace std::chrono_literals;

constexpr int callers = 64;
constexpr int channelsMany = 4;
constexpr int claimMax = 100; // as a lane claims
constexpr std::int64_t waitingChunk = 20'000;
constexpr Id bulkChannel = 1000; // whose tasks only wait

/// The hub's own parts around its tasks, without the rest of it.
class Planner
{
public:
    explicit Planner(const std::string& url)
        : _database(url), _writer(_database), _commands(_writer), _listings(_ids, _clock),
          _tasks(_ids, _clock, _bundles, _listings),
          _plans(_writer,
                 [this](store::Tx& tx, std::span<const Plan> plans) { return plan(tx, plans); })
    {
        _writer.join(_plans);
        _writer.start();
    }

    /// So many callers ask for one task each, and for the next one when it is durable.
    double planFor(std::chrono::duration<double> time, std::int64_t& planned)
    {
        _until = SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(time);
        _planned = 0;
        _working = callers;
        const auto begun = SteadyClock::now();
        for (int i = 0; i < callers; ++i)
            planNext();
        std::unique_lock lock(_mutex);
        _idle.wait(lock, [this] { return _working == 0; });
        planned = _planned;
        return static_cast<double>(_planned) / secondsSince(begun);
    }

    /// Claims and settles them as lanes do, one after the other; how many in a second.
    double settleAll(std::int64_t wanted)
    {
        store::Statistics(_database).renew(); // as a hub does every other second
        const auto begun = SteadyClock::now();
        std::int64_t settled = 0;
        for (Id channel = 1; channel <= channelsMany; ++channel)
            settled += settleOf(channel);
        require(settled == wanted,
                std::to_string(settled) + " tasks were settled, not " + std::to_string(wanted));
        return static_cast<double>(settled) / secondsSince(begun);
    }

    /// Tasks of another channel that wait and are never claimed.
    void leaveWaiting(std::int64_t count)
    {
        for (std::int64_t done = 0; done < count; done += waitingChunk) {
            throwIfInterrupted();
            std::vector<Id> listings;
            for (std::int64_t i = 0; i < waitingChunk; ++i)
                listings.push_back(++_subject);
            _commands.run(
                [&](store::Tx& tx) { _tasks.planListings(tx, mainTenant, bulkChannel, listings); });
        }
    }

private:
    struct Plan
    {
        Id channel;
        Id listing;
    };

    std::vector<store::Outcome<bool>> plan(store::Tx& tx, std::span<const Plan> plans)
    {
        std::map<Id, std::vector<Id>> ofChannels;
        for (const Plan& plan : plans)
            ofChannels[plan.channel].push_back(plan.listing);
        for (const auto& [channel, listings] : ofChannels)
            _tasks.planListings(tx, mainTenant, channel, listings);
        return std::vector<store::Outcome<bool>>(plans.size(), store::Outcome<bool>(true));
    }

    void planNext()
    {
        const std::int64_t number = ++_subject;
        const store::Serving serving(mainTenant);
        _plans.submit({1 + number % channelsMany, number}, [this](store::Outcome<bool> outcome) {
            if (outcome.ok())
                ++_planned;
            if (outcome.ok() && SteadyClock::now() < _until && !interrupted())
                return planNext();
            const std::lock_guard lock(_mutex);
            if (--_working == 0)
                _idle.notify_one();
        });
    }

    std::int64_t settleOf(Id channel)
    {
        const store::Serving serving(mainTenant);
        sync::LaneLease lease(_commands, _tasks, _clock, _database.engine(), 1, mainTenant,
                              channel);
        std::int64_t settled = 0;
        for (;;) {
            throwIfInterrupted();
            require(lease.hold(), "the lane is somebody else's");
            const Time now = _clock.now();
            const auto claimed = _commands.run(
                [&](store::Tx& tx) { return _tasks.claim(tx, lease.lease(), now, claimMax); });
            if (claimed.empty())
                return settled;
            std::vector<sync::Verdict> verdicts;
            for (const sync::Task& task : claimed)
                verdicts.push_back({.task = &task, .reason = {}, .nextAttemptAt = {}});
            require(_commands.run([&](store::Tx& tx) {
                return _tasks.settle(tx, lease.lease(), verdicts, now);
            }),
                    "the lane was lost");
            settled += static_cast<std::int64_t>(claimed.size());
        }
    }

    SystemClock _clock;
    IdGenerator _ids{_clock, 1};
    store::Database _database;
    store::Writer _writer;
    store::Commands _commands;
    catalog::Bundles _bundles;
    catalog::Listings _listings;
    sync::Tasks _tasks;
    store::Batcher<Plan, bool> _plans;
    std::atomic<std::int64_t> _subject = 0;
    std::atomic<std::int64_t> _planned = 0;
    SteadyClock::time_point _until;
    std::mutex _mutex;
    std::condition_variable _idle;
    int _working = 0;
};

} // namespace

std::vector<Figure> measureTasks(Site& site)
{
    const auto store = site.store("tasks planned and settled");
    HubProcess(site.folder(), store->url(), {}); // makes the tables
    Planner planner(store->url());
    const std::chrono::duration<double> time(std::max(1.0, site.settings().seconds / 2));

    std::vector<Figure> figures;
    const auto measure = [&](const std::string& waiting) {
        std::int64_t planned = 0;
        Figure plan{.what = "tasks planned one by one, " + waiting, .engine = store->engine()};
        const bool sqlite = store->engine() == "sqlite";
        const double before = cpuSecondsOf(::getpid());
        const double serverBefore = store->cpuSeconds();
        plan.value = planner.planFor(time, planned);
        throwIfInterrupted();
        const double between = cpuSecondsOf(::getpid());
        const double serverBetween = store->cpuSeconds();
        Figure settle{.what = "    and settled", .engine = store->engine()};
        settle.value = planner.settleAll(planned);
        const double each = 1e6 / static_cast<double>(planned);
        plan.hubMicros = (between - before) * each;
        settle.hubMicros = (cpuSecondsOf(::getpid()) - between) * each;
        if (!sqlite) {
            plan.serverMicros = (serverBetween - serverBefore) * each;
            settle.serverMicros = (store->cpuSeconds() - serverBetween) * each;
        }
        plan.aim = settle.aim = sqlite ? 60'000 : 15'000;
        figures.push_back(std::move(plan));
        figures.push_back(std::move(settle));
    };
    measure("none waiting");
    const std::int64_t many = site.settings().many();
    planner.leaveWaiting(many);
    measure(grouped(many) + " waiting");
    for (const std::size_t i : {0U, 1U})
        figures[i + 2].ceilings.push_back({"none waiting", figures[i].value});
    return figures;
}

} // namespace spokehub::bench
