#pragma once

#include "core/Clock.h"

#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <utility>

namespace spokehub::sim
{

/// Choices that depend on their seed alone (splitmix64), whatever the standard library.
class Random
{
public:
    explicit Random(std::uint64_t seed) : _state(seed) {}

    std::uint64_t next();
    /// 0 to n - 1.
    std::int64_t below(std::int64_t n);
    std::int64_t between(std::int64_t least, std::int64_t most);
    bool percent(int chance) { return below(100) < chance; }
    /// Around `mean`, most of it below, now and then a multiple of it.
    std::chrono::microseconds around(std::chrono::microseconds mean);

    template <class Range>
    auto& of(Range& range)
    {
        return range[static_cast<std::size_t>(below(static_cast<std::int64_t>(std::size(range))))];
    }

private:
    std::uint64_t _state;
};

/// Virtual time, what happens in it, and what was seen: two runs that did the same have the same
/// hash.
class World
{
public:
    /// 2026-11-20T12:00:00Z
    static constexpr Time start{1'795'176'000'000'000};

    World(std::uint64_t seed, bool trace) : random(seed), _trace(trace) {}

    Random random;

    Time now() const { return _now; }
    void moveTo(Time time) { _now = std::max(_now, time); }

    void at(Time time, std::function<void()> event);
    void after(std::chrono::microseconds span, std::function<void()> event);
    /// When the next event is due; far in the future when there is none.
    Time nextAt() const;
    void runNext();

    /// Goes into the hash, and to the standard output when a trace was asked for.
    void note(const std::string& what);
    std::uint64_t hash() const { return _hash; }

private:
    using Key = std::pair<std::int64_t, std::uint64_t>; // time, order of asking

    const bool _trace;
    Time _now = start;
    std::uint64_t _asked = 0;
    std::map<Key, std::function<void()>> _events;
    std::uint64_t _hash = 14'695'981'039'346'656'037ULL;
};

/// The hub's clock: it may be wrong, and it may be set.
class HubClock final : public Clock
{
public:
    explicit HubClock(const World& world) : _world(world) {}

    Time now() const override { return _world.now() + _offset; }
    void step(std::chrono::microseconds span) { _offset += span; }
    std::chrono::microseconds offset() const { return _offset; }

private:
    const World& _world;
    std::chrono::microseconds _offset{0};
};

} // namespace spokehub::sim
