#pragma once

#include "api/ApiParts.h"
#include "api/ChannelNames.h"
#include "api/Router.h"
#include "api/VariantCommands.h"

namespace spokehub::api
{

/// /api/v1/variants.
class CatalogRoutes
{
public:
    CatalogRoutes(const ApiParts& parts, ChannelNames& names)
        : _parts(parts), _names(names), _variantCommands(parts)
    {
    }

    void declare(Router& router);

private:
    struct Detail
    {
        catalog::Variant variant;
        std::vector<catalog::Listing> listings;
    };

    http::Response listVariants(Call& call);
    http::Response createVariant(Call& call);
    http::Response createVariants(Call& call);
    http::Response getVariant(Call& call);
    http::Response getVariantBySku(Call& call);
    http::Response patchVariant(Call& call);
    http::Response pendingSync(Call& call);
    http::Response getComponents(Call& call);
    http::Response setComponents(Call& call);

    Detail detail(store::Session& session, const Scope& scope,
                  const std::optional<catalog::Variant>& variant, const std::string& asked) const;
    std::string detailJson(const Scope& scope, const Detail& detail);
    std::string componentsJson(store::Session& session, const Scope& scope, Id bundle) const;

    const ApiParts& _parts;
    ChannelNames& _names;
    VariantCommands _variantCommands;
};

} // namespace spokehub::api
