#include "support/OwnPostgres.h"

#include "store/Connection.h"
#include "support/Paths.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace spokehub::test
{

OwnPostgres::OwnPostgres()
{
    std::string name = (std::filesystem::temp_directory_path() / "spokehub-pg-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a directory for PostgreSQL");
    _directory = name;
    std::filesystem::permissions(_directory, std::filesystem::perms::others_exec,
                                 std::filesystem::perm_options::add);
    const std::string said =
        script("start"); // export SPOKEHUB_TEST_PG=postgresql://spokehub@HOST/…
    const auto at = said.find('@');
    const auto end = said.find('/', at);
    if (at == std::string::npos || end == std::string::npos)
        throw std::runtime_error("PostgreSQL did not start: " + said);
    _server = said.substr(at + 1, end - at - 1);
    run("CREATE ROLE hub LOGIN CREATEROLE");
    run("ALTER ROLE spokehub SET default_transaction_read_only = off"); // whatever the server says
}

OwnPostgres::~OwnPostgres()
{
    script("stop");
}

bool OwnPostgres::possible()
{
    return std::system("ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || command -v pg_ctl "
                       ">/dev/null 2>&1") == 0;
}

std::string OwnPostgres::script(const std::string& verb) const
{
    const std::string command = std::string(sourceDir) + "/tests/support/postgres.sh " + verb +
                                " " + _directory.string() + (verb == "start" ? " --no-fsync" : "") +
                                " 2>&1";
    std::FILE* const out = ::popen(command.c_str(), "r");
    if (out == nullptr)
        throw std::runtime_error("cannot run " + command);
    std::string said;
    std::array<char, 256> buffer;
    while (std::fgets(buffer.data(), buffer.size(), out) != nullptr)
        said += buffer.data();
    if (::pclose(out) != 0)
        throw std::runtime_error(command + ": " + said);
    return said;
}

std::string OwnPostgres::url(const std::string& user, const std::string& database) const
{
    return "postgresql://" + user + "@" + _server + "/" + database;
}

std::string OwnPostgres::fresh(const std::string& database)
{
    run("CREATE DATABASE " + database + " OWNER hub");
    return url("hub", database);
}

void OwnPostgres::halt()
{
    script("halt");
}

void OwnPostgres::resume()
{
    script("resume");
}

void OwnPostgres::run(const std::string& sql, const std::string& database) const
{
    store::Database(url("spokehub", database)).connect()->runText(sql, {}, nullptr);
}

std::int64_t OwnPostgres::number(const std::string& sql, const std::string& database) const
{
    std::int64_t found = 0;
    const store::RowVisitor visit = [&](const store::Row& row) { found = row.integer(0); };
    store::Database(url("spokehub", database)).connect()->runText(sql, {}, &visit);
    return found;
}

} // namespace spokehub::test
