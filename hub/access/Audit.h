#pragma once

#include "core/Clock.h"
#include "core/Scope.h"
#include "store/Commands.h"
#include "store/Database.h"
#include "store/Page.h"

#include <functional>
#include <optional>
#include <string>

namespace spokehub::access
{

/// A line of the log: what somebody did.
struct AuditEntry
{
    Id id = 0;
    Time at;
    std::string actor;
    std::string action;
    std::string via;
    std::string subject;
    std::string address;
    std::string request;
    std::string difference; // a JSON object
    std::optional<std::int64_t> number{};
    std::string hash{}; // of this line and of all before it, in hex; empty: not sealed yet
};

struct AuditQuery
{
    std::optional<std::string> actor{};
    std::optional<std::string> action{};
    std::optional<std::string> subject{};
    std::optional<Time> since{};
    std::optional<Time> before{};
};

/// Who did what to which thing, when, from where, and what is different since: written with each
/// change, in its transaction, and never changed. A sealer follows, which gives each line of a
/// tenant the next number and a hash over itself and the hash before it, so that nothing waits for
/// the chain, and a line that was changed or removed shows. Owns: audit_entry, audit_chain.
class Audit
{
public:
    Audit(IdGenerator& ids, const Clock& clock) : _ids(ids), _clock(clock) {}

    /// Writes what this transaction did for somebody; before it commits.
    void record(store::Tx& tx);

    /// Seals what is not sealed yet, at most a thousand lines; how many they were. Several hubs may
    /// do it at the same time.
    int seal(store::Commands& commands, store::Database& database) const;

    store::Page<AuditEntry> list(store::Session& session, const Scope& scope,
                                 const AuditQuery& query, const store::PageRequest& page) const;

    struct Broken
    {
        std::int64_t number = 0;
        std::optional<Id> entry{}; // nothing when it is missing
        std::string why;
    };
    struct Verdict
    {
        std::int64_t sealed = 0;   // lines that were looked at
        std::int64_t unsealed = 0; // too young to be in the chain, or nobody seals them
        std::string head;          // the hash of the last one; whoever keeps it knows the log by it
        std::optional<Broken> broken{}; // the first
    };

    /// Works the whole chain out again, a page at a time.
    Verdict verify(store::Database& database, Id tenant) const;

private:
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::access
