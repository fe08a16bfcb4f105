#include "sync/Tasks.h"

#include "core/Digest.h"
#include "core/Error.h"

#include <algorithm>
#include <cstring>

namespace spokehub::sync
{

namespace
{

// A failed task is armed again by a new generation, unless a person must act first (config: 8,
// unmatched: 6). One that waits for its next attempt goes on waiting; one that runs is seen to be
// outdated when it is settled.
constexpr store::Sql planTask = {R"(
    INSERT INTO task (tenant_id, id, channel_id, kind, subject_id, detail, queue, state, next_attempt_at, planned_at)
    {rows}
    ON CONFLICT (tenant_id, subject_id, channel_id, kind) DO UPDATE
    SET generation = task.generation + 1,
        detail = excluded.detail,
        queue = CASE WHEN task.state = 1 AND task.queue < excluded.queue THEN task.queue ELSE excluded.queue END,
        next_attempt_at = CASE WHEN task.state IN (3, 4) THEN excluded.next_attempt_at ELSE task.next_attempt_at END,
        planned_at = CASE WHEN task.state IN (3, 4) THEN excluded.planned_at ELSE task.planned_at END,
        attempts = CASE WHEN task.state = 3 OR (task.state = 4 AND task.class NOT IN (6, 8)) THEN 0 ELSE task.attempts END,
        conflicts = CASE WHEN task.state IN (3, 4) THEN 0 ELSE task.conflicts END,
        class = CASE WHEN task.state = 3 THEN 0 ELSE task.class END,
        reason = CASE WHEN task.state = 3 THEN '' ELSE task.reason END,
        state = CASE WHEN task.state = 2 OR (task.state = 4 AND task.class IN (6, 8)) THEN task.state ELSE 1 END)"};

constexpr store::Sql selectDue = {R"(
    SELECT 1 FROM task WHERE tenant_id = $1 AND channel_id = $2 AND state = 1 AND queue IN (0, 1) AND next_attempt_at <= $3
    LIMIT 1)"};

constexpr store::Sql holdsLease = {R"(
    SELECT 1 FROM lane WHERE tenant_id = $1 AND channel_id = $2 AND owner = $3 AND fence = $4 {lock})"};

constexpr store::Sql selectClaimable = {R"(
    SELECT id, kind, subject_id, detail, generation, attempts, conflicts, class FROM task
    WHERE tenant_id = $1 AND channel_id = $2 AND state = 1 AND queue = $3 AND next_attempt_at <= $4
    ORDER BY next_attempt_at, id LIMIT $5)"};

constexpr store::Sql startTask = {R"(
    UPDATE task SET state = 2 {from_rows} WHERE task.tenant_id = {1} AND task.id = {2})"};

// 11 is the state of running ones: as a constant it would make PostgreSQL look for each of these by
// going over all that run, in the index of those.
constexpr store::Sql settleTask = {R"(
    UPDATE task SET
        state = CASE WHEN task.generation = {3} THEN {4} WHEN {5} IN (6, 8) THEN 4 ELSE 1 END,
        class = {5}, reason = {6},
        attempts = CASE WHEN task.generation = {3} OR {4} = 1 THEN {7} ELSE 0 END,
        conflicts = CASE WHEN task.generation = {3} OR {4} = 1 THEN {8} ELSE 0 END,
        next_attempt_at = CASE WHEN {4} = 3 THEN {10} ELSE {9} END,
        settled_at = {10}
    {from_rows}
    WHERE task.tenant_id = {1} AND task.id = {2} AND task.state = {11})"};

// 5: unknown_outcome
constexpr store::Sql takeOverTasks = {R"(
    UPDATE task SET state = 1, class = 5, reason = 'the hub that worked on it stopped', next_attempt_at = $3
    WHERE tenant_id = $1 AND channel_id = $2 AND state = 2)"};

constexpr store::Sql endWaits = {R"(
    UPDATE task SET next_attempt_at = $4
    WHERE tenant_id = $1 AND channel_id = $2 AND state = 1 AND queue IN (0, 1) AND next_attempt_at > $3)"};

constexpr store::Sql retryTask = {R"(
    UPDATE task SET state = 1, attempts = 0, conflicts = 0, next_attempt_at = $3, queue = 0
    WHERE tenant_id = $1 AND id = $2 AND state IN (1, 4))"};

constexpr store::Sql selectChannelOf = {
    "SELECT channel_id FROM task WHERE tenant_id = $1 AND id = $2"};

constexpr store::Sql retryTasks = {R"(
    UPDATE task SET state = 1, attempts = 0, conflicts = 0, next_attempt_at = $2
    WHERE tenant_id = $1 AND state = 4 AND channel_id BETWEEN $3 AND $4 AND class BETWEEN $5 AND $6)"};

constexpr store::Sql markTask = {R"(
    INSERT INTO task (tenant_id, id, channel_id, kind, subject_id, queue, state, class, reason, next_attempt_at, planned_at,
                      settled_at)
    VALUES ($1, $2, $3, 1, $4, 0, $5, $6, $7, $8, $8, $8)
    ON CONFLICT (tenant_id, subject_id, channel_id, kind) DO UPDATE
    SET state = excluded.state, class = excluded.class, reason = excluded.reason, settled_at = excluded.settled_at)"};

constexpr store::Sql selectMatched = {R"(
    SELECT id FROM listing WHERE tenant_id = $1 AND channel_id = $2 AND variant_id IS NOT NULL AND removed = 0)"};

/// Equal texts have equal ids: what is to be read is read once, however many messages asked for it.
Id idOf(const std::string& text)
{
    const Digest digest = sha256(text);
    Id id = 0;
    std::memcpy(&id, digest.data(), sizeof id);
    return id & INT64_MAX;
}

} // namespace

const char* name(TaskKind kind)
{
    switch (kind) {
    case TaskKind::Stock:
        return "stock";
    case TaskKind::Shipment:
        return "shipment";
    case TaskKind::Fetch:
        return "fetch";
    }
    return "?";
}

const char* name(TaskState state)
{
    switch (state) {
    case TaskState::Pending:
        return "pending";
    case TaskState::Running:
        return "running";
    case TaskState::Done:
        return "done";
    case TaskState::Failed:
        return "failed";
    }
    return "?";
}

Tasks::Tasks(IdGenerator& ids, const Clock& clock, const catalog::Bundles& bundles,
             const catalog::Listings& listings)
    : _ids(ids), _clock(clock), _bundles(bundles), _listings(listings)
{
}

void Tasks::listen(Id tenant, Id channel, Signal& signal)
{
    const std::lock_guard lock(_mutex);
    _signals[{tenant, channel}] = &signal;
}

void Tasks::wake(Id tenant, Id channel)
{
    const std::lock_guard lock(_mutex);
    if (const auto found = _signals.find({tenant, channel}); found != _signals.end())
        found->second->raise();
}

// ---------------------------------------------------------------- planning

void Tasks::plan(store::Tx& tx, std::span<const Plan> plans)
{
    const Time now = _clock.now();
    store::RowSet rows(10);
    std::set<std::pair<Id, Id>> channels;
    for (const Plan& plan : plans) {
        rows.add({plan.tenant, _ids.next(), plan.channel, static_cast<std::int64_t>(plan.kind),
                  plan.subject, plan.detail, static_cast<std::int64_t>(plan.queue),
                  static_cast<std::int64_t>(TaskState::Pending), now, now});
        channels.emplace(plan.tenant, plan.channel);
    }
    if (rows.empty())
        return;
    tx.writeRows(planTask, rows);
    tx.afterCommit([this, channels] {
        for (const auto& [tenant, channel] : channels)
            wake(tenant, channel);
    });
}

void Tasks::planChanged(store::Tx& tx)
{
    std::map<Id, std::vector<Id>> variants;
    for (const auto& [tenant, variant] : tx.changedVariants())
        variants[tenant].push_back(variant);
    std::vector<Plan> plans;
    for (auto& [tenant, ids] : variants) {
        const auto bundles = _bundles.ancestorsOf(tx, tenant, ids);
        ids.insert(ids.end(), bundles.begin(), bundles.end());
        for (const auto& listing : _listings.ofVariants(tx, tenant, ids))
            plans.push_back(
                {tenant, listing.channel, TaskKind::Stock, listing.listing, {}, Queue::Urgent});
    }
    std::ranges::sort(plans, {}, [](const Plan& plan) {
        return std::tuple(plan.tenant, plan.channel, plan.subject);
    });
    const auto twice = std::ranges::unique(plans, [](const Plan& a, const Plan& b) {
        return a.tenant == b.tenant && a.channel == b.channel && a.subject == b.subject;
    });
    plans.erase(twice.begin(), twice.end());
    plan(tx, plans);
}

void Tasks::planShipment(store::Tx& tx, Id tenant, Id channel, Id shipment)
{
    const Plan one{tenant, channel, TaskKind::Shipment, shipment, {}, Queue::Urgent};
    plan(tx, {&one, 1});
}

void Tasks::planFetch(store::Tx& tx, Id tenant, Id channel, const std::string& detail)
{
    const Plan one{tenant, channel, TaskKind::Fetch, idOf(detail), detail, Queue::Urgent};
    plan(tx, {&one, 1});
}

void Tasks::planListings(store::Tx& tx, Id tenant, Id channel, std::span<const Id> listings)
{
    std::vector<Plan> plans;
    for (const Id listing : listings)
        plans.push_back({tenant, channel, TaskKind::Stock, listing, {}, Queue::Bulk});
    plan(tx, plans);
}

void Tasks::planChannel(store::Tx& tx, Id tenant, Id channel)
{
    std::vector<Plan> plans;
    tx.query(selectMatched, {tenant, channel}, [&](const store::Row& row) {
        plans.push_back({tenant, channel, TaskKind::Stock, row.integer(0), {}, Queue::Bulk});
    });
    plan(tx, plans);
}

// ---------------------------------------------------------------- working

bool Tasks::anyDue(store::Session& session, Id tenant, Id channel, Time now) const
{
    bool due = false;
    session.query(selectDue, {tenant, channel, now}, [&](const store::Row&) { due = true; });
    return due;
}

bool Tasks::holds(store::Tx& tx, const Lease& lease) const
{
    bool held = false;
    tx.query(holdsLease, {lease.tenant, lease.channel, lease.owner, lease.fence},
             [&](const store::Row&) { held = true; });
    return held;
}

std::vector<Task> Tasks::claim(store::Tx& tx, const Lease& lease, Time now, int most)
{
    std::vector<Task> tasks;
    if (!holds(tx, lease))
        return tasks;
    for (const Queue queue : {Queue::Urgent, Queue::Bulk}) {
        if (!tasks.empty())
            break; // bulk never delays what a sale or a person caused
        tx.query(selectClaimable,
                 {lease.tenant, lease.channel, static_cast<std::int64_t>(queue), now, most},
                 [&](const store::Row& row) {
                     tasks.push_back({.tenant = lease.tenant,
                                      .id = row.integer(0),
                                      .channel = lease.channel,
                                      .kind = static_cast<TaskKind>(row.integer(1)),
                                      .subject = row.integer(2),
                                      .detail = row.string(3),
                                      .generation = row.integer(4),
                                      .attempts = row.integer(5),
                                      .conflicts = row.integer(6),
                                      .lastClass = static_cast<Class>(row.integer(7))});
                 });
    }
    if (tasks.empty())
        return tasks;
    const TaskKind kind = tasks.front().kind; // a push is of one kind
    std::erase_if(tasks, [kind](const Task& task) { return task.kind != kind; });
    store::RowSet rows(2);
    for (const Task& task : tasks)
        rows.add({task.tenant, task.id});
    tx.writeRows(startTask, rows);
    return tasks;
}

bool Tasks::settle(store::Tx& tx, const Lease& lease, std::span<const Verdict> verdicts, Time now)
{
    if (!holds(tx, lease))
        return false;
    store::RowSet rows(11);
    for (const Verdict& verdict : verdicts)
        rows.add({verdict.task->tenant, verdict.task->id, verdict.task->generation,
                  static_cast<std::int64_t>(verdict.state), static_cast<std::int64_t>(verdict.kind),
                  verdict.reason, verdict.attempts, verdict.conflicts, verdict.nextAttemptAt, now,
                  static_cast<std::int64_t>(TaskState::Running)});
    if (!rows.empty())
        tx.writeRows(settleTask, rows);
    return true;
}

void Tasks::takeOver(store::Tx& tx, const Lease& lease, Time now)
{
    tx.write(takeOverTasks, {lease.tenant, lease.channel, now});
}

void Tasks::endWaitsAfter(store::Tx& tx, Id tenant, Id channel, Time latest, Time now)
{
    tx.write(endWaits, {tenant, channel, latest, now});
}

// ---------------------------------------------------------------- by hand

void Tasks::retry(store::Tx& tx, const Scope& scope, Id task)
{
    std::optional<Id> channel;
    tx.query(selectChannelOf, {scope.tenant, task},
             [&](const store::Row& row) { channel = row.integer(0); });
    if (!channel)
        throw Error(Refusal::NotFound, "there is no task " + showId("tsk", task));
    if (tx.execute(retryTask, {scope.tenant, task, _clock.now()}) == 0)
        throw Error(Refusal::Conflict, "task " + showId("tsk", task) +
                                           " is running or done: there is nothing to retry");
    tx.afterCommit([this, tenant = scope.tenant, channel = *channel] { wake(tenant, channel); });
}

std::int64_t Tasks::retryAll(store::Tx& tx, const Scope& scope, const Group& group)
{
    const std::int64_t count =
        tx.execute(retryTasks, {scope.tenant, _clock.now(), group.channel.value_or(0),
                                group.channel.value_or(INT64_MAX),
                                group.kind ? static_cast<std::int64_t>(*group.kind) : 0,
                                group.kind ? static_cast<std::int64_t>(*group.kind) : INT64_MAX});
    tx.note(store::Difference().told("retried", count));
    tx.afterCommit([this] {
        const std::lock_guard lock(_mutex);
        for (const auto& [channel, signal] : _signals)
            signal->raise();
    });
    return count;
}

void Tasks::mark(store::Tx& tx, const Scope& scope, Id channel, Id listing, TaskState state,
                 const std::string& reason)
{
    const Class kind = state == TaskState::Failed ? Class::Rejected : Class::Done;
    tx.write(markTask,
             {scope.tenant, _ids.next(), channel, listing, static_cast<std::int64_t>(state),
              static_cast<std::int64_t>(kind), reason, _clock.now()});
}

} // namespace spokehub::sync
