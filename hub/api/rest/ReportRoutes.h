#pragma once

#include "api/ApiParts.h"
#include "api/ChannelNames.h"
#include "api/Router.h"
#include "orders/Reports.h"

namespace spokehub::api
{

/// /api/v1/reports: sums for people, as JSON or CSV.
class ReportRoutes
{
public:
    ReportRoutes(const ApiParts& parts, ChannelNames& names) : _parts(parts), _names(names) {}

    void declare(Router& router);

private:
    http::Response sales(Call& call);
    http::Response progress(Call& call);
    http::Response stock(Call& call);
    std::vector<orders::DaySpan> daysIn(const Call& call) const;

    const ApiParts& _parts;
    ChannelNames& _names;
    orders::Reports _reports;
};

} // namespace spokehub::api
