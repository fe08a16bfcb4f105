#pragma once

#include "store/Page.h"
#include "sync/Tasks.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spokehub::sync
{

/// A task as those see it who look after it.
struct TaskRow
{
    Id id = 0;
    Id channel = 0;
    TaskKind kind = TaskKind::Stock;
    Id subject = 0;
    Queue queue = Queue::Urgent;
    TaskState state = TaskState::Pending;
    Class lastClass = Class::Done;
    std::string reason;
    std::int64_t attempts = 0;
    Time nextAttemptAt;
    Time plannedAt;
    std::optional<Time> settledAt;
};

struct TaskQuery
{
    std::optional<TaskState> state{};
    std::optional<Id> channel{};
    std::optional<TaskKind> kind{};
    std::optional<Class> lastClass{};
    std::optional<Time> updatedSince{}; // planned or settled
};

struct TaskCounts
{
    std::int64_t pending = 0;
    std::int64_t running = 0;
    std::int64_t failed = 0;
    std::optional<Time> oldestPendingAt; // when it was planned
};

/// When a stream of a channel was last pulled.
struct PulledStream
{
    std::string stream;
    Time at;
};

std::optional<TaskKind> taskKindFromName(std::string_view name);
std::optional<TaskState> taskStateFromName(std::string_view name);

/// Reads tasks for those who ask.
class TaskReader
{
public:
    /// In the order of the index that serves the state, so that each page costs the same: pending
    /// ones as they are due, failed and running ones by channel, others by age.
    store::Page<TaskRow> list(store::Session& session, const Scope& scope, const TaskQuery& query,
                              const store::PageRequest& page) const;
    std::optional<TaskRow> get(store::Session& session, const Scope& scope, Id task) const;
    /// The task about this subject, when there was one.
    std::optional<TaskRow> about(store::Session& session, const Scope& scope, Id channel,
                                 TaskKind kind, Id subject) const;
    TaskCounts counts(store::Session& session, const Scope& scope, Id channel) const;
    std::vector<PulledStream> pulled(store::Session& session, const Scope& scope, Id channel) const;
};

} // namespace spokehub::sync
