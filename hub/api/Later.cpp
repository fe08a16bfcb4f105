#include "api/Later.h"

namespace spokehub::api
{

Later::Later() : _thread([this](const std::stop_token& stop) { run(stop); }) {}

Later::~Later() = default;

void Later::at(Moment moment, Action action)
{
    {
        const std::lock_guard lock(_mutex);
        _actions.emplace(moment, std::move(action));
    }
    _changed.notify_one();
}

void Later::run(const std::stop_token& stop)
{
    std::unique_lock lock(_mutex);
    while (!stop.stop_requested()) {
        if (_actions.empty()) {
            _changed.wait(lock, stop, [this] { return !_actions.empty(); });
            continue;
        }
        const Moment first = _actions.begin()->first;
        if (std::chrono::steady_clock::now() < first) {
            // An earlier one may come meanwhile.
            _changed.wait_until(lock, stop, first,
                                [this, first] { return _actions.begin()->first < first; });
            continue;
        }
        const Action action = std::move(_actions.extract(_actions.begin()).mapped());
        lock.unlock();
        action();
        lock.lock();
    }
}

} // namespace spokehub::api
