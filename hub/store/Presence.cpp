#include "store/Presence.h"

#include "core/Error.h"
#include "core/Log.h"
#include "store/Connection.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace spokehub::store
{

namespace
{

constexpr Sql lockBoot = {"SELECT pg_advisory_lock($1)"};
constexpr Sql ping = {"SELECT 1"};

} // namespace

Presence::Presence(Database& database, std::int64_t boot) : _database(database), _boot(boot)
{
    if (database.engine() == Engine::Postgres) {
        raise();
        return;
    }
    const std::string file = database.url().sqliteFile + ".lock";
    _file = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (_file < 0)
        throw Error(Refusal::Unavailable, "cannot open " + file + ": " + std::strerror(errno));
    if (::flock(_file, LOCK_EX | LOCK_NB) != 0) {
        ::close(_file);
        throw Error(Refusal::Conflict, "another hub has " + database.url().sqliteFile +
                                           " open; stop it first, or give this one a database of "
                                           "its own (several hubs can share PostgreSQL)");
    }
}

Presence::~Presence()
{
    if (_file >= 0)
        ::close(_file);
}

void Presence::raise()
{
    _connection = _database.connectAsOwner(); // before the hub's own role may be there
    const Param boot(_boot);
    const RowVisitor ignore = [](const Row&) {};
    _connection->run(lockBoot, {&boot, 1}, &ignore);
}

void Presence::keep()
{
    if (_database.engine() == Engine::Sqlite)
        return;
    try {
        if (!_connection || _connection->broken())
            raise();
        const RowVisitor ignore = [](const Row&) {};
        _connection->run(ping, {}, &ignore);
    } catch (const StoreError& error) {
        Log::warning("the hub's sign of life is lost for now", {{"reason", error.what()}});
        _connection.reset();
    }
}

} // namespace spokehub::store
