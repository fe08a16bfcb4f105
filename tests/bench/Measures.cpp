#include "Measures.h"

namespace spokehub::bench
{

std::span<const Measure> measures()
{
    static constexpr Measure all[] = {
        {"orders", "signed orders acknowledged and applied", measureOrders, 40, 150},
        {"latency", "webhook to push begun", measureLatency, 15, 75},
        {"reserve", "reservations of one hot SKU", measureReservations, 20, 75},
        {"stock", "stock set by the API", measureStock, 15, 70},
        {"stored", "import, reads and starts over many orders", measureStored, 50, 300},
        {"tasks", "tasks planned one by one, and settled", measureTasks, 20, 200},
        {"listings", "many listings told at once", measureListings, 45, 45},
    };
    return all;
}

} // namespace spokehub::bench
