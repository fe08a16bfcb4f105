#pragma once

#include "core/Scope.h"
#include "store/Commands.h"
#include "store/Database.h"
#include "sync/Signal.h"

#include <map>
#include <memory>
#include <set>

namespace spokehub::sync
{

enum class MessageState
{
    Pending = 1,
    Done = 2,
    Failed = 3,
};

const char* name(MessageState state);

struct NewMessage
{
    Id tenant = 0;
    Id channel = 0;
    std::string messageId; // the channel's id of the delivery
    std::string topic;
    std::string body;
    Time occurredAt;
    Time receivedAt;
};

/// A message and the id that it gets here, when it is new.
struct Arrival
{
    Id id = 0;
    std::shared_ptr<const NewMessage> message;
};

/// It is durable, now or since an earlier delivery.
struct Kept
{
};
using KeptDone = std::function<void(store::Outcome<Kept>)>;

struct PendingMessage
{
    Id tenant = 0;
    Id id = 0;
    Id channel = 0;
    std::string messageId;
    std::string topic;
    std::string body;
    Time receivedAt;
    std::int64_t attempts = 0;
};

/// Which channels' messages: those of `only`, when it names any, and not those of `except`.
struct MessagesOf
{
    std::vector<Id> only = {};
    std::vector<Id> except = {};
};

/// Messages, durable before anyone is told so; one row for each delivery, however often it comes.
/// Owns: inbox_message, inbox_body.
class Inbox
{
public:
    /// `intake` is raised at the commit of a new message.
    Inbox(store::Writer& writer, IdGenerator& ids, Signal& intake);

    /// `done` is called on the writer's thread once it is durable. Throws Error(Unavailable) when
    /// too many wait.
    void keep(std::shared_ptr<const NewMessage> message, KeptDone done);
    void keep(NewMessage message, KeptDone done);

    /// Messages that the caller's transaction applies as well: recorded as done. Which of them are
    /// new; an earlier delivery is not to be applied again.
    std::set<Id> recordDone(store::Tx& tx, std::span<const Arrival* const> arrivals,
                            Time now) const;
    Id nextId() const { return _ids.next(); }

    /// A document that could not be applied when it was pulled: kept as failed, with the reason, to
    /// be replayed.
    void keepFailed(store::Tx& tx, const NewMessage& message, const std::string& reason) const;

    /// What is due, oldest first; also what would wait beyond `latest`, which only a clock that was
    /// set back can ask for.
    std::vector<PendingMessage> due(store::Database& database, Time now, Time latest, int most,
                                    const MessagesOf& of = {}) const;

    /// `signal` too is raised at the commit of this channel's messages. Before they come.
    void listen(Id channel, Signal& signal) { _signals[channel] = &signal; }

    /// Of these, the ones that are still pending and nobody else's in this moment.
    std::set<Id> lockPending(store::Tx& tx, std::span<const PendingMessage* const> messages) const;

    struct Settled
    {
        Id tenant = 0;
        Id id = 0;
        MessageState state = MessageState::Done;
        std::string reason;
        std::int64_t attempts = 0;
        Time nextAttemptAt;
    };
    void settle(store::Tx& tx, std::span<const Settled> settled, Time now) const;

    /// Bodies of settled messages that are older than this are dropped; the keys stay. A bounded
    /// part at a time.
    void forget(store::Commands& commands, Time before) const;

    /// Bodies of these messages are gone from now on, whatever their age; one that failed cannot be
    /// replayed any more, and says so.
    void dropBodies(store::Tx& tx, Id tenant, std::span<const Id> messages) const;

    /// How many wait to be applied.
    std::int64_t pending(store::Database& database) const;

    /// Failed or done messages are taken up again. NotFound when there is no such message, Conflict
    /// when its body is gone.
    void replay(store::Tx& tx, const Scope& scope, Id message) const;

private:
    std::vector<store::Outcome<Kept>> insert(store::Tx& tx,
                                             std::span<const Arrival> arrivals) const;

    IdGenerator& _ids;
    Signal& _intake;
    std::map<Id, Signal*> _signals; // of channels
    store::Batcher<Arrival, Kept> _batcher;
};

} // namespace spokehub::sync
