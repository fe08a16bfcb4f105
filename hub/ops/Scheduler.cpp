#include "ops/Scheduler.h"

#include "core/Log.h"

#include <pthread.h>

namespace spokehub::ops
{

namespace
{

using namespace std::chrono_literals;

constexpr auto afterFailure = 500ms;

void work(const std::stop_token& stop, const std::string& name, const std::function<int()>& runOnce,
          sync::Signal& signal, std::chrono::milliseconds idle)
{
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    while (!stop.stop_requested()) {
        auto wait = idle;
        try {
            if (runOnce() > 0)
                continue;
        } catch (const std::exception& error) {
            Log::error("a worker failed", {{"worker", name}, {"reason", error.what()}});
            wait = afterFailure;
        }
        signal.wait(stop, wait);
    }
}

} // namespace

Scheduler::~Scheduler()
{
    stop();
}

void Scheduler::add(std::string name, std::function<int()> runOnce, sync::Signal& signal,
                    std::chrono::milliseconds idle)
{
    _threads.emplace_back([name = std::move(name), runOnce = std::move(runOnce), &signal,
                           idle](const std::stop_token& stop) {
        work(stop, name, runOnce, signal, idle);
    });
}

void Scheduler::every(std::string name, std::chrono::milliseconds interval,
                      std::function<void()> run)
{
    sync::Signal& signal = *_signals.emplace_back(std::make_unique<sync::Signal>());
    add(
        std::move(name),
        [run = std::move(run)] {
            run();
            return 0;
        },
        signal, interval);
}

void Scheduler::stop()
{
    for (std::jthread& thread : _threads)
        thread.request_stop();
    _threads.clear();
}

} // namespace spokehub::ops
