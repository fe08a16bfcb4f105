#include "sim/Simulation.h"

#include "core/Error.h"

#include <algorithm>
#include <iostream>

namespace spokehub::sim
{

namespace
{

using namespace std::chrono_literals;

constexpr std::int64_t turnsPerSecondMax = 20'000; // more is a worker that spins

} // namespace

Simulation::Simulation(const Settings& settings, const std::string& file)
    : _settings(settings), _url("sqlite:" + file), _config(Config::parse(configuration(), "sim")),
      _world(settings.seed, settings.trace), _clock(_world), _faults(_world), _outside(_url),
      _model(_outside, _shops, _diary)
{
    std::vector<std::string> skus;
    for (const Recipe& recipe : catalogue())
        skus.push_back(recipe.sku);
    for (std::size_t i = 0; i < shopSettings().size(); ++i)
        _shops.push_back(std::make_unique<Shop>(
            _world, shopSettings()[i].traits, skus,
            [this, i](const Webhook& webhook, std::function<void(bool)> answer) {
                deliver(i, webhook, std::move(answer));
            }));
}

Report Simulation::run()
{
    prepare();
    const Time end = _world.now() + _settings.busy;
    _busy = true;
    plague();
    shopOften();
    merchandise();
    runBusy(end);
    _busy = false;
    becomeQuiet();
    _model.checkAll();

    Report report{.hash = _world.hash(), .lasted = _world.now() - World::start};
    for (const auto& shop : _shops) {
        report.orders += static_cast<std::int64_t>(shop->orders.size());
        report.webhooks += shop->webhooks();
    }
    report.storeCalls = _faults.calls();
    report.crashes = _faults.crashes();
    report.storeErrors = _faults.errors();
    report.requests = _requests;
    return report;
}

// ---------------------------------------------------------------- time

/// One worker's turn or one event, whichever is due first; of several due at once, any. False:
/// nothing is due until then.
bool Simulation::step(Time until)
{
    Time first = _world.nextAt();
    if (_hub)
        for (const auto& turns : _hub->workers)
            if (!turns->running)
                first = std::min(first, turns->dueAt(_world.now()));
    if (first > until)
        return false;
    const Time now = std::max(first, _world.now());
    std::vector<HubRun::Turns*> due;
    if (_hub)
        for (const auto& turns : _hub->workers)
            if (!turns->running && turns->next <= now)
                due.push_back(turns.get());
    if (_world.nextAt() <= now)
        due.push_back(nullptr); // the event
    HubRun::Turns* const chosen = due.size() == 1 ? due.front() : _world.random.of(due);
    _world.moveTo(now);
    if (chosen != nullptr)
        turn(*chosen);
    else
        _world.runNext();
    look();
    return true;
}

void Simulation::look()
{
    if (_settings.watch.empty())
        return;
    std::string row;
    _outside.read([&](store::Session& session) {
        session.queryText(
            "SELECT 'pushed ' || COALESCE(l.pushed, '-') || ' sold ' || l.sold || '(' || "
            "l.sold_seen || ') observed ' || "
            "COALESCE(l.observed, '-') || CASE WHEN l.observed_at > l.pushed_at THEN ' since' ELSE "
            "'' END || "
            "' gap ' || l.gap || ' task ' || COALESCE(t.state || ' class ' || t.class, '-') "
            "FROM listing l LEFT JOIN task t ON t.kind = 1 AND t.subject_id = l.id WHERE "
            "l.external_id = '" +
                _settings.watch + "'",
            {}, [&](const store::Row& found) { row = found.string(0); });
    });
    if (row != _watched)
        std::cout << "    " << toIso(_world.now()) << " " << _settings.watch << ": " << row << "\n";
    _watched = row;
}

void Simulation::turn(HubRun::Turns& turns)
{
    const std::int64_t second = _world.now().micros / 1'000'000;
    _turnsNow = second == _second ? _turnsNow + 1 : 0;
    _second = second;
    if (_turnsNow > turnsPerSecondMax)
        throw Failed("worker " + turns.worker.name() + " spins");
    turns.running = true;
    const auto wait = turns.worker.turn();
    turns.running = false;
    turns.next = _world.now() + std::max<std::chrono::microseconds>(wait, 100us);
}

void Simulation::runUntil(Time until)
{
    while (!_faults.dead() && step(until)) {
    }
    if (!_faults.dead())
        _world.moveTo(until);
}

void Simulation::runBusy(Time until)
{
    while (_world.now() < until) {
        runUntil(until);
        if (_faults.dead())
            buryHub();
    }
}

// ---------------------------------------------------------------- the hub

void Simulation::startHub()
{
    _faults.revive();
    try {
        _hub =
            std::make_unique<HubRun>(HubRun::Parts{_config, _url, _world, _clock, _faults, _shops,
                                                   [this](std::chrono::microseconds span) {
                                                       runUntil(_world.now() + span);
                                                       return !_faults.dead();
                                                   },
                                                   ++_boots});
        _world.note("the hub starts");
    } catch (const store::StoreError& error) {
        _world.note(std::string("the hub cannot start: ") + error.what());
        if (!_faults.dead())
            _world.after(500ms, [this] { startHub(); });
    }
}

void Simulation::buryHub()
{
    _hub.reset();
    _faults.revive();
    _world.note("the hub is gone");
    _world.after(_world.random.around(2s), [this] { startHub(); });
}

/// What was submitted is run soon, together with whatever comes until then.
void Simulation::hurry()
{
    _world.after(std::chrono::microseconds(_world.random.below(3000)), [this] {
        if (_hub)
            _hub->writer.work();
    });
}

void Simulation::deliver(std::size_t shop, const Webhook& webhook, std::function<void(bool)> answer)
{
    if (!_hub || _faults.dead())
        return answer(false);
    const auto& channel = *_hub->channels.all()[shop];
    spokes::WebhookRequest request;
    request.topic = webhook.topic;
    request.query = webhook.id;
    const auto accepted = channel.spoke->accept(request);
    const auto message =
        std::make_shared<const sync::NewMessage>(sync::NewMessage{.tenant = channel.tenant,
                                                                  .channel = channel.id,
                                                                  .messageId = accepted.messageId,
                                                                  .topic = accepted.topic,
                                                                  .body = webhook.body,
                                                                  .occurredAt = _clock.now(),
                                                                  .receivedAt = _clock.now()});
    const auto done = [this, answer, id = webhook.id](const store::Outcome<sync::Kept>& kept) {
        const bool told = kept.ok() && !_faults.dead();
        _world.note("webhook " + id + (told ? " is durable" : " is not taken"));
        answer(told);
    };
    try {
        if (_world.random.percent(50)) // as in a rush
            _hub->inbox.keep(message, done);
        else
            _hub->intake.take(message, done);
    } catch (const Error&) {
        return answer(false);
    }
    hurry();
}

// ---------------------------------------------------------------- what goes wrong

/// Again and again while it is busy, on average so often.
void Simulation::every(std::chrono::seconds mean, std::function<void()> what)
{
    _world.after(_world.random.around(mean), [this, mean, what = std::move(what)] {
        if (!_busy)
            return;
        what();
        every(mean, what);
    });
}

/// Each seed has its own set of plagues, so that some meet and others are seen alone.
void Simulation::plague()
{
    Random& random = _world.random;
    makeMischief();
    if (random.percent(60))
        every(120s, [this] { _faults.crashAt(_world.random.between(1, 400)); });
    if (random.percent(30))
        every(300s, [this] { // stopped and started by hand
            if (_hub &&
                std::ranges::none_of(_hub->workers, [](const auto& each) { return each->running; }))
            {
                _hub->writer.work(); // it ends what waits
                _hub.reset();
                _world.note("the hub is stopped");
                _world.after(1s, [this] { startHub(); });
            }
        });
    if (random.percent(60))
        every(60s, [this] {
            using store::Failure;
            constexpr Failure failures[] = {Failure::Busy, Failure::Conflict,
                                            Failure::ConnectionLost, Failure::Full,
                                            Failure::ReadOnly};
            const Failure how = _world.random.of(failures);
            const bool lasting = _world.random.percent(20);
            _faults.failAt(_world.random.between(1, 300), how,
                           lasting ? _world.random.between(5, 300) : _world.random.below(3));
        });
    if (random.percent(40))
        every(200s, [this] { // a shop is away
            Shop& shop = *_world.random.of(_shops);
            const Mischief usual = shop.mischief;
            shop.mischief.fail = 100;
            _world.note(shop.traits.name + " is away");
            _world.after(_world.random.around(60s), [this, &shop, usual] {
                shop.mischief = _busy ? usual : Mischief{};
                _world.note(shop.traits.name + " is back");
            });
        });
    if (random.percent(30))
        every(240s, [this] { stepClock(); });
    every(30s, [this] { _model.checkSums(); });
    every(60s, [this] { operate(); });
}

/// Somebody sets the clock of the hub's machine, by seconds or by a day.
void Simulation::stepClock()
{
    constexpr std::chrono::seconds most[] = {5s, 1h, 24h};
    const std::chrono::seconds span(_world.random.between(1, _world.random.of(most).count()));
    _clock.step(_world.random.percent(50) ? span : -span);
    _world.note("the hub's clock is off by " + std::to_string(_clock.offset().count() / 1'000'000) +
                " s");
}

void Simulation::makeMischief()
{
    Random& random = _world.random;
    const auto some = [&](int most) {
        return random.percent(50) ? static_cast<int>(random.between(1, most)) : 0;
    };
    for (const auto& shop : _shops)
        shop->mischief = {.lose = some(20),
                          .repeat = some(30),
                          .delay = some(20),
                          .poison = some(3),
                          .limit = some(20),
                          .fail = some(20),
                          .partly = some(30),
                          .unknown = some(20),
                          .slow = some(10),
                          .reject = some(10),
                          .late = some(50),
                          .oversell = some(10),
                          .auth = some(5)};
}

void Simulation::beFriendly()
{
    _faults.disarm();
    for (const auto& shop : _shops)
        shop->mischief = {};
}

void Simulation::becomeQuiet()
{
    beFriendly();
    const Time begun = _world.now();
    runBusy(begun + 12min); // late things happen, and all is read once more
    operate();
    runBusy(_world.now() + 1min);
    operate();
    while (!_model.waiting().empty() && _world.now() - begun < 2h)
        runBusy(_world.now() + 10s);
    runBusy(_world.now() + 4min);
    _world.note("quiet after " + std::to_string(_faults.calls()) + " store calls");
}

} // namespace spokehub::sim
