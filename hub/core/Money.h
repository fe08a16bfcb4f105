#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spokehub
{

/// An amount in minor units of its currency (cents for USD, whole yen for JPY). Never floating.
struct Money
{
    std::int64_t minor = 0;
    std::string currency; // ISO 4217, upper case

    bool operator==(const Money&) const = default;
};

/// Digits behind the point of a currency: 2 for most, 0 for JPY, 3 for KWD (ISO 4217).
int currencyExponent(std::string_view currency);

/// "65.00" in a currency to minor units. Refuses what is not plain decimal text, has more digits than the
/// currency (unless they are zeros), or does not fit 63 bits.
std::optional<std::int64_t> minorFromDecimal(std::string_view text, std::string_view currency);

/// The reverse: "65.00".
std::string decimalFromMinor(std::int64_t minor, std::string_view currency);

} // namespace spokehub
