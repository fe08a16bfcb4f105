#pragma once

#include "store/Session.h"

#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace spokehub::store
{

/// An open session: Poco::Data connects and configures, our prepared statements run on its native
/// handle. Two implementations, SqliteConnection.cpp and PostgresConnection.cpp. One thread at a
/// time.
class Connection
{
public:
    virtual ~Connection() = default;

    virtual Engine engine() const = 0;

    /// Runs a kept statement, found by the address of its text; prepares it at the first use.
    /// `visit` may be null. Returns the rows changed.
    virtual std::int64_t run(const Sql& sql, std::span<const Param> params,
                             const RowVisitor* visit) = 0;
    virtual std::int64_t runRows(const Sql& sql, const RowSet& rows, const RowVisitor* visit) = 0;

    /// The same without an answer: may be sent together with what comes next (Tx::write).
    virtual void write(const Sql& sql, std::span<const Param> params) { run(sql, params, nullptr); }
    virtual void writeRows(const Sql& sql, const RowSet& rows) { runRows(sql, rows, nullptr); }

    /// Not prepared, not kept; several statements separated by `;` are allowed when there are no
    /// parameters.
    virtual std::int64_t runText(const std::string& sql, std::span<const Param> params,
                                 const RowVisitor* visit) = 0;

    /// The same for a text put together of the same few parts each time: the first of them are kept
    /// prepared.
    std::int64_t runKept(const std::string& sql, std::span<const Param> params,
                         const RowVisitor* visit);

    virtual void begin(bool readOnly) = 0;
    /// For whom the statements are that follow (Tenants::text); after begin(), or before a
    /// statement of its own. Only where the database keeps tenants apart does it do anything.
    virtual void serve(std::string_view) {}
    /// Throws StoreError(UnknownOutcome) when the answer was lost, the true failure when it was a
    /// refusal.
    virtual void commit() = 0;
    /// Ends the transaction if one is open; a session that cannot do even that is broken
    /// afterwards.
    virtual void rollback() noexcept = 0;
    /// Must not be used again.
    virtual bool broken() const = 0;

private:
    std::set<std::string, std::less<>> _texts; // of runKept, at addresses that stay
};

} // namespace spokehub::store
