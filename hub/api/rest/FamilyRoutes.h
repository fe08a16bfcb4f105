#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"

namespace spokehub::api
{

/// /api/v1/families and /api/v1/identities.
class FamilyRoutes
{
public:
    explicit FamilyRoutes(const ApiParts& parts) : _parts(parts) {}

    void declare(Router& router);

private:
    void declareFamilies(Router& router);
    void declareIdentities(Router& router);

    http::Response listFamilies(Call& call);
    http::Response createFamily(Call& call);
    http::Response getFamily(Call& call);
    http::Response patchFamily(Call& call);
    http::Response removeFamily(Call& call);
    http::Response identitiesOfFamily(Call& call);
    http::Response listIdentities(Call& call);
    http::Response createIdentity(Call& call);
    http::Response getIdentity(Call& call);

    catalog::Family requireFamily(store::Session& session, const Scope& scope,
                                  std::string_view codeOrId) const;
    std::string familyJson(store::Session& session, const Scope& scope,
                           std::string_view codeOrId) const;

    const ApiParts& _parts;
};

} // namespace spokehub::api
