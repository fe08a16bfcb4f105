#include "sync/TaskReader.h"

#include "core/Error.h"

#include <charconv>

namespace spokehub::sync
{

namespace
{

#define TASK_COLUMNS                                                                               \
    "id, channel_id, kind, subject_id, queue, state, class, reason, attempts, next_attempt_at, "   \
    "planned_at, settled_at"

constexpr store::Sql selectTask{"SELECT " TASK_COLUMNS
                                " FROM task WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql selectAbout{
    "SELECT " TASK_COLUMNS
    " FROM task WHERE tenant_id = $1 AND channel_id = $2 AND kind = $3 AND subject_id = $4"};

// The states stand in the text: an index with a condition is found only so.
constexpr store::Sql countTasks{R"(
    SELECT 1, COUNT(*), MIN(planned_at) FROM task WHERE tenant_id = $1 AND channel_id = $2 AND state = 1
    UNION ALL
    SELECT 2, COUNT(*), MIN(planned_at) FROM task WHERE tenant_id = $1 AND channel_id = $2 AND state = 2
    UNION ALL
    SELECT 4, COUNT(*), MIN(planned_at) FROM task WHERE tenant_id = $1 AND channel_id = $2 AND state = 4)"};

constexpr store::Sql selectPulled{
    "SELECT stream, pulled_at FROM channel_cursor WHERE tenant_id = $1 AND channel_id = $2 "
    "ORDER BY stream"};

TaskRow taskOf(const store::Row& row)
{
    TaskRow task;
    task.id = row.integer(0);
    task.channel = row.integer(1);
    task.kind = static_cast<TaskKind>(row.integer(2));
    task.subject = row.integer(3);
    task.queue = static_cast<Queue>(row.integer(4));
    task.state = static_cast<TaskState>(row.integer(5));
    task.lastClass = classFromNumber(static_cast<std::int32_t>(row.integer(6)));
    task.reason = row.string(7);
    task.attempts = row.integer(8);
    task.nextAttemptAt = row.time(9);
    task.plannedAt = row.time(10);
    task.settledAt = row.maybeTime(11);
    return task;
}

/// How the tasks of a state are walked: along the index that has them.
struct Walk
{
    std::string_view list;  // the name of its cursors
    std::string_view where; // of the state
    std::string_view order; // the columns of the key
    int columns;
};

constexpr Walk byAge{"tasks", "", "id", 1};
constexpr Walk pending{"tasks.pending", " AND state = 1", "channel_id, queue, next_attempt_at, id",
                       4};
constexpr Walk running{"tasks.running", " AND state = 2", "channel_id, id", 2};
constexpr Walk done{"tasks.done", " AND state = 3", "id", 1};
constexpr Walk failed{"tasks.failed", " AND state = 4", "channel_id, id", 2};

const Walk& walkOf(std::optional<TaskState> state)
{
    if (!state)
        return byAge;
    switch (*state) {
    case TaskState::Pending:
        return pending;
    case TaskState::Running:
        return running;
    case TaskState::Done:
        return done;
    case TaskState::Failed:
        return failed;
    }
    return byAge;
}

std::string keyOf(const Walk& walk, const TaskRow& task)
{
    const std::string id = std::to_string(task.id);
    const std::string channel = std::to_string(task.channel) + ":";
    if (walk.columns == 1)
        return id;
    if (walk.columns == 2)
        return channel + id;
    return channel + std::to_string(static_cast<int>(task.queue)) + ":" +
           std::to_string(task.nextAttemptAt.micros) + ":" + id;
}

/// The numbers of a cursor, as many as the key has columns; none at the beginning.
std::vector<std::int64_t> keyFrom(const Walk& walk, const store::PageRequest& page)
{
    const std::string text = page.after(walk.list);
    std::vector<std::int64_t> numbers;
    const char* at = text.data();
    const char* end = at + text.size();
    while (at != end) {
        std::int64_t number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error != std::errc{} || (next != end && *next != ':'))
            break;
        numbers.push_back(number);
        at = next == end ? end : next + 1;
    }
    if (at != end || (!text.empty() && numbers.size() != static_cast<std::size_t>(walk.columns)))
        throw Error(Refusal::BadRequest, "cursor is not one of this list",
                    {{"cursor", "is not one of this list"}});
    return numbers;
}

} // namespace

