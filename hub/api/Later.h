#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace spokehub::api
{

/// Runs small actions when their time has come, on one thread; what waits when it ends is dropped.
/// So an answer waits without holding a thread.
class Later
{
public:
    using Action = std::function<void()>;
    using Moment = std::chrono::steady_clock::time_point;

    Later();
    ~Later();
    Later(const Later&) = delete;
    Later& operator=(const Later&) = delete;

    void at(Moment moment, Action action);

private:
    void run(const std::stop_token& stop);

    std::mutex _mutex;
    std::condition_variable_any _changed;
    std::multimap<Moment, Action> _actions;
    std::jthread _thread; // last: it uses the others
};

} // namespace spokehub::api
