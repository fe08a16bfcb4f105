#include "api/OpenApi.h"

#include "api/Embedded.h"
#include "core/Json.h"
#include "core/Yaml.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <stdexcept>

namespace spokehub::api
{

namespace
{

constexpr std::array<std::string_view, 4> schemes = {"bearer", "api_key", "admin_key", "cookie"};

/// What of openapi.yaml the paths refer to.
struct Known
{
    std::map<std::string, std::string, std::less<>> schemas; // and an example of each, as JSON
    std::set<std::string, std::less<>> parameters;
    std::set<std::string, std::less<>> responses;
    std::set<std::string, std::less<>> headers;
};

const Yaml* memberOf(const Yaml& map, std::string_view key)
{
    const auto found = std::ranges::find(map.members, key, &Yaml::Member::key);
    return found == map.members.end() ? nullptr : &found->value;
}

std::set<std::string, std::less<>> namesIn(const Yaml& components, std::string_view kind)
{
    std::set<std::string, std::less<>> names;
    if (const Yaml* all = memberOf(components, kind))
        for (const Yaml::Member& member : all->members)
            names.insert(member.key);
    return names;
}

Known knownIn(const Yaml& base)
{
    Known known;
    const Yaml* components = memberOf(base, "components");
    if (components == nullptr)
        return known;
    known.parameters = namesIn(*components, "parameters");
    known.responses = namesIn(*components, "responses");
    known.headers = namesIn(*components, "headers");
    if (const Yaml* schemas = memberOf(*components, "schemas"))
        for (const Yaml::Member& schema : schemas->members) {
            const Yaml* examples = memberOf(schema.value, "examples");
            known.schemas[schema.key] =
                examples == nullptr || examples->items.empty() ? "" : toJson(examples->items[0]);
        }
    return known;
}

using Columns = std::map<std::string, std::vector<std::string>, std::less<>>;

Columns columnsIn(const Yaml& base)
{
    Columns columns;
    const Yaml* components = memberOf(base, "components");
    const Yaml* schemas = components == nullptr ? nullptr : memberOf(*components, "schemas");
    if (schemas == nullptr)
        return columns;
    for (const Yaml::Member& schema : schemas->members)
        if (const Yaml* properties = memberOf(schema.value, "properties"))
            for (const Yaml::Member& property : properties->members)
                columns[schema.key].push_back(property.key);
    return columns;
}

std::string reference(std::string_view kind, std::string_view name)
{
    return R"({"$ref":"#/components/)" + std::string(kind) + "/" + std::string(name) + "\"}";
}

/// The pieces of a path that are parameters.
std::vector<std::string> parametersIn(std::string_view pattern)
{
    std::vector<std::string> names;
    for (auto at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1))
    {
        std::string name(pattern.substr(at + 1, pattern.find('}', at) - at - 1));
        if (name.ends_with('*'))
            name.pop_back();
        names.push_back(std::move(name));
    }
    return names;
}

std::string pathOf(std::string_view pattern)
{
    std::string path(pattern);
    std::erase(path, '*');
    return path;
}

/// The first word of the path that says what it is about.
std::string tagOf(std::string_view pattern)
{
    if (pattern.find("/webhooks/") != pattern.npos)
        return "webhooks";
    constexpr std::string_view tenant = "/t/{tenant}";
    if (pattern.starts_with(tenant))
        return tagOf(pattern.substr(tenant.size()));
    if (pattern.starts_with("/admin/"))
        return "admin";
    constexpr std::string_view api = "/api/v1/";
    if (!pattern.starts_with(api))
        return "hub";
    const std::string_view rest = pattern.substr(api.size());
    const std::string tag(rest.substr(0, rest.find('/')));
    return tag == "openapi.json" || tag == "docs" || tag == "redoc" ? "hub" : tag;
}

/// "getOrdersById": the method and the words of the path.
std::string operationOf(const Route& route)
{
    std::string id;
    for (const char c : route.method)
        id += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    std::string_view rest = route.pattern;
    if (rest.starts_with("/api/v1/"))
        rest.remove_prefix(7);
    bool upper = true;
    for (const char c : rest) {
        if (c == '{')
            id += "By";
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            id += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        upper = std::isalnum(static_cast<unsigned char>(c)) == 0;
    }
    return rest == "/" ? id + "Front" : id;
}

class Operation
{
public:
    Operation(JsonWriter& json, const Known& known, const Route& route)
        : _json(json), _known(known), _route(route), _tag(tagOf(route.pattern)),
          _write(route.method != "GET"), _open(std::holds_alternative<Anyone>(route.needs))
    {
    }

