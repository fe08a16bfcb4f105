#pragma once

#include "Report.h"
#include "Site.h"

#include <span>
#include <vector>

namespace spokehub::bench
{

/// What can be measured on an engine: each with databases and hubs of its own.
struct Measure
{
    const char* name;
    const char* what;
    std::vector<Figure> (*run)(Site& site);
    int secondsDefault; // on two quiet cores, for one engine
    int secondsFull;
};

std::span<const Measure> measures();

/// Signed orders acknowledged, and until all of them are applied; at several numbers of
/// connections.
std::vector<Figure> measureOrders(Site& site);
/// From the acknowledgement of an order to the moment when another channel hears of it.
std::vector<Figure> measureLatency(Site& site);
std::vector<Figure> measureReservations(Site& site);
std::vector<Figure> measureStock(Site& site);
/// Counts of these SKUs, one by one, as fast as they are answered.
Figure stockSet(const Site& site, Store& store, const HubProcess& hub,
                const std::vector<std::string>& skus, double seconds, const std::string& what);
/// The import of many orders of former years; then reads of them, and starts over them.
std::vector<Figure> measureStored(Site& site);
std::vector<Figure> measureTasks(Site& site);
/// Many listings of one channel to be told at once, and one urgent change meanwhile.
std::vector<Figure> measureListings(Site& site);

} // namespace spokehub::bench
