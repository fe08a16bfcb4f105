#pragma once

#include "sync/Applier.h"
#include "sync/RetryPolicy.h"

namespace spokehub::sync
{

/// Takes messages out of the inbox: asks the spoke what they mean, applies that and settles them in
/// one transaction. A message that cannot be understood fails alone and stays, with its reason. Any
/// thread, one for each part of the channels.
class Intake
{
public:
    static constexpr int batchMax = 256;

    Intake(Inbox& inbox, Applier& applier, spokes::Channels& channels, store::Writer& writer,
           store::Database& database, const Clock& clock, RetryPolicy retry);

    /// One bounded batch; how many messages are settled. None while the store is away: no use in
    /// asking again at once.
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

    Understood understand(PendingMessage message) const;
    Understood notUnderstood(std::shared_ptr<const PendingMessage> message,
                             const spokes::Verdict& verdict) const;
    std::vector<store::Outcome<Settlement>> apply(store::Tx& tx,
                                                  std::span<const Understood> batch) const;
    bool postpone(const Understood& understood, const std::exception_ptr& why);

    Inbox& _inbox;
    Applier& _applier;
    spokes::Channels& _channels;
    store::Database& _database;
    const Clock& _clock;
    const RetryPolicy _retry;
    store::Batcher<Understood, Settlement> _batcher;
};

} // namespace spokehub::sync
