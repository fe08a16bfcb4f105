#include "cli/Accounts.h"

#include <chrono>

namespace spokehub::cli
{

namespace
{

std::optional<std::string> shown(const std::optional<Time>& time)
{
    return time ? std::optional(toIso(*time)) : std::nullopt;
}

ExitCode add(Command& command)
{
    Accounts accounts(command, "key add");
    access::NewKey wanted{command.text("NAME"), command.text("--role")};
    if (const auto days = command.maybeInteger("--days")) {
        if (*days < 1 || *days > 36'500)
            throw Failure("--days: must be 1 to 36500", ExitCode::Usage);
        wanted.expiresAt = accounts.clock.now() + std::chrono::days(*days);
    }
    const auto made = accounts.commands.run(
        [&](store::Tx& tx) { return accounts.keys.make(tx, accounts.by, wanted); });
    JsonWriter json;
    json.beginObject()
        .member("id", showId("key", made.key.id))
        .member("name", made.key.name)
        .member("role", made.key.role)
        .member("expires_at", shown(made.key.expiresAt))
        .member("key", made.secret)
        .endObject();
    command.output().object(JsonDocument::parse(json.text())->root());
    command.output().note("the key is shown this once");
    return ExitCode::Done;
}

void write(JsonWriter& json, const access::IssuedKey& key)
{
    json.beginObject()
        .member("id", showId("key", key.id))
        .member("name", key.name)
        .member("role", key.role)
        .member("created_by", key.createdBy)
        .member("created_at", toIso(key.createdAt))
        .member("expires_at", shown(key.expiresAt))
        .member("last_used_at", shown(key.lastUsedAt))
        .member("revoked_at", shown(key.revokedAt))
        .endObject();
}

ExitCode list(Command& command)
{
    Accounts accounts(command, "key list");
    return accounts.print(command, accounts.keys, write,
                          {"id", "name", "role", "created_by", "created_at", "expires_at",
                           "last_used_at", "revoked_at"});
}

ExitCode revoke(Command& command)
{
    const auto id = readId("key", command.text("KEY"));
    if (!id)
        throw Failure("KEY: ids look like " + showId("key", 1), ExitCode::Usage);
    Accounts accounts(command, "key revoke");
    const auto key = accounts.commands.run(
        [&](store::Tx& tx) { return accounts.keys.revoke(tx, accounts.by.scope, *id); });
    command.output().note(key.name + " opens nothing any more");
    return ExitCode::Done;
}

} // namespace

std::vector<Verb> keyVerbs()
{
    return {
        {"key",
         "add",
         "makes an API key, beside those of the configuration, and shows it once",
         {{"NAME", "stands in the history as key:NAME"},
          {"--role ROLE", "admin, SYSTEM_BOT, viewer, …", true},
          {"--days N", "how long it is good; default: until it is revoked"},
          tenantOption},
         add},
        {"key",
         "list",
         "the keys that were made, and when each was used last",
         {tenantOption},
         list,
         Verb::looking},
        {"key", "revoke", "ends a key at once", {{"KEY", "its id (key_…)"}, tenantOption}, revoke},
    };
}

} // namespace spokehub::cli
