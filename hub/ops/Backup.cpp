#include "ops/Backup.h"

#include "core/Error.h"
#include "store/Connection.h"
#include "store/Migrator.h"
#include "store/Spool.h"

#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace spokehub::ops
{

namespace
{

namespace fs = std::filesystem;

void requireSqlite(const store::Database& database)
{
    if (database.engine() == store::Engine::Sqlite)
        return;
    throw Error(
        Refusal::Unprocessable,
        "this database is PostgreSQL, which has means of its own: pg_dump -Fc copies it, and "
        "pg_restore brings it back; nothing of the hub's is needed but that no hub runs");
}

/// What was written stays, also when the power fails now. A directory keeps the names in it.
void sync(const fs::path& path)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool kept = fd >= 0 && ::fsync(fd) == 0;
    if (fd >= 0)
        ::close(fd);
    if (!kept)
        throw Error(Refusal::Unavailable, path.string() + " cannot be written to the disk");
}

fs::path directoryOf(const fs::path& file)
{
    return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

fs::path beside(const fs::path& file, const char* ending)
{
    return file.string() + ending;
}

} // namespace

void Backup::make(store::Database& database, const fs::path& file)
{
    requireSqlite(database);
    if (fs::exists(file))
        throw Error(Refusal::Conflict, file.string() + " is there already");
    const fs::path unfinished = beside(file, ".unfinished");
    fs::remove(unfinished);
    const std::string name = unfinished.string();
    const store::Param params[] = {name};
    database.connect()->runText("VACUUM INTO $1", params, nullptr);
    sync(unfinished);
    fs::rename(unfinished, file);
    sync(directoryOf(file));
}

std::size_t Backup::awaitSpool(const fs::path& spool, std::chrono::milliseconds patience)
{
    auto files = store::Spool::filesIn(spool);
    for (auto since = std::chrono::steady_clock::now();
         !files.empty() && std::chrono::steady_clock::now() - since < patience;)
    {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (std::erase_if(files, [](const fs::path& file) { return !fs::exists(file); }) > 0)
            since = std::chrono::steady_clock::now();
    }
    return files.size();
}

std::vector<std::string> Backup::verify(const fs::path& file, const fs::path& migrations)
{
    if (!fs::is_regular_file(file))
        throw Error(Refusal::NotFound, "there is no file " + file.string());
    std::vector<std::string> wrong;
    try {
        store::Database database("sqlite:" + file.string());
        const auto connection = database.connect();
        const store::RowVisitor complaint = [&](const store::Row& row) {
            if (row.text(0) != "ok")
                wrong.push_back(row.string(0));
        };
        connection->runText("PRAGMA integrity_check(10)", {}, &complaint);
        const store::RowVisitor orphan = [&](const store::Row& row) {
            wrong.push_back("a row of " + row.string(0) + " belongs to one of " + row.string(2) +
                            " that is not there");
        };
        connection->runText("PRAGMA foreign_key_check", {}, &orphan);
        const SystemClock clock;
        if (store::Migrator(database, migrations, clock).current() == 0)
            wrong.emplace_back("it holds nothing of a hub");
    } catch (const std::exception& error) {
        wrong.emplace_back(error.what());
    }
    return wrong;
}

void Backup::restore(const fs::path& file, store::Database& database)
{
    requireSqlite(database);
    const fs::path target = database.url().sqliteFile;
    const fs::path fresh = beside(target, ".restored");
    fs::copy_file(file, fresh, fs::copy_options::overwrite_existing);
    sync(fresh);
    const fs::path replaced = beside(target, ".replaced");
    fs::remove(beside(replaced, "-wal"));
    if (fs::exists(target)) // with what its log holds yet
        fs::rename(target, replaced);
    if (fs::exists(beside(target, "-wal")))
        fs::rename(beside(target, "-wal"), beside(replaced, "-wal"));
    fs::remove(beside(target, "-shm"));
    fs::rename(fresh, target);
    sync(directoryOf(target));
}

} // namespace spokehub::ops
