#pragma once

#include "catalog/Bundles.h"
#include "catalog/Listings.h"
#include "core/Scope.h"
#include "spokehub/Class.h"
#include "store/Session.h"
#include "sync/Signal.h"

#include <map>
#include <mutex>

namespace spokehub::sync
{

enum class TaskKind
{
    Stock = 1,    // subject: a listing
    Shipment = 2, // subject: a shipment
    Fetch = 3,    // detail: {"stream", "id"}; subject: a number made of it
};

enum class TaskState
{
    Pending = 1,
    Running = 2,
    Done = 3,
    Failed = 4,
};

const char* name(TaskKind kind);
const char* name(TaskState state);

enum class Queue
{
    Urgent = 0, // what a sale or a person caused
    Bulk = 1,
};

struct Task
{
    Id tenant = 0;
    Id id = 0;
    Id channel = 0;
    TaskKind kind = TaskKind::Stock;
    Id subject = 0;
    std::string detail;
    std::int64_t generation = 0;
    std::int64_t attempts = 0;
    std::int64_t conflicts = 0;
    Class lastClass = Class::Done;
};

/// Who may work on a channel: the fence rises with each new owner, so that a late one changes
/// nothing.
struct Lease
{
    Id tenant = 0;
    Id channel = 0;
    std::int64_t owner = 0;
    std::int64_t fence = 0;
};

/// What becomes of a task after an attempt.
struct Verdict
{
    const Task* task = nullptr;
    TaskState state = TaskState::Done;
    Class kind = Class::Done;
    std::string reason;
    std::int64_t attempts = 0;
    std::int64_t conflicts = 0;
    Time nextAttemptAt;
};

/// What channels must still hear: one row for each (channel, kind, subject). Planned in the
/// transaction that causes it; asked twice, said once. Owns: task.
class Tasks
{
public:
    Tasks(IdGenerator& ids, const Clock& clock, const catalog::Bundles& bundles,
          const catalog::Listings& listings);

    /// The signal of the lane that works for this channel, raised at the commit of a plan for it.
    void listen(Id tenant, Id channel, Signal& signal);

    /// The planner: which listings show these variants (or bundles made of them)? The Writer asks
    /// it before each commit.
    void planChanged(store::Tx& tx);
    void planShipment(store::Tx& tx, Id tenant, Id channel, Id shipment);
    void planFetch(store::Tx& tx, Id tenant, Id channel, const std::string& detail);
    /// Listings that show something else than they should.
    void planListings(store::Tx& tx, Id tenant, Id channel, std::span<const Id> listings);
    /// All matched listings of a channel: its rules changed, or it goes on.
    void planChannel(store::Tx& tx, Id tenant, Id channel);

    bool anyDue(store::Session& session, Id tenant, Id channel, Time now) const;
    /// Up to `most` due tasks of one kind, urgent ones first; they run until they are settled.
    /// Nothing when the lease is lost.
    std::vector<Task> claim(store::Tx& tx, const Lease& lease, Time now, int most);
    /// Fenced: a lease that is lost changes nothing and answers false. A task that was planned
    /// again meanwhile waits again.
    bool settle(store::Tx& tx, const Lease& lease, std::span<const Verdict> verdicts, Time now);
    /// A clock that was set back leaves waits that nobody meant: none goes beyond `latest`, else it
    /// ends now.
    void endWaitsAfter(store::Tx& tx, Id tenant, Id channel, Time latest, Time now);
    /// What an earlier owner left running: back to pending, its outcome unknown.
    void takeOver(store::Tx& tx, const Lease& lease, Time now);

    /// By hand: failed or waiting tasks are due now. NotFound when there is no such task.
    void retry(store::Tx& tx, const Scope& scope, Id task);
    struct Group
    {
        std::optional<Id> channel;
        std::optional<Class> kind;
    };
    /// All failed ones of a group; how many.
    std::int64_t retryAll(store::Tx& tx, const Scope& scope, const Group& group);
    /// By hand: a listing's task is said to be done, or failed with a reason.
    void mark(store::Tx& tx, const Scope& scope, Id channel, Id listing, TaskState state,
              const std::string& reason);

private:
    struct Plan
    {
        Id tenant, channel;
        TaskKind kind;
        Id subject;
        std::string detail;
        Queue queue;
    };
    void plan(store::Tx& tx, std::span<const Plan> plans);
    bool holds(store::Tx& tx, const Lease& lease) const;
    void wake(Id tenant, Id channel);

    IdGenerator& _ids;
    const Clock& _clock;
    const catalog::Bundles& _bundles;
    const catalog::Listings& _listings;
    std::mutex _mutex;
    std::map<std::pair<Id, Id>, Signal*> _signals;
};

} // namespace spokehub::sync
