#pragma once

#include "HubProcess.h"
#include "Report.h"
#include "Store.h"

#include <filesystem>
#include <functional>
#include <set>
#include <string>

namespace spokehub::bench
{

struct Settings
{
    std::set<std::string> only; // names of measures; empty: all
    double seconds = 5;         // of each load
    int connections = 64;
    bool full = false; // a million orders instead of 100,000

    bool wants(const std::string& what) const { return only.empty() || only.contains(what); }
    std::int64_t many() const { return full ? 1'000'000 : 100'000; }
};

/// Where one engine is measured: a folder, fresh databases, and what the database does alone.
class Site
{
public:
    using MakeStore = std::function<std::unique_ptr<Store>()>;

    Site(const Settings& settings, std::filesystem::path folder, MakeStore makeStore);

    const Settings& settings() const { return _settings; }
    const std::filesystem::path& folder() const { return _folder; }
    /// A database of its own. Says on standard error what is measured with it.
    std::unique_ptr<Store> store(const std::string& what) const;
    /// On tables that a hub has made.
    Ceilings& ceilings();

private:
    const Settings& _settings;
    const std::filesystem::path _folder;
    const MakeStore _makeStore;
    std::unique_ptr<Store> _ceilingStore;
    std::unique_ptr<Ceilings> _ceilings;
};

/// Processor time and memory of a hub and its database's server since it was made.
class Usage
{
public:
    Usage(const HubProcess& hub, Store& store);

    void into(Figure& figure, std::uint64_t count) const;
    /// Which threads of the hub took how much of it, in microseconds for each.
    std::string ofThreads(std::uint64_t count) const;

private:
    const HubProcess& _hub;
    Store& _store;
    const double _hubBefore;
    const double _serverBefore;
    const std::map<std::string, double> _threadsBefore;
};

/// Throws when the hub was wrong: then its pace means nothing.
void require(bool good, const std::string& what);
void requireAll(const LoadResult& result, int status, const char* what);

double secondsSince(SteadyClock::time_point begun);
/// Asks every `pause` until it is so. Throws after `most`, saying what was waited for.
void await(const std::string& what, std::chrono::milliseconds pause, std::chrono::seconds most,
           const std::function<bool()>& isSo);
/// Until the inbox is empty.
void drain(const HubProcess& hub);

/// As many requests as are answered in `seconds`.
LoadResult loadFor(double seconds, const HubProcess& hub, int connections,
                   const std::function<void(std::uint64_t number, Outgoing& out)>& fill);
/// A figure of requests per second and its percentiles.
Figure figureOf(const std::string& what, const Store& store, LoadResult& result);

} // namespace spokehub::bench
