#pragma once

#include "api/ApiParts.h"
#include "api/ChannelNames.h"
#include "api/Router.h"
#include "orders/OrderReader.h"
#include "sync/TaskReader.h"

namespace spokehub::api
{

/// /api/v1/orders and /api/v1/parcels.
class OrderRoutes
{
public:
    OrderRoutes(const ApiParts& parts, ChannelNames& names) : _parts(parts), _names(names) {}

    void declare(Router& router);

private:
    struct Loaded
    {
        orders::OrderDetail detail;
        std::vector<sync::TaskRow> tasks; // of its shipments
    };

    http::Response list(Call& call);
    http::Response create(Call& call);
    template <class Work>
    http::Response change(Call& call, const Work& work);
    template <class Work>
    http::Response changeMany(Call& call, const Work& work);
    void declareMany(Router& router);
    http::Response approve(Call& call);
    http::Response timeline(Call& call);
    http::Response get(Call& call);
    http::Response facts(Call& call);
    http::Response shipments(Call& call);
    http::Response ship(Call& call);
    http::Response cancel(Call& call);
    http::Response hold(Call& call);
    http::Response release(Call& call);
    http::Response parcels(Call& call);

    Loaded load(store::Session& session, const Scope& scope, Id order) const;
    std::string orderJson(const Scope& scope, Id order);
    std::string orderJson(const Loaded& loaded, std::string_view channel) const;
    void requireOrder(store::Session& session, const Scope& scope, Id order) const;

    const ApiParts& _parts;
    ChannelNames& _names;
    orders::OrderReader _reader;
};

/// Ships, and plans the tasks that tell the channel, when it is one that can be told, and the
/// carriers that want to hear.
orders::Shipped shipAndTell(const ApiParts& parts, store::Tx& tx, const Scope& scope, Id order,
                            const orders::ShipRequest& request, const std::string& cause);

} // namespace spokehub::api
