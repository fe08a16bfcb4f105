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
                     {"--channel", "--status", "--payment-status", "--review", "--external-id",
                      "--updated-since"},
                     {"id", "number", "channel", "external_id", "status", "payment_status",
                      "total_cents", "currency", "placed_at"});
}

/// "LEG-S=2", or "LEG-S=2@1990" with the price of one.
void addSale(JsonWriter& body, const std::string& line)
{
    const auto wrong = [&] {
        return Failure("--line: '" + line + "' is not SKU=QUANTITY or SKU=QUANTITY@CENTS",
                       ExitCode::Usage);
    };
    const auto equals = line.rfind('=');
    if (equals == line.npos || equals == 0)
        throw wrong();
    std::int64_t quantity = 0, price = 0;
    const char* const last = line.data() + line.size();
    auto read = std::from_chars(line.data() + equals + 1, last, quantity);
    if (read.ptr != last && *read.ptr == '@')
        read = std::from_chars(read.ptr + 1, last, price);
    if (read.ec != std::errc{} || read.ptr != last)
        throw wrong();
    body.beginObject().member("sku", line.substr(0, equals)).member("quantity", quantity);
    body.member("unit_price_cents", price).endObject();
}

ExitCode add(Command& command)
{
    JsonWriter body;
    body.beginObject().key("lines").beginArray();
    for (const std::string& line : command.all("--line"))
        addSale(body, line);
    body.endArray();
    for (const char* name : {"number", "currency"})
        if (const auto value = command.maybe("--" + std::string(name)))
            body.member(name, *value);
    if (const auto cents = command.maybeInteger("--shipping-cents"))
        body.member("shipping_cents", *cents);
    body.member("paid", command.flag("--paid"))
        .member("allow_short", command.flag("--allow-short"));
    const auto name = command.maybe("--name"), email = command.maybe("--email");
    if (name || email) {
        body.key("customer").beginObject();
        if (name)
            body.member("name", *name);
        if (email)
            body.member("email", *email);
        body.endObject();
    }
    return printObject(command, command.hub().post("/api/v1/orders", {}, body.endObject().take()));
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
          {"--external-id ID", "as the channel calls it"},
          {"--updated-since TIME", "changed since, in the order of the changes"},
          limitOption},
         list,
         Verb::looking},
        {"order",
         "add",
         "makes an order by hand, and holds stock for it",
         {{"--line SKU=N[@CENTS]", "so many of a SKU, at this price of one; may be repeated", true},
          {"--number TEXT", "what people call it"},
          {"--currency CODE", "such as USD (the default)"},
          {"--shipping-cents N", "for bringing it"},
          {"--paid", "it is paid"},
          {"--allow-short", "also when stock does not cover it"},
          {"--name TEXT", "of the customer"},
          {"--email ADDRESS", "of the customer"}},
         add},
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
