#pragma once

#include "store/Session.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace spokehub::store
{

/// "sqlite:var/spokehub.db", or "postgresql://user[:password]@host:port/database[?…]".
struct DatabaseUrl
{
    Engine engine = Engine::Sqlite;
    std::string sqliteFile;
    std::string conninfo; // for libpq

    /// Throws Error(BadRequest) with what is wrong and how it should read.
    static DatabaseUrl parse(const std::string& url);

    /// PostgreSQL is not there yet, or only just starts. Asks it, for at most five seconds.
    bool isAway() const;
};

struct DatabaseOptions
{
    std::size_t readersMax = 8;
    std::chrono::milliseconds readerWaitMax{5000};
    std::chrono::seconds readerAgeMax{1800};            // then it is closed and another one opened
    std::chrono::milliseconds statementTimeout{30'000}; // PostgreSQL
    bool walled = false; // PostgreSQL: sessions see the rows of those they serve alone (Wall)
    /// Put around each session that is opened: where faults come in, in tests.
    std::function<std::unique_ptr<Connection>(std::unique_ptr<Connection>)> around;
};

/// One database: opens sessions, lends readers, hands the Writer its own. Thread-safe.
class Database
{
public:
    explicit Database(const std::string& url, DatabaseOptions options = {});
    ~Database();

    Engine engine() const;
    const DatabaseUrl& url() const;
    bool walled() const;

    /// Runs `work` on a reader of the pool, in a read-only transaction of its own (one consistent
    /// state). Waits at most readerWaitMax for one, then throws StoreError(Busy). A broken reader
    /// is thrown away; a read that finds its connection dead at the first statement is tried once
    /// more on a fresh one.
    void read(const std::function<void(Session&)>& work);

    /// Like read(), for a single statement: no transaction around it.
    void point(const std::function<void(Session&)>& work);

    /// A new session for a writer lane; may write.
    std::unique_ptr<Connection> connect();
    /// The same as the user of the URL, whom no wall holds: for migrations and the like.
    std::unique_ptr<Connection> connectAsOwner();

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

} // namespace spokehub::store
