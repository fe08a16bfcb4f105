#include "ops/Scheduler.h"

#include "core/Log.h"

#include <pthread.h>

namespace spokehub::ops
{

namespace
{

using namespace std::chrono_literals;

constexpr auto afterFailure = 500ms;

void work(const std::stop_token& stop, Worker worker)
{
    pthread_setname_np(pthread_self(), worker.name().substr(0, 15).c_str());
    while (!stop.stop_requested())
        if (const auto wait = worker.turn(); wait > 0ms)
            worker.signal().wait(stop, wait);
}

} // namespace

Worker::Worker(std::string name, std::function<int()> runOnce, sync::Signal& signal,
               std::chrono::milliseconds idle)
    : _name(std::move(name)), _runOnce(std::move(runOnce)), _signal(signal), _idle(idle)
{
}

std::chrono::milliseconds Worker::turn()
{
    try {
        return _runOnce() > 0 ? 0ms : _idle;
    } catch (const std::exception& error) {
        Log::error("a worker failed", {{"worker", _name}, {"reason", error.what()}});
        return afterFailure;
    }
}

Scheduler::~Scheduler()
{
    stop();
}

void Scheduler::add(std::string name, std::function<int()> runOnce, sync::Signal& signal,
                    std::chrono::milliseconds idle)
{
    _threads.emplace_back(
        [worker = Worker(std::move(name), std::move(runOnce), signal, idle)](
            const std::stop_token& stop) mutable { work(stop, std::move(worker)); });
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
