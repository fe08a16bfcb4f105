#include "store/Nodes.h"

#include "core/Error.h"
#include "store/Connection.h"

#include <algorithm>
#include <set>

namespace spokehub::store
{

namespace
{

using namespace std::chrono_literals;

constexpr auto reserved = 60s; // ids may be made this far ahead of the last renewal

constexpr Sql lockNodes = {"{sqlite:SELECT 1}{postgres:SELECT pg_advisory_xact_lock(7130414215)}"};

constexpr Sql selectTaken = {R"(
    SELECT number, high_water,
           {sqlite:0}{postgres:CASE WHEN EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1
               AND ((l.classid::bigint << 32) | l.objid::bigint) = node.boot) THEN 1::bigint ELSE 0::bigint END}
    FROM node ORDER BY number)"};

constexpr Sql takeNode = {R"(
    INSERT INTO node (number, boot, expires_at, high_water) VALUES ($1, $2, 0, $3)
    ON CONFLICT (number) DO UPDATE SET boot = excluded.boot, high_water = excluded.high_water)"};

constexpr Sql renewNode = {"UPDATE node SET high_water = $3 WHERE number = $1 AND boot = $2"};

} // namespace

Nodes::Nodes(Database& database, std::int64_t boot, const Clock& clock) : _boot(boot), _clock(clock)
{
    const auto connection = database.connect();
    connection->begin(false);
    try {
        const RowVisitor ignore = [](const Row&) {};
        connection->run(lockNodes, {}, &ignore);
        std::set<std::int64_t> alive;
        std::vector<std::pair<std::int64_t, Id>> known;
        const RowVisitor visit = [&](const Row& row) {
            known.emplace_back(row.integer(0), row.integer(1));
            if (row.boolean(2))
                alive.insert(row.integer(0));
        };
        connection->run(selectTaken, {}, &visit);
        while (alive.contains(_number))
            ++_number;
        if (_number > IdGenerator::nodeMax)
            throw Error(Refusal::Unavailable, "all node numbers are taken by running hubs");
        for (const auto& [number, highWater] : known)
            if (number == _number)
                _highWater = highWater;
        const Param parameters[] = {std::int64_t{_number}, boot, ahead()};
        connection->run(takeNode, parameters, nullptr);
        connection->commit();
    } catch (...) {
        connection->rollback();
        throw;
    }
}

Id Nodes::ahead()
{
    // With a clock that was set back, ids follow each other from the mark of the last run: then it
    // is that one which has to be left behind.
    const Id span =
        IdGenerator::firstAt(_clock.now() + reserved) - IdGenerator::firstAt(_clock.now());
    _mark = std::max({_mark, _highWater + span, IdGenerator::firstAt(_clock.now() + reserved)});
    return _mark;
}

void Nodes::renew(Commands& commands)
{
    const Id mark = ahead();
    commands.run([&](Tx& tx) { tx.write(renewNode, {_number, _boot, mark}); });
}

} // namespace spokehub::store
