#include "access/IssuedKeys.h"

#include "access/Secrets.h"
#include "core/FieldChecks.h"

#include <chrono>

namespace spokehub::access
{

namespace
{

constexpr std::size_t nameMax = 100;
constexpr auto noted = std::chrono::minutes(1); // uses are no closer than that

constexpr store::Sql insertKey{
    "INSERT INTO api_key (tenant_id, id, name, hash, role, user_id, created_by, created_at, "
    "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};
constexpr store::Sql revokeKey{
    "UPDATE api_key SET revoked_at = $1 WHERE tenant_id = $2 AND id = $3 "
    "AND revoked_at IS NULL"};
constexpr store::Sql revokeKeysOf{"UPDATE api_key SET revoked_at = $1 WHERE tenant_id = $2 "
                                  "AND user_id = $3 AND revoked_at IS NULL"};
constexpr store::Sql noteKeyUse{
    "UPDATE api_key SET last_used_at = $1 WHERE tenant_id = $2 AND id = $3"};

constexpr store::Sql keyById{
    "SELECT id, name, role, user_id, created_by, created_at, expires_at, last_used_at, revoked_at "
    "FROM api_key WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql keysAfter{
    "SELECT id, name, role, user_id, created_by, created_at, expires_at, last_used_at, revoked_at "
    "FROM api_key WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3"};
constexpr store::Sql keyByHash{
    "SELECT k.id, k.name, k.role, k.user_id, u.role, k.last_used_at FROM api_key k "
    "LEFT JOIN user_account u ON u.tenant_id = k.tenant_id AND u.id = k.user_id "
    "WHERE k.tenant_id = $1 AND k.hash = $2 AND k.revoked_at IS NULL "
    "AND (k.expires_at IS NULL OR k.expires_at > $3) AND (k.user_id IS NULL OR u.active = 1)"};

IssuedKey keyOf(const store::Row& row)
{
    return {row.integer(0), row.string(1),    row.string(2),    row.maybeInteger(3), row.string(4),
            row.time(5),    row.maybeTime(6), row.maybeTime(7), row.maybeTime(8)};
}

} // namespace

IssuedKeys::Made IssuedKeys::make(store::Tx& tx, const Manager& by, const NewKey& wanted)
{
    const auto permissions = _roles.of(wanted.role);
    const Time now = _clock.now();
    FieldChecks()
        .text("name", wanted.name, 1, nameMax)
        .require(permissions.has_value(), "role", "is not a role of this hub")
        .require(!wanted.expiresAt || *wanted.expiresAt > now, "expires_at", "is over already")
        .refuse("key");
    if (!by.granted.includes(*permissions))
        throw Error(Refusal::Forbidden,
                    by.scope.actor +
                        " may not make a key that may do more than oneself: " + wanted.role);

    const std::string made = secret::make(secret::apiKey, by.scope.tenant);
    const std::string hash = secret::hashOf(made);
    const IssuedKey key{_ids.next(),    wanted.name, wanted.role,     wanted.user,
                        by.scope.actor, now,         wanted.expiresAt};
    tx.write(insertKey, {by.scope.tenant, key.id, key.name, store::Bytes{hash}, key.role, key.user,
                         key.createdBy, key.createdAt, key.expiresAt});
    tx.grew(by.scope.tenant, "keys");
    tx.note(store::Difference(showId("key", key.id))
                .told("name", key.name)
                .told("role", key.role)
                .told("expires_at",
                      key.expiresAt ? std::optional(toIso(*key.expiresAt)) : std::nullopt));
    return {key, made};
}

IssuedKey IssuedKeys::revoke(store::Tx& tx, const Scope& scope, Id key)
{
    tx.write(revokeKey, {_clock.now(), scope.tenant, key});
    auto found = get(tx, scope, key);
    if (!found)
        throw Error(Refusal::NotFound, "there is no key " + showId("key", key));
    tx.note(store::Difference(showId("key", key)).told("name", found->name).told("revoked", true));
    return *std::move(found);
}

void IssuedKeys::revokeAllOf(store::Tx& tx, const Scope& scope, Id user)
{
    tx.write(revokeKeysOf, {_clock.now(), scope.tenant, user});
}

std::optional<IssuedKey> IssuedKeys::get(store::Session& session, const Scope& scope, Id key) const
{
    std::optional<IssuedKey> found;
    session.query(keyById, {scope.tenant, key}, [&](const store::Row& row) { found = keyOf(row); });
    return found;
}

store::Page<IssuedKey> IssuedKeys::list(store::Session& session, const Scope& scope,
                                        const store::PageRequest& page) const
{
    constexpr std::string_view name = "keys";
    const Id after = page.afterId(name);
    std::vector<IssuedKey> rows;
    session.query(keysAfter, {scope.tenant, after, page.limit + 1},
                  [&](const store::Row& row) { rows.push_back(keyOf(row)); });
    return store::pageOf(name, page, std::move(rows),
                         [](const IssuedKey& key) { return std::to_string(key.id); });
}

std::optional<IssuedKeys::Found> IssuedKeys::find(store::Session& session,
                                                  std::string_view presented) const
{
    const auto tenant = secret::tenantOf(secret::apiKey, presented);
    if (!tenant)
        return std::nullopt;
    const std::string hash = secret::hashOf(presented);
    const Time now = _clock.now();
    std::optional<Found> found;
    session.query(keyByHash, {*tenant, store::Bytes{hash}, now}, [&](const store::Row& row) {
        Permissions may = _roles.of(row.text(2)).value_or(Permissions());
        if (!row.isNull(3))
            may = may & _roles.of(row.text(4)).value_or(Permissions());
        const auto last = row.maybeTime(5);
        found = Found{{{*tenant, "key:" + row.string(1)}, may, row.string(2), row.maybeInteger(3)},
                      row.integer(0),
                      !last || now - *last >= noted};
    });
    return found;
}

void IssuedKeys::noteUse(store::Tx& tx, const Scope& scope, Id key) const
{
    tx.write(noteKeyUse, {_clock.now(), scope.tenant, key});
}

} // namespace spokehub::access
