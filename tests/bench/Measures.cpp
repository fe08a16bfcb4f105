#include "Measures.h"

namespace spokehub::bench
{

std::span<const Measure> measures()
{
    static constexpr Measure all[] = {
        {"orders", "signed orders acknowledged and applied", measureOrders, 55, 110},
        {"latency", "webhook to push begun", measureLatency, 15, 40},
        {"reserve", "reservations of one hot SKU", measureReservations, 25, 50},
        {"stock", "stock set by the API", measureStock, 15, 30},
        {"stored", "import, reads and starts over many orders", measureStored, 60, 420},
        {"tasks", "tasks planned one by one, and settled", measureTasks, 25, 80},
        {"listings", "many listings told at once", measureListings, 60, 90},
    };
    return all;
}

} // namespace spokehub::bench
