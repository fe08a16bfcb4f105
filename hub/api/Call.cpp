#include "api/Call.h"

#include "core/Error.h"

#include <charconv>

namespace spokehub::api
{

namespace
{

constexpr std::size_t idempotencyKeyMax = 200;

std::optional<std::int64_t> integerFrom(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

bool isJson(std::string_view contentType)
{
    const std::string_view type = contentType.substr(0, contentType.find_first_of("; \t"));
    return http::equalNames(type, "application/json") ||
           (type.size() > 5 && http::equalNames(type.substr(type.size() - 5), "+json"));
}

} // namespace

void refuseParameter(std::string_view name, const std::string& reason)
{
    throw Error(Refusal::BadRequest, "query parameter " + std::string(name) + " " + reason,
                {{std::string(name), reason}});
}

Call::Call(http::Request given, const Route& route, std::vector<std::string> parameters)
    : request(std::move(given)), query(request.query), _route(&route),
      _parameters(std::move(parameters))
{
}

Id Call::id(std::size_t index, std::string_view prefix, std::string_view thing) const
{
    const auto id = readId(prefix, parameter(index));
    if (!id)
        throw Error(Refusal::NotFound, "there is no " + std::string(thing) + " " +
                                           parameter(index) + ": ids look like " +
                                           showId(prefix, 1));
    return *id;
}

Json Call::body()
{
    const Json body = bodyIfAny();
    if (!body)
        throw Error(Refusal::BadRequest, "the body is missing; send a JSON object");
    return body;
}

Json Call::bodyIfAny()
{
    if (_body)
        return _body->root();
    if (request.body.empty())
        return {};
    const std::string* type = request.header("Content-Type");
    if (type == nullptr || !isJson(*type))
        throw Error(Refusal::UnsupportedMedia,
                    "send the body as JSON, with Content-Type: application/json");
    std::string why;
    _body = JsonDocument::parse(request.body, &why);
    if (!_body)
        throw Error(Refusal::BadRequest, "the body is not JSON: " + why);
    if (!_body->root().isObject())
        throw Error(Refusal::BadRequest, "the body is not a JSON object");
    return _body->root();
}

std::string Call::idempotencyKey() const
{
    const std::string* key = request.header("Idempotency-Key");
    if (key == nullptr)
        return {};
    if (key->empty() || key->size() > idempotencyKeyMax || !isUtf8(*key))
        throw Error(Refusal::BadRequest, "Idempotency-Key must be text of 1 to " +
                                             std::to_string(idempotencyKeyMax) + " bytes");
    return *key;
}

store::PageRequest Call::page() const
{
    store::PageRequest page;
    page.cursor = query.text("cursor");
    page.limit = static_cast<int>(integer("limit", 1, store::pageLimitMax).value_or(page.limit));
    return page;
}

std::optional<std::int64_t> Call::integer(std::string_view name, std::int64_t min,
                                          std::int64_t max) const
{
    const std::string* text = query.find(name);
    if (text == nullptr)
        return std::nullopt;
    const auto number = integerFrom(*text);
    if (!number || *number < min || *number > max)
        refuseParameter(name, "is not a whole number from " + std::to_string(min) + " to " +
                                  std::to_string(max));
    return number;
}

std::optional<Time> Call::time(std::string_view name) const
{
    const std::string* text = query.find(name);
    if (text == nullptr)
        return std::nullopt;
    const auto time = timeFromIso(*text);
    if (!time)
        refuseParameter(name, "is not a time such as 2026-11-20T12:00:00Z");
    return time;
}

std::optional<std::string> Call::text(std::string_view name) const
{
    const std::string* text = query.find(name);
    return text == nullptr ? std::nullopt : std::optional(*text);
}

std::optional<bool> Call::boolean(std::string_view name) const
{
    const std::string* text = query.find(name);
    if (text == nullptr)
        return std::nullopt;
    if (*text != "true" && *text != "false")
        refuseParameter(name, "is neither true nor false");
    return *text == "true";
}

std::optional<Id> Call::id(std::string_view name, std::string_view prefix) const
{
    const std::string* text = query.find(name);
    if (text == nullptr)
        return std::nullopt;
    const auto id = readId(prefix, *text);
    if (!id)
        refuseParameter(name, "is not an id such as " + showId(prefix, 1));
    return id;
}

const std::string& Call::required(std::string_view name) const
{
    const std::string* text = query.find(name);
    if (text == nullptr || text->empty())
        refuseParameter(name, "is missing");
    return *text;
}

} // namespace spokehub::api
