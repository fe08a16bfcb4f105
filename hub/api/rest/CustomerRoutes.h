#pragma once

#include "api/ApiParts.h"
#include "api/ChannelNames.h"
#include "api/Router.h"
#include "orders/Customers.h"
#include "orders/OrderReader.h"

namespace spokehub::api
{

/// /api/v1/customers and /api/v1/privacy: the people whom orders name, what is kept of them, and
/// its end.
class CustomerRoutes
{
public:
    CustomerRoutes(const ApiParts& parts, ChannelNames& names) : _parts(parts), _names(names) {}

    void declare(Router& router);

private:
    http::Response list(Call& call);
    http::Response get(Call& call);
    http::Response orders(Call& call);
    http::Response exported(Call& call);
    http::Response erase(Call& call);
    http::Response requests(Call& call);
    http::Response request(Call& call);
    http::Response requestExported(Call& call);
    http::Response close(Call& call);

    orders::CustomerRow customerOf(const Call& call) const;
    orders::PrivacyRequest requestOf(const Call& call) const;
    void writeRequest(JsonWriter& json, const orders::PrivacyRequest& request) const;

    const ApiParts& _parts;
    ChannelNames& _names;
    const orders::OrderReader _reader{};
};

} // namespace spokehub::api
