#pragma once

#include <cstdint>
#include <optional>

namespace spokehub
{

/// What a channel is shown of what there is, in units. None is negative, `percent` is at most 100; a key that is not
/// set is decided by the next wider rule.
struct StockRule
{
    std::optional<std::int64_t> buffer{};    // kept back
    std::optional<std::int64_t> percent{};   // of what is left
    std::optional<std::int64_t> cap{};       // never shown more
    std::optional<std::int64_t> zeroBelow{}; // shown as none when fewer

    bool operator==(const StockRule&) const = default;
};

} // namespace spokehub
