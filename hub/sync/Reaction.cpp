#include "sync/Reaction.h"

namespace spokehub::sync
{

Reaction reactTo(const Ended& ended, const Task& task, const RetryPolicy& policy, int random)
{
    Reaction reaction{.state = TaskState::Pending,
                      .kind = ended.kind,
                      .attempts = task.attempts,
                      .conflicts = task.conflicts};
    const auto counted = [&] {
        reaction.attempts += ended.counted ? 1 : 0;
        if (policy.exhausted(reaction.attempts))
            reaction.state = TaskState::Failed;
        else if (ended.counted)
            reaction.wait = policy.waitAfter(reaction.attempts, random);
        if (ended.retryAfter && *ended.retryAfter > reaction.wait)
            reaction.wait = *ended.retryAfter;
    };
    switch (ended.kind) {
    case Class::Done:
        reaction.state = TaskState::Done;
        reaction.conflicts = 0;
        break;
    case Class::Retry:
    case Class::UnknownOutcome:
        counted();
        break;
    case Class::RateLimited:
        reaction.wait = ended.retryAfter.value_or(std::chrono::seconds(1));
        reaction.blockChannel = true;
        break;
    case Class::Auth:
        reaction.pauseChannel = true;
        break;
    case Class::Conflict:
        reaction.conflicts += 1;
        reaction.pullOrders = true;
        if (reaction.conflicts > conflictsMax)
            reaction.state = TaskState::Failed;
        break;
    case Class::Cancelled:
        break;
    case Class::Unmatched:
    case Class::Rejected:
    case Class::Config:
    case Class::Unsupported:
    case Class::Bug:
        reaction.attempts += 1;
        reaction.state = TaskState::Failed;
        break;
    }
    // What the channel shows from now on may be the effect of that attempt, so it is not forgotten.
    if (task.lastClass == Class::UnknownOutcome && reaction.state == TaskState::Pending)
        reaction.kind = Class::UnknownOutcome;
    return reaction;
}

} // namespace spokehub::sync
