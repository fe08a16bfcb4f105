#include "api/rest/UserRoutes.h"

#include "access/IssuedKeys.h"
#include "access/Passwords.h"
#include "access/Providers.h"
#include "access/Tenants.h"
#include "api/Fields.h"
#include "api/Shown.h"
#include "api/rest/UserJson.h"
#include "core/Error.h"

namespace spokehub::api
{

namespace
{

constexpr std::size_t addressMax = 500; // of an issuer
constexpr std::size_t fieldMax = 200;

access::Manager managerOf(const Call& call)
{
    return {call.scope, call.caller.permissions, false, call.caller.granted};
}

access::UserFields fieldsIn(Fields& fields)
{
    access::UserFields given;
    given.fullName = fields.maybeText("full_name", fieldMax);
    given.email = fields.maybeText("email", fieldMax);
    given.phone = fields.maybeText("phone", fieldMax);
    given.jobTitle = fields.maybeText("job_title", fieldMax);
    given.department = fields.maybeText("department", fieldMax);
    return given;
}

http::Response answer(const access::User& user, int status = 200)
{
    JsonWriter json;
    json.beginObject();
    writeUser(json, user);
    json.endObject();
    return jsonResponse(json.take(), status);
}

void writeKey(JsonWriter& json, const access::IssuedKey& key)
{
    json.member("id", showId(prefix::key, key.id))
        .member("name", key.name)
        .member("role", key.role)
        .member("user_id", shown(prefix::user, key.user))
        .member("created_by", key.createdBy)
        .member("created_at", toIso(key.createdAt))
        .member("expires_at", shown(key.expiresAt))
        .member("last_used_at", shown(key.lastUsedAt))
        .member("revoked_at", shown(key.revokedAt));
}

http::Response answer(const access::IssuedKey& key)
{
    JsonWriter json;
    json.beginObject();
    writeKey(json, key);
    json.endObject();
    return jsonResponse(json.take());
}

} // namespace

void UserRoutes::declare(Router& router)
{
    declarePeople(router, "/api/v1/auth/users", Permission::UsersManage, Permission::UsersManage);
    declarePeople(router, "/api/v1/employees", Permission::EmployeesRead,
                  Permission::EmployeesManage);
    router
        .add({"POST", "/api/v1/auth/users/sync", Permission::UsersManage,
              "Makes or changes a person whom an identity provider vouches for, before he comes",
              answering([this](Call& call) { return sync(call); })})
        .takes("UserSync")
        .gives("User");
    declareKeys(router);
}

void UserRoutes::declarePeople(Router& router, const std::string& base, Permission read,
                               Permission manage)
{
    router
        .add({"GET",
              base,
              read,
              "People in order of id",
              answering([this](Call& call) { return list(call); }),
              {"cursor", "limit"}})
        .lists("User");
    router
        .add({"POST", base, manage, "Makes a user",
              [this](Call& call, const Reply& reply) { create(call, reply); }})
        .takes("NewUser")
        .gives("User", 201);
    router
        .add({"GET", base + "/{id}", read, "A user",
              answering([this](Call& call) { return get(call); })})
        .gives("User");
    router
        .add({"PATCH", base + "/{id}", manage,
              "Changes a user: what is told of him, role, active, password",
              [this](Call& call, const Reply& reply) { change(call, reply); }})
        .takes("UserChange")
        .gives("User")
        .guard();
    router
        .add({"DELETE", base + "/{id}", manage,
              "Deactivates a user; his sign-ins and keys end at once, his history stays",
              answering([this](Call& call) { return deactivate(call); })})
        .gives("User")
        .guard();
}

void UserRoutes::declareKeys(Router& router)
{
    router
        .add({"GET",
              "/api/v1/auth/keys",
              Permission::KeysManage,
              "API keys that were made here, in order of id",
              answering([this](Call& call) { return listKeys(call); }),
              {"cursor", "limit"}})
        .lists("ApiKey");
    router
        .add({"POST", "/api/v1/auth/keys", Permission::KeysManage,
              "Makes an API key; the answer alone shows it",
              answering([this](Call& call) { return makeKey(call); })})
        .takes("NewApiKey")
        .gives("ApiKeyShown", 201)
        .with("Cache-Control");
    router
        .add({"DELETE", "/api/v1/auth/keys/{id}", Permission::KeysManage, "Revokes an API key",
              answering([this](Call& call) { return revokeKey(call); })})
        .gives("ApiKey")
        .guard();
    router
        .add({"GET", "/api/v1/auth/keys/{id}", Permission::KeysManage,
              "An API key, without its secret",
              answering([this](Call& call) { return getKey(call); })})
        .gives("ApiKey");
}

http::Response UserRoutes::list(Call& call)
{
    const store::PageRequest asked = call.page();
    store::Page<access::User> page;
    _parts.database.point(
        [&](store::Session& session) { page = _parts.users.list(session, call.scope, asked); });
    return jsonResponse(listJson(page, [](JsonWriter& json, const access::User& user) {
        json.beginObject();
        writeUser(json, user);
        json.endObject();
    }));
}

http::Response UserRoutes::get(Call& call)
{
    const Id id = call.id(0, prefix::user, "user");
    std::optional<access::User> user;
    _parts.database.point(
        [&](store::Session& session) { user = _parts.users.get(session, call.scope, id); });
    if (!user)
        throw Error(Refusal::NotFound, "there is no user " + showId(prefix::user, id));
    return answer(*user);
}

/// Empty when none is given.
std::string UserRoutes::passwordIn(Fields& fields, const std::string& username) const
{
    if (!fields.has("password"))
        return {};
    std::string password = fields.raw("password");
    const std::string weakness = access::weaknessOf(
        password, username, static_cast<std::size_t>(_parts.config.auth.passwordMin));
    fields.require(weakness.empty(), "password", weakness);
    return password;
}

void UserRoutes::create(Call& call, const Reply& reply)
{
    Fields fields(call.body());
    access::NewUser wanted;
    wanted.username = fields.text("username", 1, fieldMax);
    wanted.role = fields.text("role", 1, fieldMax);
    wanted.fields = fieldsIn(fields);
    const std::string password = passwordIn(fields, wanted.username);
    fields.finish("user");
    const auto work = [this, by = managerOf(call), wanted, password] {
        access::NewUser user = wanted;
        if (!password.empty())
            user.passwordHash = access::passwordHash(password);
        return answer(
            _parts.commands.run([&](store::Tx& tx) { return _parts.users.create(tx, by, user); }),
            201);
    };
    if (password.empty())
        reply.send(work());
    else
        _desk.run(reply, work);
}

void UserRoutes::change(Call& call, const Reply& reply)
{
    const Id id = call.id(0, prefix::user, "user");
    Fields fields(call.body());
    access::UserChange wanted;
    wanted.fields = fieldsIn(fields);
    wanted.role = fields.maybeText("role", fieldMax);
    if (fields.has("active"))
        wanted.active = fields.boolean("active", true);
    std::optional<access::User> user;
    _parts.database.point(
        [&](store::Session& session) { user = _parts.users.get(session, call.scope, id); });
    const std::string password = passwordIn(fields, user ? user->username : "");
    fields.finish("user");
    const auto work = [this, by = managerOf(call), id, wanted, password] {
        const std::string hash = password.empty() ? "" : access::passwordHash(password);
        return answer(_parts.commands.run([&](store::Tx& tx) {
            if (!hash.empty())
                _parts.users.setPassword(tx, by, id, hash);
            return _parts.users.change(tx, by, id, wanted);
        }));
    };
    if (password.empty())
        reply.send(work());
    else
        _desk.run(reply, work);
}

http::Response UserRoutes::deactivate(Call& call)
{
    const Id id = call.id(0, prefix::user, "user");
    return answer(_parts.commands.run([&](store::Tx& tx) {
        return _parts.users.change(tx, managerOf(call), id, {.active = false});
    }));
}

/// What a token of his would say, told by his identity system itself.
http::Response UserRoutes::sync(Call& call)
{
    const Json body = call.body();
    Fields fields(body);
    access::OutsideIdentity identity;
    identity.issuer = fields.text("issuer", 1, addressMax);
    identity.subject = fields.text("subject", 1, fieldMax);
    identity.fullName = fields.text("full_name", 0, fieldMax);
    identity.email = fields.text("email", 0, fieldMax);
    const bool active = fields.boolean("active", true);
    fields.known("roles");
    for (const auto& [name, id] : _parts.tenants.ids())
        if (id == call.scope.tenant)
            identity.tenant = name;
    const auto provider = _parts.providers.of(identity.tenant, identity.issuer);
    fields.require(provider.has_value(), "issuer", "vouches for nobody here");
    if (provider) {
        identity.provider = provider->name;
        identity.role = access::Providers::roleIn(*provider, body["roles"]);
    }
    fields.require(!provider || !active || !identity.role.empty(), "roles",
                   "name none that means anything here");
    fields.finish("user");
    return answer(_parts.commands.run([&](store::Tx& tx) {
        const auto known = _parts.users.byIdentity(tx, call.scope, identity);
        for (const std::string& role : {known ? known->role : std::string(), identity.role})
            if (!role.empty() &&
                !access::manages(managerOf(call),
                                 _parts.config.roles.of(role).value_or(Permissions())))
                throw Error(Refusal::Forbidden, "nobody manages who may do more than himself: " +
                                                    identity.subject + " is " + role);
        if (!active && !known)
            throw Error(Refusal::NotFound, "nobody is known as " + identity.subject);
        const access::User user = active ? _parts.users.meet(tx, call.scope, identity) : *known;
        const access::Manager judged{call.scope, Permissions::all()}; // above
        return user.active == active ? user
                                     : _parts.users.change(tx, judged, user.id, {.active = active});
    }));
}

http::Response UserRoutes::listKeys(Call& call)
{
    const store::PageRequest asked = call.page();
    store::Page<access::IssuedKey> page;
    _parts.database.point([&](store::Session& session) {
        page = _parts.issuedKeys.list(session, call.scope, asked);
    });
    return jsonResponse(listJson(page, [](JsonWriter& json, const access::IssuedKey& key) {
        json.beginObject();
        writeKey(json, key);
        json.endObject();
    }));
}

http::Response UserRoutes::getKey(Call& call)
{
    const Id id = call.id(0, prefix::key, "key");
    std::optional<access::IssuedKey> key;
    _parts.database.point(
        [&](store::Session& session) { key = _parts.issuedKeys.get(session, call.scope, id); });
    if (!key)
        throw Error(Refusal::NotFound, "there is no key " + showId(prefix::key, id));
    return answer(*key);
}

http::Response UserRoutes::makeKey(Call& call)
{
    Fields fields(call.body());
    access::NewKey wanted;
    wanted.name = fields.text("name", 1, fieldMax);
    wanted.role = fields.text("role", 1, fieldMax);
    wanted.user = call.caller.user;
    if (const auto text = fields.maybeText("expires_at", fieldMax)) {
        wanted.expiresAt = timeFromIso(*text);
        fields.require(wanted.expiresAt.has_value(), "expires_at",
                       "is not a time such as 2026-11-20T12:00:00Z");
    }
    fields.finish("key");
    const auto made = _parts.commands.run(
        [&](store::Tx& tx) { return _parts.issuedKeys.make(tx, managerOf(call), wanted); });
    JsonWriter json;
    json.beginObject();
    writeKey(json, made.key);
    json.member("key", made.secret).endObject();
    http::Response response = jsonResponse(json.take(), 201);
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

http::Response UserRoutes::revokeKey(Call& call)
{
    const Id id = call.id(0, prefix::key, "key");
    return answer(_parts.commands.run(
        [&](store::Tx& tx) { return _parts.issuedKeys.revoke(tx, call.scope, id); }));
}

} // namespace spokehub::api
