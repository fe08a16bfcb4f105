#include "store/Migrator.h"

#include "core/Digest.h"
#include "core/Error.h"
#include "core/Log.h"
#include "store/Connection.h"
#include "store/SqliteStatistics.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <sstream>

namespace spokehub::store
{

namespace
{

namespace fs = std::filesystem;

constexpr Sql createTable{"CREATE TABLE IF NOT EXISTS schema_migration ("
                          "version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
                          "checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)"};
constexpr Sql countTable{
    "{sqlite:SELECT count(*) FROM sqlite_master WHERE name = 'schema_migration'}"
    "{postgres:SELECT count(to_regclass('schema_migration'))}"};
constexpr Sql selectApplied{
    "SELECT version, name, checksum FROM schema_migration ORDER BY version"};
constexpr Sql insertApplied{"INSERT INTO schema_migration (version, name, checksum, applied_at) "
                            "VALUES ($1, $2, $3, $4)"};
constexpr Sql deleteApplied{"DELETE FROM schema_migration WHERE version = $1"};

// A migration may take its time, and so may waiting for another runner.
constexpr const char* patience =
    "{sqlite:PRAGMA busy_timeout = 600000}{postgres:SET statement_timeout = 0}";
// SQLite's BEGIN IMMEDIATE lets one runner through already.
constexpr const char* lock = "{postgres:SELECT pg_advisory_xact_lock(7306357456639832673)}";

[[noreturn]] void refuse(const std::string& message)
{
    throw Error(Refusal::Unprocessable, message);
}

std::string contentOf(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    if (!in || !content)
        refuse("cannot read " + file.string());
    return std::move(content).str();
}

/// The number before the underscore; 0 when the name does not begin with four digits and an
/// underscore.
int versionOf(const std::string& name)
{
    int version = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        if (name.size() < 6 || name[i] < '0' || name[i] > '9')
            return 0;
        version = version * 10 + (name[i] - '0');
    }
    return name[4] == '_' ? version : 0;
}

std::vector<Migration> load(const fs::path& directory)
{
    constexpr std::string_view upEnd = ".up.sql";
    constexpr std::string_view downEnd = ".down.sql";
    std::error_code failed;
    std::map<std::string, Migration> byName;
    for (const auto& entry : fs::directory_iterator(directory, failed)) {
        const std::string file = entry.path().filename().string();
        if (file.ends_with(upEnd))
            byName[file.substr(0, file.size() - upEnd.size())].up = contentOf(entry.path());
        else if (file.ends_with(downEnd))
            byName[file.substr(0, file.size() - downEnd.size())].down = contentOf(entry.path());
        else if (file.ends_with(".sql"))
            refuse("migration file " + file + " must end in .up.sql or .down.sql");
    }
    if (failed)
        refuse("cannot read the migrations directory " + directory.string() + ": " +
               failed.message());

    std::vector<Migration> migrations;
    for (auto& [name, migration] : byName) {
        const int expected = static_cast<int>(migrations.size()) + 1;
        if (versionOf(name) != expected)
            refuse("migration " + name + " is out of line: the next file must be number " +
                   std::to_string(expected) + ", written as four digits and an underscore");
        if (migration.up.empty() || migration.down.empty())
            refuse("migration " + name +
                   " needs both a .up.sql and a .down.sql that are not empty");
        migration.version = expected;
        migration.name = name;
        migration.checksum = sha256Hex(migration.up + '\0' + migration.down);
        migrations.push_back(std::move(migration));
    }
    return migrations;
}

} // namespace

Migrator::Migrator(Database& database, const fs::path& directory, const Clock& clock)
    : _database(database), _clock(clock), _migrations(load(directory))
{
}

int Migrator::up()
{
    const auto connection = _database.connectAsOwner();
    connection->runText(patience, {}, nullptr);
    int applied = 0;
    while (step(*connection, static_cast<int>(_migrations.size())))
        ++applied;
    if (_database.engine() == Engine::Sqlite)
        tellPlanner(*connection); // also when the last runner did not come so far
    return applied;
}

int Migrator::down(int to)
{
    const auto connection = _database.connectAsOwner();
    connection->runText(patience, {}, nullptr);
    int undone = 0;
    while (step(*connection, to))
        ++undone;
    return undone;
}

void Migrator::requireCurrent()
{
    std::string names;
    for (const std::string& name : pending())
        names += (names.empty() ? "" : ", ") + name;
    if (!names.empty())
        refuse("the database is not migrated and this hub may not do it: " + names +
               " to apply. Run `spokehub db migrate`, or allow it with database.migrate: true");
}

int Migrator::current()
{
    int version = 0;
    _database.read([&](Session& session) { version = check(session); });
    return version;
}

std::vector<std::string> Migrator::pending()
{
    std::vector<std::string> names;
    for (auto i = static_cast<std::size_t>(current()); i < _migrations.size(); ++i)
        names.push_back(_migrations[i].name);
    return names;
}

/// The version of the database, when it is one that these files know.
int Migrator::check(Session& session) const
{
    bool exists = false;
    session.query(countTable, {}, [&](const Row& row) { exists = row.boolean(0); });
    if (!exists)
        return 0;

    int version = 0;
    session.query(selectApplied, {}, [&](const Row& row) {
        version = static_cast<int>(row.integer(0));
        const auto place = static_cast<std::size_t>(version) - 1;
        if (place >= _migrations.size())
            refuse(
                "the database has migration " + row.string(1) + ", and this Spokehub knows only " +
                std::to_string(_migrations.size()) +
                ": it was migrated by a newer one. Run that one, or restore a backup made before");
        if (_migrations[place].checksum != row.text(2))
            refuse("migration " + row.string(1) +
                   " was edited after it had been applied to this database. Put the file back as "
                   "it was and "
                   "make the change in a new migration");
    });
    return version;
}

/// One migration towards `to`, in one transaction. False when the database is there.
bool Migrator::step(Connection& connection, int to)
{
    connection.begin(false);
    try {
        connection.runText(lock, {}, nullptr);
        connection.run(createTable, {}, nullptr);
        Session session(connection);
        const int version = check(session);
        const bool up = version < to;
        if (version != to)
            apply(connection, _migrations[static_cast<std::size_t>(up ? version : version - 1)],
                  up);
        connection.commit();
        return version != to;
    } catch (...) {
        connection.rollback();
        throw;
    }
}

void Migrator::apply(Connection& connection, const Migration& migration, bool up)
{
    try {
        connection.runText(up ? migration.up : migration.down, {}, nullptr);
    } catch (const StoreError& error) {
        throw StoreError(error.failure(), error.code(),
                         "migration " + migration.name + (up ? "" : " (down)") + ": " +
                             error.what());
    }
    if (up)
        connection.run(insertApplied,
                       std::array<Param, 4>{migration.version, migration.name, migration.checksum,
                                            _clock.now()},
                       nullptr);
    else
        connection.run(deleteApplied, std::array<Param, 1>{migration.version}, nullptr);
    Log::info(up ? "migration applied" : "migration undone",
              {{"name", std::string_view(migration.name)}});
}

} // namespace spokehub::store
