#pragma once

#include "core/Clock.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spokehub
{

/// 63 bits, sortable by time: 42 bits of milliseconds since 2020, 9 of the node, 12 of a sequence. Stored
/// as BIGINT.
using Id = std::int64_t;

/// "ord_01jd…": the prefix names the type, the rest is the id in 13 digits of Crockford's base 32.
std::string showId(std::string_view prefix, Id id);

/// The reverse; nothing when the prefix is another one or the rest is not an id. A bare decimal number is
/// also taken, for the systems that number their orders.
std::optional<Id> readId(std::string_view prefix, std::string_view text);

/// Makes ids that never repeat and never go back, whatever the clock does. Thread-safe.
class IdGenerator
{
public:
    static constexpr int nodeMax = 511;

    /// `above`: the highest id that any earlier run of this node may have given (the stored high-water mark).
    IdGenerator(const Clock& clock, int node, Id above = 0);

    Id next();

    /// The first id that a generator started at `time` could give: a bound for ranges and high-water marks.
    static Id firstAt(Time time);

private:
    const Clock& _clock;
    const std::int64_t _node;
    std::atomic<std::int64_t> _last; // milliseconds and sequence, without the node
};

} // namespace spokehub
