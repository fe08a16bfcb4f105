#include "http/Workers.h"

#include "core/Log.h"

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace spokehub::http
{

struct Workers::Impl
{
    explicit Impl(std::size_t most) : waitingMax(most) {}

    void run();
    std::unique_ptr<Link> take();
    void perform(std::unique_ptr<Link> task);

    const std::size_t waitingMax;
    std::atomic<std::size_t> waiting{0};
    std::atomic<std::uint64_t> done{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<bool> stopping{false};

    std::mutex mutex;
    std::condition_variable changed;
    std::unique_ptr<Link> first;
    Link* last = nullptr;
    std::size_t idle = 0; // threads that sleep and were not called yet
    std::vector<std::thread> threads;
};

std::unique_ptr<Workers::Link> Workers::Impl::take()
{
    std::unique_lock lock(mutex);
    while (first == nullptr) {
        if (stopping.load())
            return nullptr;
        ++idle;
        changed.wait(lock);
    }
    auto task = std::move(first);
    first = std::move(task->next);
    if (first == nullptr)
        last = nullptr;
    return task;
}

void Workers::Impl::perform(std::unique_ptr<Link> task)
{
    try {
        task->run();
    } catch (const std::exception& error) {
        failed.fetch_add(1, std::memory_order_relaxed);
        Log::error("a worker's job failed", {{"reason", std::string_view(error.what())}});
    } catch (...) {
        failed.fetch_add(1, std::memory_order_relaxed);
        Log::error("a worker's job failed with something that is no std::exception");
    }
}

void Workers::Impl::run()
{
    while (auto task = take()) {
        waiting.fetch_sub(1);
        perform(std::move(task));
        done.fetch_add(1, std::memory_order_relaxed);
    }
}

Workers::Workers(std::string name, std::size_t threads, std::size_t waitingMax)
    : _impl(std::make_unique<Impl>(waitingMax))
{
    for (std::size_t i = 1; i <= threads; ++i) {
        _impl->threads.emplace_back([impl = _impl.get()] { impl->run(); });
        const std::string shown = (name + "-" + std::to_string(i)).substr(0, 15);
        ::pthread_setname_np(_impl->threads.back().native_handle(), shown.c_str());
    }
}

Workers::~Workers()
{
    stop();
}

bool Workers::takeRoom()
{
    if (_impl->waiting.fetch_add(1) < _impl->waitingMax && !_impl->stopping.load())
        return true;
    _impl->waiting.fetch_sub(1);
    _impl->refused.fetch_add(1, std::memory_order_relaxed);
    return false;
}

void Workers::put(std::unique_ptr<Link> task)
{
    bool call = false;
    {
        std::unique_lock lock(_impl->mutex);
        if (_impl->stopping.load()) {
            lock.unlock(); // stopped since there was room: the threads may be gone
            _impl->waiting.fetch_sub(1);
            return _impl->perform(std::move(task));
        }
        Link* added = task.get();
        (_impl->last == nullptr ? _impl->first : _impl->last->next) = std::move(task);
        _impl->last = added;
        call = _impl->idle > 0;
        _impl->idle -= call ? 1 : 0;
    }
    if (call) // while all are busy nobody needs to be called: they look before they sleep
        _impl->changed.notify_one();
}

void Workers::stop()
{
    {
        const std::lock_guard lock(_impl->mutex);
        _impl->stopping.store(true);
    }
    _impl->changed.notify_all();
    for (std::thread& thread : _impl->threads)
        if (thread.joinable())
            thread.join();
}

Workers::Figures Workers::figures() const
{
    return {.waiting = _impl->waiting.load(),
            .done = _impl->done.load(),
            .refused = _impl->refused.load(),
            .failed = _impl->failed.load()};
}

} // namespace spokehub::http
