#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"

namespace spokehub::api
{

/// /api/v1/audit: who did what, newest first, and whether the log is whole.
class AuditRoutes
{
public:
    explicit AuditRoutes(const ApiParts& parts) : _parts(parts) {}

    void declare(Router& router);

private:
    http::Response list(Call& call);
    http::Response verify(Call& call);

    const ApiParts& _parts;
};

} // namespace spokehub::api
