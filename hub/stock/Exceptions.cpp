#include "stock/Exceptions.h"

#include "core/Error.h"

#include <map>
#include <tuple>

namespace spokehub::stock
{

namespace
{

constexpr store::Sql insertException = {R"(
    INSERT INTO exception (tenant_id, id, kind, subject, message, cause, at) {rows}
    ON CONFLICT (tenant_id, kind, subject) WHERE resolved_at IS NULL
    DO UPDATE SET message = excluded.message, cause = excluded.cause)"};

constexpr store::Sql resolveException = {R"(
    UPDATE exception SET resolved_at = {4} {from_rows}
    WHERE exception.tenant_id = {1} AND exception.kind = {2} AND exception.subject = {3}
      AND exception.resolved_at IS NULL)"};

constexpr store::Sql resolveById = {R"(
    UPDATE exception SET resolved_at = COALESCE(resolved_at, $1) WHERE tenant_id = $2 AND id = $3)"};

} // namespace

void Exceptions::raise(store::Tx& tx, std::span<const Exception> exceptions)
{
    std::map<std::tuple<Id, std::string_view, std::string_view>, const Exception*> newest;
    for (const Exception& exception : exceptions)
        newest[{exception.tenant, exception.kind, exception.subject}] = &exception;
    store::RowSet rows(7);
    for (const auto& [key, exception] : newest)
        rows.add({exception->tenant, _ids.next(), exception->kind, exception->subject,
                  exception->message, exception->cause, _clock.now()});
    if (!rows.empty())
        tx.executeRows(insertException, rows);
}

void Exceptions::resolve(store::Tx& tx, std::span<const Subject> subjects)
{
    store::RowSet rows(4);
    for (const Subject& subject : subjects)
        rows.add({subject.tenant, subject.kind, subject.subject, _clock.now()});
    if (!rows.empty())
        tx.executeRows(resolveException, rows);
}

void Exceptions::resolve(store::Tx& tx, const Scope& scope, Id exception)
{
    if (tx.execute(resolveById, {_clock.now(), scope.tenant, exception}) != 1)
        throw Error(Refusal::NotFound, "there is no exception " + showId("exc", exception));
}

} // namespace spokehub::stock
