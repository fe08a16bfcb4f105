#include "cli/Lists.h"

namespace spokehub::cli
{

namespace
{

const std::vector<std::string> filters{"--from", "--to", "--time-zone"};

ExitCode sales(Command& command)
{
    return printWhole(
        command, "/api/v1/reports/daily-sales", filters,
        {"day", "channel", "currency", "orders", "cancelled", "total_cents", "refunded_cents"});
}

ExitCode progress(Command& command)
{
    return printWhole(command, "/api/v1/reports/order-progress", filters,
                      {"day", "channel", "status", "orders"});
}

const std::vector<Argument> options{
    {"--from DAY", "the first, such as 2026-11-20; default: a week before the last"},
    {"--to DAY", "the last; default: today"},
    {"--time-zone NAME", "where the days begin, such as Europe/Berlin; default: UTC"}};

} // namespace

std::vector<Verb> reportVerbs()
{
    return {
        {"report", "sales", "orders and money by day and channel", options, sales, Verb::looking},
        {"report", "progress", "how far the orders of each day have come", options, progress,
         Verb::looking},
    };
}

} // namespace spokehub::cli
