#pragma once

#include "api/ApiParts.h"
#include "api/ChannelNames.h"
#include "api/MerchantStatus.h"
#include "api/Router.h"
#include "api/VariantCommands.h"
#include "orders/OrderReader.h"
#include "stock/StockReader.h"

namespace spokehub::api
{

/// The addresses under /admin that the first merchant's system calls: its paths, fields and words.
class MerchantRoutes
{
public:
    explicit MerchantRoutes(const ApiParts& parts) : _parts(parts), _variantCommands(parts) {}

    void declare(Router& router);

private:
    http::Response createSku(Call& call);
    void adjust(Call& call, const Reply& reply);
    http::Response listOrders(Call& call);
    http::Response getOrder(Call& call);
    http::Response setStatus(Call& call);

    std::string orderJson(const Scope& scope, Id order);
    void bring(store::Tx& tx, const Call& call, Id order, MerchantStatus wanted) const;

    const ApiParts& _parts;
    VariantCommands _variantCommands;
    orders::OrderReader _reader;
};

} // namespace spokehub::api
