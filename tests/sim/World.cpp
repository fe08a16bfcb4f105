#include "sim/World.h"

#include <iostream>
#include <limits>

namespace spokehub::sim
{

std::uint64_t Random::next()
{
    std::uint64_t z = (_state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

std::int64_t Random::below(std::int64_t n)
{
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(n));
}

std::int64_t Random::between(std::int64_t least, std::int64_t most)
{
    return least + below(most - least + 1);
}

std::chrono::microseconds Random::around(std::chrono::microseconds mean)
{
    const std::int64_t most = percent(10) ? mean.count() * 5 : mean.count() * 5 / 3;
    return std::chrono::microseconds(between(1, std::max<std::int64_t>(1, most)));
}

void World::at(Time time, std::function<void()> event)
{
    _events.emplace(Key{std::max(time, _now).micros, ++_asked}, std::move(event));
}

void World::after(std::chrono::microseconds span, std::function<void()> event)
{
    at(_now + span, std::move(event));
}

Time World::nextAt() const
{
    return {_events.empty() ? std::numeric_limits<std::int64_t>::max()
                            : _events.begin()->first.first};
}

void World::runNext()
{
    auto next = _events.extract(_events.begin());
    moveTo({next.key().first});
    next.mapped()();
}

void World::note(const std::string& what)
{
    const std::string line = toIso(_now) + " " + what;
    for (const char c : line)
        _hash = (_hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
    if (_trace)
        std::cout << line << "\n";
}

} // namespace spokehub::sim
