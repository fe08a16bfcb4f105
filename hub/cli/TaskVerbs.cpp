#include "cli/Lists.h"

namespace spokehub::cli
{

namespace
{

ExitCode list(Command& command)
{
    return printList(command, "/api/v1/tasks", {"--state", "--channel", "--kind", "--class"},
                     {"id", "channel", "kind", "subject", "state", "class", "reason", "attempts",
                      "next_attempt_at", "age_seconds"});
}

ExitCode show(Command& command)
{
    return printObject(command,
                       command.hub().get("/api/v1/tasks/" + escaped(command.text("TASK"))));
}

ExitCode retry(Command& command)
{
    if (const auto task = command.maybe("TASK")) {
        if (command.flag("--dry-run"))
            throw Failure("--dry-run is for groups of tasks, not for one", ExitCode::Usage);
        return printObject(command,
                           command.hub().post("/api/v1/tasks/" + escaped(*task) + "/retry"));
    }
    JsonWriter body;
    body.beginObject();
    for (const auto& [option, name] : {std::pair{"--channel", "channel"}, {"--class", "class"}})
        if (const auto value = command.maybe(option))
            body.member(name, *value);
    body.endObject();
    return printObject(command,
                       command.hub().post("/api/v1/tasks/retry", dryRunOf(command), body.text()));
}

const Argument classOption{"--class CLASS", "retry, rejected, config, unmatched, bug, …"};

} // namespace

std::vector<Verb> taskVerbs()
{
    return {
        {"task",
         "list",
         "what channels must still hear, or could not be told",
         {{"--state STATE", "pending, running, done or failed"},
          channelOption,
          {"--kind KIND", "stock, shipment or fetch"},
          classOption,
          limitOption},
         list,
         Verb::looking},
        {"task", "show", "one of them", {{"TASK", "its id (tsk_…)"}}, show, Verb::looking},
        {"task",
         "retry",
         "tries a failed task again now, or all of a channel or class",
         {{"[TASK]", "its id (tsk_…)"}, channelOption, classOption, dryRunOption},
         retry},
    };
}

} // namespace spokehub::cli
