#include "cli/Lists.h"
#include "cli/Progress.h"
#include "core/CsvTable.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <span>

namespace spokehub::cli
{

namespace
{

constexpr std::size_t rowsAtOnce =
    500; // of a request, so that there is something to tell meanwhile
constexpr std::size_t rowsMax = 1'000'000;
constexpr std::array<std::string_view, 5> known = {"families", "identities", "variants", "stock",
                                                   "listings"};

struct Told
{
    std::int64_t rows = 0, made = 0, changed = 0, unchanged = 0, refused = 0;
    std::vector<std::string> errors;
};

std::string textOf(const std::string& file)
{
    if (file == "-")
        return {std::istreambuf_iterator<char>(std::cin), {}};
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        throw Failure("FILE: " + file + " cannot be read");
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// `lines`: of the file, where each line of the part comes from.
void add(Told& told, Json answer, const std::map<std::int64_t, std::size_t>& lines)
{
    told.rows += answer.integerOr("rows");
    told.made += answer.integerOr("made");
    told.changed += answer.integerOr("changed");
    told.unchanged += answer.integerOr("unchanged");
    told.refused += answer.integerOr("refused");
    answer["errors"].each([&](Json error) {
        const auto line = lines.find(error.integerOr("line"));
        const std::string column(error.textOr("column"));
        told.errors.push_back("line " + std::to_string(line == lines.end() ? 1 : line->second) +
                              (column.empty() ? "" : ", column " + column) + ": " +
                              std::string(error.textOr("reason")));
        return true;
    });
}

/// All rows, part after part; each begins with the columns' names.
Told send(Command& command, const std::vector<CsvRow>& table, bool dryRun)
{
    const Progress progress(dryRun ? "rows tried" : "rows",
                            static_cast<std::int64_t>(table.size() - 1));
    const std::string path = "/api/v1/import/" + command.text("WHAT");
    const HubClient::Query query{{dryRun ? "dry_run" : "partial", "true"}};
    std::string head(table.front().text);
    if (!head.ends_with('\n'))
        head += "\r\n";
    Told told;
    for (std::size_t from = 1; from < table.size(); from += rowsAtOnce) {
        std::string text = head;
        std::map<std::int64_t, std::size_t> lines;
        std::int64_t line = 1 + std::ranges::count(head, '\n');
        for (const CsvRow& row :
             std::span(table).subspan(from, std::min(rowsAtOnce, table.size() - from))) {
            lines[line] = row.line;
            line += std::ranges::count(row.text, '\n');
            text += row.text;
        }
        add(told, command.hub().send("POST", path, query, text, "text/csv").root(), lines);
        progress.show(static_cast<std::int64_t>(std::min(from + rowsAtOnce, table.size()) - 1));
    }
    return told;
}

ExitCode importTable(Command& command)
{
    const std::string& what = command.text("WHAT");
    if (std::ranges::find(known, what) == known.end())
        throw Failure("WHAT: '" + what +
                          "' is none of families, identities, variants, stock, listings",
                      ExitCode::Usage);
    const std::string text = textOf(command.text("FILE"));
    const std::vector<CsvRow> table = readCsv(text, rowsMax);
    if (table.size() < 2)
        throw Failure(
            "FILE: there is nothing to import: a line of names, then a line for each row");
    const bool dryRun = command.flag("--dry-run");
    Told told;
    if (dryRun || !command.flag("--partial"))
        told = send(command, table, true);
    const bool refused = told.refused > 0;
    if (!dryRun && !refused)
        told = send(command, table, false);
    for (const std::string& error : told.errors)
        command.output().note(error);
    if (refused && !dryRun)
        throw Failure(std::to_string(told.refused) + " of " + std::to_string(told.rows) +
                      " rows are refused, so nothing was done; --partial does what can be done");
    printObject(command, *JsonDocument::parse(JsonWriter()
                                                  .beginObject()
                                                  .member("rows", told.rows)
                                                  .member("made", told.made)
                                                  .member("changed", told.changed)
                                                  .member("unchanged", told.unchanged)
                                                  .member("refused", told.refused)
                                                  .member("dry_run", dryRun)
                                                  .endObject()
                                                  .take()));
    return told.refused == 0 ? ExitCode::Done : ExitCode::Failed;
}

} // namespace

std::vector<Verb> importVerbs()
{
    return {
        {"import",
         "",
         "makes and changes many things by a table (CSV); all rows are tried first, and the same "
         "table twice changes nothing",
         {{"WHAT", "families, identities, variants, stock or listings"},
          {"FILE", "its first line names the columns; - reads standard input"},
          {"--partial", "does what can be done, also when rows are refused"},
          dryRunOption},
         importTable}};
}

} // namespace spokehub::cli
