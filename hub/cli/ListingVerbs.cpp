#include "cli/Lists.h"

namespace spokehub::cli
{

namespace
{

ExitCode list(Command& command)
{
    return printList(command, "/api/v1/listings", {"--channel", "--matched"},
                     {"id", "channel", "sku", "title", "variant_id", "external_id", "pushed",
                      "observed", "gap"});
}

ExitCode pending(Command& command)
{
    return printList(command, "/api/v1/listings/pending", {"--channel"},
                     {"id", "channel", "sku", "task.state", "task.reason", "task.attempts",
                      "task.next_attempt_at", "task.age_seconds"});
}

ExitCode errors(Command& command)
{
    return printList(command, "/api/v1/listings/errors", {"--channel"},
                     {"id", "channel", "sku", "task.class", "task.reason", "task.attempts",
                      "task.id", "task.age_seconds"});
}

ExitCode unmatched(Command& command)
{
    return printList(command, "/api/v1/listings/unmatched", {"--channel"},
                     {"id", "channel", "sku", "title", "external_id", "suggestions"});
}

std::string pathOf(const Command& command, const std::string& rest = {})
{
    return "/api/v1/listings/" + escaped(command.text("LISTING")) + rest;
}

ExitCode show(Command& command)
{
    return printObject(command, command.hub().get(pathOf(command)));
}

ExitCode change(Command& command)
{
    return printObject(command, command.hub().send("PATCH", pathOf(command), {},
                                                   bodyOf(command, {"--title", "--currency"},
                                                          {"--price-cents", "--units-per-sale"})));
}

ExitCode add(Command& command)
{
    return printObject(
        command, command.hub().post(
                     "/api/v1/listings", {},
                     bodyOf(command, {"CHANNEL", "EXTERNAL-ID", "SKU", "--title", "--stock-id"},
                            {"--units-per-sale"})));
}

/// A verb that takes a reason at most: mark-synced, mark-error, unmatch.
auto marking(const std::string& verb)
{
    return [verb](Command& command) {
        return printObject(command, command.hub().post(pathOf(command, "/" + verb), {},
                                                       bodyOf(command, {"--reason"})));
    };
}

ExitCode match(Command& command)
{
    const std::string body =
        JsonWriter().beginObject().member("variant_sku", command.text("SKU")).endObject().take();
    return printObject(command,
                       command.hub().post(pathOf(command, "/match"), dryRunOf(command), body));
}

const Argument listingArgument{"LISTING", "its id (lst_…)"};

} // namespace

std::vector<Verb> listingVerbs()
{
    return {
        {"listing",
         "unmatched",
         "listings of which nobody knows what they are, with what they might be",
         {channelOption, limitOption},
         unmatched,
         Verb::looking},
        {"listing",
         "match",
         "says which variant a listing is",
         {listingArgument, {"SKU", "of the variant"}, dryRunOption},
         match},
        {"listing",
         "unmatch",
         "says that a listing is no variant of ours",
         {listingArgument},
         marking("unmatch")},
        {"listing", "show", "one of them", {listingArgument}, show, Verb::looking},
        {"listing",
         "add",
         "says that a variant is offered on a channel",
         {{"CHANNEL", "its name"},
          {"EXTERNAL-ID", "what the channel calls it"},
          {"SKU", "of the variant, as the channel spells it"},
          {"--title TEXT", "what people read"},
          {"--stock-id ID", "what its stock is called there, when that is something else"},
          {"--units-per-sale N", "units that leave with each (default 1)"}},
         add},
        {"listing",
         "change",
         "changes units per sale, and title and price until the channel shows its own",
         {listingArgument,
          {"--units-per-sale N", "units that leave with each"},
          {"--title TEXT", "what people read"},
          {"--price-cents N", "of one, in minor units"},
          {"--currency CODE", "such as USD"}},
         change},
        {"listing",
         "mark-synced",
         "says by hand that the channel knows its quantity",
         {listingArgument, {"--reason TEXT", "stands with the task"}},
         marking("mark-synced")},
        {"listing",
         "mark-error",
         "says by hand that the channel cannot be told",
         {listingArgument, {"--reason TEXT", "stands with the task", true}},
         marking("mark-error")},
        {"listing",
         "list",
         "what is offered where",
         {channelOption,
          {"--matched true|false", "only those with, or without, a variant"},
          limitOption},
         list,
         Verb::looking},
        {"listing",
         "pending",
         "what channels must still hear",
         {channelOption, limitOption},
         pending,
         Verb::looking},
        {"listing",
         "errors",
         "what channels could not be told, and why",
         {channelOption, limitOption},
         errors,
         Verb::looking},
    };
}

} // namespace spokehub::cli
