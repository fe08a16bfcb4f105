#include "cli/Lists.h"

namespace spokehub::cli
{

namespace
{

const Argument messageArgument{"MESSAGE", "its id (msg_…)"};

std::string pathOf(const Command& command, const std::string& rest = {})
{
    return "/api/v1/inbox/" + escaped(command.text("MESSAGE")) + rest;
}

ExitCode list(Command& command)
{
    return printList(
        command, "/api/v1/inbox", {"--state", "--channel"},
        {"id", "channel", "topic", "message_id", "state", "reason", "attempts", "received_at"});
}

ExitCode show(Command& command)
{
    return printObject(command, command.hub().get(pathOf(command)));
}

ExitCode replay(Command& command)
{
    return printObject(command, command.hub().post(pathOf(command, "/replay")));
}

} // namespace

std::vector<Verb> inboxVerbs()
{
    return {
        {"inbox",
         "list",
         "what the channels told",
         {{"--state STATE", "pending, done or failed"}, channelOption, limitOption},
         list,
         Verb::looking},
        {"inbox", "show", "one message, with its body", {messageArgument}, show, Verb::looking},
        {"inbox", "replay", "takes a message up again", {messageArgument}, replay},
    };
}

} // namespace spokehub::cli
