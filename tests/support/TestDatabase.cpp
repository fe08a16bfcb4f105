#include "support/TestDatabase.h"
#include "support/Paths.h"

#include "core/Clock.h"
#include "store/Connection.h"
#include "store/Migrator.h"
#include "support/Engines.h"

#include <cppunit/TestAssert.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <stdexcept>

namespace spokehub::test
{

namespace
{

namespace fs = std::filesystem;
using store::Database;
using store::Engine;

std::string makeDirectory()
{
    std::string path = (fs::temp_directory_path() / "spokehub-test-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr)
        throw std::runtime_error("cannot make a directory like " + path);
    return path;
}

void migrate(const std::string& url)
{
    Database database(url);
    store::Migrator(database, fs::path(sourceDir) / "migrations", SystemClock()).up();
}

const std::string& serverUrl()
{
    static const std::string url = [] {
        const char* given = std::getenv("SPOKEHUB_TEST_PG");
        if (given == nullptr)
            throw std::runtime_error("SPOKEHUB_TEST_PG is not set");
        return std::string(given);
    }();
    return url;
}

/// The server's URL with another database: what stands between the last '/' and a '?'.
std::string urlOf(const std::string& database)
{
    const std::string& url = serverUrl();
    const auto slash = url.rfind('/', url.find('?'));
    const auto query = url.find('?');
    return url.substr(0, slash + 1) + database +
           (query == std::string::npos ? "" : url.substr(query));
}

void onServer(const std::string& sql)
{
    Database(serverUrl()).connect()->runText(sql, {}, nullptr);
}

std::string freshName()
{
    static std::random_device random;
    static int number = 0;
    return "spokehub_test_" + std::to_string(getpid()) + "_" + std::to_string(random()) + "_" +
           std::to_string(++number);
}

/// The file that SQLite databases are copied from.
class SqliteTemplate
{
public:
    SqliteTemplate() { migrate("sqlite:" + file()); }
    ~SqliteTemplate() { fs::remove_all(_directory); }
    SqliteTemplate(const SqliteTemplate&) = delete;
    SqliteTemplate& operator=(const SqliteTemplate&) = delete;

    std::string file() const { return _directory + "/template.db"; }

private:
    const std::string _directory = makeDirectory();
};

class PostgresTemplate
{
public:
    PostgresTemplate()
    {
        onServer("CREATE DATABASE " + name);
        migrate(urlOf(name));
    }
    ~PostgresTemplate()
    {
        try {
            onServer("DROP DATABASE " + name + " WITH (FORCE)");
        } catch (const std::exception& error) {
            std::cerr << "the test template stays behind: " << error.what() << "\n";
        }
    }
    PostgresTemplate(const PostgresTemplate&) = delete;
    PostgresTemplate& operator=(const PostgresTemplate&) = delete;

    const std::string name = freshName();
};

} // namespace

TestDatabase::TestDatabase(Content content, store::DatabaseOptions options)
{
    if (engine() == Engine::Sqlite) {
        _name = makeDirectory();
        const std::string file = _name + "/test.db";
        if (content == Content::Migrated) {
            static const SqliteTemplate made;
            fs::copy_file(made.file(), file);
        }
        _url = "sqlite:" + file;
    } else {
        _name = freshName();
        if (content == Content::Migrated) {
            static const PostgresTemplate made;
            onServer("CREATE DATABASE " + _name + " TEMPLATE " + made.name);
        } else {
            onServer("CREATE DATABASE " + _name);
        }
        _url = urlOf(_name);
    }
    _database.emplace(_url, options);
}

TestDatabase::~TestDatabase()
{
    const Engine mine = _database->engine();
    _database.reset();
    try {
        if (mine == Engine::Sqlite)
            fs::remove_all(_name);
        else
            onServer("DROP DATABASE " + _name + " WITH (FORCE)");
    } catch (const std::exception& error) {
        std::cerr << "a test database stays behind: " << error.what() << "\n";
    }
}

void TestDatabase::run(const std::string& sql)
{
    _database->connect()->runText(sql, {}, nullptr);
}

std::int64_t TestDatabase::number(const std::string& sql)
{
    std::int64_t found = 0;
    int rows = 0;
    const store::RowVisitor visit = [&](const store::Row& row) {
        found = row.integer(0);
        ++rows;
    };
    _database->connect()->runText(sql, {}, &visit);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(sql, 1, rows);
    return found;
}

std::string TestDatabase::text(const std::string& sql)
{
    std::string found;
    int rows = 0;
    const store::RowVisitor visit = [&](const store::Row& row) {
        found = row.string(0);
        ++rows;
    };
    _database->connect()->runText(sql, {}, &visit);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(sql, 1, rows);
    return found;
}

std::int64_t TestDatabase::count(const std::string& table, const std::string& where)
{
    return number("SELECT count(*) FROM " + table + " WHERE " + where);
}

} // namespace spokehub::test
