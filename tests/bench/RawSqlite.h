#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace spokehub::bench
{

/// SQLite as the hub sets it, and nothing around it: statements are prepared once, parameters have
/// names.
class RawSqlite
{
public:
    using Value = std::variant<std::int64_t, std::string_view>;
    using Values = std::map<std::string, Value>;

    explicit RawSqlite(const std::string& file);
    ~RawSqlite();
    RawSqlite(const RawSqlite&) = delete;
    RawSqlite& operator=(const RawSqlite&) = delete;

    void exec(const std::string& sql);
    /// ":body" is bound as bytes, what the statement does not name is left out.
    void run(const std::string& sql, const Values& values);
    /// The same, by place.
    void run(const std::string& sql, std::initializer_list<Value> values);
    std::int64_t number(const std::string& sql);
    /// Rows changed by the last statement.
    int changes() const { return sqlite3_changes(_database); }

private:
    sqlite3_stmt* prepared(const std::string& sql);
    void bind(sqlite3_stmt* statement, int at, const Value& value, bool bytes);
    void step(sqlite3_stmt* statement, const std::string& sql);
    [[noreturn]] void refuse(const std::string& what);

    sqlite3* _database = nullptr;
    std::map<std::string, sqlite3_stmt*, std::less<>> _statements;
};

} // namespace spokehub::bench
