#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

// The small conversions that every spoke needs: JSON text, base64, hex, time and money. No floating
// point anywhere.
namespace spokehub
{
inline namespace sdk
{

/// Appends compact JSON to a string, front to back. The caller keeps the order: key, value, key,
/// value …
class JsonText
{
public:
    explicit JsonText(std::string& text) : _text(text) {}

    JsonText& beginObject() { return open('{'); }
    JsonText& endObject() { return close('}'); }
    JsonText& beginArray() { return open('['); }
    JsonText& endArray() { return close(']'); }

    JsonText& key(std::string_view name)
    {
        value(name);
        _text += ':';
        _first = true;
        return *this;
    }
    JsonText& value(std::string_view text)
    {
        separate();
        quote(text);
        return *this;
    }
    JsonText& value(const char* text) { return value(std::string_view(text)); }
    JsonText& value(const std::string& text) { return value(std::string_view(text)); }
    JsonText& value(std::int64_t number)
    {
        separate();
        std::array<char, 24> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        _text.append(digits.data(), end);
        return *this;
    }
    JsonText& value(int number) { return value(std::int64_t{number}); }
    JsonText& value(bool yes)
    {
        separate();
        _text += yes ? "true" : "false";
        return *this;
    }
    JsonText& null()
    {
        separate();
        _text += "null";
        return *this;
    }
    /// Text that is JSON already.
    JsonText& raw(std::string_view json)
    {
        separate();
        _text += json;
        return *this;
    }

    template <class T>
    JsonText& value(const std::optional<T>& maybe)
    {
        return maybe ? value(*maybe) : null();
    }
    template <class T>
    JsonText& member(std::string_view name, const T& content)
    {
        return key(name).value(content);
    }
    /// Empty text stands for "not known" and is written as null.
    JsonText& memberOrNull(std::string_view name, std::string_view content)
    {
        key(name);
        return content.empty() ? null() : value(content);
    }

private:
    JsonText& open(char bracket)
    {
        separate();
        _text += bracket;
        _first = true;
        return *this;
    }
    JsonText& close(char bracket)
    {
        _text += bracket;
        _first = false;
        return *this;
    }
    void separate()
    {
        if (!_first)
            _text += ',';
        _first = false;
    }
    void quote(std::string_view text)
    {
        _text += '"';
        std::size_t from = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto c = static_cast<unsigned char>(text[i]);
            if (c >= 0x20 && c != '"' && c != '\\')
                continue;
            _text.append(text, from, i - from);
            from = i + 1;
            escape(c);
        }
        _text.append(text, from, text.size() - from);
        _text += '"';
    }
    void escape(unsigned char c)
    {
        constexpr char digits[] = "0123456789abcdef";
        switch (c) {
        case '"':
            _text += "\\\"";
            break;
        case '\\':
            _text += "\\\\";
            break;
        case '\n':
            _text += "\\n";
            break;
        case '\t':
            _text += "\\t";
            break;
        case '\r':
            _text += "\\r";
            break;
        default:
            _text += "\\u00";
            _text += digits[c >> 4];
            _text += digits[c & 15];
        }
    }

    std::string& _text;
    bool _first = true; // nothing stands before the next value in its container
};

// ------------------------------------------------------------------ bytes as text

inline std::string toHex(std::string_view bytes)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        text += digits[static_cast<unsigned char>(byte) >> 4];
        text += digits[static_cast<unsigned char>(byte) & 15];
    }
    return text;
}

/// Upper and lower case; nothing when it is not hex.
inline std::optional<std::string> fromHex(std::string_view text)
{
    if (text.size() % 2 != 0)
        return std::nullopt;
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9')
            return c - '0';
        if (c >= 'a' && c <= 'f')
            return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

namespace detail
{

constexpr std::string_view base64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr int base64Value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

} // namespace detail

inline std::string toBase64(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    const auto byte = [bytes](std::size_t i) -> std::uint32_t {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
    };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        text += detail::base64Digits[group >> 18];
        text += detail::base64Digits[group >> 12 & 63];
        text += i + 1 < bytes.size() ? detail::base64Digits[group >> 6 & 63] : '=';
        text += i + 2 < bytes.size() ? detail::base64Digits[group & 63] : '=';
    }
    return text;
}

/// Strict: the standard alphabet, padded, one form only for each value; nothing otherwise.
inline std::optional<std::string> fromBase64(std::string_view text)
{
    if (text.size() % 4 != 0)
        return std::nullopt;
    std::size_t digits = text.size();
    while (digits > 0 && text.size() - digits < 2 && text[digits - 1] == '=')
        --digits;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const int value = detail::base64Value(text[i]);
        if (value < 0)
            return std::nullopt;
        group = (group << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(group >> bits & 0xff);
        }
    }
    if ((group & ((1u << bits) - 1)) != 0)
        return std::nullopt;
    return bytes;
}

// ------------------------------------------------------------------ time

