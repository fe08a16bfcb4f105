#pragma once

#include "access/EcKey.h"
#include "access/Sessions.h"
#include "store/Commands.h"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace spokehub::access
{

/// Access tokens: JWTs (RFC 9068) that name a session, signed by this hub with a key that lives in
/// its memory alone and changes every day; public halves stand in the store, where the other hubs
/// and /.well-known/jwks.json find them. A token says who it is for; whether its session still
/// stands and what it may do is asked of the store each time. Owns: signing_key. Thread-safe.
class Tokens
{
public:
    static constexpr std::chrono::hours keyAge{24};
    static constexpr std::chrono::minutes skew{1}; // between the clocks of hubs

    Tokens(store::Database& database, store::Commands& commands, const Clock& clock,
           std::string issuer, std::chrono::milliseconds lifetime)
        : _database(database), _commands(commands), _clock(clock), _issuer(std::move(issuer)),
          _lifetime(lifetime)
    {
    }

    /// Makes a new key when the own one is old, and removes those whose tokens are all over. Before
    /// make(), and now and then.
    void rotate();

    std::string make(const Holder& holder);
    std::chrono::seconds lifetime() const
    {
        return std::chrono::duration_cast<std::chrono::seconds>(_lifetime);
    }

    struct Session
    {
        Id tenant = 0;
        Id id = 0;
        Time until; // of this token
    };

    /// Nothing for whatever is not a token of ours that is good now.
    std::optional<Session> verify(std::string_view token);

    /// RFC 7517.
    std::string jwks();

private:
    struct Key
    {
        EcKey pair;
        Time until;
    };

    std::optional<EcKey> keyOf(const std::string& id);

    store::Database& _database;
    store::Commands& _commands;
    const Clock& _clock;
    const std::string _issuer;
    const std::chrono::milliseconds _lifetime;

    std::mutex _mutex;
    std::string _own; // the id of the key that signs
    Time _ownSince{};
    std::map<std::string, Key> _keys;
};

} // namespace spokehub::access
