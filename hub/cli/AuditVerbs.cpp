#include "cli/Accounts.h"
#include "cli/Lists.h"

namespace spokehub::cli
{

namespace
{

constexpr std::string_view prefix = "aud";

ExitCode list(Command& command)
{
    return printList(command, "/api/v1/audit",
                     {"--actor", "--action", "--subject", "--since", "--before"},
                     {"at", "actor", "action", "subject", "difference", "address", "via"});
}

/// On the store, so that it needs no hub that says of itself that all is well.
ExitCode verify(Command& command)
{
    Accounts store(command, "audit verify");
    const auto verdict = store.audit.verify(store.database, store.by.scope.tenant);

    std::string note = "verified " + std::to_string(verdict.sealed) + " lines";
    if (verdict.unsealed > 0)
        note += ", " + std::to_string(verdict.unsealed) + " are not sealed yet";
    if (!verdict.broken) {
        command.output().note(note + ": all as they were written; the last hash is " +
                              (verdict.head.empty() ? "none" : verdict.head));
        return ExitCode::Done;
    }
    const auto& broken = *verdict.broken;
    command.output().note(note + ": line " + std::to_string(broken.number) +
                          (broken.entry ? " (" + showId(prefix, *broken.entry) + ")" : "") + ": " +
                          broken.why);
    return ExitCode::Failed;
}

} // namespace

std::vector<Verb> auditVerbs()
{
    return {
        {"audit",
         "list",
         "who did what, newest first",
         {{"--actor ACTOR", "user:ann, key:erp, cli:root"},
          {"--action ACTION", "the permission that it takes: orders.cancel, users.manage"},
          {"--subject SUBJECT", "what it was done to: ord_…, usr_…, a SKU, a channel"},
          {"--since TIME", "from then on: 2026-11-20T12:00:00Z"},
          {"--before TIME", "until then"},
          limitOption},
         list,
         Verb::looking},
        {"audit",
         "verify",
         "works the log's chain out again on the database, and names its first broken line",
         {tenantOption},
         verify},
    };
}

} // namespace spokehub::cli
