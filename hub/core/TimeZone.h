#pragma once

#include "core/Clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spokehub
{

/// A day of the calendar.
struct Day
{
    int year = 1970;
    int month = 1;
    int day = 1;

    /// "2026-11-20"; nothing for what is no such day.
    static std::optional<Day> read(std::string_view text);
    std::string text() const;
    Day next() const;
    auto operator<=>(const Day&) const = default;
};

/// When days begin at a place, from the machine's own time zone files (Debian: tzdata); "UTC" needs
/// none. Never changes.
class TimeZone
{
public:
    /// Nothing for a name that the machine does not know.
    static std::optional<TimeZone> find(const std::string& name);

    /// Seconds to be added to UTC at this moment.
    std::int64_t offsetAt(Time moment) const;
    /// The first moment of the day there.
    Time beginOf(Day day) const;
    Day dayOf(Time moment) const;

private:
    struct Change
    {
        std::int64_t at = 0; // seconds since 1970
        std::int64_t offset = 0;
    };

    std::vector<Change> _changes; // in order of time
    std::int64_t _before = 0;     // the offset before the first one
};

} // namespace spokehub
