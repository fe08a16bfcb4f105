#include "sync/RateBucket.h"

#include <algorithm>

namespace spokehub::sync
{

std::int64_t RateBucket::availableAt(Time now) const
{
    const std::int64_t passed = std::clamp<std::int64_t>((now - _at).count(), 0, 86'400'000'000);
    const std::int64_t restored = passed / 1000 * _rate.restorePerSecond / 1000;
    return std::min(_rate.capacity, _available + restored);
}

std::chrono::microseconds RateBucket::waitFor(Time now) const
{
    auto wait = std::max(std::chrono::microseconds(0), _blockedUntil - now);
    if (_rate.capacity <= 0 || _rate.restorePerSecond <= 0)
        return wait;
    const std::int64_t missing = std::min(_rate.cost, _rate.capacity) - availableAt(now);
    if (missing > 0)
        wait = std::max(
            wait, std::chrono::microseconds((missing * 1'000'000 + _rate.restorePerSecond - 1) /
                                            _rate.restorePerSecond));
    return wait;
}

void RateBucket::take(Time now)
{
    if (_rate.capacity <= 0)
        return;
    _available = availableAt(now) - _rate.cost;
    _at = now;
}

void RateBucket::learn(Time now, std::int64_t available, std::int64_t capacity,
                       std::int64_t restorePerSecond)
{
    if (capacity <= 0 || restorePerSecond <= 0)
        return;
    _rate.capacity = capacity;
    _rate.restorePerSecond = restorePerSecond;
    _available = std::min(available, capacity);
    _at = now;
}

void RateBucket::block(Time until)
{
    _blockedUntil = std::max(_blockedUntil, until);
}

} // namespace spokehub::sync
