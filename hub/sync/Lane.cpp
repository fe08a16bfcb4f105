#include "sync/Lane.h"

#include "core/Error.h"
#include "core/Log.h"

#include <algorithm>

namespace spokehub::sync
{

namespace
{

using namespace std::chrono_literals;

RateBucket::Rate rateOf(const spokes::Channel& channel)
{
    if (channel.manifest == nullptr)
        return {};
    const spokes::RateRule& rule = channel.manifest->rate;
    const auto restored =
        rule.restorePerHour > 0 ? rule.restorePerHour * 1000 / 3600 : rule.restorePerSecond * 1000;
    return {rule.capacity * 1000, restored, rule.cost * 1000};
}

} // namespace

Lane::Lane(Dispatch::Parts parts, Applier& applier, Inbox& inbox, std::int64_t owner)
    : _parts(parts), _lease(parts.commands, parts.tasks, parts.clock, parts.database.engine(),
                            owner, parts.channel.tenant, parts.channel.id),
      _puller(parts.channel, parts.channels, applier, inbox, parts.commands, parts.database,
              parts.clock),
      _dispatch(parts), _bucket(rateOf(parts.channel), parts.clock.now())
{
    const PullConfig& pull = parts.channel.config->pull;
    const auto has = [&](const char* stream) {
        const auto* manifest = parts.channel.manifest;
        return manifest != nullptr &&
               std::ranges::find(manifest->streams, stream) != manifest->streams.end();
    };
    for (const auto& [name, interval] : {std::pair{"orders", pull.orders},
                                         {"listings", pull.listings},
                                         {"levels", pull.levels},
                                         {"shipments", pull.shipments}})
        if (has(name)) {
            const auto before = _puller.pulledAt(name);
            const Time next = before && interval ? *before + *interval : Time{};
            _streams.push_back({name, interval, next});
            if (_streams.back().name == "orders" && before)
                _ordersPulledAt = *before;
        }
    parts.tasks.listen(parts.channel.tenant, parts.channel.id, _signal);
}

std::future<void> Lane::ask(std::function<void(spokes::Channel&, const spokes::Call&)> work,
                            bool leased)
{
    if (!_parts.channel.isOpen())
        throw Error(Refusal::Unavailable, "channel " + _parts.channel.name() +
                                              " is not open: " + _parts.channel.whyClosed());
    Asked asked{std::move(work), {}, leased};
    auto done = asked.done.get_future();
    {
        const std::lock_guard lock(_mutex);
        _asked.push_back(std::move(asked));
    }
    _signal.raise();
    return done;
}

void Lane::pullNow(const std::string& stream)
{
    {
        const std::lock_guard lock(_mutex);
        _askedStreams.insert(stream);
    }
    _signal.raise();
}

spokes::Call Lane::call() const
{
    return {_parts.clock.now() + _lease.callMax(), _stop.get_token()};
}

int Lane::runOnce()
{
    if (!_parts.channel.isOpen())
        return 0;
    showParked();
    if (!_lease.hold())
        return runAsked(false);
    if (_unsettled) {
        _lease.takeOver();
        _unsettled = false;
    }
    const Time now = _parts.clock.now();
    if (!_turnedAt || now < *_turnedAt)
        forgetTimesToCome(now);
    _turnedAt = now;
    int done = runAsked(true);
    if (isPaused() || _stop.stop_requested())
        return done;
    if (_bucket.waitFor(_parts.clock.now()).count() > 0)
        return done;
    done += pullDue();
    if (_parts.channel.config->push)
        done += dispatch();
    return done;
}

/// The clock was set back, or may have been before this run: what was to be done by the time of
/// then is not put off until it comes again.
void Lane::forgetTimesToCome(Time now)
{
    const spokes::Channel& channel = _parts.channel;
    _parts.commands.run([&](store::Tx& tx) {
        _parts.tasks.endWaitsAfter(tx, channel.tenant, channel.id, now + _parts.retry.cap, now);
        _parts.listings.clockSetBack(tx, channel.tenant, channel.id);
    });
    _bucket.clockSetBack(now);
    _ordersPulledAt = std::min(_ordersPulledAt, now);
    for (Stream& stream : _streams)
        if (stream.interval)
            stream.nextAt = std::min(stream.nextAt, now + *stream.interval);
}

/// A parked spoke pauses its channel, for all to see; whoever resumes the channel has it started
/// again. Webhooks come to every hub, so this is done whoever has the lane.
void Lane::showParked()
{
    auto& channel = _parts.channel;
    const std::string why = channel.spoke->parked();
    if (why.empty() && !_parked)
        return;
    if (!_parked)
        _parts.commands.run([&](store::Tx& tx) {
            _parts.channels.pause(tx, channel, std::string(spokes::Channels::parked) + ": " + why);
        });
    else if (!isPaused())
        channel.spoke->unpark();
    _parked = !channel.spoke->parked().empty();
}

bool Lane::isPaused()
{
    bool paused = false;
    _parts.database.point([&](store::Session& session) {
        paused = _parts.channels.state(session, _parts.channel).paused;
    });
    return paused;
}

int Lane::runAsked(bool leased)
{
    std::deque<Asked> asked;
    {
        const std::lock_guard lock(_mutex);
        std::deque<Asked> later;
        for (Asked& each : _asked)
            (leased || !each.leased ? asked : later).push_back(std::move(each));
        _asked.swap(later);
    }
    for (Asked& each : asked)
        try {
            each.work(_parts.channel, call());
            each.done.set_value();
        } catch (...) {
            each.done.set_exception(std::current_exception());
        }
    return static_cast<int>(asked.size());
}

int Lane::pullDue()
{
    {
        const std::lock_guard lock(_mutex);
        for (Stream& stream : _streams)
            if (_askedStreams.erase(stream.name) > 0) {
                stream.asked = true;
                stream.nextAt = {};
            }
        _askedStreams.clear();
    }
    for (Stream& stream : _streams)
        if ((stream.asked || stream.interval) && stream.nextAt <= _parts.clock.now()) {
            pull(stream);
            return 1; // one at a time: what is urgent comes between
        }
    return 0;
}

/// Somebody asks for something, or the channel must hear something, while it is read.
bool Lane::isWaitedFor()
{
    {
        const std::lock_guard lock(_mutex);
        if (!_asked.empty())
            return true;
    }
    bool due = false;
    if (_parts.channel.config->push)
        _parts.database.point([&](store::Session& session) {
            due = _parts.tasks.anyDue(session, _parts.channel.tenant, _parts.channel.id,
                                      _parts.clock.now());
        });
    return due;
}

void Lane::pull(Stream& stream)
{
    const Time begun = _parts.clock.now();
    const Puller::Pulled pulled =
        _puller.pull(call(), stream.name, [this] { return isWaitedFor(); });
    learn(pulled.rates);
    const Time now = _parts.clock.now();
    if (pulled.verdict.kind == Class::Done) {
        stream.failures = 0;
        stream.asked = false;
        stream.nextAt = stream.interval ? now + *stream.interval : Time{};
        if (stream.name == "orders")
            ordersRead(begun);
        return;
    }
    if (pulled.verdict.kind == Class::RateLimited) {
        _bucket.block(now + pulled.verdict.retryAfter.value_or(1s));
        return;
    }
    if (pulled.progressed && pulled.verdict.kind == Class::Cancelled)
        return; // the time was up; it goes on at the next turn
    stream.failures = pulled.progressed ? 1 : stream.failures + 1;
    stream.nextAt =
        now + _parts.retry.waitAfter(stream.failures, static_cast<int>(now.micros & 1023));
    const std::string error = "pull " + stream.name + ": " +
                              std::string(toText(pulled.verdict.kind)) + ": " +
                              pulled.verdict.reason;
    Log::warning("a channel could not be read",
                 {{"channel", _parts.channel.name()}, {"reason", error}});
    _parts.commands.run([&](store::Tx& tx) {
        _parts.channels.failed(tx, _parts.channel, error);
        if (pulled.verdict.kind == Class::Auth)
            _parts.channels.pause(tx, _parts.channel, error);
    });
}

/// All its orders of some time ago are known: units that were missing by then were not sold, and
/// our number holds again.
void Lane::ordersRead(Time begun)
{
    _ordersPulledAt = begun;
    const spokes::Channel& channel = _parts.channel;
    std::vector<Id> unexplained;
    _parts.database.point([&](store::Session& session) {
        unexplained =
            _parts.listings.gapsUntil(session, channel.tenant, channel.id, begun - ordersLate);
    });
    if (unexplained.empty())
        return;
    Log::warning(
        "a channel showed less than it was told, and no order explains it",
        {{"channel", channel.name()}, {"listings", static_cast<std::int64_t>(unexplained.size())}});
    _parts.commands.run([&](store::Tx& tx) {
        _parts.listings.endGaps(tx, channel.tenant, unexplained);
        _parts.tasks.planListings(tx, channel.tenant, channel.id, unexplained);
    });
}

int Lane::dispatch()
{
    const Time now = _parts.clock.now();
    bool due = false;
    _parts.database.point([&](store::Session& session) {
        due = _parts.tasks.anyDue(session, _parts.channel.tenant, _parts.channel.id, now);
    });
    if (!due || _bucket.waitFor(now).count() > 0)
        return 0;
    const int most = std::min<int>(batchMax, static_cast<int>(std::max<std::int64_t>(
                                                 1, _parts.channel.manifest->rate.batchMax)));
    _unsettled = true; // until the end; whatever throws leaves it so
    const auto tasks = _parts.commands.run(
        [&](store::Tx& tx) { return _parts.tasks.claim(tx, _lease.lease(), now, most); });
    if (tasks.empty()) {
        _unsettled = false;
        return 0;
    }
    _bucket.take(now);
    const auto outcome = tasks.front().kind == TaskKind::Fetch
                             ? _dispatch.fetch(tasks, _lease.lease(), call(), _puller)
                             : _dispatch.run(tasks, _lease.lease(), call(), _ordersPulledAt);
    _unsettled = false;
    learn(outcome.rates);
    if (outcome.blockFor.count() > 0)
        _bucket.block(_parts.clock.now() + outcome.blockFor);
    if (outcome.pullOrders)
        pullNow("orders");
    return outcome.tasks;
}

void Lane::learn(const std::vector<std::string>& rates)
{
    for (const std::string& rate : rates)
        if (const auto document = JsonDocument::parse(rate)) {
            const Json said = document->root();
            _bucket.learn(_parts.clock.now(), said.integerOr("available") * 1000,
                          said.integerOr("capacity") * 1000,
                          said.integerOr("restore_per_second") * 1000);
        }
}

} // namespace spokehub::sync
