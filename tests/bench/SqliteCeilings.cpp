#include "Ceilings.h"

#include <sqlite3.h>

#include <deque>
#include <functional>
#include <map>
#include <stdexcept>
#include <variant>

namespace spokehub::bench
{

namespace
{

using SteadyClock = std::chrono::steady_clock;
using Value = std::variant<std::int64_t, std::string>;
using Values = std::map<std::string, Value>;

class Raw
{
public:
    explicit Raw(const std::string& file)
    {
        if (sqlite3_open(file.c_str(), &_database) != SQLITE_OK)
            refuse(file);
        for (const char* pragma :
             {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
              "PRAGMA wal_autocheckpoint=4000", "PRAGMA cache_size=-32768"})
            exec(pragma);
    }

    ~Raw()
    {
        for (auto& [sql, statement] : _statements)
            sqlite3_finalize(statement);
        sqlite3_close(_database);
    }

    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;

    void exec(const std::string& sql)
    {
        if (sqlite3_exec(_database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
            refuse(sql);
    }

    void run(const std::string& sql, const Values& values)
    {
        sqlite3_stmt*& statement = _statements[sql];
        if (statement == nullptr &&
            sqlite3_prepare_v2(_database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
            refuse(sql);
        for (const auto& [name, value] : values)
            if (const int at = sqlite3_bind_parameter_index(statement, name.c_str()); at > 0) {
                if (const auto* number = std::get_if<std::int64_t>(&value))
                    sqlite3_bind_int64(statement, at, *number);
                else if (const auto& text = std::get<std::string>(value); name == ":body")
                    sqlite3_bind_blob(statement, at, text.data(), static_cast<int>(text.size()),
                                      SQLITE_STATIC);
                else
                    sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()),
                                      SQLITE_STATIC);
            }
        if (sqlite3_step(statement) != SQLITE_DONE)
            refuse(sql);
        sqlite3_reset(statement);
    }

private:
    [[noreturn]] void refuse(const std::string& what)
    {
        throw std::runtime_error("SQLite: " + std::string(sqlite3_errmsg(_database)) + ": " + what);
    }

    sqlite3* _database = nullptr;
    std::map<std::string, sqlite3_stmt*> _statements;
};

class SqliteCeilings final : public Ceilings
{
public:
    explicit SqliteCeilings(const Store& store)
        : _raw(store.url().substr(std::string("sqlite:").size()))
    {
        for (const std::string& sql : statements::prepare)
            _raw.exec(sql);
        _values[":body"] = std::string(statements::bodyBytes, 'x');
        _values[":fact"] = std::string(900, 'x');
        _values[":detail"] = std::string(400, 'x');
    }

    std::vector<Ceiling> intake(std::chrono::milliseconds time) override
    {
        return {{"raw loop, 64 a commit", loop(time, 64, statements::message)},
                {"raw loop, 1 a commit", loop(time, 1, statements::message)}};
    }

    std::vector<Ceiling> orders(std::chrono::milliseconds time) override
    {
        return {{"raw loop, 1 order a commit", loop(time, 1, statements::order)},
                {"raw loop, 64 orders a commit", loop(time, 64, statements::order)}};
    }

    std::vector<Ceiling> reservations(std::chrono::milliseconds time) override
    {
        return {{"raw loop, 1 a commit", loop(time, 1, statements::reservation)},
                {"raw loop, 64 a commit", loop(time, 64, statements::reservation)}};
    }

private:
    double loop(std::chrono::milliseconds time, int perCommit, const std::vector<std::string>& all)
    {
        const auto begun = SteadyClock::now();
        std::int64_t done = 0;
        while (SteadyClock::now() - begun < time) {
            _raw.exec("BEGIN IMMEDIATE");
            for (int i = 0; i < perCommit; ++i, ++done) {
                _id += 2;
                _values[":id"] = _id;
                _values[":a"] = _id * 7919 % statements::wares + 1;
                _values[":b"] = _id * 104729 % statements::wares + 1;
                for (const std::string& sql : all)
                    _raw.run(sql, _values);
            }
            _raw.exec("COMMIT");
        }
        return static_cast<double>(done) /
               std::chrono::duration<double>(SteadyClock::now() - begun).count();
    }

    Raw _raw;
    Values _values;
    std::int64_t _id = 1'000'000'000;
};

} // namespace

std::unique_ptr<Ceilings> sqliteCeilings(const Store& store)
{
    return std::make_unique<SqliteCeilings>(store);
}

} // namespace spokehub::bench
