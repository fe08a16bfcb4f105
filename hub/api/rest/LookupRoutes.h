#pragma once

#include "api/ApiParts.h"
#include "api/ChannelNames.h"
#include "api/Router.h"
#include "catalog/Lookups.h"
#include "stock/Items.h"

namespace spokehub::api
{

/// /api/v1/colors, /brands and /conditions; and /resolve, which finds what a code stands for.
class LookupRoutes
{
public:
    LookupRoutes(const ApiParts& parts, ChannelNames& names)
        : _parts(parts), _names(names), _lookups(parts.clock),
          _items(parts.ledger, parts.ids, parts.clock)
    {
    }

    void declare(Router& router);

private:
    void declareTable(Router& router, const std::string& path, catalog::LookupKind kind);
    http::Response list(Call& call, catalog::LookupKind kind);
    http::Response get(Call& call, catalog::LookupKind kind);
    http::Response create(Call& call, catalog::LookupKind kind);
    http::Response rename(Call& call, catalog::LookupKind kind);
    http::Response resolve(Call& call);

    const ApiParts& _parts;
    ChannelNames& _names;
    const catalog::Lookups _lookups;
    const stock::Items _items;
};

} // namespace spokehub::api
