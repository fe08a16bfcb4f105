#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spokehub
{

/// A moment in UTC, as microseconds since 1970; stored as BIGINT, shown as ISO 8601.
struct Time
{
    std::int64_t micros = 0;

    auto operator<=>(const Time&) const = default;
    Time operator+(std::chrono::microseconds span) const { return {micros + span.count()}; }
    Time operator-(std::chrono::microseconds span) const { return {micros - span.count()}; }
    std::chrono::microseconds operator-(Time other) const
    {
        return std::chrono::microseconds(micros - other.micros);
    }
};

/// "2026-11-20T15:15:30.123456Z"; the fraction is left out when it is zero.
std::string toIso(Time time);

/// Reads ISO 8601 with a zone ("Z" or an offset) and an optional fraction; nothing else. Digits of the
/// fraction beyond microseconds are cut off.
std::optional<Time> timeFromIso(std::string_view text);

/// Where the hub takes the time from; tests give their own. Thread-safe.
class Clock
{
public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;
};

class SystemClock final : public Clock
{
public:
    Time now() const override;
};

} // namespace spokehub
