#include "store/SqliteConnection.h"

#include "store/SqliteLog.h"
#include "store/StatementText.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Data/Session.h>

#include <sqlite3.h>

#include <mutex>
#include <unordered_map>

namespace spokehub::store
{

namespace
{

constexpr Sql beginRead{"BEGIN"};
constexpr Sql beginWrite{"BEGIN IMMEDIATE"};
constexpr Sql commitSql{"COMMIT"};

Failure classify(int code)
{
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
        code == SQLITE_CONSTRAINT_ROWID)
        return Failure::Unique;
    if (code == SQLITE_BUSY_SNAPSHOT)
        return Failure::Conflict;
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return Failure::Check;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
        return Failure::Busy;
    case SQLITE_FULL:
        return Failure::Full;
    case SQLITE_READONLY:
        return Failure::ReadOnly;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return Failure::Corrupt;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return Failure::ConnectionLost;
    default:
        return Failure::Other;
    }
}

struct Finalize
{
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, Finalize>;

/// Lets go of a statement at the end of its use, so that it pins neither the log nor what it
/// borrowed.
class Use
{
public:
    explicit Use(sqlite3_stmt* statement) : _statement(statement) {}
    ~Use()
    {
        sqlite3_reset(_statement);
        sqlite3_clear_bindings(_statement);
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

private:
    sqlite3_stmt* _statement;
};

class SqliteRow final : public Row
{
public:
    explicit SqliteRow(sqlite3_stmt* statement) : _statement(statement) {}

    bool isNull(int column) const override
    {
        return sqlite3_value_type(value(column)) == SQLITE_NULL;
    }

    std::int64_t integer(int column) const override
    {
        sqlite3_value* found = value(column);
        if (const int type = sqlite3_value_type(found);
            type != SQLITE_INTEGER && type != SQLITE_NULL)
            wrongType(column, "an integer");
        return sqlite3_value_int64(found);
    }

    std::string_view text(int column) const override
    {
        sqlite3_value* found = value(column);
        if (const int type = sqlite3_value_type(found); type != SQLITE_TEXT && type != SQLITE_BLOB)
        {
            if (type != SQLITE_NULL)
                wrongType(column, "text or bytes");
            return {};
        }
        const auto* data = static_cast<const char*>(sqlite3_value_blob(found));
        return {data, static_cast<std::size_t>(sqlite3_value_bytes(found))};
    }

private:
    /// Looked for once, while sqlite3_column_type and its like do it each time. It is not protected
    /// against other threads, and there are none: one at a time uses a connection.
    sqlite3_value* value(int column) const { return sqlite3_column_value(_statement, column); }

    /// PostgreSQL would refuse as well; converting silently would hide the mistake until then.
    [[noreturn]] void wrongType(int column, const char* wanted) const
    {
        throw StoreError(Failure::Other, "",
                         "column " + std::to_string(column) + " is not " + wanted +
                             " in the answer of: " + sqlite3_sql(_statement));
    }

    sqlite3_stmt* _statement;
};

class SqliteConnection final : public Connection
{
public:
    SqliteConnection(const std::string& file, bool readOnly,
                     std::shared_ptr<Checkpointer> checkpointer)
        : _checkpointer(std::move(checkpointer)), _session("SQLite", file),
          _db(Poco::Data::SQLite::Utility::dbHandle(_session))
    {
        sqlite3_extended_result_codes(_db, 1);
        runText("PRAGMA busy_timeout = 5000;"
                "PRAGMA foreign_keys = ON;"
                "PRAGMA temp_store = MEMORY;"
                "PRAGMA cache_size = -32768;" // KiB
                "PRAGMA journal_size_limit = 67108864;",
                {}, nullptr);
        runText("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", {}, nullptr);
        if (readOnly) // many readers; what they have in common is in the system's cache
            runText("PRAGMA query_only = ON; PRAGMA cache_size = -8192;", {}, nullptr);
        else if (_checkpointer != nullptr)
            sqlite3_wal_hook(_db, &committed, _checkpointer.get());
    }

    Engine engine() const override { return Engine::Sqlite; }

    std::int64_t run(const Sql& sql, std::span<const Param> params,
                     const RowVisitor* visit) override
    {
        sqlite3_stmt* statement = kept(sql, 0);
        const Use use(statement);
        bind(statement, params);
        return step(statement, visit);
    }

    std::int64_t runRows(const Sql& sql, const RowSet& rows, const RowVisitor* visit) override
    {
        sqlite3_stmt* statement = kept(sql, rows.columns());
        const Use use(statement);
        std::int64_t changed = 0;
        for (auto rest = rows.values(); !rest.empty(); rest = rest.subspan(rows.columns())) {
            bind(statement, rest.first(rows.columns()));
            changed += step(statement, visit);
            sqlite3_reset(statement);
        }
        return changed;
    }

    std::int64_t runText(const std::string& sql, std::span<const Param> params,
                         const RowVisitor* visit) override
    {
        const std::string text = statementText(sql, Engine::Sqlite);
        std::int64_t changed = 0;
        for (const char* rest = text.c_str(); *rest != '\0';) {
            const StatementPtr statement = prepare(rest, 0, &rest);
            if (statement == nullptr)
                continue; // a comment or the space behind the last ';'
            bind(statement.get(), params);
            changed += step(statement.get(), visit);
        }
        return changed;
    }

