#pragma once

#include "core/Id.h"

#include <string>

namespace spokehub
{

/// Who asks, for which tenant. There is no call without one (the seventh promise).
struct Scope
{
    Id tenant = 0;
    std::string actor; // "key:admin", "channel:shopify", "hub": what movements and events carry
};

/// The tenant that a hub without tenants has; made by the first migration.
constexpr Id mainTenant = 1;
constexpr const char* mainTenantName = "main";

} // namespace spokehub
