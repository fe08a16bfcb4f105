#include "cli/Command.h"
#include "ops/Backup.h"
#include "store/Spool.h"

namespace spokehub::cli
{

namespace
{

ExitCode create(Command& command)
{
    const std::string& file = command.text("FILE");
    const Config config = command.config();
    store::Database database(config.database.url);
    const auto spool = store::Spool::placeOf(config.inbox.spool, database.url());
    if (const auto left = ops::Backup::awaitSpool(spool); left > 0)
        command.output().note(spool.string() + " holds messages that are not in the copy (files: " +
                              std::to_string(left) +
                              "): keep it as well, or run a hub until it is empty and copy again");
    ops::Backup::make(database, file);
    command.output().note("written " + file + "; spokehub backup verify " + file +
                          " reads it again");
    return ExitCode::Done;
}

ExitCode verify(Command& command)
{
    const std::string& file = command.text("FILE");
    const auto wrong = ops::Backup::verify(file, migrationsDirectory());
    for (const std::string& complaint : wrong)
        command.output().note(complaint);
    command.output().note(file + (wrong.empty() ? " is whole" : " cannot be used"));
    return wrong.empty() ? ExitCode::Done : ExitCode::Failed;
}

} // namespace

std::vector<Verb> backupVerbs()
{
    return {
        {"backup",
         "create",
         "copies the SQLite database into a new file, beside a running hub",
         {{"FILE", "that is not there yet"}},
         create},
        {"backup",
         "verify",
         "reads a copy and says whether it can be restored (spokehub db restore)",
         {{"FILE", "of backup create"}},
         verify},
    };
}

} // namespace spokehub::cli
