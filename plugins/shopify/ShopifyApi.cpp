#include "ShopifyApi.h"

#include <algorithm>
#include <chrono>

namespace spokehub::shopify
{

namespace
{

using std::chrono::milliseconds;

constexpr std::chrono::seconds throttleWait{2}; // when the answer does not say how long

constexpr std::chrono::hours waitMax{1}; // a longer one makes no sense

/// "2.0": Shopify gives whole seconds as a decimal.
milliseconds waitOf(const HttpResult& answer, std::int64_t now)
{
    const auto value = answer.header("Retry-After");
    if (value && !value->empty() && value->front() >= '0' && value->front() <= '9') {
        std::int64_t seconds = 0;
        for (const char c : value->substr(0, std::min<std::size_t>(value->find('.'), 6)))
            seconds = c >= '0' && c <= '9' ? seconds * 10 + (c - '0') : seconds;
        const std::chrono::seconds wait(std::max<std::int64_t>(seconds, 1));
        return wait <= waitMax ? wait : throttleWait;
    }
    return answer.retryAfter(now).value_or(throttleWait);
}

/// A failure on their side: a read can simply be made again, of a write nobody knows whether it
/// happened.
Failure theirs(const std::string& reason, bool writes)
{
    return Failure(writes ? Class::UnknownOutcome : Class::Retry, reason);
}

/// An answer's text behind a reason: whole or not at all, for the host finds a secret in it by its
/// whole value.
std::string quoted(const std::string& text)
{
    constexpr std::size_t most = 1000;
    return text.empty() || text.size() > most || !simdjson::validate_utf8(text) ? std::string()
                                                                                : ": " + text;
}

std::string body(const char* document, std::string_view variables)
{
    std::string text;
    JsonText json(text);
    json.beginObject().member("query", document).key("variables").raw(variables).endObject();
    return text;
}

} // namespace

JsonObject ShopifyApi::call(const char* document, std::string_view variables, Out& out)
{
    const bool writes = std::string_view(document).find("mutation") == 1; // after the newline
    _body = post(document, variables, writes);
    simdjson::dom::object root;
    if (_parser.parse(_body).get(root) != simdjson::SUCCESS)
        throw theirs("Shopify's answer is not JSON", writes);
    const JsonObject answer(root, {Class::Bug, nullptr, "answer", -1});
    heed(answer, out);
    refuseErrors(answer, writes);
    simdjson::dom::object data;
    if (root["data"].get(data) != simdjson::SUCCESS)
        throw theirs("Shopify's answer has no data", writes);
    return JsonObject(data, {Class::Bug, nullptr, "data", -1});
}

std::string ShopifyApi::post(const char* document, std::string_view variables, bool writes)
{
    HttpRequest request;
    request.method = "POST";
    request.url = _endpoint;
    request.headers = {{"Content-Type", "application/json"},
                       {"Accept", "application/json"},
                       {"X-Shopify-Access-Token", "${secret:access_token}"}};
    request.body = body(document, variables);
    HttpResult answer = _host.http(request);
    switch (answer.kind) {
    case Class::Done:
        break;
    case Class::UnknownOutcome:
        throw theirs("the answer of " + _endpoint + " was lost", writes);
    case Class::Cancelled:
        throw Failure(Class::Cancelled, "the hub asked to stop");
    case Class::Config:
        throw Failure(Class::Config,
                      "the address " + _endpoint + " is not allowed: check 'shop' and 'base_url'");
    default:
        throw Failure(Class::Retry, _endpoint + " cannot be reached");
    }
    refuseStatus(answer, writes);
    return std::move(answer.body);
}

void ShopifyApi::refuseStatus(const HttpResult& answer, bool writes) const
{
    if (answer.ok())
        return;
    const std::string said = "Shopify answered HTTP " + std::to_string(answer.status);
    switch (answer.status) {
    case 401:
        throw Failure(Class::Auth, said + ": the access token is not valid");
    case 403:
        throw Failure(Class::Auth, said + ": this token may not do that");
    case 402:
    case 423:
        throw Failure(Class::Config, said + ": the shop is frozen or locked");
    case 404:
        throw Failure(Class::Config,
                      said + " for " + _endpoint + ": check 'shop' and 'api_version'");
    case 429:
    case 430:
        throw Failure(Class::RateLimited, said, waitOf(answer, _host.now()));
    default:
        break;
    }
    if (answer.status >= 500)
        throw theirs(said, writes);
    if (answer.status >= 300 && answer.status < 400)
        throw Failure(Class::Config, said + ": " + _endpoint + " is not the shop's own address");
    throw Failure(Class::Bug, said + quoted(answer.body));
}

/// Reads the bucket, so that the hub asks no faster than the shop allows.
void ShopifyApi::heed(const JsonObject& answer, Out& out)
{
    const auto extensions = answer.object("extensions");
    const auto cost = extensions ? extensions->object("cost") : std::nullopt;
    const auto status = cost ? cost->object("throttleStatus") : std::nullopt;
    if (!status)
        return;
    // Shopify writes these as 2000 or 2000.0.
    const auto points = [](const JsonObject& from, std::string_view name) {
        return static_cast<std::int64_t>(from.number(name));
    };
    _asked = points(*cost, "requestedQueryCost");
    _left = points(*status, "currentlyAvailable");
    _restore = points(*status, "restoreRate");
    out.rate({_left, points(*status, "maximumAvailable"), _restore});
}

void ShopifyApi::refuseErrors(const JsonObject& answer, bool writes) const
{
    const bool partial = !writes && answer.has("data");
    if (!answer.has("errors"))
        return;
    if (!answer.hasList("errors"))
        throw Failure(Class::Bug, "Shopify refuses: " + std::string(answer.text("errors")));
    answer.each("errors", [&](const JsonObject& error) {
        const std::string said(error.text("message"));
        const auto extensions = error.object("extensions");
        const std::string_view code = extensions ? extensions->text("code") : std::string_view();
        if (code == "THROTTLED") {
            const std::int64_t missing = std::max<std::int64_t>(_asked - _left, 1);
            const auto wait = _restore > 0 ? milliseconds(missing * 1000 / _restore + 1)
                                           : milliseconds(throttleWait);
            throw Failure(Class::RateLimited, "Shopify throttles: " + said, wait);
        }
        if (code == "MAX_COST_EXCEEDED")
            throw TooCostly(Class::Bug, said);
        if (said.find("cursor") != std::string::npos)
            throw LostCursor(Class::Bug, "Shopify refuses the cursor: " + said);
        if (code == "ACCESS_DENIED" && partial)
            return _host.log(LogLevel::Warning, "Shopify withholds a field: " + said);
        if (code == "ACCESS_DENIED" || code == "SHOP_INACTIVE")
            throw Failure(Class::Config, "Shopify refuses: " + said);
        if (code == "INTERNAL_SERVER_ERROR" || code == "TIMEOUT")
            throw theirs("Shopify failed: " + said, writes);
        throw Failure(Class::Bug, "Shopify refuses the query (" + std::string(code) + "): " + said);
    });
}

std::string userErrors(const JsonObject& payload)
{
    std::string all;
    payload.each("userErrors", [&](const JsonObject& error) {
        if (!all.empty())
            all += "; ";
        all += error.text("message");
    });
    return all;
}

PageInfo PageInfo::of(const JsonObject& connection)
{
    const JsonObject info = connection.required("pageInfo");
    return {info.flag("hasNextPage"), std::string(info.text("endCursor"))};
}

} // namespace spokehub::shopify