    void begin(bool readOnly) override { run(readOnly ? beginRead : beginWrite, {}, nullptr); }

    void commit() override
    {
        try {
            run(commitSql, {}, nullptr);
        } catch (const StoreError& error) {
            // The frames may have reached the log although their sync failed.
            if (error.failure() != Failure::ConnectionLost)
                throw;
            _broken = true;
            throw StoreError(Failure::UnknownOutcome, error.code(), error.what());
        }
    }

    void rollback() noexcept override
    {
        // Some failures (full disk, I/O) have rolled back already.
        if (sqlite3_get_autocommit(_db) == 0 &&
            sqlite3_exec(_db, "ROLLBACK", nullptr, nullptr, nullptr) != SQLITE_OK)
            _broken = true;
    }

    bool broken() const override { return _broken; }

private:
    static int committed(void* checkpointer, sqlite3* db, const char* schema, int pages)
    {
        if (static_cast<Checkpointer*>(checkpointer)->committed(pages))
            sqlite3_wal_checkpoint_v2(db, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        return SQLITE_OK; // the commit stands, whatever became of the copy
    }

    sqlite3_stmt* kept(const Sql& sql, std::size_t columns)
    {
        StatementPtr& statement = _statements[sql.text];
        if (statement == nullptr) {
            const std::string text = statementText(sql.text, Engine::Sqlite, columns);
            statement = prepare(text.c_str(), SQLITE_PREPARE_PERSISTENT, nullptr);
        }
        if (sqlite3_stmt_busy(statement.get()) != 0)
            throw StoreError(Failure::Other, "",
                             std::string("a statement run again inside its own visit: ") +
                                 sql.text);
        return statement.get();
    }

    StatementPtr prepare(const char* text, unsigned flags, const char** rest)
    {
        sqlite3_stmt* statement = nullptr;
        const int code = sqlite3_prepare_v3(_db, text, -1, flags, &statement, rest);
        if (code != SQLITE_OK)
            fail(code, text);
        return StatementPtr(statement);
    }

    void bind(sqlite3_stmt* statement, std::span<const Param> params)
    {
        refuseNul(params);
        if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != params.size())
            throw StoreError(Failure::Other, "",
                             std::to_string(params.size()) +
                                 " parameters do not fit the statement: " + sqlite3_sql(statement));
        int place = 0;
        for (const Param& param : params)
            if (const int code = bindOne(statement, ++place, param); code != SQLITE_OK)
                fail(code, sqlite3_sql(statement));
    }

    static int bindOne(sqlite3_stmt* statement, int place, const Param& param)
    {
        if (param.isNull())
            return sqlite3_bind_null(statement, place);
        if (param.type() == Param::Type::Integer)
            return sqlite3_bind_int64(statement, place, param.integer());
        // An empty view may have no address, which SQLite would take for NULL.
        const char* data = param.text().data() != nullptr ? param.text().data() : "";
        const auto size = static_cast<sqlite3_uint64>(param.text().size());
        if (param.type() == Param::Type::Text)
            return sqlite3_bind_text64(statement, place, data, size, SQLITE_STATIC, SQLITE_UTF8);
        return sqlite3_bind_blob64(statement, place, data, size, SQLITE_STATIC);
    }

    std::int64_t step(sqlite3_stmt* statement, const RowVisitor* visit)
    {
        int code = SQLITE_ROW;
        while ((code = sqlite3_step(statement)) == SQLITE_ROW)
            if (visit != nullptr)
                (*visit)(SqliteRow(statement));
        if (code != SQLITE_DONE)
            fail(code, sqlite3_sql(statement));
        return sqlite3_stmt_readonly(statement) != 0 ? 0 : sqlite3_changes64(_db);
    }

    [[noreturn]] void fail(int code, const char* text)
    {
        const StoreError error(classify(code), std::to_string(code),
                               std::string(sqlite3_errmsg(_db)) + " (SQLite " +
                                   std::to_string(code) +
                                   ") in: " + std::string(std::string_view(text).substr(0, 200)));
        _broken = _broken || error.breaksSession();
        throw error;
    }

    const std::shared_ptr<Checkpointer> _checkpointer;
    Poco::Data::Session _session;
    sqlite3* _db;
    std::unordered_map<const char*, StatementPtr> _statements; // by the address of their text
    bool _broken = false;
};

} // namespace

std::unique_ptr<Connection> openSqlite(const std::string& file, bool readOnly,
                                       std::shared_ptr<Checkpointer> checkpointer)
{
    static std::once_flag registered;
    std::call_once(registered, [] {
        // One thread at a time uses a connection: SQLite need not lock it for each column.
        sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); // a lock around every allocation, to count them
        gatherLogWrites();
        Poco::Data::SQLite::Connector::registerConnector();
    });
    try {
        return std::make_unique<SqliteConnection>(file, readOnly, std::move(checkpointer));
    } catch (const Poco::Exception& error) {
        throw StoreError(Failure::ConnectionLost, "",
                         "cannot open the SQLite file " + file + ": " + error.displayText());
    }
}

} // namespace spokehub::store
