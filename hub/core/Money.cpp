#include "core/Money.h"

#include <algorithm>
#include <array>
#include <limits>

namespace spokehub
{

namespace
{

constexpr std::array<std::string_view, 16> withoutMinorUnits = {
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
    "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF"};
constexpr std::array<std::string_view, 7> withThreeDigits = {"BHD", "IQD", "JOD", "KWD",
                                                             "LYD", "OMR", "TND"};

} // namespace

int currencyExponent(std::string_view currency)
{
    if (std::ranges::find(withoutMinorUnits, currency) != withoutMinorUnits.end() ||
        currency == "XPF")
        return 0;
    return std::ranges::find(withThreeDigits, currency) != withThreeDigits.end() ? 3 : 2;
}

std::optional<std::int64_t> minorFromDecimal(std::string_view text, std::string_view currency)
{
    const bool negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    auto fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    if (whole.empty() || (point != std::string_view::npos && fraction.empty()))
        return std::nullopt;

    const auto exponent = static_cast<std::size_t>(currencyExponent(currency));
    while (fraction.size() > exponent && fraction.ends_with('0'))
        fraction.remove_suffix(1);
    if (fraction.size() > exponent)
        return std::nullopt;

    std::int64_t minor = 0;
    const auto shift = [&minor](char c) {
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        if (c < '0' || c > '9' || minor > (most - (c - '0')) / 10)
            return false;
        minor = minor * 10 + (c - '0');
        return true;
    };
    for (const char c : whole)
        if (!shift(c))
            return std::nullopt;
    for (std::size_t i = 0; i < exponent; ++i)
        if (!shift(i < fraction.size() ? fraction[i] : '0'))
            return std::nullopt;
    return negative ? -minor : minor;
}

std::string decimalFromMinor(std::int64_t minor, std::string_view currency)
{
    const auto exponent = static_cast<std::size_t>(currencyExponent(currency));
    const auto bits = static_cast<std::uint64_t>(minor);
    std::string digits = std::to_string(minor < 0 ? 0 - bits : bits); // the lowest number has no opposite
    if (digits.size() <= exponent)
        digits.insert(0, exponent + 1 - digits.size(), '0');
    if (exponent > 0)
        digits.insert(digits.size() - exponent, ".");
    return minor < 0 ? "-" + digits : digits;
}

} // namespace spokehub
