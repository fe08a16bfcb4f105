#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"

namespace spokehub::api
{

/// /api/v1/tenants, the provider's, and /api/v1/tenant/settings, each tenant's own.
class TenantRoutes
{
public:
    explicit TenantRoutes(const ApiParts& parts) : _parts(parts) {}

    void declare(Router& router);

private:
    http::Response list(Call& call);
    http::Response create(Call& call);
    http::Response get(Call& call);
    http::Response change(Call& call);
    http::Response settings(Call& call);
    http::Response changeSettings(Call& call);

    const ApiParts& _parts;
};

} // namespace spokehub::api
