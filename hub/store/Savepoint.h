#pragma once

#include "store/Session.h"

namespace spokehub::store
{

/// A part of a transaction that is kept or undone by itself, and with it what it said of itself:
/// who must hear, what there is more of, what runs after the commit, what it changed. One of the
/// two must be called, unless the transaction is lost anyway. They nest.
class Savepoint
{
public:
    explicit Savepoint(Tx& tx);
    Savepoint(const Savepoint&) = delete;
    Savepoint& operator=(const Savepoint&) = delete;

    void keep();
    void undo();

private:
    void restore();

    Tx& _tx;
    // Of what was before it.
    decltype(Tx::_afterCommit) _afterCommit;
    decltype(Tx::_changed) _changed;
    decltype(Tx::_grown) _grown;
    decltype(Tx::_noted) _noted;
};

} // namespace spokehub::store
