#pragma once

#include "core/Clock.h"
#include "core/Scope.h"
#include "stock/Book.h"
#include "store/Session.h"

namespace spokehub::stock
{

/// What a person should look at. One open row for each (kind, subject): raised again, it carries
/// the newest message. Owns: exception.
class Exceptions
{
public:
    Exceptions(IdGenerator& ids, const Clock& clock) : _ids(ids), _clock(clock) {}

    void raise(store::Tx& tx, std::span<const Exception> exceptions);

    struct Subject
    {
        Id tenant;
        std::string kind;
        std::string subject;
    };
    /// What was wrong is right again.
    void resolve(store::Tx& tx, std::span<const Subject> subjects);
    /// A person has seen to it. Throws Error(NotFound) when there is no such one; a second time
    /// changes nothing.
    void resolve(store::Tx& tx, const Scope& scope, Id exception);

private:
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::stock
