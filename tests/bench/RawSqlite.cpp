#include "RawSqlite.h"

#include <stdexcept>

namespace spokehub::bench
{

RawSqlite::RawSqlite(const std::string& file)
{
    if (sqlite3_open(file.c_str(), &_database) != SQLITE_OK)
        refuse(file);
    for (const char* pragma :
         {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
          "PRAGMA wal_autocheckpoint=4000", "PRAGMA cache_size=-32768"})
        exec(pragma);
}

RawSqlite::~RawSqlite()
{
    for (auto& [sql, statement] : _statements)
        sqlite3_finalize(statement);
    sqlite3_close(_database);
}

void RawSqlite::exec(const std::string& sql)
{
    if (sqlite3_exec(_database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        refuse(sql);
}

void RawSqlite::run(const std::string& sql, const Values& values)
{
    sqlite3_stmt* statement = prepared(sql);
    for (const auto& [name, value] : values)
        if (const int at = sqlite3_bind_parameter_index(statement, name.c_str()); at > 0)
            bind(statement, at, value, name == ":body");
    step(statement, sql);
}

void RawSqlite::run(const std::string& sql, std::initializer_list<Value> values)
{
    sqlite3_stmt* statement = prepared(sql);
    int at = 0;
    for (const Value& value : values)
        bind(statement, ++at, value, false);
    step(statement, sql);
}

std::int64_t RawSqlite::number(const std::string& sql)
{
    sqlite3_stmt* statement = prepared(sql);
    if (sqlite3_step(statement) != SQLITE_ROW)
        refuse(sql);
    const std::int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return value;
}

sqlite3_stmt* RawSqlite::prepared(const std::string& sql)
{
    sqlite3_stmt*& statement = _statements[sql];
    if (statement == nullptr &&
        sqlite3_prepare_v2(_database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
        refuse(sql);
    return statement;
}

void RawSqlite::bind(sqlite3_stmt* statement, int at, const Value& value, bool bytes)
{
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        sqlite3_bind_int64(statement, at, *number);
        return;
    }
    const auto& text = std::get<std::string_view>(value);
    const auto size = static_cast<int>(text.size());
    if (bytes)
        sqlite3_bind_blob(statement, at, text.data(), size, SQLITE_STATIC);
    else
        sqlite3_bind_text(statement, at, text.data(), size, SQLITE_STATIC);
}

void RawSqlite::step(sqlite3_stmt* statement, const std::string& sql)
{
    if (sqlite3_step(statement) != SQLITE_DONE)
        refuse(sql);
    sqlite3_reset(statement);
}

void RawSqlite::refuse(const std::string& what)
{
    throw std::runtime_error("SQLite: " + std::string(sqlite3_errmsg(_database)) + ": " + what);
}

} // namespace spokehub::bench
