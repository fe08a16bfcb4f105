#pragma once

#include "store/Session.h"

#include <memory>
#include <string>

namespace spokehub::store
{

/// An open session: a Poco::Data session for connecting and configuring, our prepared statements on its native
/// handle. Two implementations, SqliteConnection.cpp and PostgresConnection.cpp. One thread at a time.
class Connection
{
public:
    virtual ~Connection() = default;

    virtual Engine engine() const = 0;

    /// Runs a prepared statement once. `key` is the address that names it; `rows` > 0 says how many tuples its
    /// `{rows}` holds. Returns the rows changed.
    virtual std::int64_t run(const Sql& sql, std::span<const Param> params, const RowVisitor* visit) = 0;
    virtual std::int64_t runRows(const Sql& sql, const RowSet& rows, const RowVisitor* visit) = 0;

    /// Not prepared, not kept; several statements separated by `;` are allowed when there are no parameters.
    virtual std::int64_t runText(const std::string& sql, std::span<const Param> params,
                                 const RowVisitor* visit) = 0;

    virtual void begin(bool readOnly) = 0;
    /// Throws StoreError(UnknownOutcome) when the answer was lost, the true failure when it was a refusal.
    virtual void commit() = 0;
    virtual void rollback() noexcept = 0;
    virtual bool broken() const = 0;
};

} // namespace spokehub::store
