#include "api/Csv.h"

#include "core/Json.h"

#include <vector>

namespace spokehub::api
{

namespace
{

void addField(std::string& line, std::string_view text)
{
    const bool formula =
        !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
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

std::string csvOf(std::string_view listJson)
{
    std::string csv;
    const auto document = JsonDocument::parse(listJson);
    if (!document)
        return csv;
    std::vector<std::string> names;
    document->root()["data"].each([&](Json row) {
        if (names.empty()) {
            row.eachMember([&](std::string_view name, Json) {
                csv += names.empty() ? "" : ",";
                addField(csv, name);
                names.emplace_back(name);
                return true;
            });
            csv += "\r\n";
        }
        for (std::size_t i = 0; i < names.size(); ++i) {
            csv += i == 0 ? "" : ",";
            addValue(csv, row[names[i]]);
        }
        csv += "\r\n";
        return true;
    });
    return csv;
}

bool wantsCsv(const http::Request& request)
{
    const std::string* accept = request.header("Accept");
    return accept != nullptr && accept->starts_with("text/csv");
}

http::Response csvResponse(const http::Response& list)
{
    http::Response response;
    response.contentType = "text/csv; charset=utf-8; header=present";
    response.body = csvOf(list.body);
    if (const auto document = JsonDocument::parse(list.body))
        if (const auto cursor = document->root()["next_cursor"].text())
            response.headers.push_back({"X-Next-Cursor", std::string(*cursor)});
    return response;
}

} // namespace spokehub::api
