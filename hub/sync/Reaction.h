#pragma once

#include "core/Clock.h"
#include "spokehub/Class.h"
#include "sync/RetryPolicy.h"
#include "sync/Tasks.h"

#include <optional>
#include <string>

namespace spokehub::sync
{

/// How one attempt at one task ended.
struct Ended
{
    Class kind = Class::Done;
    std::string reason;
    std::optional<std::chrono::milliseconds> retryAfter;
    bool counted = true; // false: another item of its call was to blame
};

/// The one reaction to a class of answer.
struct Reaction
{
    TaskState state = TaskState::Done;
    Class kind = Class::Done; // what the task is remembered by
    std::int64_t attempts = 0;
    std::int64_t conflicts = 0;
    std::chrono::microseconds wait{0}; // until the next attempt
    bool pullOrders = false; // the channel moved first: its orders are read before it is told again
    bool pauseChannel = false; // it refuses who we are
    bool blockChannel = false; // it asks us to wait; for `wait`
};

constexpr std::int64_t conflictsMax = 3;

/// The rule; the table stands in the tests. `random` is 0 to 1023.
Reaction reactTo(const Ended& ended, const Task& task, const RetryPolicy& policy, int random);

} // namespace spokehub::sync
