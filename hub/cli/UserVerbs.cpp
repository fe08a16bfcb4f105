#include "access/Passwords.h"
#include "cli/Accounts.h"
#include "cli/Typed.h"

namespace spokehub::cli
{

namespace
{

std::string passwordFrom(const Command& command)
{
    const auto file = command.maybe("--password-file");
    return secretFrom(file ? &*file : nullptr, "Password", "--password-file");
}

/// Of a password that is good enough.
std::string hashFrom(const Command& command, const Config& config, const std::string& username)
{
    if (const auto file = command.maybe("--hash-file")) {
        std::string hash = contentOf(*file);
        if (!access::isPasswordHash(hash))
            throw Failure(*file + " holds neither an argon2id hash of this hub nor a bcrypt hash "
                                  "($2a$, $2b$, $2y$; a cost up to 14)");
        return hash;
    }
    const std::string password = passwordFrom(command);
    if (const std::string weakness = access::weaknessOf(
            password, username, static_cast<std::size_t>(config.auth.passwordMin));
        !weakness.empty())
        throw Failure("the password " + weakness);
    return access::passwordHash(password);
}

ExitCode add(Command& command)
{
    Accounts people(command, "user add");
    access::NewUser wanted;
    wanted.username = command.text("USERNAME");
    wanted.role = command.text("--role");
    wanted.fields = {command.maybe("--name"), command.maybe("--email")};
    if (!people.config.roles.of(wanted.role))
        throw Failure("there is no role " + wanted.role + " (config/README.md lists them)",
                      ExitCode::Usage);
    wanted.passwordHash = hashFrom(command, people.config, wanted.username);
    const auto user = people.commands.run(
        [&](store::Tx& tx) { return people.users.create(tx, people.by, wanted); });
    command.output().note("made " + user.username + ", " + user.role);
    return ExitCode::Done;
}

void write(JsonWriter& json, const access::User& user)
{
    json.beginObject()
        .member("username", user.username)
        .member("full_name", user.fullName)
        .member("role", user.role)
        .member("active", user.active)
        .member("created_by", user.createdBy)
        .member("created_at", toIso(user.createdAt))
        .member("signed_in_at",
                user.signedInAt ? std::optional(toIso(*user.signedInAt)) : std::nullopt)
        .endObject();
}

ExitCode list(Command& command)
{
    Accounts people(command, "user list");
    return people.print(
        command, people.users, write,
        {"username", "full_name", "role", "active", "created_by", "created_at", "signed_in_at"});
}

ExitCode deactivate(Command& command)
{
    Accounts people(command, "user deactivate");
    const auto user = people.named(command.text("USERNAME"));
    people.commands.run(
        [&](store::Tx& tx) { people.users.change(tx, people.by, user.id, {.active = false}); });
    command.output().note(user.username + " is no longer let in");
    return ExitCode::Done;
}

ExitCode setPassword(Command& command)
{
    Accounts people(command, "user set-password");
    const auto user = people.named(command.text("USERNAME"));
    const std::string hash = hashFrom(command, people.config, user.username);
    people.commands.run(
        [&](store::Tx& tx) { people.users.setPassword(tx, people.by, user.id, hash); });
    command.output().note(user.username + " has a new password, and is signed in nowhere");
    return ExitCode::Done;
}

const Argument username{"USERNAME", "as it is signed in with; case does not matter"};
const Argument passwordFile{"--password-file FILE", "instead of typing it"};
const Argument hashFile{"--hash-file FILE", "a bcrypt hash of an earlier system, instead"};

} // namespace

std::vector<Verb> userVerbs()
{
    return {
        {"user",
         "add",
         "makes a user, and thereby the first administrator; a hub may run beside it",
         {username,
          {"--role ROLE", "admin, manager, employee, …", true},
          {"--name NAME", "the full name"},
          {"--email ADDRESS", "where mail reaches this person"},
          passwordFile,
          hashFile,
          tenantOption},
         add},
        {"user", "list", "who there is", {tenantOption}, list, Verb::looking},
        {"user",
         "deactivate",
         "lets a user in no more; sessions and keys end at once",
         {username, tenantOption},
         deactivate},
        {"user",
         "set-password",
         "gives a user a new password; sessions end",
         {username, passwordFile, hashFile, tenantOption},
         setPassword},
    };
}

} // namespace spokehub::cli
