#pragma once

#include "access/ApiKeys.h"
#include "api/ApiParts.h"
#include "api/Callers.h"
#include "api/Router.h"

namespace spokehub::api
{

/// What tells how the hub is: /health, /health/ready, /metrics; and the pages at / and /api/v1 that
/// lead on.
class HealthRoutes
{
public:
    HealthRoutes(const ApiParts& parts, const Callers& callers) : _parts(parts), _callers(callers)
    {
    }

    void declare(Router& router);

    /// Alive: it needs neither the database nor a worker.
    static http::Response alive();

private:
    http::Response ready() const;
    http::Response metrics(const Call& call) const;
    static http::Response routes(const Router& router);
    static http::Response front();

    const ApiParts& _parts;
    const Callers& _callers;
};

} // namespace spokehub::api
