#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::bench
{

using SteadyClock = std::chrono::steady_clock;

/// One request as it goes out: head, and the body in two pieces, so that what all bodies have in
/// common is never copied.
struct Outgoing
{
    std::string head;
    std::string_view shared;
    std::string tail;
};

struct Answered
{
    std::uint64_t number = 0;
    int status = 0;
    SteadyClock::time_point due; // when it should have been sent
    SteadyClock::time_point at;  // when its answer was there
    std::string_view body;
};

struct LoadOptions
{
    std::uint16_t port = 0;
    int connections = 64;
    double perSecond = 0; // 0: as fast as the answers come
    std::chrono::seconds silenceMax{30};
};

struct LoadResult
{
    std::uint64_t answers = 0;
    std::map<int, std::uint64_t> statuses;
    std::vector<std::uint32_t> micros; // of each answer, from when its request was due
    double seconds = 0;

    double perSecond() const { return seconds > 0 ? static_cast<double>(answers) / seconds : 0; }
    std::uint64_t with(int status) const;
};

/// Fills the next request; false: no more.
using Fill = std::function<bool(std::uint64_t number, Outgoing& out)>;
using Seen = std::function<void(const Answered& answered)>;

/// Sends requests over kept connections to 127.0.0.1, one at a time on each, from one thread. A
/// paced load counts the time from when a request was due, so that a stall is not hidden by asking
/// less. Throws when the server breaks its word.
LoadResult load(const LoadOptions& options, const Fill& fill, const Seen& seen = {});

} // namespace spokehub::bench
