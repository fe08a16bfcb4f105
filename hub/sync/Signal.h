#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace spokehub::sync
{

/// Wakes a worker; a wake that comes while it is busy is not lost. Any thread may raise it.
class Signal
{
public:
    void raise()
    {
        {
            const std::lock_guard lock(_mutex);
            _raised = true;
        }
        _condition.notify_one();
    }

    /// Whether it was raised; then it is not any more.
    bool take()
    {
        const std::lock_guard lock(_mutex);
        return std::exchange(_raised, false);
    }

    /// Until it is raised, `most` has passed, or a stop is asked for.
    void wait(std::stop_token stop, std::chrono::microseconds most)
    {
        std::unique_lock lock(_mutex);
        _condition.wait_for(lock, stop, most, [this] { return _raised; });
        _raised = false;
    }

private:
    std::mutex _mutex;
    std::condition_variable_any _condition;
    bool _raised = false;
};

} // namespace spokehub::sync
