#pragma once

#include "http/Address.h"
#include "http/Message.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace spokehub::http
{

using TimePoint = std::chrono::steady_clock::time_point;

/// An answer on its way to the connection that asked.
struct Answer
{
    std::uint64_t connection = 0;
    std::size_t reserved = 0;
    std::string head;
    std::string body;
    bool close = false;
    More more = nullptr;
    bool chunked = false;
    std::optional<Piece> piece{}; // of an answer that has begun
};

/// A connection that one loop has accepted for another.
struct Newcomer
{
    int fd = -1;
    Address peer;
};

/// What other threads leave for a loop: many things, one wake-up, and none while the loop is awake.
/// Thread-safe; it outlives the loop, for the answers that come late.
class Mailbox
{
public:
    Mailbox();
    ~Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    void post(Answer answer);
    void post(Newcomer newcomer);
    /// Asks the loop to end when its requests are answered, and at that moment at the latest.
    void stop(TimePoint latest);
    bool draining() const { return _draining.load(std::memory_order_relaxed); }

    // The loop's side.
    int fd() const { return _wakeFd; } // readable after a wake-up
    void take(std::vector<Answer>& answers, std::vector<Newcomer>& newcomers);
    std::optional<TimePoint> stopAt() const;
    /// True when nothing waits: the next thing left here wakes the loop.
    bool rest();
    void awake(bool woken); // `woken`: by fd()
    void close();

private:
    void wake();

    const int _wakeFd;
    std::atomic<bool> _draining{false};
    mutable std::mutex _mutex;
    std::vector<Answer> _answers;
    std::vector<Newcomer> _newcomers;
    std::optional<TimePoint> _stopAt;
    bool _resting = false;
    bool _closed = false;
};

} // namespace spokehub::http
