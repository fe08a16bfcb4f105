#pragma once

#include "api/ApiParts.h"
#include "api/ChannelNames.h"
#include "api/Router.h"
#include "api/VariantCommands.h"
#include "sync/TaskReader.h"

namespace spokehub::api
{

/// /api/v1/listings.
class ListingRoutes
{
public:
    ListingRoutes(const ApiParts& parts, ChannelNames& names)
        : _parts(parts), _names(names), _variantCommands(parts)
    {
    }

    void declare(Router& router);

private:
    http::Response list(Call& call);
    http::Response create(Call& call);
    http::Response createMany(Call& call);
    catalog::Listing made(store::Tx& tx, const Call& call, const catalog::NewListing& wanted) const;
    http::Response get(Call& call);
    http::Response patch(Call& call);
    http::Response unmatched(Call& call);
    http::Response withTasks(Call& call, sync::TaskState state);
    http::Response mark(Call& call, sync::TaskState state);
    http::Response match(Call& call);
    http::Response unmatch(Call& call);

    void write(JsonWriter& json, const Scope& scope, const catalog::Listing& listing);
    http::Response answer(const Scope& scope, const catalog::Listing& listing, int status = 200);
    catalog::Listing require(store::Session& session, const Scope& scope, Id listing) const;
    Id variantIn(store::Session& session, const Scope& scope, std::optional<Id> id,
                 const std::string& sku) const;

    const ApiParts& _parts;
    ChannelNames& _names;
    VariantCommands _variantCommands;
};

} // namespace spokehub::api
