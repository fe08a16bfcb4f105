#include "api/Csv.h"
#include "cli/Lists.h"
#include "cli/Progress.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <unistd.h>

namespace spokehub::cli
{

namespace
{

/// What can be exported: each is a list of the hub.
constexpr std::array<std::pair<std::string_view, std::string_view>, 21> lists = {
    {{"audit", "audit"},
     {"brands", "brands"},
     {"bundles", "bundles"},
     {"colors", "colors"},
     {"counts", "counts"},
     {"customers", "customers"},
     {"exceptions", "exceptions"},
     {"families", "families"},
     {"identities", "identities"},
     {"inbox", "inbox"},
     {"inventory", "inventory"},
     {"listings", "listings"},
     {"locations", "locations"},
     {"movements", "stock/movements"},
     {"orders", "orders"},
     {"parcels", "parcels"},
     {"reservations", "stock/reservations"},
     {"stock", "stock"},
     {"tasks", "tasks"},
     {"users", "auth/users"},
     {"variants", "variants"}}};

std::string pathOf(const std::string& name)
{
    const auto found =
        std::ranges::find_if(lists, [&](const auto& each) { return each.first == name; });
    std::string known;
    for (const auto& each : lists)
        known.append(known.empty() ? "" : ", ").append(each.first);
    if (found == lists.end())
        throw Failure("LIST: '" + name + "' is none of " + known, ExitCode::Usage);
    return "/api/v1/" + std::string(found->second);
}

/// The rows of a page: CSV, whose names stand once at the top, or an object in each line.
void print(Output& output, const JsonDocument& page, bool first)
{
    if (output.format() == Output::Format::Json) {
        page.root()["data"].each([&](Json row) {
            output.stream() << row.dump() << '\n';
            return true;
        });
        return;
    }
    std::string csv = api::csvOf(page.root().dump());
    if (!first && !csv.empty())
        csv.erase(0, csv.find('\n') + 1);
    output.stream() << csv;
}

/// Page by page, so that neither side ever holds more than one.
ExitCode exportList(Command& command)
{
    const std::string path = pathOf(command.text("LIST"));
    HubClient::Query query{{"limit", "500"}};
    for (const char* filter : {"channel", "state", "status"})
        if (const auto value = command.maybe("--" + std::string(filter)))
            query.emplace_back(filter, *value);
    if (const auto since = command.maybe("--updated-since"))
        query.emplace_back("updated_since", *since);
    const Progress progress("rows", {}, ::isatty(STDOUT_FILENO) == 0); // not between the rows
    std::int64_t rows = 0;
    std::string cursor;
    do {
        HubClient::Query asked = query;
        if (!cursor.empty())
            asked.emplace_back("cursor", cursor);
        const JsonDocument page = command.hub().get(path, asked);
        print(command.output(), page, rows == 0);
        rows += static_cast<std::int64_t>(page.root()["data"].size());
        cursor = page.root().textOr("next_cursor");
        progress.show(rows);
    } while (!cursor.empty());
    return ExitCode::Done;
}

} // namespace

std::vector<Verb> exportVerbs()
{
    return {{"export",
             "",
             "writes a whole list as CSV, or with -o json as an object in each line",
             {{"LIST", "variants, listings, stock, inventory, orders, tasks, inbox, …"},
              channelOption,
              {"--state STATE", "of tasks, messages and reservations: in this state only"},
              {"--status STATUS", "of orders and units: in this status only"},
              {"--updated-since TIME", "changed since, in the order of the changes"}},
             exportList}};
}

} // namespace spokehub::cli
