#pragma once

#include "store/Deed.h"
#include "store/Statement.h"
#include "store/StoreError.h"

#include <functional>
#include <set>
#include <utility>

namespace spokehub::store
{

class Connection; // an open session of one engine, with its prepared statements (Connection.h)

/// Reads. One thread at a time. Statements are prepared on first use and kept.
class Session
{
public:
    explicit Session(Connection& connection) : _connection(connection) {}

    Engine engine() const;

    void query(const Sql& sql, Params params, const RowVisitor& visit);

    /// Runs a statement with `{rows}`. Rows go in chunks, so nothing may depend on the order across
    /// rows.
    void queryRows(const Sql& sql, const RowSet& rows, const RowVisitor& visit);

    /// For lists, whose filters come and go: text put together at run time from constants, never
    /// from values.
    void queryText(const std::string& sql, std::span<const Param> params, const RowVisitor& visit);

protected:
    Connection& _connection;

private:
    friend class Database;
    bool _answered = false; // a statement has succeeded: what fails later is not a stale connection
};

/// A transaction; only the Writer begins and commits one.
class Tx : public Session
{
public:
    using Session::Session;

    /// Returns the rows changed.
    std::int64_t execute(const Sql& sql, Params params);

    /// Runs a statement with `{rows}` once per row or for many at a time, as the engine likes it. A
    /// row must not meet another row of the same set (sort and merge first). Returns the rows
    /// changed.
    std::int64_t executeRows(const Sql& sql, const RowSet& rows);

    /// Like execute() and executeRows() when nobody needs the count: may be sent late, together
    /// with the next query or the commit, so a failure may show there instead of here. Parameters
    /// are borrowed only until the call returns. On PostgreSQL this saves a round trip each; prefer
    /// it.
    void write(const Sql& sql, Params params);
    void writeRows(const Sql& sql, const RowSet& rows);

    /// Runs after the commit, on the writer's thread; short, and it must not throw. Dropped on
    /// rollback.
    void afterCommit(std::function<void()> action) { _afterCommit.push_back(std::move(action)); }

    /// Variants whose availability this transaction may have changed: (tenant, variant). Before the
    /// commit the planner is asked which channels must hear.
    void changed(std::int64_t tenant, std::int64_t variant) { _changed.emplace(tenant, variant); }
    const std::set<std::pair<std::int64_t, std::int64_t>>& changedVariants() const
    {
        return _changed;
    }

    /// There is one more of these now ("users", "variants"), which a plan may limit.
    void grew(std::int64_t tenant, std::string_view what) { _grown.emplace(tenant, what); }
    const std::set<std::pair<std::int64_t, std::string_view>>& grown() const { return _grown; }

    /// What the work at hand changed, for the audit log; nothing is kept of work that nobody asked
    /// for.
    void note(const Difference& difference) { _noted.push_back(difference); }
    std::vector<Difference> takeNoted() { return std::exchange(_noted, {}); }

    /// Deeds that this transaction is for. Before the commit they are written to the audit log.
    void did(const std::shared_ptr<const Deed>& deed, std::span<const Difference> differences);
    const std::vector<Done>& done() const { return _done; }

private:
    friend class Writer;
    friend class Savepoint;
    std::vector<std::function<void()>> _afterCommit;
    std::set<std::pair<std::int64_t, std::int64_t>> _changed;
    std::set<std::pair<std::int64_t, std::string_view>> _grown; // names are constants
    std::vector<Difference> _noted;
    std::vector<Done> _done;
};

} // namespace spokehub::store
