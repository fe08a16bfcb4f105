#include "cli/Command.h"
#include "ops/Backup.h"
#include "store/Migrator.h"
#include "store/Presence.h"

#include <unistd.h>

namespace spokehub::cli
{

namespace
{

/// The database of the configuration, without a hub.
struct Schema
{
    explicit Schema(const Command& command)
        : database(command.config().database.url), migrator(database, migrationsDirectory(), clock)
    {
    }

    const SystemClock clock;
    store::Database database;
    store::Migrator migrator;

    /// Throws Error(Conflict) while a hub has the SQLite file.
    store::Presence alone() { return store::Presence(database, ::getpid()); }
};

ExitCode status(Command& command)
{
    Schema schema(command);
    const auto pending = schema.migrator.pending();
    JsonWriter json;
    json.beginObject().member("version", schema.migrator.current()).key("pending").beginArray();
    for (const std::string& name : pending)
        json.value(name);
    json.endArray().endObject();
    command.output().object(JsonDocument::parse(json.text())->root());
    return ExitCode::Done;
}

ExitCode migrate(Command& command)
{
    Schema schema(command);
    const auto alone = schema.alone();
    const int applied = schema.migrator.up();
    command.output().note("applied " + std::to_string(applied) + "; the schema has version " +
                          std::to_string(schema.migrator.current()));
    return ExitCode::Done;
}

ExitCode rollback(Command& command)
{
    const std::int64_t to = command.integer("--to");
    Schema schema(command);
    const auto alone = schema.alone();
    const int current = schema.migrator.current();
    if (to < 0 || to > current)
        throw Failure("--to: must be 0 to " + std::to_string(current) +
                          ", the version that the schema has",
                      ExitCode::Usage);
    command.confirm("What the migrations above version " + std::to_string(to) +
                        " made is dropped, with the data in it.",
                    "version-" + std::to_string(to));
    const int undone = schema.migrator.down(static_cast<int>(to));
    command.output().note("undone " + std::to_string(undone) + "; the schema has version " +
                          std::to_string(schema.migrator.current()));
    return ExitCode::Done;
}

ExitCode restore(Command& command)
{
    const std::string& file = command.text("FILE");
    const auto wrong = ops::Backup::verify(file, migrationsDirectory());
    if (!wrong.empty())
        throw Failure(file + " cannot be used: " + wrong.front());
    store::Database database(command.config().database.url);
    const store::Presence alone(database, ::getpid());
    command.confirm("The database is replaced by " + file +
                        "; what was written since that copy is lost to the hub.",
                    "restore");
    ops::Backup::restore(file, database);
    command.output().note("restored; the database that was there stands beside it as ….replaced");
    return ExitCode::Done;
}

} // namespace

std::vector<Verb> databaseVerbs()
{
    return {
        {"db",
         "status",
         "the version of the schema, and the migrations that are pending",
         {},
         status},
        {"db", "migrate", "applies what is pending; stop the hub first", {}, migrate},
        {"db",
         "rollback",
         "undoes migrations, and loses what is in their tables; stop the hub first",
         {{"--to N", "the version to go back to", true}},
         rollback},
        {"db",
         "restore",
         "puts a copy (spokehub backup create) in the place of the SQLite database; stop the hub "
         "first",
         {{"FILE", "of backup create"}},
         restore},
    };
}

} // namespace spokehub::cli
