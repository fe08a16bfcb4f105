#pragma once

#include "access/TenantProviders.h"
#include "access/Tenants.h"
#include "api/ApiParts.h"
#include "api/Router.h"

namespace spokehub::api
{

/// /api/v1/tenants, the provider's, and /api/v1/tenant/settings, each tenant's own.
class TenantRoutes
{
public:
    explicit TenantRoutes(const ApiParts& parts)
        : _parts(parts), _providers(parts.config, parts.clock)
    {
    }

    void declare(Router& router);

private:
    http::Response list(Call& call);
    http::Response create(Call& call);
    http::Response get(Call& call);
    http::Response change(Call& call);
    http::Response providers(Call& call);
    http::Response provider(Call& call);
    http::Response setProvider(Call& call);
    http::Response removeProvider(Call& call);
    access::Tenant tenantOf(const Call& call) const;
    void follow() const;
    http::Response settings(Call& call);
    http::Response changeSettings(Call& call);

    const ApiParts& _parts;
    const access::TenantProviders _providers;
};

} // namespace spokehub::api
