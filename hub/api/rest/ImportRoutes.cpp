#include "api/rest/ImportRoutes.h"

#include "api/Bulk.h"
#include "api/Csv.h"
#include "core/CsvTable.h"
#include "store/Savepoint.h"

#include <algorithm>
#include <charconv>

namespace spokehub::api
{

namespace
{

constexpr std::size_t rowsMax = 10'000;
constexpr std::size_t rowsAtOnce = 200; // of a transaction: others wait for it
constexpr std::size_t errorsMax = 100;  // that are told

struct RowError
{
    std::size_t line = 0;
    std::string column; // empty: the row
    std::string reason;
};

void add(std::vector<RowError>& errors, RowError error)
{
    if (errors.size() < errorsMax)
        errors.push_back(std::move(error));
}

bool isCsv(const http::Request& request)
{
    const std::string* type = request.header("Content-Type");
    return type != nullptr &&
           http::equalNames(type->substr(0, type->find_first_of("; ")), "text/csv");
}

std::vector<const ImportColumn*> columnsOf(const ImportKind& kind, const CsvRow& head)
{
    std::string known;
    for (const ImportColumn& column : kind.columns)
        known.append(known.empty() ? "" : ", ").append(column.name);
    std::vector<const ImportColumn*> columns;
    std::vector<FieldError> wrong;
    for (const std::string& name : head.cells) {
        const auto column = std::ranges::find(kind.columns, name, &ImportColumn::name);
        if (column == kind.columns.end())
            wrong.push_back({name, "is none of the columns " + known});
        else if (std::ranges::find(columns, &*column) != columns.end())
            wrong.push_back({name, "stands there twice"});
        else
            columns.push_back(&*column);
    }
    if (!wrong.empty()) {
        const std::string message =
            "line 1: column " + wrong.front().field + " " + wrong.front().reason;
        throw Error(Refusal::BadRequest, message, std::move(wrong));
    }
    return columns;
}

/// A row as the JSON object that its thing is made from; nothing when a cell does not read.
std::string objectOf(const CsvRow& row, const std::vector<const ImportColumn*>& columns,
                     std::vector<RowError>& errors)
{
    JsonWriter json;
    json.beginObject();
    bool reads = true;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const std::string& cell = row.cells[i];
        if (cell.empty())
            continue;
        if (columns[i]->type == ColumnType::Text) {
            json.member(columns[i]->name, csvText(cell));
            continue;
        }
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
        if (error == std::errc{} && end == cell.data() + cell.size())
            json.member(columns[i]->name, number);
        else {
            reads = false;
            add(errors, {row.line, std::string(columns[i]->name), "is not a whole number"});
        }
    }
    return reads ? json.endObject().take() : std::string();
}

std::vector<FieldError> fieldsOf(const std::vector<RowError>& errors)
{
    std::vector<FieldError> fields;
    for (const RowError& error : errors)
        fields.push_back({"line " + std::to_string(error.line) +
                              (error.column.empty() ? "" : ", column " + error.column),
                          error.reason});
    return fields;
}

} // namespace

/// What was given, each row as JSON; those that do not read are in the errors.
struct ImportRoutes::Table
{
    struct Row
    {
        std::size_t line = 0;
        std::string object;
    };

    Table(const ImportKind& kind, std::string_view text)
    {
        const std::vector<CsvRow> read = readCsv(text, rowsMax + 1);
        if (read.empty())
            throw Error(Refusal::BadRequest,
                        "the table is empty: its first line names the columns");
        const auto columns = columnsOf(kind, read.front());
        for (const CsvRow& row : std::span(read).subspan(1)) {
            ++given;
            if (row.cells.size() != columns.size()) {
                add(errors, {row.line, "",
                             "has " + std::to_string(row.cells.size()) + " cells, and there are " +
                                 std::to_string(columns.size()) + " columns"});
                ++unread;
            } else if (std::string object = objectOf(row, columns, errors); object.empty())
                ++unread;
            else
                rows.push_back({row.line, std::move(object)});
        }
    }

    std::vector<Row> rows;
    std::vector<RowError> errors;
    std::int64_t given = 0;
    std::int64_t unread = 0;
};

