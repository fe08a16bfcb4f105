#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"
#include "stock/StockReader.h"

namespace spokehub::api
{

/// /api/v1/stock and /api/v1/exceptions.
class StockRoutes
{
public:
    explicit StockRoutes(const ApiParts& parts) : _parts(parts) {}

    void declare(Router& router);

private:
    void declareReservations(Router& router);

    http::Response level(Call& call);
    http::Response movements(Call& call);
    http::Response allMovements(Call& call);
    void adjust(Call& call, const Reply& reply);
    http::Response adjustMany(Call& call);
    http::Response setLimits(Call& call);
    void reserve(Call& call, const Reply& reply);
    void end(Call& call, const Reply& reply, stock::HoldState how);
    http::Response reservations(Call& call);
    http::Response reservation(Call& call);
    http::Response exceptions(Call& call);
    http::Response exception(Call& call);
    http::Response resolve(Call& call);

    std::string levelJson(store::Session& session, const Scope& scope,
                          const std::string& sku) const;

    const ApiParts& _parts;
    stock::StockReader _reader;
};

} // namespace spokehub::api
