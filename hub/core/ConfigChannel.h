#pragma once

#include "core/ConfigSection.h"

namespace spokehub
{

/// Reads one entry of `channels`; `taken` are the names of the entries before it, `locations` all
/// there are.
ChannelConfig readChannel(ConfigSection& section, const std::vector<std::string>& taken,
                          const std::vector<std::string>& locations);

} // namespace spokehub
