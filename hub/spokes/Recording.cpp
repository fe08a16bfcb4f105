#include "spokes/Recording.h"

#include "core/Error.h"
#include "core/Json.h"
#include "spokes/Scrubber.h"

#include "spokehub/Text.h"

#include <functional>

namespace spokehub::spokes
{

namespace
{

void writeHeaders(JsonWriter& json, const std::vector<std::pair<std::string, std::string>>& headers)
{
    json.key("headers").beginObject();
    for (const auto& [name, value] : headers)
        json.member(name, value);
    json.endObject();
}

/// Text as it is; other bytes in base64.
void writeBody(JsonWriter& json, const std::string& body)
{
    if (isUtf8(body))
        json.member("body", body);
    else
        json.member("body_base64", toBase64(body));
}

std::vector<std::pair<std::string, std::string>> readHeaders(Json from)
{
    std::vector<std::pair<std::string, std::string>> headers;
    from["headers"].eachMember([&headers](std::string_view name, Json value) {
        headers.emplace_back(name, value.text().value_or(""));
        return true;
    });
    return headers;
}

std::string readBody(Json from)
{
    if (const auto coded = from["body_base64"].text())
        return fromBase64(*coded).value_or("");
    const Json body = from["body"];
    if (const auto text = body.text())
        return std::string(*text);
    return body ? body.dump() : "";
}

} // namespace

std::string toJson(const std::vector<Exchange>& exchanges)
{
    std::string text = "[";
    for (const Exchange& exchange : exchanges) {
        JsonWriter json;
        json.beginObject().key("request").beginObject();
        json.member("method", exchange.method).member("url", exchange.url);
        writeHeaders(json, exchange.headers);
        writeBody(json, exchange.body);
        json.endObject().key("answer").beginObject();
        json.member("status", exchange.reply.status);
        writeHeaders(json, exchange.reply.headers);
        writeBody(json, exchange.reply.body);
        json.endObject().endObject();
        text +=
            (text.size() == 1 ? "\n" : ",\n") + json.take(); // a line each, for the sake of diffs
    }
    return text + "\n]\n";
}

std::vector<Exchange> exchangesFromJson(std::string_view json)
{
    std::string why;
    const auto document = JsonDocument::parse(json, &why);
    if (!document || !document->root().isArray())
        throw Error(Refusal::BadRequest,
                    "a recording is a JSON list of exchanges" + (why.empty() ? "" : ": " + why));
    std::vector<Exchange> exchanges;
    document->root().each([&exchanges](Json from) {
        const Json request = from["request"];
        const Json answer = from["answer"];
        if (!request["url"].isText() || !answer["status"].isInteger())
            throw Error(Refusal::BadRequest,
                        "exchange " + std::to_string(exchanges.size() + 1) +
                            " of the recording has no request.url or no answer.status");
        Exchange exchange;
        exchange.method = request.textOr("method", "GET");
        exchange.url = request.textOr("url");
        exchange.headers = readHeaders(request);
        exchange.body = readBody(request);
        exchange.reply.status = static_cast<int>(answer.integerOr("status"));
        exchange.reply.headers = readHeaders(answer);
        exchange.reply.body = readBody(answer);
        exchanges.push_back(std::move(exchange));
        return true;
    });
    return exchanges;
}

std::vector<Exchange> scrubbed(const std::vector<Exchange>& exchanges, const Vault& vault)
{
    Scrubber scrubber;
    for (const Exchange& exchange : exchanges) {
        scrubber.learn(exchange.body);
        scrubber.learn(exchange.reply.body);
    }
    const auto clean = [&](const std::string& text) {
        return scrubber.scrubbed(vault.blotted(text));
    };
    const auto cleanHeaders = [&](std::vector<std::pair<std::string, std::string>>& headers) {
        for (auto& [name, value] : headers)
            value = Scrubber::hidesHeader(name) ? "[scrubbed]" : clean(value);
    };
    std::vector<Exchange> all = exchanges;
    for (Exchange& exchange : all) {
        exchange.url = clean(exchange.url);
        exchange.body = clean(exchange.body);
        exchange.reply.body = clean(exchange.reply.body);
        cleanHeaders(exchange.headers);
        cleanHeaders(exchange.reply.headers);
    }
    return all;
}

HttpReply RecordingTransport::send(const HttpCall& call)
{
    HttpReply reply = _channel.send(call);
    if (reply.kind == Class::Done)
        _exchanges.push_back({call.method, call.url, call.headers, std::string(call.body), reply});
    return reply;
}

Replay::Replay(std::vector<Exchange> exchanges)
{
    for (Exchange& exchange : exchanges)
        _exchanges.push_back({std::move(exchange), false});
}

HttpReply Replay::send(const HttpCall& call)
{
    const auto path = [](const std::string& url) { return url.substr(0, url.find('?')); };
    Kept* found = nullptr;
    // Secrets are out of the recording and times go on: what is not the same may still be alike.
    for (const auto& alike :
         {std::function<bool(const Exchange&)>([&](const Exchange& known) {
              return known.url == call.url && known.body == call.body;
          }),
          {[&](const Exchange& known) { return known.url == call.url; }},
          {[&](const Exchange& known) { return path(known.url) == path(call.url); }}})
    {
        for (Kept& kept : _exchanges)
            if (kept.exchange.method == call.method && alike(kept.exchange) &&
                (found == nullptr || found->used))
                found = &kept;
        if (found != nullptr)
            break;
    }
    if (found == nullptr)
        return {Class::Retry, "the recording has no answer to this call", 0, {}, {}};
    found->used = true;
    return found->exchange.reply;
}

} // namespace spokehub::spokes
