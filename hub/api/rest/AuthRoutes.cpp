#include "api/rest/AuthRoutes.h"

#include "access/Passwords.h"
#include "access/Secrets.h"
#include "access/Tenants.h"
#include "access/Tokens.h"
#include "access/Users.h"
#include "api/Fields.h"
#include "api/Shown.h"
#include "api/rest/UserJson.h"
#include "core/Error.h"
#include "http/Address.h"

#include <algorithm>

namespace spokehub::api
{

namespace
{

constexpr std::size_t passwordBytesMax = 1024;
constexpr std::size_t accountMax = 200;
constexpr const char* wrongPassword = "username or password is wrong";

const std::string& headerOr(const http::Request& request, std::string_view name)
{
    static const std::string none;
    const std::string* header = request.header(name);
    return header == nullptr ? none : *header;
}

access::Origin originOf(const http::Request& request)
{
    return {request.remoteAddress, headerOr(request, "User-Agent")};
}

/// Behind a proxy that is not named as trusted everybody comes from this machine: then the address
/// says nothing.
PasswordDesk::Guess guessOf(const http::Request& request, Id tenant, const std::string& username,
                            const char* wrong)
{
    const auto address = http::Address::parse(request.remoteAddress);
    return {std::to_string(tenant) + "/" + access::usernameOf(username.substr(0, accountMax)),
            !address || address->isLoopback() ? std::string() : address->counted().text(), wrong};
}

/// Nobody keeps an answer with a secret in it.
http::Response secretAnswer(std::string document, int status = 200)
{
    http::Response response = jsonResponse(std::move(document), status);
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

http::Response nothing()
{
    http::Response response;
    response.status = 204;
    return response;
}

/// The member that clients of OAuth look for (RFC 6749, section 5.2), beside those of every
/// problem.
http::Response withOAuthError(http::Response response, bool grantKnown)
{
    if (response.status < 400 || response.status >= 500 || response.status == 429)
        return response;
    const char* const error = response.status == 401 ? "invalid_grant"
                              : grantKnown           ? "invalid_request"
                                                     : "unsupported_grant_type";
    response.body.insert(1, std::string(R"("error":")") + error + "\",");
    return response;
}

std::string grantIn(const Query& form)
{
    if (form.find("grant_type") != nullptr)
        return std::string(form.text("grant_type"));
    return form.find("refresh_token") == nullptr ? "password" : "refresh_token";
}

/// Throws Error(Forbidden) for a key.
Id requirePerson(const Call& call)
{
    if (!call.caller.user || !call.caller.session)
        throw Error(Refusal::Forbidden,
                    call.scope.actor + " is a key: this is for people who have signed in");
    return *call.caller.user;
}

std::string_view kindName(access::SessionKind kind)
{
    return kind == access::SessionKind::Cookie ? "cookie" : "tokens";
}

} // namespace

void AuthRoutes::declare(Router& router)
{
    for (const std::string tenant : {"", "/t/{tenant}"}) {
        router
            .add({"POST", tenant + "/api/v1/auth/token", Anyone{},
                  "Signs in with username and password (a form), or renews with refresh_token; "
                  "answers an access token and the next refresh token",
                  [this](Call& call, const Reply& reply) { token(call, reply); }})
            .takes("TokenForm", "application/x-www-form-urlencoded")
            .gives("Tokens")
            .with("Cache-Control");
        router
            .add({"POST", tenant + "/api/v1/auth/login", Anyone{}, "Signs a browser in, by cookie",
                  [this](Call& call, const Reply& reply) { login(call, reply); }})
            .takes("Login")
            .gives("LoggedIn")
            .with("Set-Cookie")
            .with("Cache-Control");
    }
    router
        .add({"POST", "/api/v1/auth/logout", SignedIn{}, "Ends this sign-in",
              answering([this](Call& call) { return logout(call); })})
        .givesNothing()
        .with("Set-Cookie");
    router
        .add({"GET", "/.well-known/jwks.json", Anyone{},
              "The public keys that access tokens are signed with",
              answering([this](Call&) { return keys(); })})
        .gives("KeySet")
        .with("Cache-Control");
    declareOwn(router);
}

void AuthRoutes::declareOwn(Router& router)
{
    router
        .add({"GET", "/api/v1/auth/me", SignedIn{}, "Who asks, and what he may do",
              answering([this](Call& call) { return me(call); })})
        .gives("Me")
        .with("Cache-Control");
    router
        .add({"GET", "/api/v1/auth/introspect", SignedIn{},
              "For services beside the hub: whose token or key this is, and until when",
              answering([this](Call& call) { return introspect(call); })})
        .gives("Introspection")
        .with("Cache-Control");
    for (const char* path : {"/api/v1/auth/me/profile", "/api/v1/employees/me/profile"})
        router
            .add({"PATCH", path, SignedIn{}, "Changes one's own name, e-mail and phone",
                  answering([this](Call& call) { return changeProfile(call); })})
            .takes("Profile")
            .gives("User");
    router
        .add({"POST", "/api/v1/auth/me/change-password", SignedIn{},
              "Changes one's own password; ends the other sign-ins",
              [this](Call& call, const Reply& reply) { changePassword(call, reply); }})
        .takes("PasswordChange")
        .givesNothing();
    router
        .add({"GET", "/api/v1/auth/sessions", SignedIn{}, "Where one is signed in",
              answering([this](Call& call) { return sessions(call); })})
        .lists("Session");
    router
        .add({"DELETE", "/api/v1/auth/sessions", SignedIn{}, "Ends one's other sign-ins",
              answering([this](Call& call) { return endOthers(call); })})
        .givesNothing();
    router
        .add({"DELETE", "/api/v1/auth/sessions/{id}", SignedIn{}, "Ends one of one's sign-ins",
              answering([this](Call& call) { return endSession(call); })})
        .givesNothing();
}

/// Of the path; nobody signs in to one that is not there, in the same words and time as to any.
Id AuthRoutes::tenantIn(const Call& call) const
{
    return call.parameters().empty()
               ? mainTenant
               : _parts.tenants.idOf(call.parameter(0)).value_or(store::Serving::nobody);
}

std::optional<access::Sessions::Opened> AuthRoutes::signIn(Id tenant, const std::string& username,
                                                           const std::string& password,
                                                           access::SessionKind kind,
                                                           const access::Origin& from)
{
    const Scope scope{tenant, "hub"};
    const store::Serving serving(tenant);
    std::optional<access::Users::Credentials> known;
    _parts.database.point([&](store::Session& session) {
        known = _parts.users.credentials(session, scope, username);
    });
    const bool possible = known && password.size() <= passwordBytesMax;
    // As much work for a user who is not there.
    if (!access::verifies(possible ? known->passwordHash : access::nobodysHash(),
                          possible ? password : std::string("x")) ||
        !possible)
        return std::nullopt;
    const std::string hash = access::isCurrent(known->passwordHash)
                                 ? known->passwordHash
                                 : access::passwordHash(password);
    return _parts.commands.run([&](store::Tx& tx) -> std::optional<access::Sessions::Opened> {
        if (!_parts.users.signedIn(tx, scope, *known, hash))
            return std::nullopt;
        return _parts.sessions.open(tx, scope, known->user, kind, from);
    });
}

http::Response AuthRoutes::tokenAnswer(const access::Sessions::Opened& opened) const
{
    JsonWriter json;
    json.beginObject()
        .member("access_token", _parts.tokens.make(opened.holder))
        .member("token_type", "bearer")
        .member("expires_in", std::int64_t{_parts.tokens.lifetime().count()})
        .member("refresh_token", opened.secret)
        .endObject();
    return secretAnswer(json.take());
}

void AuthRoutes::token(Call& call, const Reply& answerTo)
{
    const std::string kind = grantIn(Query(call.request.body));
    const bool known = kind == "password" || kind == "refresh_token";
    const Reply reply(answerTo.requestId(), [answerTo, known](http::Response response) {
        answerTo.send(withOAuthError(std::move(response), known));
    });
    try {
        grant(call, reply);
    } catch (...) {
        reply.fail(std::current_exception());
    }
}

void AuthRoutes::grant(Call& call, const Reply& reply)
{
    const std::string& type = headerOr(call.request, "Content-Type");
    if (!http::equalNames(type.substr(0, type.find_first_of("; ")),
                          "application/x-www-form-urlencoded"))
        throw Error(Refusal::UnsupportedMedia,
                    "send a form, with Content-Type: application/x-www-form-urlencoded");
    const Query form(call.request.body);
    const std::string kind = grantIn(form);
    if (kind == "refresh_token")
        return reply.send(renewed(std::string(form.text("refresh_token"))));
    if (kind != "password")
        throw Error(Refusal::BadRequest, "grant_type can be password or refresh_token");
    const std::string username(form.text("username"));
    const std::string password(form.text("password"));
    if (username.empty() || password.empty())
        throw Error(Refusal::BadRequest, "username and password must be given",
                    {{username.empty() ? "username" : "password", "is missing"}});
    const Id tenant = tenantIn(call);
    _desk.attempt(reply, guessOf(call.request, tenant, username, wrongPassword),
                  [this, tenant, username, password,
                   from = originOf(call.request)]() -> std::optional<http::Response> {
                      const auto opened =
                          signIn(tenant, username, password, access::SessionKind::Tokens, from);
                      return opened ? std::optional(tokenAnswer(*opened)) : std::nullopt;
                  });
}

http::Response AuthRoutes::renewed(const std::string& refreshToken)
{
    const store::Serving serving(
        access::secret::tenantOf(access::secret::refreshToken, refreshToken)
            .value_or(store::Serving::nobody));
    const auto opened =
        _parts.commands.run([&](store::Tx& tx) { return _parts.sessions.renew(tx, refreshToken); });
    if (!opened)
        throw Error(Refusal::Unauthorized,
                    "the refresh token is not known, was used before, or its sign-in has ended");
    return tokenAnswer(*opened);
}

http::Response AuthRoutes::loginAnswer(const access::Sessions::Opened& opened) const
{
    JsonWriter json;
    json.beginObject()
        .member("username", opened.holder.username)
        .member("role", opened.holder.role)
        .member("csrf_token", csrfTokenOf(opened.secret))
        .member("expires_at", toIso(opened.holder.expiresAt))
        .endObject();
    http::Response response = secretAnswer(json.take());
    const auto left = opened.holder.expiresAt - _parts.clock.now();
    response.headers.push_back(
        {"Set-Cookie",
         _cookie.header(opened.secret,
                        std::chrono::duration_cast<std::chrono::seconds>(left).count())});
    return response;
}

void AuthRoutes::login(Call& call, const Reply& reply)
{
    Fields fields(call.body());
    const std::string username = fields.text("username", 1, accountMax);
    const std::string password = fields.raw("password");
    fields.finish("login");
    const Id tenant = tenantIn(call);
    _desk.attempt(reply, guessOf(call.request, tenant, username, wrongPassword),
                  [this, tenant, username, password,
                   from = originOf(call.request)]() -> std::optional<http::Response> {
                      const auto opened =
                          signIn(tenant, username, password, access::SessionKind::Cookie, from);
                      return opened ? std::optional(loginAnswer(*opened)) : std::nullopt;
                  });
}

http::Response AuthRoutes::logout(Call& call)
{
    const Id user = requirePerson(call);
    _parts.commands.run(
        [&](store::Tx& tx) { _parts.sessions.end(tx, call.scope, user, *call.caller.session); });
    http::Response response = nothing();
    response.headers.push_back({"Set-Cookie", _cookie.header("", 0)});
    return response;
}

http::Response AuthRoutes::me(Call& call)
{
    JsonWriter json;
    json.beginObject();
    if (call.caller.session)
        _parts.database.point([&](store::Session& session) {
            if (const auto user = _parts.users.get(session, call.scope, *call.caller.user))
                writeUser(json, *user);
        });
    else
        json.member("role", call.caller.role);
    json.member("actor", call.scope.actor);
    writePermissions(json, call.caller.permissions);
    if (const auto cookie = _cookie.in(call.request); call.caller.session && !cookie.empty())
        json.member("csrf_token", csrfTokenOf(cookie));
    json.endObject();
    return secretAnswer(json.take());
}

http::Response AuthRoutes::introspect(Call& call)
{
    JsonWriter json;
    json.beginObject()
        .member("active", true)
        .member("sub",
                call.caller.user ? showId(prefix::user, *call.caller.user) : call.scope.actor)
        .member("actor", call.scope.actor)
        .member("tenant_id", call.scope.tenant)
        .member("role", call.caller.role)
        .member("expires_at", shown(call.caller.until));
    writePermissions(json, call.caller.permissions);
    json.endObject();
    return secretAnswer(json.take());
}

http::Response AuthRoutes::changeProfile(Call& call)
{
    const Id user = requirePerson(call);
    Fields fields(call.body());
    access::UserFields wanted;
    wanted.fullName = fields.maybeText("full_name", 200);
    wanted.email = fields.maybeText("email", 200);
    wanted.phone = fields.maybeText("phone", 200);
    fields.finish("profile");
    const access::User changed = _parts.commands.run(
        [&](store::Tx& tx) { return _parts.users.changeProfile(tx, call.scope, user, wanted); });
    JsonWriter json;
    json.beginObject();
    writeUser(json, changed);
    json.endObject();
    return jsonResponse(json.take());
}

void AuthRoutes::changePassword(Call& call, const Reply& reply)
{
    const Id id = requirePerson(call);
    Fields fields(call.body());
    const std::string current = fields.raw("current_password");
    const std::string wanted = fields.raw("new_password");
    std::optional<access::User> user;
    _parts.database.point(
        [&](store::Session& session) { user = _parts.users.get(session, call.scope, id); });
    const std::string weakness = access::weaknessOf(
        wanted, user.value().username, static_cast<std::size_t>(_parts.config.auth.passwordMin));
    fields.require(weakness.empty(), "new_password", weakness).finish("change of password");

    const auto work = [this, scope = call.scope, id, username = user->username, current, wanted,
                       session = *call.caller.session]() -> std::optional<http::Response> {
        std::optional<access::Users::Credentials> known;
        _parts.database.point([&](store::Session& reader) {
            known = _parts.users.credentials(reader, scope, username);
        });
        if (!known || current.size() > passwordBytesMax ||
            !access::verifies(known->passwordHash, current))
            return std::nullopt;
        const std::string hash = access::passwordHash(wanted);
        _parts.commands.run(
            [&](store::Tx& tx) { _parts.users.changeOwnPassword(tx, scope, id, hash, session); });
        return nothing();
    };
    _desk.attempt(
        reply,
        guessOf(call.request, call.scope.tenant, user->username, "the current password is wrong"),
        work);
}

http::Response AuthRoutes::sessions(Call& call)
{
    const Id user = requirePerson(call);
    store::Page<access::OpenSession> page;
    _parts.database.point([&](store::Session& session) {
        page.data = _parts.sessions.ofUser(session, call.scope, user);
    });
    return jsonResponse(listJson(page, [&](JsonWriter& json, const access::OpenSession& each) {
        json.beginObject()
            .member("id", showId(prefix::session, each.id))
            .member("kind", kindName(each.kind))
            .member("address", each.from.address)
            .member("agent", each.from.agent)
            .member("current", each.id == call.caller.session)
            .member("created_at", toIso(each.createdAt))
            .member("expires_at", toIso(each.expiresAt))
            .endObject();
    }));
}

http::Response AuthRoutes::endSession(Call& call)
{
    const Id user = requirePerson(call);
    const Id id = call.id(0, prefix::session, "session");
    const bool ended = _parts.commands.run(
        [&](store::Tx& tx) { return _parts.sessions.end(tx, call.scope, user, id); });
    if (!ended)
        throw Error(Refusal::NotFound, "there is no session " + showId(prefix::session, id));
    return nothing();
}

http::Response AuthRoutes::endOthers(Call& call)
{
    const Id user = requirePerson(call);
    _parts.commands.run(
        [&](store::Tx& tx) { _parts.sessions.endAll(tx, call.scope, user, *call.caller.session); });
    return nothing();
}

http::Response AuthRoutes::keys()
{
    http::Response response = jsonResponse(_parts.tokens.jwks());
    response.headers.push_back({"Cache-Control", "public, max-age=60"});
    return response;
}

} // namespace spokehub::api
