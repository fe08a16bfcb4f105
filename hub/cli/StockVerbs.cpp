#include "cli/Lists.h"

namespace spokehub::cli
{

namespace
{

const Argument skuArgument{"SKU", "of the variant"};

ExitCode show(Command& command)
{
    return printObject(command, command.hub().get("/api/v1/stock/" + escaped(command.text("SKU"))));
}

ExitCode adjust(Command& command)
{
    const auto delta = command.maybeInteger("--by");
    const auto count = command.maybeInteger("--to");
    if (delta.has_value() == count.has_value())
        throw Failure("give either --by or --to", ExitCode::Usage);
    JsonWriter body;
    body.beginObject().member("sku", command.text("SKU"));
    if (delta)
        body.member("delta_on_hand", *delta);
    else
        body.member("on_hand", *count);
    if (const auto location = command.maybe("--location"))
        body.member("location", *location);
    if (const auto reason = command.maybe("--reason"))
        body.member("reason", *reason);
    body.endObject();
    return printObject(command, command.hub().post("/api/v1/stock/adjust", {}, body.text()));
}

const std::vector<std::string> levelColumns{"sku",          "location",      "on_hand",  "reserved",
                                            "safety_stock", "reorder_level", "available"};

ExitCode list(Command& command)
{
    return printList(command, "/api/v1/stock", {"--location", "--updated-since"}, levelColumns);
}

ExitCode low(Command& command)
{
    return printList(command, "/api/v1/stock/low", {"--location"}, levelColumns);
}

ExitCode movements(Command& command)
{
    return printList(command, "/api/v1/stock/movements",
                     {"--sku", "--location", "--kind", "--cause", "--since", "--before"},
                     {"at", "sku", "location", "kind", "on_hand_delta", "reserved_delta", "on_hand",
                      "reserved", "cause", "actor", "reason"});
}

ExitCode receive(Command& command)
{
    JsonWriter body;
    body.beginObject().member("sku", command.text("SKU"));
    body.member("quantity", command.integer("QUANTITY"));
    if (const auto location = command.maybe("--location"))
        body.member("location", *location);
    if (const auto reason = command.maybe("--reason"))
        body.member("reason", *reason);
    body.endObject();
    return printObject(command, command.hub().post("/api/v1/stock/receive", {}, body.text()));
}

ExitCode transfer(Command& command)
{
    JsonWriter body;
    body.beginObject().member("sku", command.text("SKU"));
    body.member("quantity", command.integer("QUANTITY"));
    body.member("from", command.text("FROM")).member("to", command.text("TO"));
    if (const auto reason = command.maybe("--reason"))
        body.member("reason", *reason);
    body.endObject();
    return printObject(command, command.hub().post("/api/v1/stock/transfer", {}, body.text()));
}

ExitCode reserve(Command& command)
{
    JsonWriter body;
    body.beginObject().member("sku", command.text("SKU"));
    body.member("quantity", command.integer("QUANTITY"));
    if (const auto location = command.maybe("--location"))
        body.member("location", *location);
    if (const auto reference = command.maybe("--reference"))
        body.member("reference", *reference);
    if (const auto seconds = command.maybeInteger("--expires-in"))
        body.member("expires_in", *seconds);
    body.endObject();
    return printObject(command, command.hub().post("/api/v1/stock/reserve", {}, body.text()));
}

/// release or commit.
auto ending(const std::string& how)
{
    return [how](Command& command) {
        return printObject(command,
                           command.hub().post("/api/v1/stock/reservations/" +
                                              escaped(command.text("RESERVATION")) + "/" + how));
    };
}

ExitCode reservations(Command& command)
{
    return printList(command, "/api/v1/stock/reservations", {"--state", "--sku"},
                     {"id", "sku", "quantity", "state", "kind", "reference", "actor", "expires_at",
                      "created_at"});
}

ExitCode limits(Command& command)
{
    return printObject(command, command.hub().post("/api/v1/stock/limits", {},
                                                   bodyOf(command, {"SKU", "--location"},
                                                          {"--safety-stock", "--reorder-level"})));
}

ExitCode explain(Command& command)
{
    return printObject(command, command.hub().get("/api/v1/explain/quantity",
                                                  {{"channel", command.text("CHANNEL")},
                                                   {"sku", command.text("SKU")}}));
}

} // namespace

std::vector<Verb> stockVerbs()
{
    return {
        {"stock",
         "show",
         "what there is, where, and what may be sold",
         {skuArgument},
         show,
         Verb::looking},
        {"stock",
         "adjust",
         "changes what is on hand",
         {skuArgument,
          {"--by N", "so many more, or with a minus fewer"},
          {"--to N", "so many were counted"},
          {"--location NAME", "where (default main)"},
          {"--reason TEXT", "stands with the movement"}},
         adjust},
        {"stock",
         "list",
         "every level there is",
         {{"--location NAME", "at this one alone"},
          {"--updated-since TIME", "that moved since, in the order in which they did"},
          limitOption},
         list,
         Verb::looking},
        {"stock",
         "movements",
         "what moved, newest first",
         {{"--sku SKU", "of this one alone"},
          {"--location NAME", "at this one alone"},
          {"--kind KIND", "receive, adjust, reserve, release, ship, restock, transfer or count"},
          {"--cause ID", "done for this message, request or order"},
          {"--since TIME", "then or later, such as 2026-11-20T12:00:00Z"},
          {"--before TIME", "before then"},
          limitOption},
         movements,
         Verb::looking},
        {"stock",
         "low",
         "what should be ordered again",
         {{"--location NAME", "at this one alone"}, limitOption},
         low,
         Verb::looking},
        {"stock",
         "receive",
         "takes in a delivery",
         {skuArgument,
          {"QUANTITY", "units"},
          {"--location NAME", "where (default main)"},
          {"--reason TEXT", "stands with the movement"}},
         receive},
        {"stock",
         "transfer",
         "moves free units from one location to another",
         {skuArgument,
          {"QUANTITY", "units"},
          {"FROM", "a location"},
          {"TO", "another"},
          {"--reason TEXT", "stands with the movements"}},
         transfer},
        {"stock",
         "reserve",
         "holds units: all of them or none",
         {skuArgument,
          {"QUANTITY", "units"},
          {"--location NAME", "where (default: wherever they are)"},
          {"--reference TEXT", "for whom"},
          {"--expires-in SECONDS", "released by itself after that"}},
         reserve},
        {"stock",
         "release",
         "gives the units of a reservation back",
         {{"RESERVATION", "its id (res_…)"}},
         ending("release")},
        {"stock",
         "commit",
         "the units of a reservation leave the shelf",
         {{"RESERVATION", "its id (res_…)"}},
         ending("commit")},
        {"stock",
         "reservations",
         "what callers hold, newest first",
         {{"--state STATE", "active, released, committed or expired"},
          {"--sku SKU", "of this one alone"},
          limitOption},
         reservations,
         Verb::looking},
        {"stock",
         "limits",
         "sets what is not sold (safety stock), and when to order again",
         {skuArgument,
          {"--location NAME", "where (default main)"},
          {"--safety-stock N", "units that callers and channels do not get"},
          {"--reorder-level N", "stock low names it from there on down"}},
         limits},
        {"stock",
         "explain",
         "how the quantity that a channel is told comes about",
         {skuArgument, {"CHANNEL", "its name"}},
         explain,
         Verb::looking},
    };
}

} // namespace spokehub::cli
