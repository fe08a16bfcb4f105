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

ExitCode match(Command& command)
{
    const std::string body =
        JsonWriter().beginObject().member("variant_sku", command.text("SKU")).endObject().take();
    return printObject(command, command.hub().post("/api/v1/listings/" +
                                                       escaped(command.text("LISTING")) + "/match",
                                                   dryRunOf(command), body));
}

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
         {{"LISTING", "its id (lst_…)"}, {"SKU", "of the variant"}, dryRunOption},
         match},
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