    void write()
    {
        _json.key(lower(_route.method)).beginObject();
        _json.key("tags").beginArray().value(_tag).endArray();
        _json.member("summary", _route.summary)
            .member("operationId", operationOf(_route))
            .member("x-permission", nameOf(_route.needs));
        writeSecurity();
        writeParameters();
        if (!_route.body.empty())
            writeBody();
        _json.key("responses").beginObject();
        for (const Answer& answer : _route.answers)
            writeAnswer(answer);
        if (tagged())
            _json.key("304").raw(require(_known.responses, "responses", "304"));
        for (const int status : refusals())
            _json.key(std::to_string(status))
                .raw(require(_known.responses, "responses", std::to_string(status)));
        _json.endObject().endObject();
    }

private:
    static std::string lower(std::string text)
    {
        std::ranges::transform(text, text.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return text;
    }

    template <class Names>
    std::string require(const Names& names, std::string_view kind, std::string_view name) const
    {
        if (!names.contains(name))
            throw std::logic_error(_route.method + " " + _route.pattern + ": openapi.yaml has no " +
                                   std::string(name) + " in its " + std::string(kind));
        return reference(kind, name);
    }

    void writeSecurity()
    {
        _json.key("security").beginArray();
        if (!_open)
            for (const std::string_view scheme : schemes)
                _json.beginObject().key(scheme).beginArray().endArray().endObject();
        _json.endArray();
    }

    /// The one of this tag where its meaning is another one there.
    void writeParameter(const std::string& name)
    {
        const std::string own = _tag + "." + name;
        _json.raw(
            require(_known.parameters, "parameters", _known.parameters.contains(own) ? own : name));
    }

    void writeParameters()
    {
        _json.key("parameters").beginArray();
        for (const std::string& name : parametersIn(_route.pattern))
            writeParameter("path." + name);
        for (const std::string_view name : _route.query)
            writeParameter(std::string(name));
        if (_route.idempotent)
            writeParameter("Idempotency-Key");
        if (_route.guarded)
            writeParameter("If-Match");
        if (tagged())
            writeParameter("If-None-Match");
        if (_write && !_open)
            writeParameter("X-CSRF-Token");
        _json.endArray();
    }

    void writeContent(std::string_view type, const std::string& schema, const std::string& example,
                      bool list = false)
    {
        _json.key("content").beginObject().key(type).beginObject().key("schema").raw(schema);
        if (!example.empty())
            _json.key("example").raw(example);
        _json.endObject();
        if (list)
            _json.key("text/csv")
                .beginObject()
                .key("schema")
                .raw(require(_known.schemas, "schemas", "Csv"))
                .endObject();
        _json.endObject();
    }

    void writeBody()
    {
        _json.key("requestBody").beginObject().member("required", !_route.bodyOptional);
        const std::string schema = require(_known.schemas, "schemas", _route.body);
        writeContent(_route.bodyType, schema, _known.schemas.find(_route.body)->second);
        _json.endObject();
    }

    void writeAnswer(const Answer& answer)
    {
        _json.key(std::to_string(answer.status)).beginObject();
        _json.member("description", answer.status == 201   ? "It is made"
                                    : answer.status == 202 ? "It will be done"
                                    : answer.status == 204 ? "It is done"
                                                           : _route.summary);
        _json.key("headers").beginObject();
        for (const std::string_view header : _route.headers)
            writeHeader(header);
        if (answer.status == 503)
            writeHeader("Retry-After");
        if (tagged() && answer.status == 200)
            writeHeader("ETag");
        if (answer.list)
            writeHeader("X-Next-Cursor");
        if (!_open)
            for (const char* header : {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"})
                writeHeader(header);
        writeHeader("X-Request-Id");
        _json.endObject();
        if (!answer.schema.empty()) {
            const std::string schema = require(_known.schemas, "schemas", answer.schema);
            const std::string& example = _known.schemas.find(answer.schema)->second;
            if (answer.list)
                writeContent(answer.type, listOf(schema),
                             R"({"data":[)" + example + R"(],"next_cursor":null})", true);
            else
                writeContent(answer.type, schema, example);
        }
        _json.endObject();
    }

    void writeHeader(std::string_view name)
    {
        _json.key(name).raw(require(_known.headers, "headers", name));
    }

    static std::string listOf(const std::string& schema)
    {
        return R"({"type":"object","required":["data","next_cursor"],"additionalProperties":false,)"
               R"("properties":{"data":{"type":"array","items":)" +
               schema +
               R"(},"next_cursor":{"type":["string","null"],)"
               R"("description":"For the next page; null at the end"}}})";
    }

    /// Whether its answer has an ETag.
    bool tagged() const
    {
        return !_write && !_route.answers.empty() &&
               _route.answers.front().type == "application/json" &&
               std::ranges::find(_route.headers, "Cache-Control") == _route.headers.end();
    }

    /// How it may be refused; what the route answers by itself is not in it.
    std::set<int> refusals() const
    {
        std::set<int> statuses{400, 429, 500, 503};
        if (!_open || _route.pattern == "/metrics") // open to this machine alone
            statuses.insert({401, 403});
        if (_route.pattern.find('{') != std::string::npos || !_route.query.empty() || _write)
            statuses.insert(404);
        if (_write)
            statuses.insert({401, 408, 409, 413, 415, 422});
        if (_route.guarded)
            statuses.insert(412);
        for (const Answer& answer : _route.answers)
            statuses.erase(answer.status);
        return statuses;
    }

    JsonWriter& _json;
    const Known& _known;
    const Route& _route;
    const std::string _tag;
    const bool _write;
    const bool _open;
};

void writePaths(JsonWriter& json, const Known& known, const std::vector<Route>& routes)
{
    std::map<std::string, std::vector<const Route*>> paths; // OpenAPI has each path once
    for (const Route& route : routes)
        paths[pathOf(route.pattern)].push_back(&route);
    json.key("paths").beginObject();
    for (const auto& [path, operations] : paths) {
        json.key(path).beginObject();
        for (const Route* route : operations)
            Operation(json, known, *route).write();
        json.endObject();
    }
    json.endObject();
}

} // namespace

std::string openApiDocument(const std::vector<Route>& routes)
{
    const Yaml base = Yaml::parse(std::string(embedded::openApi()));
    JsonWriter json;
    json.reserve(1 << 19);
    json.beginObject();
    for (const Yaml::Member& member : base.members) {
        if (member.key == "components") // what refers to them before them, as one reads
            writePaths(json, knownIn(base), routes);
        std::string text = toJson(member.value);
        if (member.key == "info")
            text.insert(1, R"("version":")" SPOKEHUB_VERSION R"(",)");
        json.key(member.key).raw(text);
    }
    return json.endObject().take();
}

const std::vector<std::string>& columnsOf(std::string_view schema)
{
    static const auto all = columnsIn(Yaml::parse(std::string(embedded::openApi())));
    const auto found = all.find(schema);
    if (found == all.end())
        throw std::logic_error("openapi.yaml has no schema " + std::string(schema));
    return found->second;
}

} // namespace spokehub::api
