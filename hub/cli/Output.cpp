#include "cli/Output.h"

#include <algorithm>
#include <ostream>
#include <utility>

namespace spokehub::cli
{

namespace
{

Json at(Json object, std::string_view path)
{
    const auto dot = path.find('.');
    return dot == path.npos ? object[path] : at(object[path.substr(0, dot)], path.substr(dot + 1));
}

std::string textOf(Json value)
{
    if (!value || value.isNull())
        return "";
    std::string text = value.isText() ? std::string(*value.text()) : value.dump();
    std::erase_if(text,
                  [](unsigned char c) { return c < 0x20 || c == 0x7f; }); // no tricks on terminals
    return text;
}

bool isListOfObjects(Json value)
{
    bool objects = value.size() > 0;
    value.each([&](Json element) { return objects = objects && element.isObject(); });
    return value.isArray() && objects;
}

/// Members that are objects are taken apart: "totals.tax".
void addColumns(Json object, const std::string& prefix, std::vector<std::string>& columns)
{
    object.eachMember([&](std::string_view key, Json value) {
        const std::string path = prefix + std::string(key);
        if (value.isObject())
            addColumns(value, path + ".", columns);
        else if (std::ranges::find(columns, path) == columns.end())
            columns.push_back(path);
        return true;
    });
}

std::vector<std::string> columnsOf(Json rows)
{
    std::vector<std::string> columns;
    rows.each([&](Json row) {
        addColumns(row, "", columns);
        return true;
    });
    return columns;
}

std::vector<std::vector<std::string>> rowsOf(Json list, const std::vector<std::string>& columns)
{
    std::vector<std::vector<std::string>> rows{columns};
    list.each([&](Json element) {
        std::vector<std::string>& row = rows.emplace_back();
        for (const std::string& column : columns)
            row.push_back(textOf(at(element, column)));
        return true;
    });
    return rows;
}

/// Names stand out, and so does what somebody should look at.
std::string_view colorOf(std::string_view cell, bool head)
{
    if (head)
        return "\033[1m";
    for (const std::string_view bad : {"failed", "rejected", "paused", "oversold", "unmatched"})
        if (cell == bad)
            return "\033[31m";
    return "";
}

std::size_t widthOf(std::string_view text)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

} // namespace

void Output::list(Json document, const std::vector<std::string>& columns)
{
    if (_format == Format::Json) {
        _out << document.dump() << '\n';
        return;
    }
    const Json rows = document.isArray() ? document : document["data"];
    if (_format == Format::Csv)
        csv(rowsOf(rows, columns));
    else
        table(rowsOf(rows, columns), 0);
    if (!textOf(document["next_cursor"]).empty())
        note("there are more: ask with a higher --limit");
}

void Output::object(Json object)
{
    if (_format == Format::Json) {
        _out << object.dump() << '\n';
        return;
    }
    std::vector<std::string> columns;
    addColumns(object, "", columns);
    if (_format == Format::Csv) {
        Rows rows{columns, {}};
        for (const std::string& column : columns)
            rows.back().push_back(textOf(at(object, column)));
        csv(rows);
        return;
    }
    std::size_t width = 0;
    for (const std::string& column : columns)
        width = std::max(width, column.size());
    for (const std::string& column : columns) {
        const Json value = at(object, column);
        if (isListOfObjects(value)) {
            _out << column << '\n';
            table(rowsOf(value, columnsOf(value)), 2);
        } else
            _out << column << std::string(width - column.size() + 2, ' ') << textOf(value) << '\n';
    }
}

void Output::note(const std::string& sentence)
{
    _err << sentence << '\n';
}

void Output::table(const Rows& rows, std::size_t indent)
{
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows)
        for (std::size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], widthOf(row[column]));
    for (const auto& row : rows) {
        const bool head = &row == &rows.front();
        std::string line(indent, ' ');
        std::size_t blanks = 0;
        for (std::size_t column = 0; column < row.size(); ++column) {
            const std::string_view color =
                _colors && !row[column].empty() ? colorOf(row[column], head) : "";
            if (!row[column].empty())
                line.append(std::exchange(blanks, 0), ' ');
            line.append(color).append(row[column]).append(color.empty() ? "" : "\033[0m");
            blanks += widths[column] - widthOf(row[column]) + 2;
        }
        _out << line << '\n';
    }
}

void Output::csv(const Rows& rows)
{
    for (const auto& row : rows) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            std::string cell = row[column];
            if (cell.find_first_of(",\"\n") != cell.npos) {
                for (std::size_t quote = 0; (quote = cell.find('"', quote)) != cell.npos;
                     quote += 2)
                    cell.insert(quote, 1, '"');
                cell = '"' + cell + '"';
            }
            _out << (column == 0 ? "" : ",") << cell;
        }
        _out << '\n';
    }
}

} // namespace spokehub::cli
