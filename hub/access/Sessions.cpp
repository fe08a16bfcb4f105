#include "access/Sessions.h"

#include "access/Secrets.h"
#include "core/Error.h"
#include "core/Json.h"

namespace spokehub::access
{

namespace
{

constexpr std::size_t agentMax = 200;

constexpr store::Sql insertSession{
    "INSERT INTO user_session (tenant_id, id, user_id, kind, address, agent, created_at, "
    "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
constexpr store::Sql insertSecret{
    "INSERT INTO session_secret (tenant_id, hash, session_id, used) VALUES ($1, $2, $3, 0)"};
constexpr store::Sql useSecret{
    "UPDATE session_secret SET used = 1 WHERE tenant_id = $1 AND hash = $2 "
    "AND used = 0"};
constexpr store::Sql sessionOfSecret{
    "SELECT session_id FROM session_secret WHERE tenant_id = $1 AND hash = $2"};

constexpr store::Sql holderBySecret{
    "SELECT u.id, u.username, u.role, s.id, s.expires_at FROM session_secret k "
    "JOIN user_session s ON s.tenant_id = k.tenant_id AND s.id = k.session_id "
    "JOIN user_account u ON u.tenant_id = s.tenant_id AND u.id = s.user_id "
    "WHERE k.tenant_id = $1 AND k.hash = $2 AND s.kind = $3 AND s.expires_at > $4 "
    "AND u.active = 1"};
constexpr store::Sql holderById{
    "SELECT u.id, u.username, u.role, s.id, s.expires_at FROM user_session s "
    "JOIN user_account u ON u.tenant_id = s.tenant_id AND u.id = s.user_id "
    "WHERE s.tenant_id = $1 AND s.id = $2 AND s.expires_at > $3 AND u.active = 1"};

constexpr store::Sql sessionsOfUser{
    "SELECT id, user_id, kind, address, agent, created_at, expires_at FROM user_session "
    "WHERE tenant_id = $1 AND user_id = $2 AND expires_at > $3 ORDER BY id"};
constexpr store::Sql deleteSession{
    "DELETE FROM user_session WHERE tenant_id = $1 AND user_id = $2 AND id = $3"};
constexpr store::Sql deleteAny{"DELETE FROM user_session WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql deleteOthers{
    "DELETE FROM user_session WHERE tenant_id = $1 AND user_id = $2 AND id <> $3"};
constexpr store::Sql deleteExpired{"DELETE FROM user_session WHERE expires_at <= $1"};

std::optional<Holder> one(store::Session& session, Id tenant, const store::Sql& sql,
                          store::Params params)
{
    std::optional<Holder> holder;
    session.query(sql, params, [&](const store::Row& row) {
        holder = Holder{tenant,        row.integer(0), row.string(1),
                        row.string(2), row.integer(3), row.time(4)};
    });
    return holder;
}

} // namespace

std::string Sessions::addSecret(store::Tx& tx, Id tenant, Id session, std::string_view kind)
{
    std::string made = secret::make(kind, tenant);
    const std::string hash = secret::hashOf(made);
    tx.write(insertSecret, {tenant, store::Bytes{hash}, session});
    return made;
}

Sessions::Opened Sessions::open(store::Tx& tx, const Scope& scope, Id user, SessionKind kind,
                                const Origin& from)
{
    const bool tokens = kind == SessionKind::Tokens;
    const Id id = _ids.next();
    const Time now = _clock.now();
    std::string agent = from.agent.substr(0, agentMax);
    if (!isUtf8(agent))
        agent.clear();
    tx.write(insertSession, {scope.tenant, id, user, static_cast<int>(kind), from.address, agent,
                             now, now + (tokens ? _auth.refreshToken : _auth.session)});
    std::string made =
        addSecret(tx, scope.tenant, id, tokens ? secret::refreshToken : secret::cookie);
    auto holder = byId(tx, scope.tenant, id);
    if (!holder)
        throw Error(Refusal::Unauthorized, "this account is not active");
    return {*std::move(holder), std::move(made)};
}

std::optional<Sessions::Opened> Sessions::renew(store::Tx& tx, std::string_view refreshToken)
{
    const auto tenant = secret::tenantOf(secret::refreshToken, refreshToken);
    if (!tenant)
        return std::nullopt;
    const std::string hash = secret::hashOf(refreshToken);
    Id session = 0;
    const bool fresh = tx.execute(useSecret, {*tenant, store::Bytes{hash}}) == 1;
    tx.query(sessionOfSecret, {*tenant, store::Bytes{hash}},
             [&](const store::Row& row) { session = row.integer(0); });
    if (!fresh) {
        tx.write(deleteAny, {*tenant, session});
        return std::nullopt;
    }
    auto holder = byId(tx, *tenant, session);
    if (!holder)
        return std::nullopt;
    return Opened{*std::move(holder), addSecret(tx, *tenant, session, secret::refreshToken)};
}

std::optional<Holder> Sessions::byCookie(store::Session& session, std::string_view cookie) const
{
    const auto tenant = secret::tenantOf(secret::cookie, cookie);
    if (!tenant)
        return std::nullopt;
    const std::string hash = secret::hashOf(cookie);
    return one(session, *tenant, holderBySecret,
               {*tenant, store::Bytes{hash}, static_cast<int>(SessionKind::Cookie), _clock.now()});
}

std::optional<Holder> Sessions::byId(store::Session& session, Id tenant, Id id) const
{
    return one(session, tenant, holderById, {tenant, id, _clock.now()});
}

std::vector<OpenSession> Sessions::ofUser(store::Session& session, const Scope& scope,
                                          Id user) const
{
    std::vector<OpenSession> sessions;
    session.query(sessionsOfUser, {scope.tenant, user, _clock.now()}, [&](const store::Row& row) {
        sessions.push_back({row.integer(0),
                            row.integer(1),
                            static_cast<SessionKind>(row.integer(2)),
                            {row.string(3), row.string(4)},
                            row.time(5),
                            row.time(6)});
    });
    return sessions;
}

bool Sessions::end(store::Tx& tx, const Scope& scope, Id user, Id session)
{
    return tx.execute(deleteSession, {scope.tenant, user, session}) == 1;
}

void Sessions::endAll(store::Tx& tx, const Scope& scope, Id user, Id except)
{
    tx.write(deleteOthers, {scope.tenant, user, except});
}

void Sessions::forget(store::Tx& tx)
{
    tx.write(deleteExpired, {_clock.now()});
}

} // namespace spokehub::access
