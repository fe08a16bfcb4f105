#pragma once

#include "access/ApiKeys.h"
#include "access/Caller.h"
#include "http/Message.h"

#include <optional>
#include <string>
#include <string_view>

namespace spokehub::access
{
class IssuedKeys;
class Providers;
class Sessions;
class Tenants;
class Tokens;
class Users;
struct Holder;
} // namespace spokehub::access

namespace spokehub::store
{
class Commands;
class Database;
} // namespace spokehub::store

namespace spokehub::api
{

/// The cookie that a browser is known by.
struct SessionCookie
{
    bool secure = false; // the hub is reached by https alone

    std::string_view name() const { return secure ? "__Host-spokehub" : "spokehub"; }
    std::string header(std::string_view secret, std::int64_t seconds) const;
    /// Empty when there is none.
    std::string_view in(const http::Request& request) const;
};

/// What a page of ours knows and another site's does not; made of the cookie, so nothing is kept.
std::string csrfTokenOf(std::string_view cookie);

/// Who sent a request: by an API key or an access token, ours or that of an outside
/// identity provider (`Authorization: Bearer`, `X-Api-Key` or
/// `x-admin-key`), or by the cookie of a sign-in. Thread-safe.
class Callers
{
public:
    struct Parts
    {
        const access::ApiKeys& configured;
        access::IssuedKeys& issued;
        access::Sessions& sessions;
        access::Tokens& tokens;
        access::Providers& providers;
        access::Users& users;
        const access::Tenants& tenants;
        const Roles& roles;
        store::Database& database;
        store::Commands& commands;
        SessionCookie cookie;
    };

    explicit Callers(Parts parts) : _parts(parts) {}

    /// Throws Error(Unauthorized) for nobody, and for what is no longer good; Error(Forbidden) for
    /// a change by cookie without the X-CSRF-Token that belongs to it.
    access::Caller of(const http::Request& request) const;

private:
    access::Caller known(const http::Request& request) const;
    std::optional<access::Caller> byKey(std::string_view key) const;
    std::optional<access::Caller> byProvider(std::string_view token) const;
    access::Caller byCookie(const http::Request& request, std::string_view cookie) const;
    access::Caller callerOf(const access::Holder& holder) const;

    const Parts _parts;
};

} // namespace spokehub::api
