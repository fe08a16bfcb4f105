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

/// The database must be current before anything of it is read.
Id tenantOf(const Command& command, store::Database& database, access::Tenants& tenants)
{
    const SystemClock clock;
    store::Migrator(database, migrationsDirectory(), clock).requireCurrent();
    tenants.refresh();
    const std::string name = command.maybe("--tenant").value_or(mainTenantName);
    const auto tenant = tenants.idOf(name);
    if (!tenant)
        throw Failure("there is no tenant " + name);
    return *tenant;
}

} // namespace

Accounts::Accounts(const Command& command, const std::string& verb)
    : config(command.config()), database(config.database.url), writer(database), commands(writer),
      ids(clock, IdGenerator::nodeMax), // no hub has it while others are free
      sessions(ids, clock, config.auth), keys(ids, clock, config.roles),
      users(ids, clock, config.roles, sessions, keys), audit(ids, clock),
      tenants(config, database, ids, clock), by{{tenantOf(command, database, tenants),
                                                 "cli:" + person()},
                                                Permissions::all(),
                                                true},
      serving(by.scope.tenant),
      doing(std::make_shared<const store::Deed>(
          store::Deed{by.scope.tenant, by.scope.actor,
                      std::string(name(verb.starts_with("key") ? Permission::KeysManage
                                                               : Permission::UsersManage)),
                      "spokehub " + verb}))
{
    writer.beforeCommit([this](store::Tx& tx) {
        tenants.requireRoom(tx);
        audit.record(tx);
    });
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
