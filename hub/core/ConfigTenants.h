#pragma once

#include "core/ConfigSection.h"

namespace spokehub
{

/// Reads `plans` and `tenants` into the configuration.
void readTenants(ConfigSection& root, Config& config);

/// Once the channels are read.
void checkChannelQuotas(ConfigSection& root, const Config& config);

/// Reads the key `tenant` of an entry, which must be one of `tenants`; default: the main one.
void readTenantOf(ConfigSection& section, const Config& config, std::string& tenant);

} // namespace spokehub
