#pragma once

#include "access/Users.h"
#include "api/ApiParts.h"
#include "api/PasswordDesk.h"
#include "api/Router.h"

namespace spokehub::api
{

class Fields;

/// The people of the tenant, under /api/v1/auth/users for administrators and under
/// /api/v1/employees for managers, who manage employees and nobody above; and the API keys.
class UserRoutes
{
public:
    UserRoutes(const ApiParts& parts, PasswordDesk& desk) : _parts(parts), _desk(desk) {}

    void declare(Router& router);

private:
    void declarePeople(Router& router, const std::string& base, Permission read, Permission manage);
    void declareKeys(Router& router);

    http::Response list(Call& call);
    http::Response get(Call& call);
    void create(Call& call, const Reply& reply);
    void change(Call& call, const Reply& reply);
    http::Response deactivate(Call& call);
    http::Response sync(Call& call);

    http::Response listKeys(Call& call);
    http::Response getKey(Call& call);
    http::Response makeKey(Call& call);
    http::Response revokeKey(Call& call);

    std::string passwordIn(Fields& fields, const std::string& username) const;

    const ApiParts& _parts;
    PasswordDesk& _desk;
};

} // namespace spokehub::api
