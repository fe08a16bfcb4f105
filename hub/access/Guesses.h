#pragma once

#include "core/Clock.h"

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace spokehub::access
{

/// Slows the guessing of passwords: each attempt that fails makes the next ones wait, those at the
/// same account and those from the same address, twice as long each time up to a bound. Nobody is
/// locked out: who knows the password is let in after at most that wait, whatever others do. An
/// account that is not there is treated like one that is. In the memory of this hub. Thread-safe.
class Guesses
{
public:
    static constexpr std::chrono::milliseconds waitMax{10'000};
    static constexpr std::chrono::minutes remembered{15}; // since the last failure
    static constexpr int freeOfAccount = 3;
    static constexpr int freeOfAddress = 10; // an office shares one
    static constexpr int atOnceMax = 32;     // undecided attempts from one address
    static constexpr std::size_t entriesMax = 100'000;

    explicit Guesses(const Clock& clock) : _clock(clock) {}

    /// How long to wait before this attempt is looked at. It counts as failed until end() says
    /// otherwise, so that many at once are no better than one after the other. `address` empty: it
    /// says nothing of who it is. Throws Error(TooManyRequests).
    std::chrono::milliseconds begin(const std::string& account, const std::string& address);
    void end(const std::string& account, const std::string& address, bool good);

private:
    struct Entry
    {
        int failures = 0;
        int undecided = 0;
        Time last{};
    };
    using Entries = std::map<std::string, Entry>;

    Entry& entryOf(Entries& entries, const std::string& key);

    const Clock& _clock;
    std::mutex _mutex;
    Entries _accounts;
    Entries _addresses;
};

} // namespace spokehub::access
