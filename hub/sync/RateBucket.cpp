#include "sync/RateBucket.h"

#include <algorithm>

namespace spokehub::sync
{

namespace
{

constexpr std::int64_t second = 1'000'000; // microseconds

} // namespace

std::int64_t RateBucket::availableAt(Time now) const
{
    const std::int64_t passed = std::clamp<std::int64_t>((now - _at).count(), 0, 86'400'000'000);
    const std::int64_t restored = passed / second * _rate.restorePerSecond +
                                  passed % second * _rate.restorePerSecond / second;
    return std::min(_rate.capacity, _available + restored);
}

std::chrono::microseconds RateBucket::waitFor(Time now) const
{
    auto wait = std::max(std::chrono::microseconds(0), _blockedUntil - now);
    if (_rate.capacity <= 0 || _rate.restorePerSecond <= 0)
        return wait;
    const std::int64_t missing = std::min(_rate.cost, _rate.capacity) - _available;
    if (missing <= 0)
        return wait;
    const std::chrono::microseconds filling((missing * second + _rate.restorePerSecond - 1) /
                                            _rate.restorePerSecond);
    return std::max(wait, filling - (std::max(now, _at) - _at));
}

void RateBucket::take(Time now)
{
    if (_rate.capacity <= 0)
        return;
    const std::int64_t available = availableAt(now);
    if (available == _rate.capacity || _rate.restorePerSecond <= 0)
        _at = now;
    else { // only the time that has made whole thousandths is used up
        const std::int64_t restored = available - _available;
        _at = _at + std::chrono::microseconds(
                        restored / _rate.restorePerSecond * second +
                        (restored % _rate.restorePerSecond * second + _rate.restorePerSecond - 1) /
                            _rate.restorePerSecond);
    }
    _available = available - _rate.cost;
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
