#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"
#include "stock/Counts.h"
#include "stock/Locations.h"
#include "stock/StockReader.h"

namespace spokehub::api
{

/// /api/v1/locations, /api/v1/counts, and what of /api/v1/stock concerns places rather than SKUs.
class WarehouseRoutes
{
public:
    explicit WarehouseRoutes(const ApiParts& parts)
        : _parts(parts), _locations(parts.ledger, parts.ids),
          _counts(parts.ledger, parts.ids, parts.clock)
    {
    }

    void declare(Router& router);

private:
    void declareCounts(Router& router);

    http::Response locations(Call& call);
    http::Response createLocation(Call& call);
    http::Response getLocation(Call& call);
    http::Response renameLocation(Call& call);
    http::Response levels(Call& call, bool low);
    void receive(Call& call, const Reply& reply);
    http::Response receiveMany(Call& call);
    std::string transferred(store::Tx& tx, const Call& call, const stock::Transfer& wanted) const;
    http::Response transfer(Call& call);
    http::Response transferMany(Call& call);

    http::Response counts(Call& call);
    http::Response openCount(Call& call);
    http::Response getCount(Call& call);
    http::Response recordCount(Call& call);
    http::Response closeCount(Call& call);
    http::Response cancelCount(Call& call);
    std::string countJson(store::Session& session, const Scope& scope, Id count) const;

    const ApiParts& _parts;
    const stock::Locations _locations;
    const stock::Counts _counts;
    stock::StockReader _reader;
};

} // namespace spokehub::api
