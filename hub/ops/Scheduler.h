#pragma once

#include "sync/Signal.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace spokehub::ops
{

/// Owns the threads of the workers. A worker is asked again as long as it finds something to do; then it sleeps until its
/// signal is raised, or `idle` has passed: the safety net. A failure is logged and waited out.
class Scheduler
{
public:
    ~Scheduler(); // stops

    /// `runOnce` does one bounded batch and answers how much it took. The signal outlives the scheduler.
    void add(std::string name, std::function<int()> runOnce, sync::Signal& signal, std::chrono::milliseconds idle);
    /// The same for what has no signal: a beat.
    void every(std::string name, std::chrono::milliseconds interval, std::function<void()> run);

    /// Ends all threads after what they are doing now.
    void stop();

private:
    std::vector<std::unique_ptr<sync::Signal>> _signals;
    std::vector<std::jthread> _threads;
};

} // namespace spokehub::ops
