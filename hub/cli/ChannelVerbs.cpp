#include "cli/Lists.h"

namespace spokehub::cli
{

namespace
{

const Argument nameArgument{"NAME", "of the channel"};
constexpr std::chrono::minutes adoptionMax{15};

std::string pathOf(const Command& command, const std::string& rest = {})
{
    return "/api/v1/channels/" + escaped(command.text("NAME")) + rest;
}

ExitCode list(Command& command)
{
    command.output().list(command.hub().get("/api/v1/channels").root(),
                          {"name", "spoke", "state", "lag.tasks_pending", "lag.tasks_failed",
                           "lag.inbox_failed", "problem", "paused_reason", "last_error"});
    return ExitCode::Done;
}

ExitCode show(Command& command)
{
    return printObject(command, command.hub().get(pathOf(command)));
}

ExitCode check(Command& command)
{
    const JsonDocument answer = command.hub().post(pathOf(command, "/check"));
    command.output().object(answer.root());
    bool good = answer.root().textOr("class") == "done";
    answer.root()["findings"].each([&](Json finding) {
        good = good && finding.textOr("level") != "error";
        return true;
    });
    return good ? ExitCode::Done : ExitCode::Failed;
}

ExitCode adopt(Command& command)
{
    const auto yes = [&](const char* flag) { return command.flag(flag) ? "true" : "false"; };
    return printObject(command, command.hub().post(pathOf(command, "/adopt"),
                                                   {{"catalog", yes("--catalog")},
                                                    {"stock", yes("--stock")},
                                                    {"dry_run", yes("--dry-run")}},
                                                   {}, adoptionMax));
}

ExitCode pause(Command& command)
{
    std::string body;
    if (const auto reason = command.maybe("--reason"))
        body = JsonWriter().beginObject().member("reason", *reason).endObject().take();
    return printObject(command, command.hub().post(pathOf(command, "/pause"), {}, body));
}

ExitCode resume(Command& command)
{
    return printObject(command, command.hub().post(pathOf(command, "/resume")));
}

ExitCode sync(Command& command)
{
    std::string body;
    if (const auto stream = command.maybe("--stream"))
        body = JsonWriter().beginObject().member("stream", *stream).endObject().take();
    return printObject(command, command.hub().post(pathOf(command, "/sync"), {}, body));
}

ExitCode subscriptions(Command& command)
{
    const std::string action = command.maybe("ACTION").value_or("list");
    if (action == "remove")
        command.confirm("Without its subscriptions the channel tells the hub nothing by itself.",
                        command.text("NAME"));
    JsonWriter body;
    body.beginObject().member("action", action);
    if (const auto address = command.maybe("--address"))
        body.member("address", *address);
    body.endObject();
    const JsonDocument answer =
        command.hub().post(pathOf(command, "/subscriptions"), {}, body.text());
    command.output().list(answer.root()["subscriptions"], {"topic", "state", "reason"});
    bool good = answer.root().textOr("class") == "done";
    if (!good)
        command.output().note(std::string(answer.root().textOr("reason")));
    answer.root()["subscriptions"].each([&](Json each) {
        good = good && each.textOr("state") != "failed";
        return true;
    });
    return good ? ExitCode::Done : ExitCode::Failed;
}

} // namespace

std::vector<Verb> channelVerbs()
{
    return {
        {"channel", "list", "all channels, and how they are", {}, list, Verb::looking},
        {"channel", "show", "one channel", {nameArgument}, show, Verb::looking},
        {"channel",
         "check",
         "asks the channel whether access and settings are right; exit code 1 when not",
         {nameArgument},
         check},
        {"channel",
         "adopt",
         "takes over what the channel has: its listings, and as asked",
         {nameArgument,
          {"--catalog", "make variants of listings whose SKU nobody knows yet"},
          {"--stock", "give variants that never had stock the channel's quantity"},
          {"--dry-run", "only tell what would be done"}},
         adopt},
        {"channel",
         "pause",
         "stops pulling and pushing; webhooks are still taken",
         {nameArgument, {"--reason TEXT", "for those who wonder"}},
         pause},
        {"channel",
         "resume",
         "goes on, and approves what tripped the wire",
         {nameArgument},
         resume},
        {"channel",
         "sync",
         "reads the channel now",
         {nameArgument, {"--stream NAME", "only orders, listings, levels or shipments"}},
         sync},
        {"channel",
         "subscriptions",
         "the channel's webhooks to this hub",
         {nameArgument,
          {"[ACTION]", "list (default), repair or remove"},
          {"--address URL", "of the hub's webhook route (default: from server.public_url)"}},
         subscriptions},
    };
}

} // namespace spokehub::cli
