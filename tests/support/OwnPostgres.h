#pragma once

#include "store/Database.h"

#include <filesystem>
#include <string>

namespace spokehub::test
{

/// A PostgreSQL for one suite alone, so that it can be ended, and an empty database in it that
/// belongs to "hub", who is no superuser. Costs a second or two.
class OwnPostgres
{
public:
    OwnPostgres();
    ~OwnPostgres();
    OwnPostgres(const OwnPostgres&) = delete;
    OwnPostgres& operator=(const OwnPostgres&) = delete;

    /// Whether a server is installed.
    static bool possible();

    /// A database of this name, for hub. The URL as hub sees it.
    std::string fresh(const std::string& database);

    void halt(); // as a crash would
    void resume();

    /// As superuser: in a database of its own, or in one of hub's.
    void run(const std::string& sql, const std::string& database = "postgres") const;
    std::int64_t number(const std::string& sql, const std::string& database) const;

private:
    std::string script(const std::string& verb) const;
    std::string url(const std::string& user, const std::string& database) const;

    std::filesystem::path _directory;
    std::string _server; // 127.0.0.1:port
};

} // namespace spokehub::test
