#include "cli/Accounts.h"

#include "store/Migrator.h"

#include <pwd.h>
#include <unistd.h>

namespace spokehub::cli
{

namespace
{

std::string person()
{
    const passwd* entry = ::getpwuid(::getuid());
    return entry == nullptr ? std::to_string(::getuid()) : entry->pw_name;
}

} // namespace

Accounts::Accounts(const Command& command)
    : config(command.config()), database(config.database.url), writer(database), commands(writer),
      ids(clock, IdGenerator::nodeMax), // no hub has it while others are free
      sessions(ids, clock, config.auth), keys(ids, clock, config.roles),
      users(ids, clock, config.roles, sessions, keys), by{{mainTenant, "cli:" + person()},
                                                          Permissions::all(),
                                                          true}
{
    store::Migrator(database, migrationsDirectory(), clock).requireCurrent();
    writer.start();
}

access::User Accounts::named(const std::string& username)
{
    std::optional<access::User> found;
    database.point(
        [&](store::Session& session) { found = users.byName(session, by.scope, username); });
    if (!found)
        throw Failure("there is no user " + username);
    return *std::move(found);
}

} // namespace spokehub::cli
