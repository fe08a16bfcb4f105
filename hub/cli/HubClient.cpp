#include "cli/HubClient.h"

#include "cli/Verb.h"
#include "core/Clock.h"
#include "spokes/AddressRules.h"
#include "spokes/HttpClient.h"

#include <algorithm>

namespace spokehub::cli
{

namespace
{

constexpr std::int64_t pageMax = 500;

std::string queryText(const HubClient::Query& query)
{
    std::string text;
    for (const auto& [name, value] : query)
        text += (text.empty() ? "?" : "&") + name + "=" + escaped(value);
    return text;
}

/// What a problem document says, each field with its reason.
std::string sentenceOf(int status, const std::string& body)
{
    const auto document = JsonDocument::parse(body);
    if (!document || !document->root().isObject())
        return "the hub answered " + std::to_string(status);
    const Json problem = document->root();
    std::string sentence(problem.textOr("detail", problem.textOr("title")));
    const std::string detail = sentence;
    problem["errors"].each([&](Json error) {
        const std::string_view field = error.textOr("field"), reason = error.textOr("reason");
        if (detail.find(field) == detail.npos || detail.find(reason) == detail.npos)
            sentence.append("\n  ").append(field).append(": ").append(reason); // not said yet
        return true;
    });
    return sentence;
}

} // namespace

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~')
            out += c;
        else {
            out += '%';
            out += "0123456789ABCDEF"[byte >> 4];
            out += "0123456789ABCDEF"[byte & 15];
        }
    }
    return out;
}

struct HubClient::Impl
{
    Impl(std::string address, std::string apiKey)
        : url(std::move(address)), key(std::move(apiKey)), http(clock, {{}, url, {}})
    {
        if (!spokes::parseUrl(url))
            throw Failure("'" + url + "' is no address of a hub; one is http://127.0.0.1:8080",
                          ExitCode::Usage);
    }

    const std::string url;
    const std::string key;
    const SystemClock clock;
    spokes::HttpClient http;

    JsonDocument call(const std::string& method, const std::string& target, const std::string& body,
                      std::chrono::seconds waitMax, const std::string& type = "application/json")
    {
        spokes::HttpCall call;
        call.method = method;
        call.url = url + target;
        call.headers = {{"X-Api-Key", key}, {"Accept", "application/json"}};
        if (!body.empty())
            call.headers.emplace_back("Content-Type", type);
        call.body = body;
        call.bodyBytesMax = 64 * 1024 * 1024;
        call.deadline = clock.now() + waitMax;
        const spokes::HttpReply reply = http.send(call);
        if (reply.kind != Class::Done)
            throw Failure("the hub at " + url + " does not answer (" + reply.reason +
                          "): is it running? Start it with spokehubd --config=FILE, or name its "
                          "address by --url");
        if (reply.status == 401)
            throw Failure("the hub at " + url + " does not know the key: set SPOKEHUB_API_KEY");
        if (reply.status >= 400)
            throw Failure(sentenceOf(reply.status, reply.body));
        auto document = JsonDocument::parse(reply.body.empty() ? "{}" : reply.body);
        if (!document)
            throw Failure("what answers at " + url + " is not a hub");
        return std::move(*document);
    }
};

HubClient::HubClient(std::string url, std::string key)
    : _impl(std::make_unique<Impl>(std::move(url), std::move(key)))
{
}
HubClient::~HubClient() = default;
HubClient::HubClient(HubClient&&) noexcept = default;
HubClient& HubClient::operator=(HubClient&&) noexcept = default;

const std::string& HubClient::url() const
{
    return _impl->url;
}

JsonDocument HubClient::get(const std::string& path, const Query& query)
{
    return _impl->call("GET", path + queryText(query), {}, std::chrono::seconds(60));
}

JsonDocument HubClient::post(const std::string& path, const Query& query, const std::string& body,
                             std::chrono::seconds waitMax)
{
    return _impl->call("POST", path + queryText(query), body, waitMax);
}

JsonDocument HubClient::send(const std::string& method, const std::string& path, const Query& query,
                             const std::string& body, const std::string& type)
{
    return _impl->call(method, path + queryText(query), body, std::chrono::seconds(60), type);
}

JsonDocument HubClient::list(const std::string& path, Query query, std::int64_t rowsMax)
{
    JsonWriter all;
    all.beginObject().key("data").beginArray();
    std::string cursor;
    for (std::int64_t left = rowsMax; left > 0;) {
        Query asked = query;
        asked.emplace_back("limit", std::to_string(std::min(left, pageMax)));
        if (!cursor.empty())
            asked.emplace_back("cursor", cursor);
        const JsonDocument page = get(path, asked);
        page.root()["data"].each([&](Json row) {
            all.raw(row.dump());
            --left;
            return true;
        });
        cursor = page.root().textOr("next_cursor");
        if (cursor.empty())
            break;
    }
    all.endArray().key("next_cursor");
    if (cursor.empty())
        all.null();
    else
        all.value(cursor);
    all.endObject();
    return std::move(*JsonDocument::parse(all.text()));
}

} // namespace spokehub::cli
