#pragma once

#include "core/Clock.h"

#include <algorithm>
#include <chrono>

namespace spokehub::sync
{

/// What a channel lets us ask: a bucket that fills by itself. Kept in thousandths, so that rates
/// below one a second stay exact. It starts from the spoke's manifest and learns from what the
/// channel says. Pure; the time is given.
class RateBucket
{
public:
    struct Rate
    {
        std::int64_t capacity = 0;         // thousandths; 0: no limit known
        std::int64_t restorePerSecond = 0; // thousandths
        std::int64_t cost = 1000;          // of one call, thousandths
    };

    RateBucket(Rate rate, Time now) : _rate(rate), _available(rate.capacity), _at(now) {}

    /// How long until one call fits; zero: now.
    std::chrono::microseconds waitFor(Time now) const;
    /// Takes one call's cost; the bucket may go below zero when the channel was asked all the same.
    void take(Time now);
    /// The channel says how it stands.
    void learn(Time now, std::int64_t available, std::int64_t capacity,
               std::int64_t restorePerSecond);
    /// The channel refused: nothing before `until`.
    void block(Time until);
    /// It fills from now on, and nobody knows how much of a block is left.
    void clockSetBack(Time now)
    {
        _at = std::min(_at, now);
        _blockedUntil = {};
    }

private:
    std::int64_t availableAt(Time now) const;

    Rate _rate;
    std::int64_t _available;
    Time _at;
    Time _blockedUntil;
};

} // namespace spokehub::sync
