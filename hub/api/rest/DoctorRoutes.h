#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"

namespace spokehub::api
{

/// /api/v1/doctor: the rows that do not say what follows from others, a bounded part for each call.
/// Of the caller's tenant; of all when he is the provider.
class DoctorRoutes
{
public:
    explicit DoctorRoutes(const ApiParts& parts) : _parts(parts) {}

    void declare(Router& router);

private:
    http::Response verify(Call& call);
    std::map<Id, std::string> tenantsOf(const Call& call) const;

    const ApiParts& _parts;
};

} // namespace spokehub::api
