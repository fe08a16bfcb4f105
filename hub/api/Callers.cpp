#include "api/Callers.h"

#include "access/IssuedKeys.h"
#include "access/Providers.h"
#include "access/Secrets.h"
#include "access/Sessions.h"
#include "access/Tenants.h"
#include "access/Tokens.h"
#include "access/Users.h"
#include "core/Error.h"
#include "core/Log.h"
#include "store/Commands.h"

#include <openssl/crypto.h>

namespace spokehub::api
{

namespace
{

constexpr std::string_view bearer = "Bearer ";

/// Empty when there is none.
std::string_view keyIn(const http::Request& request)
{
    if (const std::string* authorization = request.header("Authorization")) {
        const std::string_view text = *authorization;
        if (!http::equalNames(text.substr(0, bearer.size()), bearer))
            return {};
        const std::string_view key = text.substr(bearer.size());
        return key.substr(std::min(key.find_first_not_of(' '), key.size()));
    }
    for (const std::string_view name : {"X-Api-Key", "x-admin-key"})
        if (const std::string* key = request.header(name))
            return *key;
    return {};
}

bool changesNothing(const http::Request& request)
{
    return request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
}

bool equal(std::string_view one, std::string_view other)
{
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

} // namespace

std::string SessionCookie::header(std::string_view secret, std::int64_t seconds) const
{
    return std::string(name()) + "=" + std::string(secret) +
           "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds) +
           (secure ? "; Secure" : "");
}

std::string_view SessionCookie::in(const http::Request& request) const
{
    const std::string* header = request.header("Cookie");
    std::string_view rest = header == nullptr ? std::string_view() : *header;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(';'), rest.size());
        std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
        if (pair.starts_with(name()) && pair.substr(name().size(), 1) == "=")
            return pair.substr(name().size() + 1);
    }
    return {};
}

std::string csrfTokenOf(std::string_view cookie)
{
    return access::toBase64Url(access::secret::hashOf("csrf " + std::string(cookie)));
}

access::Caller Callers::of(const http::Request& request) const
{
    access::Caller caller = known(request);
    caller.granted = caller.permissions;
    caller.permissions = _parts.tenants.allowed(caller.scope.tenant, caller.granted);
    return caller;
}

access::Caller Callers::known(const http::Request& request) const
{
    const std::string_view key = keyIn(request);
    if (key.empty()) {
        const std::string_view cookie = _parts.cookie.in(request);
        if (!cookie.empty() && request.header("Authorization") == nullptr)
            return byCookie(request, cookie);
        throw Error(Refusal::Unauthorized, "an API key or an access token is missing: send it as "
                                           "Authorization: Bearer, or a key as X-Api-Key");
    }
    if (request.count("Authorization") > 1)
        throw Error(Refusal::Unauthorized, "Authorization is given more than once");
    auto caller = byKey(key);
    if (!caller)
        throw Error(Refusal::Unauthorized, "the API key or access token is not known or has ended");
    return *std::move(caller);
}

std::optional<access::Caller> Callers::byKey(std::string_view key) const
{
    if (auto configured = _parts.configured.find(key)) {
        const auto tenant = _parts.tenants.idOf(configured->tenant);
        if (!tenant)
            return std::nullopt;
        configured->caller.scope.tenant = *tenant;
        return std::move(configured->caller);
    }
    if (const auto tenant = access::secret::tenantOf(access::secret::apiKey, key)) {
        const store::Serving serving(*tenant);
        std::optional<access::IssuedKeys::Found> found;
        _parts.database.point(
            [&](store::Session& session) { found = _parts.issued.find(session, key); });
        if (found && found->stale)
            _parts.commands.submit(
                [&issued = _parts.issued, scope = found->caller.scope,
                 id = found->key](store::Tx& tx) { issued.noteUse(tx, scope, id); },
                [](const std::exception_ptr& why) {
                    if (why)
                        Log::warning("the last use of an API key could not be noted");
                });
        return found ? std::optional(std::move(found->caller)) : std::nullopt;
    }
    const auto named = _parts.tokens.verify(key);
    if (!named)
        return byProvider(key);
    const store::Serving serving(named->tenant);
    std::optional<access::Holder> holder;
    _parts.database.point([&](store::Session& session) {
        holder = _parts.sessions.byId(session, named->tenant, named->id);
    });
    if (!holder)
        return std::nullopt;
    holder->expiresAt = named->until;
    return callerOf(*holder);
}

std::optional<access::Caller> Callers::byProvider(std::string_view token) const
{
    const auto identity = _parts.providers.verify(token);
    if (!identity)
        return std::nullopt;
    const auto tenant = _parts.tenants.idOf(identity->tenant);
    if (!tenant)
        return std::nullopt;
    const Scope scope{*tenant, "provider:" + identity->provider};
    const store::Serving serving(*tenant);
    if (identity->role.empty())
        throw Error(Refusal::Forbidden, "this token names no role that means anything here (roles "
                                        "of auth.providers, " +
                                            identity->provider + ")");
    std::optional<access::User> user;
    _parts.database.point([&](store::Session& session) {
        user = _parts.users.byIdentity(session, scope, *identity);
    });
    if (!user || user->role != identity->role)
        user = _parts.commands.run(
            [&](store::Tx& tx) { return _parts.users.meet(tx, scope, *identity); });
    if (!user->active)
        return std::nullopt;
    return access::Caller{{scope.tenant, "user:" + user->username},
                          _parts.roles.of(user->role).value_or(Permissions()),
                          user->role,
                          user->id,
                          {},
                          identity->expiresAt};
}

access::Caller Callers::byCookie(const http::Request& request, std::string_view cookie) const
{
    const store::Serving serving(
        access::secret::tenantOf(access::secret::cookie, cookie).value_or(store::Serving::nobody));
    std::optional<access::Holder> holder;
    _parts.database.point(
        [&](store::Session& session) { holder = _parts.sessions.byCookie(session, cookie); });
    if (!holder)
        throw Error(Refusal::Unauthorized, "this sign-in has ended; sign in again");
    const std::string* token = request.header("X-CSRF-Token");
    if (!changesNothing(request) && (token == nullptr || !equal(*token, csrfTokenOf(cookie))))
        throw Error(Refusal::Forbidden, "a change by cookie needs the csrf_token of the sign-in "
                                        "(or of GET /api/v1/auth/me) as X-CSRF-Token");
    return callerOf(*holder);
}

access::Caller Callers::callerOf(const access::Holder& holder) const
{
    return {{holder.tenant, "user:" + holder.username},
            _parts.roles.of(holder.role).value_or(Permissions()),
            holder.role,
            holder.user,
            holder.session,
            holder.expiresAt};
}

} // namespace spokehub::api
