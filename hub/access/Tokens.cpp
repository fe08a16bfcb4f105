#include "access/Tokens.h"

#include "access/Jwt.h"
#include "access/Secrets.h"
#include "core/Json.h"

#include <stdexcept>
#include <vector>

namespace spokehub::access
{

namespace
{

constexpr std::string_view type = "at+jwt";
constexpr std::string_view algorithm = "ES256";
constexpr std::string_view audience = "spokehub";
constexpr std::size_t idCharacters = 22;

constexpr store::Sql insertKey{
    "INSERT INTO signing_key (id, public_key, created_at, expires_at) VALUES ($1, $2, $3, $4)"};
constexpr store::Sql deleteKeys{"DELETE FROM signing_key WHERE expires_at <= $1"};
constexpr store::Sql keyById{
    "SELECT public_key, expires_at FROM signing_key WHERE id = $1 AND expires_at > $2"};
constexpr store::Sql goodKeys{
    "SELECT id, public_key FROM signing_key WHERE expires_at > $1 ORDER BY created_at, id"};

std::int64_t secondsOf(Time time)
{
    return time.micros / 1'000'000;
}

std::string idOf(const EcKey& key)
{
    return toBase64Url(secret::hashOf(key.point())).substr(0, idCharacters);
}

/// The key that a header names, when it says what ours say and nothing else: keys that a token
/// brings itself (jwk, jku, x5u) and extensions (crit) are none of ours.
std::optional<std::string> keyNamed(Json header)
{
    if (header.size() != 3 || header.textOr("alg") != algorithm || header.textOr("typ") != type)
        return std::nullopt;
    const std::string_view id = header.textOr("kid");
    return id.size() == idCharacters ? std::optional(std::string(id)) : std::nullopt;
}

} // namespace

void Tokens::rotate()
{
    const Time now = _clock.now();
    {
        const std::lock_guard lock(_mutex);
        const auto age = now - _ownSince;
        if (!_own.empty() && age < keyAge && age > -keyAge)
            return;
    }
    const EcKey pair = EcKey::generate();
    const std::string id = idOf(pair);
    const std::string point = toBase64Url(pair.point());
    const Time until = now + (keyAge + _lifetime + 2 * skew); // as long as any of its tokens
    _commands.run([&](store::Tx& tx) {
        tx.write(insertKey, {id, point, now, until});
        tx.write(deleteKeys, {now - skew});
    });
    const std::lock_guard lock(_mutex);
    _own = id;
    _ownSince = now;
    std::erase_if(_keys, [&](const auto& each) { return each.second.until <= now; });
    _keys.insert_or_assign(id, Key{pair, until});
}

std::string Tokens::make(const Holder& holder)
{
    std::string id;
    std::optional<EcKey> key;
    {
        const std::lock_guard lock(_mutex);
        if (_own.empty())
            throw std::logic_error("no key to sign with yet");
        id = _own;
        key = _keys.at(_own).pair;
    }
    const Time now = _clock.now();
    JsonWriter header;
    header.beginObject().member("alg", algorithm).member("typ", type).member("kid", id).endObject();
    JsonWriter claims;
    claims.beginObject()
        .member("iss", _issuer)
        .member("aud", audience)
        .member("sub", showId("usr", holder.user))
        .member("tenant_id", holder.tenant)
        .member("username", holder.username)
        .member("role", holder.role)
        .member("sid", showId("ses", holder.session))
        .member("iat", secondsOf(now))
        .member("exp", secondsOf(std::min(now + _lifetime, holder.expiresAt)))
        .endObject();
    const std::string data = toBase64Url(header.text()) + "." + toBase64Url(claims.text());
    return data + "." + toBase64Url(key->sign(data));
}

std::optional<EcKey> Tokens::keyOf(const std::string& id)
{
    const Time now = _clock.now();
    {
        const std::lock_guard lock(_mutex);
        const auto known = _keys.find(id);
        if (known != _keys.end())
            return known->second.until > now ? std::optional(known->second.pair) : std::nullopt;
    }
    std::string point;
    Time until{};
    _database.point([&](store::Session& session) {
        session.query(keyById, {id, now}, [&](const store::Row& row) {
            point = fromBase64Url(row.text(0)).value_or("");
            until = row.time(1);
        });
    });
    auto key = EcKey::fromPoint(point);
    if (key) {
        const std::lock_guard lock(_mutex);
        _keys.insert_or_assign(id, Key{*key, until});
    }
    return key;
}

std::optional<Tokens::Session> Tokens::verify(std::string_view token)
{
    const auto read = Jwt::read(token);
    const auto id = read ? keyNamed(read->header.root()) : std::nullopt;
    const auto key = id ? keyOf(*id) : std::nullopt;
    if (!key || !key->verifies(read->signedPart, read->signature))
        return std::nullopt;
    const Json given = read->claims.root();
    const Time now = _clock.now();
    const auto session = readId("ses", given.textOr("sid"));
    if (given.textOr("iss") != _issuer || given.textOr("aud") != audience || !session ||
        given.integerOr("exp") <= secondsOf(now) || given.integerOr("iat") > secondsOf(now + skew))
        return std::nullopt;
    return Session{given.integerOr("tenant_id"), *session,
                   Time{given.integerOr("exp") * 1'000'000}};
}

std::string Tokens::jwks()
{
    JsonWriter json;
    json.beginObject().key("keys").beginArray();
    const Time now = _clock.now();
    _database.point([&](store::Session& session) {
        session.query(goodKeys, {now}, [&](const store::Row& row) {
            const std::string point = fromBase64Url(row.text(1)).value_or("");
            if (!EcKey::fromPoint(point))
                return;
            json.beginObject()
                .member("kty", "EC")
                .member("crv", "P-256")
                .member("use", "sig")
                .member("alg", algorithm)
                .member("kid", row.text(0))
                .member("x", toBase64Url(std::string_view(point).substr(1, 32)))
                .member("y", toBase64Url(std::string_view(point).substr(33)))
                .endObject();
        });
    });
    json.endArray().endObject();
    return json.take();
}

} // namespace spokehub::access
