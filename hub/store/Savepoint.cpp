#include "store/Savepoint.h"

#include <iterator>

namespace spokehub::store
{

namespace
{

constexpr Sql begin = {"SAVEPOINT part"};
constexpr Sql release = {"RELEASE SAVEPOINT part"};
constexpr Sql rollback = {"ROLLBACK TO SAVEPOINT part"};

template <class Vector>
void append(Vector& all, Vector& more)
{
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

} // namespace

Savepoint::Savepoint(Tx& tx) : _tx(tx)
{
    _tx.write(begin, {});
    _afterCommit.swap(_tx._afterCommit);
    _changed.swap(_tx._changed);
    _grown.swap(_tx._grown);
    _noted.swap(_tx._noted);
}

void Savepoint::keep()
{
    _tx.write(release, {});
    append(_afterCommit, _tx._afterCommit);
    _changed.merge(_tx._changed);
    _grown.merge(_tx._grown);
    append(_noted, _tx._noted);
    restore();
}

void Savepoint::undo()
{
    _tx.write(rollback, {});
    _tx.write(release, {});
    restore();
}

void Savepoint::restore()
{
    _tx._afterCommit = std::move(_afterCommit);
    _tx._changed = std::move(_changed);
    _tx._grown = std::move(_grown);
    _tx._noted = std::move(_noted);
}

} // namespace spokehub::store
