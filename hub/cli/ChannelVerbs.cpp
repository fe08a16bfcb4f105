#include "cli/Lists.h"
#include "cli/Typed.h"

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

const Argument tenantArgument{"--tenant NAME", "the provider's: whose channel it is"};
const Argument secretArgument{"SECRET", "its name, as the spoke calls it"};

std::string secretsOf(const Command& command, const std::string& rest = {})
{
    const auto tenant = command.maybe("--tenant");
    return (tenant ? "/api/v1/tenants/" + escaped(*tenant) : "/api/v1") + "/channels/" +
           escaped(command.text("NAME")) + "/secrets" + rest;
}

/// A row for each value that counts, or for the secret that has none.
ExitCode secrets(Command& command)
{
    JsonWriter rows;
    rows.beginArray();
    command.hub().get(secretsOf(command)).root()["data"].each([&](Json secret) {
        const auto row = [&](std::string_view id, std::string_view by, std::string_view at) {
            rows.beginObject()
                .member("secret", secret.textOr("name"))
                .member("required", secret["required"].boolean().value_or(false))
                .member("id", id)
                .member("set_by", by)
                .member("set_at", at)
                .endObject();
        };
        std::int64_t values = 0;
        secret["set"].each([&](Json each) {
            row(each.textOr("id"), each.textOr("set_by"), each.textOr("set_at"));
            ++values;
            return true;
        });
        const std::int64_t configured = secret.integerOr("configured");
        for (std::int64_t i = 0; i < configured; ++i)
            row("", "configuration", "");
        if (values + configured == 0)
            row("", "", "");
        return true;
    });
    rows.endArray();
    command.output().list(JsonDocument::parse(rows.text())->root(),
                          {"secret", "required", "id", "set_by", "set_at"});
    return ExitCode::Done;
}

ExitCode setSecret(Command& command)
{
    const auto file = command.maybe("--file");
    JsonWriter body;
    body.beginObject()
        .member("name", command.text("SECRET"))
        .member("value", secretFrom(file ? &*file : nullptr, "Value", "--file"))
        .endObject();
    return printObject(command, command.hub().post(secretsOf(command), {}, body.text()));
}

ExitCode revokeSecret(Command& command)
{
    const std::string& secret = command.text("SECRET");
    command.confirm("What is signed or asked with this value is refused from now on.", secret);
    command.hub().send("DELETE",
                       secretsOf(command, "/" + escaped(secret) +
                                              (command.flag("--configured") ? "/configured" : "")));
    command.output().note(secret + " is revoked");
    return ExitCode::Done;
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
        {"channel",
         "secrets",
         "who set which of the channel's secrets, and when; never a value",
         {nameArgument, tenantArgument},
         secrets,
         Verb::looking},
        {"channel",
         "set-secret",
         "sets a value at once, on every hub; for signatures those before it stay good until they "
         "are revoked",
         {nameArgument, secretArgument, {"--file FILE", "instead of typing it"}, tenantArgument},
         setSecret},
        {"channel",
         "revoke-secret",
         "revokes a value",
         {nameArgument,
          {"SECRET", "its id, or with --configured the secret's name"},
          {"--configured", "what the configuration has of it"},
          tenantArgument},
         revokeSecret},
    };
}

} // namespace spokehub::cli
