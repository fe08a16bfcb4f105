#include "Site.h"

#include "Interrupt.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <stdexcept>
#include <thread>

namespace spokehub::bench
{

using namespace std::chrono_literals;

Site::Site(const Settings& settings, std::filesystem::path folder, MakeStore makeStore)
    : _settings(settings), _folder(std::move(folder)), _makeStore(std::move(makeStore))
{
}

std::unique_ptr<Store> Site::store(const std::string& what) const
{
    throwIfInterrupted();
    auto store = _makeStore();
    std::cerr << store->engine() << ": " << what << '\n';
    return store;
}

Ceilings& Site::ceilings()
{
    throwIfInterrupted();
    if (!_ceilings) {
        _ceilingStore = _makeStore();
        HubProcess(_folder, _ceilingStore->url(), {}); // makes the tables
        _ceilings = ceilingsOf(*_ceilingStore);
    }
    return *_ceilings;
}

Usage::Usage(const HubProcess& hub, Store& store)
    : _hub(hub), _store(store), _hubBefore(hub.cpuSeconds()), _serverBefore(store.cpuSeconds()),
      _threadsBefore(hub.cpuSecondsOfThreads())
{
}

void Usage::into(Figure& figure, std::uint64_t count) const
{
    const double each = 1e6 / static_cast<double>(std::max<std::uint64_t>(1, count));
    figure.hubMicros = (_hub.cpuSeconds() - _hubBefore) * each;
    if (figure.engine != "sqlite")
        figure.serverMicros = (_store.cpuSeconds() - _serverBefore) * each;
    figure.residentMiB = static_cast<double>(_hub.residentKiB()) / 1024;
}

std::string Usage::ofThreads(std::uint64_t count) const
{
    const double each = 1e6 / static_cast<double>(std::max<std::uint64_t>(1, count));
    std::vector<std::pair<double, std::string>> used;
    for (const auto& [name, seconds] : _hub.cpuSecondsOfThreads()) {
        const auto before = _threadsBefore.find(name);
        const double micros =
            (seconds - (before == _threadsBefore.end() ? 0 : before->second)) * each;
        if (micros >= 0.5)
            used.emplace_back(micros, name);
    }
    std::ranges::sort(used, std::greater());
    std::string text;
    for (const auto& [micros, name] : used)
        text += (text.empty() ? "" : ", ") + name + " " + std::to_string(std::lround(micros));
    return "us of processor time by thread: " + text;
}

void require(bool good, const std::string& what)
{
    if (!good)
        throw std::runtime_error("the hub was wrong: " + what);
}

void requireAll(const LoadResult& result, int status, const char* what)
{
    for (const auto& [other, count] : result.statuses)
        require(other == status, std::string(what) + ": " + std::to_string(count) + " of " +
                                     std::to_string(result.answers) + " were answered " +
                                     std::to_string(other));
}

double secondsSince(SteadyClock::time_point begun)
{
    return std::chrono::duration<double>(SteadyClock::now() - begun).count();
}

void await(const std::string& what, std::chrono::milliseconds pause, std::chrono::seconds most,
           const std::function<bool()>& isSo)
{
    const auto deadline = SteadyClock::now() + most;
    while (!isSo()) {
        throwIfInterrupted();
        if (SteadyClock::now() > deadline)
            throw std::runtime_error("waited in vain for " + std::to_string(most.count()) +
                                     " s: " + what);
        std::this_thread::sleep_for(pause);
    }
}

void drain(const HubProcess& hub)
{
    await("the inbox is empty", 50ms, 900s, [&] { return hub.backlog() == 0; });
}

LoadResult loadFor(double seconds, const HubProcess& hub, int connections,
                   const std::function<void(std::uint64_t number, Outgoing& out)>& fill)
{
    const auto begun = SteadyClock::now();
    return load({.port = hub.port(), .connections = connections},
                [&](std::uint64_t number, Outgoing& out) {
                    if (secondsSince(begun) >= seconds)
                        return false;
                    fill(number, out);
                    return true;
                });
}

Figure figureOf(const std::string& what, const Store& store, LoadResult& result)
{
    Figure figure{.what = what, .engine = store.engine(), .value = result.perSecond()};
    figure.p50 = percentileMs(result.micros, 0.50);
    figure.p99 = percentileMs(result.micros, 0.99);
    return figure;
}

} // namespace spokehub::bench
