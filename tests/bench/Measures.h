#pragma once

#include "Report.h"
#include "Store.h"

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace spokehub::bench
{

struct Settings
{
    std::set<std::string> only; // intake, apply, reserve, latency; empty: all
    double seconds = 8;         // of each load
    int connections = 64;

    bool wants(const std::string& what) const { return only.empty() || only.contains(what); }
};

/// What is measured on one engine; each time with a fresh database and a hub of its own.
class Measures
{
public:
    using MakeStore = std::function<std::unique_ptr<Store>()>;

    Measures(const Settings& settings, std::filesystem::path folder, MakeStore makeStore);

    std::vector<Figure> run();

private:
    struct OfOrders
    {
        Figure acknowledged;
        Figure applied;
    };
    /// One load: signed orders acknowledged, and the time until all of them are applied.
    OfOrders orders();
    Figure reservations();
    /// From the acknowledgement of an order to the moment when another channel hears of it.
    Figure latency();
    Ceilings& ceilings();

    const Settings& _settings;
    const std::filesystem::path _folder;
    const MakeStore _makeStore;
    std::unique_ptr<Store> _ceilingStore;
    std::unique_ptr<Ceilings> _ceilings;
};

} // namespace spokehub::bench
