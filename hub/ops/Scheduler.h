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

/// One bounded batch after the other, and how long to wait between them; the thread is somebody
/// else's.
class Worker
{
public:
    /// `runOnce` does one bounded batch and answers how much it took.
    Worker(std::string name, std::function<int()> runOnce, sync::Signal& signal,
           std::chrono::milliseconds idle);

    /// Runs once; how long to wait for the signal before the next turn. Zero: there may be more to
    /// do. A failure is logged and waited out.
    std::chrono::milliseconds turn();

    const std::string& name() const { return _name; }
    sync::Signal& signal() { return _signal; }

private:
    std::string _name;
    std::function<int()> _runOnce;
    sync::Signal& _signal;
    std::chrono::milliseconds _idle;
};

/// Owns the threads of the workers. A worker is asked again as long as it finds something to do;
/// then it sleeps until its signal is raised, or `idle` has passed: the safety net.
class Scheduler
{
public:
    ~Scheduler(); // stops

    /// The signal outlives the scheduler.
    void add(std::string name, std::function<int()> runOnce, sync::Signal& signal,
             std::chrono::milliseconds idle);
    /// The same for what has no signal: a beat.
    void every(std::string name, std::chrono::milliseconds interval, std::function<void()> run);

    /// Ends all threads after what they are doing now.
    void stop();

private:
    std::vector<std::unique_ptr<sync::Signal>> _signals;
    std::vector<std::jthread> _threads;
};

} // namespace spokehub::ops
