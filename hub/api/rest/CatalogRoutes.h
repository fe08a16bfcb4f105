#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"
#include "api/VariantCommands.h"

namespace spokehub::api
{

/// /api/v1/variants, /api/v1/families and /api/v1/identities.
class CatalogRoutes
{
public:
    explicit CatalogRoutes(const ApiParts& parts) : _parts(parts), _variantCommands(parts) {}

    void declare(Router& router);

private:
    void declareIdentities(Router& router);

    http::Response listVariants(Call& call);
    http::Response createVariant(Call& call);
    http::Response getVariant(Call& call);
    http::Response getVariantBySku(Call& call);
    http::Response getComponents(Call& call);
    http::Response setComponents(Call& call);
    http::Response listFamilies(Call& call);
    http::Response createFamily(Call& call);
    http::Response getFamily(Call& call);
    http::Response createIdentity(Call& call);
    http::Response getIdentity(Call& call);
    http::Response identitiesOfFamily(Call& call);

    catalog::Family requireFamily(store::Session& session, const Scope& scope,
                                  std::string_view codeOrId) const;
    std::string componentsJson(store::Session& session, const Scope& scope, Id bundle) const;

    const ApiParts& _parts;
    VariantCommands _variantCommands;
};

} // namespace spokehub::api
