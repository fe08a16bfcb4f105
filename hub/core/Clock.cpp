#include "core/Clock.h"

#include <algorithm>

namespace spokehub
{

namespace
{

using Days = std::chrono::sys_days;

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count)
{
    if (text.size() < at + count)
        return std::nullopt;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i)
    {
        if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool is(std::string_view text, std::size_t at, char wanted)
{
    return at < text.size() && text[at] == wanted;
}

/// The zone that stands at `at` up to the end of the text, in minutes east of UTC.
std::optional<int> zoneMinutes(std::string_view text, std::size_t at)
{
    const auto rest = text.substr(at);
    if (rest == "Z" || rest == "z")
        return 0;
    if (rest.size() < 5 || (rest[0] != '+' && rest[0] != '-'))
        return std::nullopt;
    const bool colon = rest[3] == ':';
    if (rest.size() != (colon ? 6u : 5u))
        return std::nullopt;
    const auto hours = digits(rest, 1, 2);
    const auto minutes = digits(rest, colon ? 4 : 3, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59)
        return std::nullopt;
    return (rest[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
}

void putDigits(char* at, int count, std::int64_t value)
{
    for (char* digit = at + count; digit != at; value /= 10)
        *--digit = static_cast<char>('0' + value % 10);
}

} // namespace

std::string toIso(Time time)
{
    const std::chrono::sys_time<std::chrono::microseconds> point{
        std::chrono::microseconds(time.micros)};
    const auto day = std::chrono::floor<std::chrono::days>(point);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{point - day};
    // Lists show hundreds of times, so the digits are put in place by hand.
    char text[] = "0000-00-00T00:00:00.000000Z";
    putDigits(text, 4, std::clamp(static_cast<int>(date.year()), 0, 9999));
    putDigits(text + 5, 2, static_cast<unsigned>(date.month()));
    putDigits(text + 8, 2, static_cast<unsigned>(date.day()));
    putDigits(text + 11, 2, clock.hours().count());
    putDigits(text + 14, 2, clock.minutes().count());
    putDigits(text + 17, 2, clock.seconds().count());
    const auto fraction = clock.subseconds().count();
    if (fraction == 0)
        return std::string(text, 19) + "Z";
    putDigits(text + 20, 6, fraction);
    return {text, sizeof text - 1};
}

std::optional<Time> timeFromIso(std::string_view text)
{
    const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second || !is(text, 4, '-') ||
        !is(text, 7, '-') || !(is(text, 10, 'T') || is(text, 10, 't') || is(text, 10, ' ')) ||
        !is(text, 13, ':') || !is(text, 16, ':'))
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;

    std::size_t at = 19;
    std::int64_t micros = 0;
    if (is(text, at, '.'))
    {
        const std::size_t first = ++at;
        std::int64_t unit = 100'000;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
            micros += (text[at] - '0') * unit;
        if (at == first)
            return std::nullopt;
    }
    const auto zone = zoneMinutes(text, at);
    if (!zone)
        return std::nullopt;
    const std::int64_t seconds =
        Days(date).time_since_epoch().count() * 86'400LL + *hour * 3600 + *minute * 60 + *second -
        *zone * 60;
    return Time{seconds * 1'000'000 + micros};
}

Time SystemClock::now() const
{
    return {std::chrono::duration_cast<std::chrono::microseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count()};
}

} // namespace spokehub
