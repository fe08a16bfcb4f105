#include "api/Csv.h"
#include "cli/Lists.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <unistd.h>

namespace spokehub::cli
{

namespace
{

/// What can be exported: each is a list of the hub.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> lists = {
    {{"bundles", "bundles"},
     {"counts", "counts"},
     {"exceptions", "exceptions"},
     {"families", "families"},
     {"identities", "identities"},
     {"inbox", "inbox"},
     {"inventory", "inventory"},
     {"listings", "listings"},
     {"locations", "locations"},
     {"orders", "orders"},
     {"reservations", "stock/reservations"},
     {"stock", "stock"},
     {"tasks", "tasks"},
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

/// How far it is, for whoever sits before a terminal. How much there is nobody knows.
class Progress
{
public:
    ~Progress() { clear(); }

    void show(std::int64_t rows)
    {
        if (!_shown)
            return;
        const auto now = std::chrono::steady_clock::now();
        const double seconds = std::chrono::duration<double>(now - _begun).count();
        std::cerr << "\r\033[K" << rows << " rows, "
                  << static_cast<std::int64_t>(static_cast<double>(rows) / std::max(seconds, 0.001))
                  << " a second" << std::flush;
    }

private:
    void clear() const
    {
        if (_shown)
            std::cerr << "\r\033[K" << std::flush;
    }

    const bool _shown = ::isatty(STDERR_FILENO) != 0 && ::isatty(STDOUT_FILENO) == 0;
    const std::chrono::steady_clock::time_point _begun = std::chrono::steady_clock::now();
};

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
    Progress progress;
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
              {"--status STATUS", "of orders and units: in this status only"}},
             exportList}};
}

} // namespace spokehub::cli
