#pragma once

#include "core/ConfigSection.h"

namespace spokehub
{

/// Reads one entry of `channels`; the configuration holds those before it, all locations and all
/// tenants.
ChannelConfig readChannel(ConfigSection& section, const Config& config);

} // namespace spokehub
