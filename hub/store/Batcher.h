#pragma once

#include "store/Writer.h"

#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <span>
#include <variant>

namespace spokehub::store
{

/// What a caller gets: its value, or why it has none (a refusal of its own, or the failure of the store).
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

/// A typed, bounded queue in front of the Writer. `Apply` gets what waits and the transaction, and answers one
/// Outcome per request, in order. When it throws, the batch is split until the poisonous request fails alone.
/// A request may be applied several times before it is committed: Apply keeps no state of its own.
template <class Request, class Result>
class Batcher final : public BatchQueue
{
public:
    using Apply = std::function<std::vector<Outcome<Result>>(Tx&, std::span<const Request>)>;
    using LaneOf = std::function<std::size_t(const Request&)>;
    using Done = std::function<void(Outcome<Result>)>;

    /// `laneOf`: any hash of the order or variant; requests of equal hash keep their order. Null: one lane.
    Batcher(Writer& writer, Apply apply, LaneOf laneOf = nullptr, std::size_t waitingMax = 20'000);

    /// Queues it; `done` is called once, on the writer's thread, after the commit: short, must not throw.
    /// Throws Error(Unavailable) when the queue is full.
    void submit(Request request, Done done);

    /// Queues it and waits. Not on the writer's thread.
    Result call(Request request);

    /// Queues all and waits for all: one outcome per request, in order. Waits for room instead of refusing.
    std::vector<Outcome<Result>> callAll(std::vector<Request> requests);

    std::size_t waiting() const;

private:
    // see BatcherImpl.h
};

} // namespace spokehub::store
