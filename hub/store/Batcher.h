#pragma once

#include "store/Writer.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <variant>

namespace spokehub::store
{

/// What a caller gets: its value, or why it has none (a refusal of its own, or the failure of the
/// store).
template <class Result>
class Outcome
{
public:
    Outcome(Result value) : _held(std::move(value)) {}
    Outcome(std::exception_ptr why) : _held(std::move(why)) {}

    bool ok() const { return _held.index() == 0; }
    Result& value()
    {
        if (!ok())
            std::rethrow_exception(std::get<1>(_held));
        return std::get<0>(_held);
    }
    std::exception_ptr why() const { return ok() ? nullptr : std::get<1>(_held); }

private:
    std::variant<Result, std::exception_ptr> _held;
};

/// A refusal as an outcome, so that one request is refused without disturbing its batch.
template <class Result>
Outcome<Result> refused(Error error)
{
    return Outcome<Result>(std::make_exception_ptr(std::move(error)));
}

/// Collects the outcomes of several requests.
template <class Result>
class Gathering
{
public:
    explicit Gathering(std::size_t count) : _outcomes(count), _missing(count) {}

    void set(std::size_t i, Outcome<Result> outcome)
    {
        const std::lock_guard lock(_mutex);
        _outcomes[i].emplace(std::move(outcome));
        if (--_missing == 0)
            _complete.notify_one();
    }

    std::vector<Outcome<Result>> wait()
    {
        std::unique_lock lock(_mutex);
        _complete.wait(lock, [this] { return _missing == 0; });
        std::vector<Outcome<Result>> outcomes;
        outcomes.reserve(_outcomes.size());
        for (auto& outcome : _outcomes)
            outcomes.push_back(std::move(*outcome));
        return outcomes;
    }

private:
    std::mutex _mutex;
    std::condition_variable _complete;
    std::vector<std::optional<Outcome<Result>>> _outcomes;
    std::size_t _missing;
};

/// A typed, bounded queue in front of the Writer. `Apply` gets what waits and the transaction, and
/// answers one Outcome per request, in order. When it throws, the batch is split until the
/// poisonous request fails alone. A request may be applied several times before it is committed:
/// Apply keeps no state of its own.
template <class Request, class Result>
class Batcher final : public BatchQueue
{
public:
    using Apply = std::function<std::vector<Outcome<Result>>(Tx&, std::span<const Request>)>;
    using Done = std::function<void(Outcome<Result>)>;

