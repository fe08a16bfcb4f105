#pragma once

#include "store/Spool.h"
#include "sync/Inbox.h"
#include "sync/Signal.h"

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>

namespace spokehub::sync
{

/// Makes the messages of webhooks durable: in the inbox, or in the spool while the database is away
/// or, where that is wanted, in a rush: then they are acknowledged at the pace of the disk, and
/// applied at that of the database. A message may end in both; the inbox has it once, however often
/// it comes. Thread-safe.
class Arrivals
{
public:
    /// How long the database may take over a message before the spool has it: a shop hangs up
    /// after five seconds.
    static constexpr std::chrono::milliseconds patience{1000};

    /// Into the database.
    struct Ways
    {
        /// As Intake::take.
        std::function<void(std::shared_ptr<const NewMessage>, KeptDone)> take;
        /// As Intake::takeAll.
        std::function<std::vector<store::Outcome<Kept>>(std::vector<NewMessage>)> takeAll;
        /// Whether a new message would wait behind many. Null: the spool is for the database's
        /// absence alone, as it must be where another hub could serve what is in it.
        std::function<bool()> rushed;
    };

    /// `spooled` is raised when something waits in the spool that the database could have at once.
    Arrivals(Ways ways, store::Spool& spool, Signal& spooled);

    /// `done` is called once, when it is durable, on a thread that must not be held up. Throws
    /// Error(Unavailable) when too many wait.
    void keep(NewMessage message, KeptDone done);

    /// Moves a bounded part of the spool into the database, oldest first; how many that were. None
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

    bool rushed() const;
    void ask(std::shared_ptr<const NewMessage> message, KeptDone done);
    void answered(Asked& asked, store::Outcome<Kept> outcome);
    void spoolInRush(const std::shared_ptr<const NewMessage>& message, const KeptDone& done);
    void spool(const NewMessage& message, const KeptDone& done);

    const Ways _ways;
    store::Spool& _spool;
    Signal& _spooled;
    std::atomic<bool> _away = false; // the database: then it is not waited for
    std::mutex _mutex;
    std::deque<std::weak_ptr<Asked>> _asked; // oldest first
};

} // namespace spokehub::sync
