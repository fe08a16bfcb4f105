#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"
#include "stock/Items.h"

namespace spokehub::api
{

/// /api/v1/inventory: single units by their serials.
class InventoryRoutes
{
public:
    explicit InventoryRoutes(const ApiParts& parts)
        : _parts(parts), _items(parts.ledger, parts.ids, parts.clock)
    {
    }

    void declare(Router& router);

private:
    void declareMoves(Router& router);

    http::Response list(Call& call);
    http::Response create(Call& call);
    http::Response createMany(Call& call);
    http::Response get(Call& call);
    template <class Work>
    http::Response change(Call& call, const Work& work);
    http::Response reserve(Call& call);
    http::Response release(Call& call);
    http::Response sell(Call& call);
    http::Response move(Call& call);
    http::Response setStatus(Call& call);
    http::Response summary(Call& call);
    http::Response value(Call& call);

    stock::Item make(store::Tx& tx, const Call& call, const stock::NewItem& wanted) const;

    const ApiParts& _parts;
    const stock::Items _items;
};

} // namespace spokehub::api
