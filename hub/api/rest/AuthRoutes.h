#pragma once

#include "access/Sessions.h"
#include "api/ApiParts.h"
#include "api/Callers.h"
#include "api/PasswordDesk.h"
#include "api/Router.h"

namespace spokehub::api
{

/// /api/v1/auth: signing in and out, by tokens for programs and by cookie for browsers, and what
/// one sees and changes of oneself.
class AuthRoutes
{
public:
    AuthRoutes(const ApiParts& parts, PasswordDesk& desk, SessionCookie cookie)
        : _parts(parts), _desk(desk), _cookie(cookie)
    {
    }

    void declare(Router& router);

private:
    void declareOwn(Router& router);
    Id tenantIn(const Call& call) const;

    void token(Call& call, const Reply& answerTo);
    void grant(Call& call, const Reply& reply);
    http::Response renewed(const std::string& refreshToken);
    void login(Call& call, const Reply& reply);
    http::Response logout(Call& call);
    http::Response me(Call& call);
    http::Response introspect(Call& call);
    http::Response changeProfile(Call& call);
    void changePassword(Call& call, const Reply& reply);
    http::Response sessions(Call& call);
    http::Response endSession(Call& call);
    http::Response endOthers(Call& call);
    http::Response keys();

    std::optional<access::Sessions::Opened> signIn(Id tenant, const std::string& username,
                                                   const std::string& password,
                                                   access::SessionKind kind,
                                                   const access::Origin& from);
    http::Response tokenAnswer(const access::Sessions::Opened& opened) const;
    http::Response loginAnswer(const access::Sessions::Opened& opened) const;

    const ApiParts& _parts;
    PasswordDesk& _desk;
    const SessionCookie _cookie;
};

} // namespace spokehub::api
