#include "sync/Lease.h"

namespace spokehub::sync
{

namespace
{

constexpr store::Sql takeLane = {R"(
    INSERT INTO lane (tenant_id, channel_id, owner, fence, expires_at)
    VALUES ($1, $2, $3, 1, {sqlite:$4 + $5}{postgres:$4 + (extract(epoch FROM clock_timestamp()) * 1000000)::bigint})
    ON CONFLICT (tenant_id, channel_id) DO UPDATE
    SET fence = lane.fence + CASE WHEN lane.owner = excluded.owner THEN 0 ELSE 1 END,
        owner = excluded.owner, expires_at = excluded.expires_at
    WHERE lane.owner = excluded.owner {sqlite:OR lane.owner <> excluded.owner}{postgres:
       OR lane.expires_at < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
       OR NOT EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1
                      AND ((l.classid::bigint << 32) | l.objid::bigint) = lane.owner)}
    RETURNING fence)"};

} // namespace

LaneLease::LaneLease(store::Commands& commands, Tasks& tasks, const Clock& clock,
                     store::Engine engine, std::int64_t owner, Id tenant, Id channel)
    : _commands(commands), _tasks(tasks), _clock(clock),
      _term(engine == store::Engine::Sqlite ? std::chrono::seconds(90) : std::chrono::seconds(15)),
      _lease{tenant, channel, owner, 0}
{
}

bool LaneLease::hold()
{
    const Time now = _clock.now();
    if (_lease.fence != 0 && _heldUntil - now > _term / 2 && _heldUntil - now <= _term)
        return true;
    const std::int64_t fence = _commands.run([this, now](store::Tx& tx) {
        std::int64_t taken = 0;
        tx.query(takeLane,
                 {_lease.tenant, _lease.channel, _lease.owner,
                  static_cast<std::int64_t>(_term.count()), now},
                 [&](const store::Row& row) { taken = row.integer(0); });
        if (taken != 0 && taken != _lease.fence)
            _tasks.takeOver(tx, {_lease.tenant, _lease.channel, _lease.owner, taken}, now);
        return taken;
    });
    _lease.fence = fence;
    _heldUntil = now + _term;
    return fence != 0;
}

void LaneLease::takeOver()
{
    _commands.run([this](store::Tx& tx) { _tasks.takeOver(tx, _lease, _clock.now()); });
}

} // namespace spokehub::sync
