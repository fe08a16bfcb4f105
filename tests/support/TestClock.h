#pragma once

#include "core/Clock.h"

#include <atomic>

namespace spokehub::test
{

/// A clock that stands still until it is told. Thread-safe.
class TestClock final : public Clock
{
public:
    /// 2026-11-20T12:00:00Z
    static constexpr Time start{1'795'176'000'000'000};

    explicit TestClock(Time now = start) : _micros(now.micros) {}

    Time now() const override { return {_micros.load()}; }
    void set(Time now) { _micros = now.micros; }
    void advance(std::chrono::microseconds span) { _micros += span.count(); }

private:
    std::atomic<std::int64_t> _micros;
};

} // namespace spokehub::test
