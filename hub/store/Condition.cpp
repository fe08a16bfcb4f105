#include "store/Condition.h"

#include <utility>

namespace spokehub::store
{

namespace
{

constexpr Sql sendWrites{"SELECT 1"};

thread_local Condition held;
thread_local Session* readIn = nullptr;

} // namespace

Condition Condition::take()
{
    return std::exchange(held, {});
}

void Condition::checkWithin(Tx& tx) const
{
    const ReadingIn reading(tx);
    (*_check)();
}

void Condition::checkBeside(Tx& tx) const
{
    if (tx.engine() == Engine::Sqlite) // nobody else writes
        return;
    tx.query(sendWrites, {}, [](const Row&) {}); // they may still wait here, and hold no row yet
    (*_check)();
}

Holding::Holding(Condition condition) : _before(std::exchange(held, std::move(condition))) {}

Holding::~Holding()
{
    held = std::move(_before);
}

ReadingIn::ReadingIn(Session& session) : _before(std::exchange(readIn, &session)) {}

ReadingIn::~ReadingIn()
{
    readIn = _before;
}

Session* ReadingIn::current()
{
    return readIn;
}

} // namespace spokehub::store
