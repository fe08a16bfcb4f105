#pragma once

#include "sim/Diary.h"
#include "sim/HubRun.h"
#include "sim/Model.h"

#include <memory>
#include <string>

namespace spokehub::sim
{

struct Settings
{
    std::uint64_t seed = 1;
    std::chrono::minutes busy{30}; // then all is left to become quiet
    bool trace = false;
    std::string watch; // a listing whose row is shown whenever it has changed
};

struct Report
{
    std::uint64_t hash = 0;
    std::chrono::microseconds lasted{0}; // virtual
    std::int64_t orders = 0, webhooks = 0, storeCalls = 0, crashes = 0, storeErrors = 0,
                 requests = 0;
};

/// One hub, its shops, its merchants, and what may go wrong, in virtual time and on one thread.
class Simulation
{
public:
    /// `file`: a migrated database of its own.
    Simulation(const Settings& settings, const std::string& file);

    /// Throws Failed when something that must be true is not.
    Report run();

private:
    // ---- time
    void runUntil(Time until);
    bool step(Time until);
    void look();
    void runBusy(Time until);
    void turn(HubRun::Turns& turns);

    // ---- the hub
    void startHub();
    void buryHub();
    void hurry();

    // ---- what goes wrong
    void plague();
    void stepClock();
    void makeMischief();
    void beFriendly();
    void every(std::chrono::seconds mean, std::function<void()> what);

    // ---- merchants
    void prepare();
    void shopOften();
    void merchandise();
    void send(std::shared_ptr<stock::StockCommand> command,
              std::function<void(store::Outcome<stock::StockResult>)> done);
    void write(std::function<void(store::Tx&)> work, std::function<void(std::exception_ptr)> done);
    void adjust();
    void reserve();
    void endReservation();
    void limit();
    void ship();
    void cancel();
    void operate();

    void deliver(std::size_t shop, const Webhook& webhook, std::function<void(bool)> answer);
    void becomeQuiet();

    const Settings _settings;
    const std::string _url;
    const Config _config;
    World _world;
    HubClock _clock;
    StoreFaults _faults;
    std::vector<std::unique_ptr<Shop>> _shops;
    Diary _diary;
    store::Database _outside; // looks at the store from outside
    Model _model;
    std::unique_ptr<HubRun> _hub;
    std::int64_t _boots = 0;
    std::int64_t _requests = 0;
    bool _busy = false;
    std::int64_t _turnsNow = 0; // of workers in this moment's second
    std::int64_t _second = 0;
    std::string _watched;
};

} // namespace spokehub::sim