struct ImportRoutes::Result
{
    std::int64_t made = 0;
    std::int64_t changed = 0;
    std::int64_t unchanged = 0;
    std::int64_t refused = 0;
    std::vector<RowError> errors;

    void count(ImportOutcome outcome)
    {
        ++(outcome == ImportOutcome::Made      ? made
           : outcome == ImportOutcome::Changed ? changed
                                               : unchanged);
    }

    void refuse(std::size_t line, const Error& error)
    {
        ++refused;
        for (const FieldError& field : error.fields())
            add(errors, {line, field.field, field.reason});
        if (error.fields().empty())
            add(errors, {line, "", error.what()});
    }

    Result& operator+=(Result other)
    {
        made += other.made;
        changed += other.changed;
        unchanged += other.unchanged;
        refused += other.refused;
        for (RowError& error : other.errors)
            add(errors, std::move(error));
        return *this;
    }
};

void ImportRoutes::declare(Router& router)
{
    for (ImportKind& kind : _imports.kinds()) {
        std::string columns;
        for (const ImportColumn& column : kind.columns)
            columns.append(columns.empty() ? "" : ", ").append(column.name);
        const std::string path = "/api/v1/import/" + std::string(kind.name);
        const Permission permission = kind.permission;
        router
            .add(
                {"POST",
                 path,
                 permission,
                 "Makes and changes " + std::string(kind.name) + " by a table of " + columns,
                 answering([this, kind = std::move(kind)](Call& call) { return take(call, kind); }),
                 {"dry_run", "partial"}})
            .takes("CsvTable", "text/csv")
            .gives("ImportResult");
    }
}

/// Each part is a transaction of its own, so that whoever sells meanwhile does not wait for all.
ImportRoutes::Result ImportRoutes::run(const Call& call, const ImportKind& kind, const Table& table,
                                       bool tried) const
{
    Result all;
    all.refused = table.unread;
    all.errors = table.errors;
    for (std::size_t from = 0; from < table.rows.size(); from += rowsAtOnce) {
        const auto part =
            std::span(table.rows).subspan(from, std::min(rowsAtOnce, table.rows.size() - from));
        all += runOrTry(_parts.commands, tried, [&](store::Tx& tx) {
            Result result;
            for (const Table::Row& row : part) {
                const auto document = JsonDocument::parse(row.object);
                Fields fields(document->root());
                store::Savepoint savepoint(tx);
                try {
                    result.count(kind.row(tx, call.scope, call.request.id, fields));
                    savepoint.keep();
                } catch (const Error& error) {
                    savepoint.undo();
                    result.refuse(row.line, error);
                }
            }
            return result;
        });
    }
    std::ranges::stable_sort(all.errors, {}, &RowError::line);
    return all;
}

http::Response ImportRoutes::take(Call& call, const ImportKind& kind)
{
    if (!isCsv(call.request))
        throw Error(Refusal::UnsupportedMedia,
                    "send the table as CSV, with Content-Type: text/csv");
    const bool dryRun = call.boolean("dry_run").value_or(false);
    const bool partial = call.boolean("partial").value_or(false);
    const Table table(kind, call.request.body);
    Result result;
    if (dryRun || !partial) {
        result = run(call, kind, table, true);
        if (!dryRun && result.refused > 0)
            throw Error(Refusal::Unprocessable,
                        std::to_string(result.refused) + " of " + std::to_string(table.given) +
                            " rows are refused, so nothing was done; the first: " +
                            fieldsOf(result.errors).front().field + " " +
                            result.errors.front().reason,
                        fieldsOf(result.errors));
    }
    if (!dryRun)
        result = run(call, kind, table, false);
    JsonWriter json;
    json.beginObject()
        .member("rows", table.given)
        .member("made", result.made)
        .member("changed", result.changed)
        .member("unchanged", result.unchanged)
        .member("refused", result.refused)
        .member("dry_run", dryRun)
        .key("errors")
        .beginArray();
    for (const RowError& error : result.errors)
        json.beginObject()
            .member("line", static_cast<std::int64_t>(error.line))
            .member("column", error.column)
            .member("reason", error.reason)
            .endObject();
    return jsonResponse(json.endArray().endObject().take());
}

} // namespace spokehub::api
