#pragma once

#include "store/Spool.h"
#include "sync/Inbox.h"

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>

namespace spokehub::sync
{

/// Makes the messages of webhooks durable: in the inbox, or in the spool while the database is
/// away. A message may end in both; the inbox has it once, however often it comes. Thread-safe.
class Arrivals
{
public:
    /// How long the database may take over a message before the spool has it: a shop hangs up
    /// after five seconds.
    static constexpr std::chrono::milliseconds patience{1000};

    /// Brings a new message into the database, as Intake::take does.
    using Take = std::function<void(std::shared_ptr<const NewMessage>, KeptDone)>;

    /// Without a spool (null) messages are as durable as the database is there.
    Arrivals(Take take, Inbox& inbox, store::Spool* spool);

    /// `done` is called once, when it is durable, on a thread that must not be held up. Throws
    /// Error(Unavailable) when too many wait.
    void keep(NewMessage message, KeptDone done);

    /// Moves a bounded part of the spool into the inbox, oldest first; how many that were. None
    /// while the database is away.
    int drain();

    /// Gives what the database has had for longer than `most` to the spool as well.
    void hurry(std::chrono::milliseconds most = patience);

private:
    using SteadyClock = std::chrono::steady_clock;

    /// A message that the database has not answered for; whoever answers first, answers.
    struct Asked
    {
        std::shared_ptr<const NewMessage> message;
        KeptDone done;
        SteadyClock::time_point since;
        std::atomic<bool> answered = false;
    };

    void answered(Asked& asked, store::Outcome<Kept> outcome);
    void spool(const NewMessage& message, const KeptDone& done);

    const Take _take;
    Inbox& _inbox;
    store::Spool* const _spool;
    std::atomic<bool> _away = false; // the database: then it is not waited for
    std::mutex _mutex;
    std::deque<std::weak_ptr<Asked>> _asked; // oldest first
};

} // namespace spokehub::sync
