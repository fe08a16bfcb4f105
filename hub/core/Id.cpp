#include "core/Id.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace spokehub
{

namespace
{

constexpr std::int64_t epochMillis = 1'577'836'800'000; // 2020-01-01
constexpr int sequenceBits = 12;
constexpr int nodeBits = 9;
constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t shownDigits = 13;

std::int64_t ticks(Time time)
{
    return std::clamp<std::int64_t>(time.micros / 1000 - epochMillis, 0, INT64_MAX >> sequenceBits)
           << sequenceBits;
}

/// An id without its node: what only ever grows.
std::int64_t withoutNode(Id id)
{
    const Id sequence = id & ((1 << sequenceBits) - 1);
    return ((id >> (sequenceBits + nodeBits)) << sequenceBits) | sequence;
}

} // namespace

std::string showId(std::string_view prefix, Id id)
{
    std::array<char, shownDigits> digits{};
    auto rest = static_cast<std::uint64_t>(id);
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, rest >>= 5)
        *digit = alphabet[rest & 31];
    std::string shown;
    shown.reserve(prefix.size() + 1 + digits.size());
    return shown.append(prefix).append("_").append(digits.data(), digits.size());
}

std::optional<Id> readId(std::string_view prefix, std::string_view text)
{
    Id id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error == std::errc{} && end == text.data() + text.size())
        return id > 0 ? std::optional(id) : std::nullopt;

    if (text.size() != prefix.size() + 1 + shownDigits || !text.starts_with(prefix) ||
        text[prefix.size()] != '_')
        return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text.substr(prefix.size() + 1)) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos)
            return std::nullopt;
        if (value >> 58 != 0)
            return std::nullopt; // more than 63 bits
        value = value << 5 | digit;
    }
    return static_cast<Id>(value);
}

IdGenerator::IdGenerator(const Clock& clock, int node, Id above)
    : _clock(clock), _node(node), _last(std::max(withoutNode(above), ticks(clock.now())))
{
}

Id IdGenerator::next()
{
    const std::int64_t now = ticks(_clock.now());
    std::int64_t last = _last.load(std::memory_order_relaxed);
    std::int64_t value = 0;
    do
        value = std::max(now, last + 1);
    while (!_last.compare_exchange_weak(last, value, std::memory_order_relaxed));
    const std::int64_t sequence = value & ((1 << sequenceBits) - 1);
    return ((value >> sequenceBits) << (sequenceBits + nodeBits)) | (_node << sequenceBits) |
           sequence;
}

Id IdGenerator::firstAt(Time time)
{
    constexpr std::int64_t most =
        (std::int64_t{1} << 42) - 1; // milliseconds that an id has room for
    return std::min(ticks(time) >> sequenceBits, most) << (sequenceBits + nodeBits);
}

} // namespace spokehub
