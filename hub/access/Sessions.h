#pragma once

#include "core/Clock.h"
#include "core/Config.h"
#include "core/Id.h"
#include "core/Scope.h"
#include "store/Session.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::access
{

enum class SessionKind
{
    Tokens = 1,
    Cookie = 2,
};

/// From where somebody signed in.
struct Origin
{
    std::string address;
    std::string agent; // as his browser or program calls itself
};

struct OpenSession
{
    Id id = 0;
    Id user = 0;
    SessionKind kind = SessionKind::Tokens;
    Origin from;
    Time createdAt;
    Time expiresAt;
};

/// Who holds a session that stands: it has not ended, and its user is active.
struct Holder
{
    Id tenant = 0;
    Id user = 0;
    std::string username;
    std::string role;
    Id session = 0;
    Time expiresAt;
};

/// Sign-ins of people, for programs by tokens and for browsers by cookie. Nothing is remembered
/// beside the store, so what ends there has ended on every hub at the next request. Owns:
/// user_session, session_secret.
class Sessions
{
public:
    Sessions(IdGenerator& ids, const Clock& clock, const AuthConfig& auth)
        : _ids(ids), _clock(clock), _auth(auth)
    {
    }

    struct Opened
    {
        Holder holder;
        std::string secret; // the refresh token, or the cookie
    };

    Opened open(store::Tx& tx, const Scope& scope, Id user, SessionKind kind, const Origin& from);

    /// Gives a new refresh token for this one, which is used up thereby. One that was used before
    /// is in two hands: its session ends. Nothing then, and when it is none or no longer good.
    std::optional<Opened> renew(store::Tx& tx, std::string_view refreshToken);

    std::optional<Holder> byCookie(store::Session& session, std::string_view cookie) const;
    std::optional<Holder> byId(store::Session& session, Id tenant, Id id) const;

    std::vector<OpenSession> ofUser(store::Session& session, const Scope& scope, Id user) const;

    /// False when this user has no such session.
    bool end(store::Tx& tx, const Scope& scope, Id user, Id session);
    /// All of a user, but one perhaps.
    void endAll(store::Tx& tx, const Scope& scope, Id user, Id except = 0);
    /// Removes those whose time is over.
    void forget(store::Tx& tx);

private:
    std::string addSecret(store::Tx& tx, Id tenant, Id session, std::string_view kind);

    IdGenerator& _ids;
    const Clock& _clock;
    const AuthConfig _auth;
};

} // namespace spokehub::access
