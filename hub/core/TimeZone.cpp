#include "core/TimeZone.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

namespace spokehub
{

namespace
{

using namespace std::chrono;

constexpr const char* folder = "/usr/share/zoneinfo/";
constexpr std::int64_t micros = 1'000'000;

year_month_day dateOf(Day day)
{
    return {std::chrono::year(day.year), std::chrono::month(static_cast<unsigned>(day.month)),
            std::chrono::day(static_cast<unsigned>(day.day))};
}

sys_days daysOf(Day day)
{
    return dateOf(day);
}

Day dayFrom(sys_days days)
{
    const year_month_day date{days};
    return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
            static_cast<int>(static_cast<unsigned>(date.day()))};
}

/// Big-endian numbers of a file, front to back; after its end everything is 0 and `good` is false.
class Reader
{
public:
    explicit Reader(std::string_view bytes) : _bytes(bytes) {}

    std::int64_t number(std::size_t size)
    {
        good = good && _at + size <= _bytes.size();
        if (!good)
            return 0;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value = value << 8 | static_cast<unsigned char>(_bytes[_at + i]);
        _at += size;
        if (size == 4)
            return static_cast<std::int32_t>(value);
        return static_cast<std::int64_t>(value);
    }

    void skip(std::size_t size) { _at += size; }
    bool startsWith(std::string_view text) const
    {
        return _bytes.substr(std::min(_at, _bytes.size())).starts_with(text);
    }

    bool good = true;

private:
    std::string_view _bytes;
    std::size_t _at = 0;
};

/// The counts in the head of a block of RFC 8536.
struct Head
{
    std::size_t utc, standard, leaps, times, types, letters;

    explicit Head(Reader& reader)
    {
        reader.skip(4 + 1 + 15);
        for (std::size_t* count : {&utc, &standard, &leaps, &times, &types, &letters})
            *count = static_cast<std::size_t>(reader.number(4));
    }
    /// The bytes of its block, when times have this size.
    std::size_t bytes(std::size_t size) const
    {
        return times * (size + 1) + types * 6 + letters + leaps * (size + 4) + standard + utc;
    }
};

} // namespace

std::optional<Day> Day::read(std::string_view text)
{
    Day day;
    if (text.size() != 10 || text[4] != '-' || text[7] != '-')
        return std::nullopt;
    const auto part = [&](std::size_t at, std::size_t size, int& into) {
        const char* const end = text.data() + at + size;
        const auto [stop, error] = std::from_chars(text.data() + at, end, into);
        return error == std::errc{} && stop == end;
    };
    if (!part(0, 4, day.year) || !part(5, 2, day.month) || !part(8, 2, day.day) || day.year < 1970)
        return std::nullopt;
    return dateOf(day).ok() ? std::optional(day) : std::nullopt;
}

std::string Day::text() const
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", year, month, day);
    return text.data();
}

Day Day::next() const
{
    return dayFrom(daysOf(*this) + days{1});
}

/// The second block of the file has times of eight bytes. What a rule at its end says of years to
/// come is not looked at: Debian's files name every change up to 2037.
std::optional<TimeZone> TimeZone::find(const std::string& name)
{
    if (name == "UTC")
        return TimeZone();
    const bool plain = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '+' || c == '-' || c == '/';
    });
    if (name.empty() || name.front() == '/' || !plain) // no dots, so no way out of the folder
        return std::nullopt;
    if (!std::filesystem::is_regular_file(folder + name))
        return std::nullopt;
    std::ifstream file(folder + name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    Reader reader(bytes);
    if (!reader.startsWith("TZif"))
        return std::nullopt;
    reader.skip(Head(reader).bytes(4));
    if (!reader.startsWith("TZif"))
        return std::nullopt;
    const Head head(reader);
    if (head.times > bytes.size() || head.types == 0 || head.types > 256)
        return std::nullopt;

    TimeZone zone;
    zone._changes.resize(head.times);
    for (Change& change : zone._changes)
        change.at = reader.number(8);
    std::vector<std::size_t> types;
    for (std::size_t i = 0; i < head.times; ++i)
        types.push_back(static_cast<std::size_t>(reader.number(1)));
    std::vector<std::int64_t> offsets;
    for (std::size_t i = 0; i < head.types; ++i) {
        offsets.push_back(reader.number(4));
        reader.skip(2);
    }
    for (std::size_t i = 0; i < head.times; ++i) {
        if (types[i] >= offsets.size())
            return std::nullopt;
        zone._changes[i].offset = offsets[types[i]];
    }
    zone._before = offsets.front();
    return reader.good ? std::optional(std::move(zone)) : std::nullopt;
}

std::int64_t TimeZone::offsetAt(Time moment) const
{
    const auto after = std::ranges::upper_bound(_changes, moment.micros / micros, {}, &Change::at);
    return after == _changes.begin() ? _before : std::prev(after)->offset;
}

Time TimeZone::beginOf(Day day) const
{
    const std::int64_t local = daysOf(day).time_since_epoch().count() * std::int64_t{86'400};
    // The offset of about then, and once more with what it says: clocks change at night.
    std::int64_t utc = local - offsetAt({local * micros});
    utc = local - offsetAt({utc * micros});
    return {utc * micros};
}

Day TimeZone::dayOf(Time moment) const
{
    const std::int64_t local = moment.micros / micros + offsetAt(moment);
    return dayFrom(sys_days{floor<days>(seconds{local})});
}

} // namespace spokehub
