#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"

namespace spokehub::api
{

/// /api/v1/bundles: which variants are put together from which.
class BundleRoutes
{
public:
    explicit BundleRoutes(const ApiParts& parts) : _parts(parts) {}

    void declare(Router& router);

private:
    http::Response list(Call& call);
    http::Response add(Call& call);
    using Edges = std::vector<catalog::BundleEdge> (catalog::Bundles::*)(store::Session&,
                                                                         const Scope&, Id) const;
    http::Response edges(Call& call, Edges which);
    http::Response remove(Call& call);
    http::Response availability(Call& call);

    const ApiParts& _parts;
};

} // namespace spokehub::api
