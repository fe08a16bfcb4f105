#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"

namespace spokehub::api
{

/// /api/v1/doctor: the rows that do not say what follows from others, a bounded part for each call.
class DoctorRoutes
{
public:
    explicit DoctorRoutes(const ApiParts& parts) : _parts(parts) {}

    void declare(Router& router);

private:
    http::Response verify(Call& call);

    const ApiParts& _parts;
};

} // namespace spokehub::api
