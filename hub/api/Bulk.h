#pragma once

#include "api/ApiParts.h"
#include "api/Fields.h"
#include "api/Once.h"

#include <functional>
#include <optional>
#include <string>

namespace spokehub::api
{

/// Undoes a transaction that was only to show what would come of it.
class RolledBack : public Error
{
public:
    RolledBack() : Error(Refusal::Conflict, "only tried") {}
};

/// Runs a command, or runs it for real and rolls it back: the answer is what it would have been.
template <class Work>
auto runOrTry(store::Commands& commands, bool dryRun, Work work)
    -> std::invoke_result_t<Work, store::Tx&>
{
    if (!dryRun)
        return commands.run(work);
    std::optional<std::invoke_result_t<Work, store::Tx&>> result;
    try {
        commands.run([&](store::Tx& tx) {
            result.emplace(work(tx));
            throw RolledBack();
        });
    } catch (const RolledBack&) {
        // as it was meant: the result is there
    }
    return *std::move(result);
}

/// One change of the many in a bulk request: reads its fields and answers JSON of what became of
/// it.
using BulkRow = std::function<std::string(store::Tx&, Fields&)>;

/// {"rows": […]}: each row happens or is refused by itself, in one transaction; with `dry_run`
/// nothing of it stays. The answer tells of every row, in their order.
http::Response bulk(const ApiParts& parts, Call& call, const std::string& thing, int madeStatus,
                    const BulkRow& row);

} // namespace spokehub::api
