#pragma once

#include "store/Commands.h"
#include "sync/Tasks.h"

#include <chrono>

namespace spokehub::sync
{

/// One channel's lane, leased by this hub: only its owner claims, pulls and keeps the rate bucket.
/// What an owner that is gone left running is taken over. On SQLite there is one hub, so the lane
/// is always free; on PostgreSQL it is free when its time is over by the store's clock, or when its
/// owner's presence is gone. Owns: lane.
class LaneLease
{
public:
    LaneLease(store::Commands& commands, Tasks& tasks, const Clock& clock, store::Engine engine,
              std::int64_t owner, Id tenant, Id channel);

    /// Takes or renews it when less than half of its time is left; false: another hub has it.
    bool hold();
    const Lease& lease() const { return _lease; }
    /// Tasks that this hub itself left running, because they could not be settled, wait again.
    void takeOver();

    /// How long a call may take that begins now.
    std::chrono::microseconds callMax() const { return _term / 3; }

private:
    store::Commands& _commands;
    Tasks& _tasks;
    const Clock& _clock;
    const std::chrono::microseconds _term;
    Lease _lease;
    Time _heldUntil;
};

} // namespace spokehub::sync
