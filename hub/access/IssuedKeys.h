#pragma once

#include "access/Caller.h"
#include "core/Clock.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <string>
#include <string_view>

namespace spokehub::access
{

struct IssuedKey
{
    Id id = 0;
    std::string name;
    std::string role;
    std::optional<Id> user; // who made it, when that was one of the people: it ends with him
    std::string createdBy;
    Time createdAt;
    std::optional<Time> expiresAt{}; // nothing: never
    std::optional<Time> lastUsedAt{};
    std::optional<Time> revokedAt{};
};

struct NewKey
{
    std::string name;
    std::string role;
    std::optional<Id> user{};
    std::optional<Time> expiresAt{};
};

/// API keys that are made and revoked while the hub runs, beside those of the configuration. Shown
/// once, kept hashed. A key may do what its role may, and never more than who made it may do now.
/// Owns: api_key.
class IssuedKeys
{
public:
    IssuedKeys(IdGenerator& ids, const Clock& clock, const Roles& roles)
        : _ids(ids), _clock(clock), _roles(roles)
    {
    }

    struct Made
    {
        IssuedKey key;
        std::string secret;
    };

    /// Throws Error(BadRequest) for a role that nobody knows and an expiry that is over, and
    /// Error(Forbidden) for a role that may do more than who makes it.
    Made make(store::Tx& tx, const Manager& by, const NewKey& wanted);
    /// Again is no mistake. Throws Error(NotFound).
    IssuedKey revoke(store::Tx& tx, const Scope& scope, Id key);
    void revokeAllOf(store::Tx& tx, const Scope& scope, Id user);

    std::optional<IssuedKey> get(store::Session& session, const Scope& scope, Id key) const;
    store::Page<IssuedKey> list(store::Session& session, const Scope& scope,
                                const store::PageRequest& page) const;

    struct Found
    {
        Caller caller;
        Id key = 0;
        bool stale = false; // its last use should be noted
    };

    /// Nothing when it is none, or no longer good.
    std::optional<Found> find(store::Session& session, std::string_view presented) const;
    void noteUse(store::Tx& tx, const Scope& scope, Id key) const;

private:
    IdGenerator& _ids;
    const Clock& _clock;
    const Roles& _roles;
};

} // namespace spokehub::access