std::optional<TaskKind> taskKindFromName(std::string_view wanted)
{
    for (const TaskKind kind : {TaskKind::Stock, TaskKind::Shipment, TaskKind::Fetch})
        if (wanted == name(kind))
            return kind;
    return std::nullopt;
}

std::optional<TaskState> taskStateFromName(std::string_view wanted)
{
    for (const TaskState state :
         {TaskState::Pending, TaskState::Running, TaskState::Done, TaskState::Failed})
        if (wanted == name(state))
            return state;
    return std::nullopt;
}

store::Page<TaskRow> TaskReader::list(store::Session& session, const Scope& scope,
                                      const TaskQuery& query, const store::PageRequest& page) const
{
    const Walk& walk = walkOf(query.state);
    std::vector<store::Param> params{scope.tenant};
    const auto next = [&](std::int64_t value) {
        params.emplace_back(value);
        return "$" + std::to_string(params.size());
    };
    std::string text = "SELECT " TASK_COLUMNS " FROM task WHERE tenant_id = $1";
    text.append(walk.where);
    if (query.channel)
        text += " AND channel_id = " + next(*query.channel);
    if (query.kind)
        text += " AND kind = " + next(static_cast<std::int64_t>(*query.kind));
    if (query.lastClass)
        text += " AND class = " + next(static_cast<std::int64_t>(*query.lastClass));
    if (query.updatedSince) {
        const std::string since = next(query.updatedSince->micros);
        text += " AND (planned_at >= " + since + " OR settled_at >= " + since + ")";
    }
    std::string numbers;
    for (const std::int64_t number : keyFrom(walk, page))
        numbers += (numbers.empty() ? "" : ", ") + next(number);
    if (!numbers.empty())
        text.append(" AND (").append(walk.order).append(") > (").append(numbers).append(")");
    text.append(" ORDER BY ").append(walk.order).append(" LIMIT ").append(next(page.limit + 1));

    std::vector<TaskRow> rows;
    session.queryText(text, params, [&](const store::Row& row) { rows.push_back(taskOf(row)); });
    return store::pageOf(walk.list, page, std::move(rows),
                         [&](const TaskRow& task) { return keyOf(walk, task); });
}

std::optional<TaskRow> TaskReader::get(store::Session& session, const Scope& scope, Id task) const
{
    std::optional<TaskRow> found;
    session.query(selectTask, {scope.tenant, task},
                  [&](const store::Row& row) { found = taskOf(row); });
    return found;
}

std::optional<TaskRow> TaskReader::about(store::Session& session, const Scope& scope, Id channel,
                                         TaskKind kind, Id subject) const
{
    std::optional<TaskRow> found;
    session.query(selectAbout, {scope.tenant, channel, static_cast<std::int64_t>(kind), subject},
                  [&](const store::Row& row) { found = taskOf(row); });
    return found;
}

TaskCounts TaskReader::counts(store::Session& session, const Scope& scope, Id channel) const
{
    TaskCounts counts;
    session.query(countTasks, {scope.tenant, channel}, [&](const store::Row& row) {
        const auto state = static_cast<TaskState>(row.integer(0));
        if (state == TaskState::Pending) {
            counts.pending = row.integer(1);
            counts.oldestPendingAt = row.maybeTime(2);
        } else
            (state == TaskState::Running ? counts.running : counts.failed) = row.integer(1);
    });
    return counts;
}

std::vector<PulledStream> TaskReader::pulled(store::Session& session, const Scope& scope,
                                             Id channel) const
{
    std::vector<PulledStream> streams;
    session.query(selectPulled, {scope.tenant, channel}, [&](const store::Row& row) {
        streams.push_back({row.string(0), row.time(1)});
    });
    return streams;
}

} // namespace spokehub::sync
