#pragma once

#include "sim/World.h"
#include "store/Connection.h"

#include <memory>
#include <optional>

namespace spokehub::sim
{

/// What goes wrong between a hub and its store. A crash is told to the hub as a store that is away
/// for good: nothing it does from then on has an effect, until it is thrown away.
class StoreFaults
{
public:
    explicit StoreFaults(World& world) : _world(world) {}

    /// The process dies at the `call`-th store call from now; a COMMIT may have happened or not.
    void crashAt(std::int64_t call) { _crashAt = _calls + call; }
    /// The `call`-th store call from now fails, and so do the `more` that come after it.
    void failAt(std::int64_t call, store::Failure how, std::int64_t more = 0);
    void disarm();

    bool dead() const { return _dead; }
    void revive() { _dead = false; }
    std::int64_t calls() const { return _calls; }
    std::int64_t crashes() const { return _crashes; }
    std::int64_t errors() const { return _errors; }

    std::unique_ptr<store::Connection> around(std::unique_ptr<store::Connection> inner);

private:
    class FaultyConnection;

    /// Nothing, or why the call fails.
    std::optional<store::Failure> next(bool commit);
    void die();

    World& _world;
    std::int64_t _calls = 0;
    std::int64_t _crashAt = 0;
    std::int64_t _failFrom = 0;
    std::int64_t _failTo = 0;
    store::Failure _how = store::Failure::Busy;
    bool _dead = false;
    std::int64_t _crashes = 0;
    std::int64_t _errors = 0;
};

} // namespace spokehub::sim
