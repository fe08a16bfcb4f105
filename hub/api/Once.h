#pragma once

#include "api/Call.h"
#include "core/Clock.h"
#include "store/Commands.h"

#include <functional>
#include <span>

namespace spokehub::api
{

/// Changes that have one effect under one key of their caller, however often they are asked for:
/// the answer is kept in the transaction that has the effect, for three days. Owns:
/// answered_request.
class Once
{
public:
    static constexpr std::chrono::hours kept{72};

    Once(store::Commands& commands, const Clock& clock) : _commands(commands), _clock(clock) {}

    /// The answer of `work`, or the one that was given before. Throws Error(Unprocessable) when the
    /// key was used for another request. `work` may run more than once before it is committed.
    using Work = std::function<http::Response(store::Tx&)>;
    http::Response run(const Call& call, const Work& work) const;

    /// Of answers that are these orders only their ids stay.
    static void eraseAnswers(store::Tx& tx, Id tenant, std::span<const Id> orders);

    /// Drops what is older, here and in store/AnsweredKeys: a bounded number, which it answers, to
    /// be called until it is none.
    static std::int64_t forget(store::Tx& tx, Time before);

private:
    store::Commands& _commands;
    const Clock& _clock;
};

} // namespace spokehub::api
