#include "api/Csv.h"

#include "core/Json.h"

#include <vector>

namespace spokehub::api
{

namespace
{

/// As a spreadsheet takes it.
bool isFormula(std::string_view text)
{
    return !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != text.npos;
}

void addField(std::string& line, std::string_view text)
{
    const bool formula = isFormula(text);
    if (!formula && text.find_first_of(",\"\r\n") == std::string_view::npos) {
        line += text;
        return;
    }
    line += '"';
    if (formula)
        line += '\'';
    for (const char c : text) {
        if (c == '"')
            line += '"';
        line += c;
    }
    line += '"';
}

void addValue(std::string& line, Json value)
{
    if (!value || value.isNull())
        return;
    if (const auto text = value.text())
        addField(line, *text);
    else if (value.isObject() || value.isArray())
        addField(line, value.dump());
    else
        line += value.dump(); // numbers, true and false: never a formula of somebody else's
}

} // namespace

std::string csvHead(const std::vector<std::string>& columns)
{
    std::string line;
    for (const std::string& name : columns) {
        line += line.empty() ? "" : ",";
        addField(line, name);
    }
    return line + "\r\n";
}

std::string csvRows(std::string_view listJson, const std::vector<std::string>& columns)
{
    std::string csv;
    const auto document = JsonDocument::parse(listJson);
    if (!document)
        return csv;
    document->root()["data"].each([&](Json row) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            csv += i == 0 ? "" : ",";
            addValue(csv, row[columns[i]]);
        }
        csv += "\r\n";
        return true;
    });
    return csv;
}

std::string csvOf(std::string_view listJson)
{
    std::vector<std::string> names;
    if (const auto document = JsonDocument::parse(listJson))
        document->root()["data"].each([&](Json row) {
            row.eachMember([&](std::string_view name, Json) {
                names.emplace_back(name);
                return true;
            });
            return false;
        });
    return names.empty() ? std::string() : csvHead(names) + csvRows(listJson, names);
}

std::string_view csvText(std::string_view cell)
{
    return cell.starts_with('\'') && isFormula(cell.substr(1)) ? cell.substr(1) : cell;
}

/// By its name, and JSON not before it.
bool wantsCsv(const http::Request& request)
{
    const std::string* accept = request.header("Accept");
    return accept != nullptr && accept->find("text/csv") < accept->find("application/json");
}

std::string nextCursorOf(std::string_view listJson)
{
    const auto document = JsonDocument::parse(listJson);
    return document ? std::string(document->root().textOr("next_cursor")) : std::string();
}

http::Response csvResponse(const http::Response& list, const std::vector<std::string>& columns)
{
    http::Response response;
    response.contentType = "text/csv; charset=utf-8; header=present";
    response.body = csvHead(columns) + csvRows(list.body, columns);
    if (std::string cursor = nextCursorOf(list.body); !cursor.empty())
        response.headers.push_back({"X-Next-Cursor", std::move(cursor)});
    return response;
}

} // namespace spokehub::api
