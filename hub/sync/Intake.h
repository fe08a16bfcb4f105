#pragma once

#include "sync/Applier.h"
#include "sync/RetryPolicy.h"

#include <atomic>

namespace spokehub::sync
{

/// Asks the spoke what messages mean and applies that: a new one in the transaction that records
/// it, those of the inbox in the one that settles them. A message that cannot be understood fails
/// alone and stays, with its reason.
class Intake
{
public:
    static constexpr int batchMax = 256;
    /// So many new messages wait to be recorded and applied; more are recorded first, so that a
    /// rush is acknowledged at the pace of the disk.
    static constexpr std::size_t freshMax = 16;

    Intake(Inbox& inbox, Applier& applier, spokes::Channels& channels, store::Writer& writer,
           store::Database& database, const Clock& clock, RetryPolicy retry);

    /// Makes a new message durable; and when nothing is in the way, it is applied by then as well.
    /// `done` is called on the writer's thread. Throws Error(Unavailable) when too many wait. Any
    /// thread that may wait for the spoke's `translate`.
    void take(std::shared_ptr<const NewMessage> message, KeptDone done);

    /// As take, for many at once, and waits for all: an outcome for each, in order.
    std::vector<store::Outcome<Kept>> takeAll(std::vector<NewMessage> messages);

    /// A new message would be recorded first, and wait its turn.
    bool rushed() const { return _behind || _fresh.waiting() >= freshMax; }

    /// One bounded batch of the inbox; how many messages are settled. None while the store is away:
    /// no use in asking again at once. One thread for each part of the channels.
    int runOnce(const MessagesOf& of = {});

private:
    /// A message whose meaning is known, on its way into the store.
    struct Understood
    {
        std::shared_ptr<const PendingMessage> message;
        std::shared_ptr<const Meaning> meaning;
        std::string failure; // why it cannot be understood or applied; empty: it can
        bool again = false;  // a failure that may pass
        bool counted = true; // as an attempt
        std::optional<std::chrono::milliseconds> wait = {}; // until the next one; else the usual
    };
    using Settlement = bool;

    /// A message that is not recorded yet, whose meaning is known.
    struct Fresh
    {
        Arrival arrival;
        std::shared_ptr<const Meaning> meaning;
    };

    void takeAs(std::shared_ptr<const Meaning> meaning, std::shared_ptr<const NewMessage> message,
                KeptDone done);
    std::shared_ptr<const Meaning> meaningAtOnce(const NewMessage& message) const;
    std::vector<store::Outcome<Kept>> record(store::Tx& tx, std::span<const Fresh> batch) const;
    void recorded(const std::shared_ptr<const NewMessage>& message, const KeptDone& done,
                  store::Outcome<Kept> outcome);

    Understood understand(PendingMessage message) const;
    Understood notUnderstood(std::shared_ptr<const PendingMessage> message,
                             const spokes::Verdict& verdict) const;
    std::vector<store::Outcome<Settlement>> apply(store::Tx& tx,
                                                  std::span<const Understood> batch) const;
    Applier::Item itemOf(Id tenant, Id channel, Id message, const std::string& topic,
                         const Meaning& meaning) const;
    void applyItems(store::Tx& tx, std::span<const Applier::Item> items,
                    std::span<const Id> messages) const;
    bool postpone(const Understood& understood, const std::exception_ptr& why);

    Inbox& _inbox;
    Applier& _applier;
    spokes::Channels& _channels;
    store::Writer& _writer;
    store::Database& _database;
    const Clock& _clock;
    const RetryPolicy _retry;
    std::atomic<bool> _behind = false; // much waits in the inbox: what is new waits its turn there
    store::Batcher<Fresh, Kept> _fresh;
    store::Batcher<Understood, Settlement> _batcher;
};

} // namespace spokehub::sync
