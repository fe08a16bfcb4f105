#pragma once

#include "core/Id.h"
#include "store/Commands.h"
#include "store/Database.h"

namespace spokehub::store
{

/// The number under which this hub makes ids, leased from the store, and the mark above which it
/// may make them: what is written here is always ahead of any id in use, so that a restart never
/// repeats one, whatever the clock says. Owns: node.
class Nodes
{
public:
    /// Takes a number nobody alive has. Throws Error(Unavailable) when all are taken.
    Nodes(Database& database, std::int64_t boot, const Clock& clock);

    int number() const { return _number; }
    Id highWater() const { return _highWater; }

    /// Moves the mark ahead of the clock again; at least every 30 seconds.
    void renew(Commands& commands);

private:
    Id ahead();

    const std::int64_t _boot;
    const Clock& _clock;
    int _number = 0;
    Id _highWater = 0;
    Id _mark = 0; // as it is written; it never goes back
};

} // namespace spokehub::store
