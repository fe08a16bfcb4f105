#include "cli/Lists.h"

namespace spokehub::cli
{

namespace
{

const Argument exceptionArgument{"EXCEPTION", "its id (exc_…)"};

std::string pathOf(const Command& command)
{
    return "/api/v1/exceptions/" + escaped(command.text("EXCEPTION"));
}

ExitCode list(Command& command)
{
    return printList(command, "/api/v1/exceptions", {"--kind", "--resolved"},
                     {"id", "kind", "subject", "message", "cause", "at", "resolved_at"});
}

ExitCode show(Command& command)
{
    return printObject(command, command.hub().get(pathOf(command)));
}

ExitCode resolve(Command& command)
{
    return printObject(command, command.hub().post(pathOf(command) + "/resolve"));
}

} // namespace

std::vector<Verb> exceptionVerbs()
{
    return {
        {"exception",
         "list",
         "what a person should look at, newest first",
         {{"--kind KIND", "of this kind alone, such as oversold"},
          {"--resolved true|false", "those that were seen to (default false)"},
          limitOption},
         list,
         Verb::looking},
        {"exception", "show", "one of them", {exceptionArgument}, show, Verb::looking},
        {"exception", "resolve", "says that somebody has seen to it", {exceptionArgument}, resolve},
    };
}

} // namespace spokehub::cli
