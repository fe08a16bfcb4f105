#pragma once

#include "core/Id.h"
#include "store/Session.h"

#include <map>
#include <string>
#include <utility>

namespace spokehub::store
{

/// What was done for a request that came with its caller's own key, so that the same request has
/// one effect however often it comes. Kept in the transaction that has the effect. Owns:
/// idempotency_key.
class AnsweredKeys
{
public:
    struct Answer
    {
        std::string request; // what another request under this key must be equal to
        Id owner = 0;        // what was made
    };
    using Answers = std::map<std::pair<Id, std::string>, Answer>; // (tenant, key)

    /// `keys`: rows of (tenant, key).
    static Answers find(Session& session, const RowSet& keys);
    /// `answers`: rows of (tenant, key, request, owner, time).
    static void keep(Tx& tx, const RowSet& answers);
    /// Drops what is older: a bounded number, which it answers.
    static std::int64_t forget(Tx& tx, Time before);
};

} // namespace spokehub::store