    /// `lane`: of the Writer; requests keep their order. It still has to join() the Writer, which
    /// says in which order the queues' tables are touched.
    Batcher(Writer& writer, Apply apply, std::size_t lane = Writer::ledgerLane,
            std::size_t waitingMax = 20'000)
        : _writer(writer), _apply(std::move(apply)), _lane(lane % writer.lanes()),
          _waitingMax(waitingMax)
    {
    }

    /// The Writer stops with the first of its Batchers.
    ~Batcher() override { _writer.stop(); }

    /// What a request changed, for the audit log; nothing when it is none of what stands there.
    using Describe = std::function<std::optional<std::vector<Difference>>(const Request&, Result&)>;

    using TenantOf = std::function<Id(const Request&)>;

    /// Whom a request is for; without, whoever is served by the thread that hands it over.
    void servedBy(TenantOf tenantOf) { _tenantOf = std::move(tenantOf); }

    /// Before anything is queued. Without, the log says that it was done, and no more.
    void describeBy(Describe describe) { _describe = std::move(describe); }

    /// Queues it; `done` is called once, on the writer's thread, after the commit: short, must not
    /// throw. Throws Error(Unavailable) when the queue is full.
    void submit(Request request, Done done)
    {
        {
            const std::lock_guard lock(_mutex);
            if (_queue.size() >= _waitingMax)
                throw Error(Refusal::Unavailable,
                            std::to_string(_queue.size()) +
                                " requests wait already; try again in a moment");
            push(std::move(request), std::move(done));
        }
        _writer.wake(_lane);
    }

    /// Queues it and waits. Not on the writer's thread.
    Result call(Request request)
    {
        refuseToWaitForOneself();
        const auto promise = std::make_shared<std::promise<Outcome<Result>>>();
        auto future = promise->get_future();
        submit(std::move(request),
               [promise](Outcome<Result> outcome) { promise->set_value(std::move(outcome)); });
        _writer.work();
        return std::move(future.get().value());
    }

    /// Queues all and waits for all: one outcome per request, in order. Waits for room instead of
    /// refusing.
    std::vector<Outcome<Result>> callAll(std::vector<Request> requests)
    {
        refuseToWaitForOneself();
        const auto all = std::make_shared<Gathering<Result>>(requests.size());
        for (std::size_t i = 0; i < requests.size(); ++i)
            pushWhenRoom(std::move(requests[i]),
                         [all, i](Outcome<Result> outcome) { all->set(i, std::move(outcome)); });
        _writer.wake(_lane);
        _writer.work();
        return all->wait();
    }

    std::size_t waiting() const
    {
        const std::lock_guard lock(_mutex);
        return _queue.size();
    }

private:
    struct Waiting
    {
        Request request;
        Done done;
        std::shared_ptr<const Deed> deed; // that it is done for
        Id tenant = Serving::nobody;      // whom it is for
    };

    class Taken final : public Batch
    {
    public:
        Taken(const Batcher& batcher, std::deque<Waiting>& queue, std::size_t count)
            : _batcher(batcher), _outcomes(count)
        {
            _requests.reserve(count);
            _dones.reserve(count);
            _deeds.reserve(count);
            _tenants.reserve(count);
            for (std::size_t i = 0; i < count; ++i) {
                _requests.push_back(std::move(queue.front().request));
                _dones.push_back(std::move(queue.front().done));
                _deeds.push_back(std::move(queue.front().deed));
                _tenants.push_back(queue.front().tenant);
                queue.pop_front();
            }
        }

        std::size_t size() const override { return _requests.size(); }

        void tenants(Tenants& served, std::size_t from, std::size_t to) const override
        {
            for (std::size_t i = from; i < to; ++i)
                served.add(_tenants[i]);
        }

        void apply(Tx& tx, std::size_t from, std::size_t to) override
        {
            auto outcomes =
                _batcher._apply(tx, std::span<const Request>(_requests).subspan(from, to - from));
            if (outcomes.size() != to - from)
                throw std::logic_error("a Batcher's Apply answered " +
                                       std::to_string(outcomes.size()) + " outcomes for " +
                                       std::to_string(to - from) + " requests");
            for (std::size_t i = 0; i < outcomes.size(); ++i)
                _outcomes[from + i].emplace(std::move(outcomes[i]));
            for (std::size_t i = from; i < to; ++i)
                if (_deeds[i] && _outcomes[i]->ok())
                    note(tx, i);
        }

        void succeed(std::size_t from, std::size_t to) override
        {
            for (std::size_t i = from; i < to; ++i)
                Writer::guarded("answering a request",
                                [&] { _dones[i](std::move(*_outcomes[i])); });
        }

        void fail(std::size_t from, std::size_t to, std::exception_ptr why) override
        {
            for (std::size_t i = from; i < to; ++i)
                Writer::guarded("answering a request", [&] { _dones[i](Outcome<Result>(why)); });
        }

    private:
        void note(Tx& tx, std::size_t i)
        {
            if (!_batcher._describe)
                return tx.did(_deeds[i], {});
            if (const auto changes = _batcher._describe(_requests[i], _outcomes[i]->value()))
                tx.did(_deeds[i], *changes);
        }

        const Batcher& _batcher;
        std::vector<Request> _requests;
        std::vector<Done> _dones;
        std::vector<std::shared_ptr<const Deed>> _deeds;
        std::vector<Id> _tenants;
        std::vector<std::optional<Outcome<Result>>> _outcomes;
    };

    std::unique_ptr<Batch> take(std::size_t lane, std::size_t max) override
    {
        const std::lock_guard lock(_mutex);
        if (lane != _lane || _queue.empty())
            return nullptr;
        auto batch = std::make_unique<Taken>(*this, _queue, std::min(max, _queue.size()));
        _room.notify_all();
        return batch;
    }

    void close() override
    {
        const std::lock_guard lock(_mutex);
        _closed = true;
        _room.notify_all();
    }

    void refuseAll(std::exception_ptr why) override
    {
        if (const auto batch = take(_lane, _waitingMax))
            batch->fail(0, batch->size(), why);
    }

    /// Under the lock.
    void push(Request request, Done done)
    {
        if (!joined())
            throw std::logic_error("a Batcher was used before it joined its Writer");
        if (_closed)
            throw Error(Refusal::Unavailable, "the hub is stopping");
        const Id tenant = _tenantOf ? _tenantOf(request) : Serving::current();
        _queue.push_back({std::move(request), std::move(done), Doing::current(), tenant});
    }

    void pushWhenRoom(Request request, Done done)
    {
        std::unique_lock lock(_mutex);
        if (_queue.size() >= _waitingMax) {
            _writer.wake(_lane);
            lock.unlock();
            _writer.work();
            lock.lock();
            _room.wait(lock, [this] { return _queue.size() < _waitingMax || _closed; });
        }
        if (_closed) {
            lock.unlock();
            return done(refused<Result>(Error(Refusal::Unavailable, "the hub is stopping")));
        }
        push(std::move(request), std::move(done));
    }

    static void refuseToWaitForOneself()
    {
        if (Writer::onLaneThread())
            throw std::logic_error("a lane of the Writer cannot wait for a lane");
    }

    Writer& _writer;
    const Apply _apply;
    Describe _describe;
    TenantOf _tenantOf;
    const std::size_t _lane;
    const std::size_t _waitingMax;
    mutable std::mutex _mutex;
    std::condition_variable _room;
    std::deque<Waiting> _queue;
    bool _closed = false;
};

} // namespace spokehub::store
