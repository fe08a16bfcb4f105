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

} // namespace

std::vector<Verb> listingVerbs()
{
    return {
        {"listing",
         "list",
         "what is offered where",
         {channelOption,
          {"--matched true|false", "only those with, or without, a variant"},
          limitOption},
         list},
        {"listing",
         "pending",
         "what channels must still hear",
         {channelOption, limitOption},
         pending},
        {"listing",
         "errors",
         "what channels could not be told, and why",
         {channelOption, limitOption},
         errors},
    };
}

} // namespace spokehub::cli
