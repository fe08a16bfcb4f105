#pragma once

#include <chrono>
#include <cstdint>

namespace spokehub::sync
{

/// Waits between attempts: random between half and all of base * 2^(n-1), never above cap, so that
/// what failed together does not come back together. Pure.
struct RetryPolicy
{
    std::int64_t attemptsMax = 10;
    std::chrono::milliseconds base{1000};
    std::chrono::milliseconds cap{600'000};

    /// The wait after the `attempt`-th failure (1 is the first); `random` is 0 to 1023.
    std::chrono::milliseconds waitAfter(std::int64_t attempt, int random) const;
    bool exhausted(std::int64_t attempts) const { return attempts >= attemptsMax; }
};

} // namespace spokehub::sync
