#pragma once

#include "orders/OrderCommands.h"
#include "spokes/Channels.h"
#include "stock/AvailabilityReader.h"
#include "sync/Puller.h"
#include "sync/PushBatch.h"

namespace spokehub::sync
{

/// Tells one channel what its claimed tasks say: numbers are read after the claim, and no
/// transaction is open while the channel is called. One thread, the lane's.
class Dispatch
{
public:
    struct Parts
    {
        spokes::Channel& channel;
        spokes::Channels& channels;
        Tasks& tasks;
        catalog::Listings& listings;
        orders::OrderCommands& orders;
        const stock::AvailabilityReader& availability;
        store::Commands& commands;
        store::Database& database;
        const Clock& clock;
        RetryPolicy retry;
    };
    explicit Dispatch(Parts parts);

    struct Outcome
    {
        int tasks = 0;
        int pushed = 0;
        bool pullOrders = false; // before the channel is told again
        std::chrono::microseconds blockFor{0};
        std::vector<std::string> rates;
    };
    Outcome run(const std::vector<Task>& tasks, const Lease& lease, const spokes::Call& call,
                Time ordersPulledAt);

    /// Units of time of the channel's fetches.
    Outcome fetch(const std::vector<Task>& tasks, const Lease& lease, const spokes::Call& call,
                  Puller& puller);

private:
    struct Plan
    {
        std::vector<PushItem> items;
        std::vector<Verdict> decided; // without asking the channel
        bool pullOrders = false;
        std::string tripped;       // why the channel is paused instead
        bool approvalUsed = false; // a person has let so many zeros through
    };
    Plan planStock(const std::vector<Task>& tasks, Time ordersPulledAt);
    Plan planShipments(const std::vector<Task>& tasks);
    void checkTripWire(Plan& plan, const std::vector<catalog::ListingToPush>& listings);
    void settle(const Lease& lease, const Plan& plan, const std::vector<PushAnswer>& answers,
                Outcome& outcome);

    Parts _parts;
    Time _windowFrom;       // of the trip wire
    std::set<Id> _zeroed;   // listings set to zero since then
    bool _approved = false; // and a person has agreed to that
};

} // namespace spokehub::sync