namespace detail
{

/// Days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant's algorithm).
constexpr std::int64_t daysFromCivil(std::int64_t year, int month, int day)
{
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t yearOfEra = year - era * 400;
    const std::int64_t dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const std::int64_t dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * 146097 + dayOfEra - 719468;
}

struct Civil
{
    int year = 0;
    int month = 0;
    int day = 0;
};

constexpr Civil civilFromDays(std::int64_t days)
{
    days += 719468;
    const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const std::int64_t dayOfEra = days - era * 146097;
    const std::int64_t yearOfEra =
        (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
    const std::int64_t dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    const std::int64_t shifted = (5 * dayOfYear + 2) / 153;
    const auto day = static_cast<int>(dayOfYear - (153 * shifted + 2) / 5 + 1);
    const auto month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
    return {static_cast<int>(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), month, day};
}

constexpr bool validDate(int year, int month, int day)
{
    constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1)
        return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

/// `count` digits at `at`, or -1.
constexpr int digitsAt(std::string_view text, std::size_t at, std::size_t count)
{
    if (text.size() < at + count)
        return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/// "Z", "+02:00" or "+0200" as minutes east of UTC.
constexpr std::optional<int> zoneMinutes(std::string_view zone)
{
    if (zone == "Z" || zone == "z")
        return 0;
    const bool colon = zone.size() == 6 && zone[3] == ':';
    if ((!colon && zone.size() != 5) || (zone[0] != '+' && zone[0] != '-'))
        return std::nullopt;
    const int hours = digitsAt(zone, 1, 2), minutes = digitsAt(zone, colon ? 4 : 3, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return std::nullopt;
    return (zone[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

} // namespace detail

/// ISO 8601 with a zone ("Z" or an offset) and an optional fraction, as microseconds since 1970;
/// nothing else.
inline std::optional<std::int64_t> microsFromIso(std::string_view text)
{
    using detail::digitsAt;
    const int year = digitsAt(text, 0, 4), month = digitsAt(text, 5, 2), day = digitsAt(text, 8, 2);
    const int hour = digitsAt(text, 11, 2), minute = digitsAt(text, 14, 2),
              second = digitsAt(text, 17, 2);
    if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0 ||
        text[4] != '-' || text[7] != '-' ||
        (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' ||
        text[16] != ':' || !detail::validDate(year, month, day) || hour > 23 || minute > 59 ||
        second > 60)
        return std::nullopt;
    std::size_t at = 19;
    std::int64_t micros = 0;
    if (at < text.size() && text[at] == '.') {
        const std::size_t first = ++at;
        for (std::int64_t unit = 100'000; at < text.size() && text[at] >= '0' && text[at] <= '9';
             ++at, unit /= 10)
            micros += (text[at] - '0') * unit;
        if (at == first)
            return std::nullopt;
    }
    const auto zone = detail::zoneMinutes(text.substr(at));
    if (!zone)
        return std::nullopt;
    const std::int64_t seconds = detail::daysFromCivil(year, month, day) * 86'400 + hour * 3600 +
                                 minute * 60 + second - *zone * 60;
    return seconds * 1'000'000 + micros;
}

/// "2026-11-20T15:15:30.123456Z"; the fraction is left out when it is zero.
inline std::string isoFromMicros(std::int64_t micros)
{
    constexpr std::int64_t dayMicros = 86'400'000'000;
    const std::int64_t days = (micros >= 0 ? micros : micros - (dayMicros - 1)) / dayMicros;
    const std::int64_t rest = micros - days * dayMicros;
    const auto date = detail::civilFromDays(days);
    const auto seconds = static_cast<int>(rest / 1'000'000),
               fraction = static_cast<int>(rest % 1'000'000);
    std::array<char, 80> text;
    int size = std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d", date.year,
                             date.month, date.day, seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (fraction != 0)
        size += std::snprintf(text.data() + size, text.size() - static_cast<std::size_t>(size),
                              ".%06d", fraction);
    return std::string(text.data(), static_cast<std::size_t>(size)) + 'Z';
}

/// "2026-11-20T10:15:00-05:00" to "2026-11-20T15:15:00Z": the one form that documents carry.
inline std::optional<std::string> isoUtc(std::string_view text)
{
    const auto micros = microsFromIso(text);
    if (!micros)
        return std::nullopt;
    return isoFromMicros(*micros);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT", the only date form that HTTP still makes, in microseconds since
/// 1970.
inline std::optional<std::int64_t> microsFromHttpDate(std::string_view text)
{
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || text[3] != ',' || text.substr(25) != " GMT" || text[19] != ':' ||
        text[22] != ':')
        return std::nullopt;
    const int day = detail::digitsAt(text, 5, 2), year = detail::digitsAt(text, 12, 4);
    const int hour = detail::digitsAt(text, 17, 2), minute = detail::digitsAt(text, 20, 2);
    const int second = detail::digitsAt(text, 23, 2);
    const auto month = months.find(text.substr(8, 3));
    if (month == std::string_view::npos || month % 3 != 0)
        return std::nullopt;
    const int number = static_cast<int>(month / 3) + 1;
    if (year < 0 || !detail::validDate(year, number, day) || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 60)
        return std::nullopt;
    return (detail::daysFromCivil(year, number, day) * 86'400 + hour * 3600 + minute * 60 +
            second) *
           1'000'000;
}

// ------------------------------------------------------------------ money

/// Digits behind the point of a currency: 2 for most, 0 for JPY, 3 for KWD (ISO 4217).
inline int currencyExponent(std::string_view currency)
{
    constexpr std::string_view none =
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
    constexpr std::string_view three = "BHD IQD JOD KWD LYD OMR TND";
    if (currency.size() != 3 || currency.find(' ') != std::string_view::npos)
        return 2;
    if (none.find(currency) != std::string_view::npos)
        return 0;
    return three.find(currency) != std::string_view::npos ? 3 : 2;
}

/// "65.00" in a currency to minor units. Refuses what is not plain decimal text, has more digits
/// than the currency (unless they are zeros), or does not fit 63 bits.
inline std::optional<std::int64_t> minorFromDecimal(std::string_view text,
                                                    std::string_view currency)
{
    const bool negative = !text.empty() && text.front() == '-';
    if (negative)
        text.remove_prefix(1);
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    auto fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    if (whole.empty() || (point != std::string_view::npos && fraction.empty()))
        return std::nullopt;
    const auto exponent = static_cast<std::size_t>(currencyExponent(currency));
    while (fraction.size() > exponent && fraction.back() == '0')
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

} // namespace sdk
} // namespace spokehub
