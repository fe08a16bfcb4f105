#include "spokes/AccessTokens.h"

#include "core/Json.h"

#include <algorithm>
#include <charconv>

namespace spokehub::spokes
{

namespace
{

using namespace std::chrono_literals;

constexpr auto usualLife = std::chrono::seconds(1h);
constexpr auto timeout = 30s;

std::string formEncoded(std::string_view text)
{
    constexpr std::string_view plain = "-._~";
    constexpr char digits[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            plain.find(c) != std::string_view::npos)
            encoded += c;
        else
            encoded.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
    return encoded;
}

/// "expires_in" as number or text; some say nothing.
std::chrono::seconds lifeOf(Json answer)
{
    const Json said = answer["expires_in"];
    std::int64_t seconds = said.integer().value_or(0);
    if (const auto text = said.text())
        std::from_chars(text->data(), text->data() + text->size(), seconds);
    return seconds > 0 ? std::chrono::seconds(std::min<std::int64_t>(seconds, 365 * 86'400))
                       : usualLife;
}

/// How a refusal of the grant is classed, and why.
AccessTokens::Token refusal(const HttpReply& reply, Json answer)
{
    const std::string error(answer.textOr("error"));
    AccessTokens::Token token;
    token.kind = reply.status == 429                     ? Class::RateLimited
                 : reply.status >= 500                   ? Class::Retry
                 : reply.status >= 400 || !error.empty() ? Class::Auth
                                                         : Class::Bug;
    token.reason = "the token's address answered " + std::to_string(reply.status);
    if (!error.empty())
        token.reason += " " + error;
    if (const auto more = answer.textOr("error_description"); !more.empty())
        token.reason += ": " + std::string(more);
    if (token.kind == Class::Bug)
        token.reason += " without an access_token";
    return token;
}

} // namespace

AccessTokens::AccessTokens(std::vector<OAuthGrant> grants, const Clock& clock, HttpTransport& http,
                           Expand expand, RefreshTokens* refresh)
    : _clock(clock), _http(http), _expand(std::move(expand)), _refresh(refresh)
{
    for (OAuthGrant& grant : grants) {
        const std::string name = grant.name;
        _grants[name].asked = std::move(grant);
    }
}

AccessTokens::Token AccessTokens::token(std::string_view name, const HttpCall& bounds, bool renew)
{
    const auto found = _grants.find(name);
    if (found == _grants.end())
        return {
            Class::Config, {}, "the manifest has no grant '" + std::string(name) + "' under oauth"};
    Grant& grant = found->second;
    if (!renew && !grant.value.empty() && _clock.now() < grant.until)
        return {Class::Done, grant.value, {}};
    grant.value.clear();
    return ask(grant, bounds);
}

void AccessTokens::forget()
{
    for (auto& [name, grant] : _grants)
        grant.value.clear();
}

std::optional<HttpCall> AccessTokens::request(Grant& grant, const HttpCall& bounds,
                                              std::string& body, std::string& why) const
{
    HttpCall call;
    call.method = "POST";
    call.url = grant.asked.tokenUrl;
    call.bodyBytesMax = 1024 * 1024;
    call.deadline = std::min(bounds.deadline, _clock.now() + timeout);
    call.stopped = bounds.stopped;
    for (const auto& [name, text] : grant.asked.form) {
        auto value = _expand(text, why);
        if (!value)
            return std::nullopt;
        if (name == "refresh_token") {
            if (grant.configured != *value)
                grant.unkept.clear(); // a person has signed in anew
            grant.configured = *value;
            value = grant.sent = refreshTokenOf(grant);
        }
        body += (body.empty() ? "" : "&") + formEncoded(name) + "=" + formEncoded(*value);
    }
    call.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                    {"Accept", "application/json"}};
    for (const auto& [name, text] : grant.asked.headers) {
        const auto value = _expand(text, why);
        if (!value)
            return std::nullopt;
        call.headers.emplace_back(name, *value);
    }
    call.body = body;
    return call;
}

/// Another hub may have had the lane, and another refresh token, since it was asked last.
std::string AccessTokens::refreshTokenOf(Grant& grant) const
{
    if (!grant.unkept.empty())
        return grant.unkept;
    const auto kept =
        _refresh == nullptr ? std::nullopt : _refresh->find(grant.asked.name, grant.configured);
    return kept.value_or(grant.configured);
}

AccessTokens::Token AccessTokens::ask(Grant& grant, const HttpCall& bounds)
{
    std::string body;
    std::string why;
    const auto call = request(grant, bounds, body, why);
    if (!call)
        return {Class::Config, {}, why};
    const auto reply = _http.send(*call);
    if (reply.kind == Class::Done)
        return keep(grant, reply);
    // To ask twice for a token does no harm: whether it was sent does not matter.
    return {reply.kind == Class::UnknownOutcome ? Class::Retry : reply.kind,
            {},
            "the token's address: " + reply.reason};
}

AccessTokens::Token AccessTokens::keep(Grant& grant, const HttpReply& reply)
{
    const auto document = JsonDocument::parse(reply.body);
    const Json answer = document ? document->root() : Json{};
    const auto value = answer.textOr("access_token");
    if (reply.status / 100 != 2 || value.empty())
        return refusal(reply, answer);
    const auto life = lifeOf(answer);
    grant.value = value;
    grant.until = _clock.now() + life - std::min<std::chrono::seconds>(60s, life / 10);
    const std::string refresh(answer.textOr("refresh_token"));
    if (refresh.empty() || refresh == grant.sent)
        return {Class::Done, grant.value, {}};
    const bool kept =
        _refresh != nullptr && _refresh->keep(grant.asked.name, grant.configured, refresh);
    grant.unkept = kept ? "" : refresh;
    return {Class::Done, grant.value, {}, refresh};
}

std::vector<OAuthGrant> grantsOf(const Manifest& manifest, Json settings)
{
    constexpr std::string_view opening = "${setting:";
    const auto filled = [settings, opening](std::string text) {
        for (auto at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
            const auto end = text.find('}', at);
            if (end == std::string::npos)
                break;
            const auto name =
                std::string_view(text).substr(at + opening.size(), end - at - opening.size());
            const std::string value(settings.textOr(name));
            text.replace(at, end + 1 - at, value);
            at += value.size();
        }
        return text;
    };
    std::vector<OAuthGrant> grants = manifest.oauth;
    for (OAuthGrant& grant : grants) {
        grant.tokenUrl = filled(std::move(grant.tokenUrl));
        for (auto& [name, text] : grant.form)
            text = filled(std::move(text));
        for (auto& [name, text] : grant.headers)
            text = filled(std::move(text));
    }
    return grants;
}

} // namespace spokehub::spokes
