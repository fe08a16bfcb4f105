#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace spokehub::http
{

/// A bounded pool of threads that takes requests off the I/O threads. Thread-safe.
class Workers
{
public:
    /// Threads are named name-1, name-2 and so on (15 characters in all at most).
    Workers(std::string name, std::size_t threads, std::size_t waitingMax);
    ~Workers(); // stops

    /// Runs `job`, any callable, movable at least, on one of the threads. False when too many wait
    /// or the pool has stopped: then `job` was not moved from, and the caller still has what is in
    /// it.
    template <class Job>
    bool submit(Job&& job)
    {
        if (!takeRoom())
            return false;
        put(std::make_unique<Task<std::decay_t<Job>>>(std::forward<Job>(job)));
        return true;
    }

    /// Takes nothing new, runs what waits, ends the threads.
    void stop();

    struct Figures
    {
        std::size_t waiting = 0;
        std::uint64_t done = 0;
        std::uint64_t refused = 0;
        std::uint64_t failed = 0; // let an exception out
    };
    Figures figures() const;

private:
    struct Link
    {
        virtual ~Link() = default;
        virtual void run() = 0;
        std::unique_ptr<Link> next;
    };
    template <class Job>
    struct Task final : Link
    {
        explicit Task(Job&& given) : job(std::move(given)) {}
        explicit Task(const Job& given) : job(given) {}
        void run() override { job(); }
        Job job;
    };

    bool takeRoom();
    void put(std::unique_ptr<Link> task);

    struct Impl;
    std::unique_ptr<Impl> _impl;
};

} // namespace spokehub::http
