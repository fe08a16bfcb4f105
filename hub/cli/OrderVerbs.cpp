#include "cli/Lists.h"

#include <charconv>

namespace spokehub::cli
{

namespace
{

const Argument orderArgument{"ORDER", "its id (ord_…)"};
const Argument reasonOption{"--reason TEXT", "stands with the order"};

std::string pathOf(const Command& command, const std::string& rest = {})
{
    return "/api/v1/orders/" + escaped(command.text("ORDER")) + rest;
}

ExitCode list(Command& command)
{
    return printList(command, "/api/v1/orders",
                     {"--channel", "--status", "--payment-status", "--review"},
                     {"id", "number", "channel", "external_id", "status", "payment_status",
                      "total_cents", "currency", "placed_at"});
}

ExitCode show(Command& command)
{
    return printObject(command, command.hub().get(pathOf(command)));
}

ExitCode cancel(Command& command)
{
    command.confirm("What has not been shipped of " + command.text("ORDER") + " is cancelled.",
                    command.text("ORDER"));
    std::string body;
    if (const auto reason = command.maybe("--reason"))
        body = JsonWriter().beginObject().member("reason", *reason).endObject().take();
    return printObject(command, command.hub().post(pathOf(command, "/cancel"), {}, body));
}

/// A verb that takes nothing but a reason: approve, hold, release.
ExitCode note(Command& command, const char* what)
{
    std::string body;
    if (const auto reason = command.maybe("--reason"))
        body = JsonWriter().beginObject().member("reason", *reason).endObject().take();
    return printObject(command,
                       command.hub().post(pathOf(command, std::string("/") + what), {}, body));
}

ExitCode timeline(Command& command)
{
    return printWhole(command, pathOf(command, "/timeline"), {},
                      {"at", "what", "reason", "actor", "cause"});
}

/// "oln_…=2"
void addLine(JsonWriter& body, const std::string& line)
{
    const auto equals = line.rfind('=');
    std::int64_t quantity = 0;
    const char* last = line.data() + line.size();
    if (equals == line.npos ||
        std::from_chars(line.data() + equals + 1, last, quantity).ptr != last || quantity < 1)
        throw Failure("--line: '" + line + "' is not LINE=QUANTITY", ExitCode::Usage);
    body.beginObject().member("line_id", line.substr(0, equals)).member("quantity", quantity);
    body.endObject();
}

ExitCode ship(Command& command)
{
    JsonWriter body;
    body.beginObject();
    if (const auto lines = command.all("--line"); !lines.empty()) {
        body.key("lines").beginArray();
        for (const std::string& line : lines)
            addLine(body, line);
        body.endArray();
    }
    if (const auto carrier = command.maybe("--carrier"))
        body.member("carrier", *carrier);
    if (const auto number = command.maybe("--tracking"))
        body.member("tracking_number", *number);
    if (const auto url = command.maybe("--tracking-url"))
        body.member("tracking_url", *url);
    body.endObject();
    return printObject(command, command.hub().post(pathOf(command, "/shipments"), {}, body.text()));
}

} // namespace

std::vector<Verb> orderVerbs()
{
    return {
        {"order",
         "list",
         "orders, the newest first",
         {channelOption,
          {"--status STATUS", "pending, confirmed, packed, shipped, delivered, …"},
          {"--payment-status STATUS", "pending, paid, refunded, …"},
          {"--review true|false", "only those that wait for a person, or that do not"},
          limitOption},
         list,
         Verb::looking},
        {"order",
         "show",
         "one order, with its lines, facts and tasks",
         {orderArgument},
         show,
         Verb::looking},
        {"order",
         "cancel",
         "cancels what has not been shipped",
         {orderArgument, {"--reason TEXT", "stands with the order"}},
         cancel},
        {"order",
         "approve",
         "lets go what was held for review, and confirms",
         {orderArgument, reasonOption},
         [](Command& command) { return note(command, "approve"); }},
        {"order",
         "hold",
         "holds an order for review",
         {orderArgument, reasonOption},
         [](Command& command) { return note(command, "hold"); }},
        {"order",
         "release",
         "releases an order held for review",
         {orderArgument, reasonOption},
         [](Command& command) { return note(command, "release"); }},
        {"order",
         "timeline",
         "what became of an order, in its order",
         {orderArgument},
         timeline,
         Verb::looking},
        {"order",
         "ship",
         "ships what is owed, or some lines, and tells the channel",
         {orderArgument,
          {"--line LINE=N", "so many units of a line (oln_…); may be repeated"},
          {"--carrier NAME", "who brings it"},
          {"--tracking NUMBER", "the carrier's number"},
          {"--tracking-url URL", "where the buyer can look"}},
         ship},
    };
}

} // namespace spokehub::cli
