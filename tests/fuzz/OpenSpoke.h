#pragma once

#include "spokes/LoadedSpoke.h"

namespace spokehub::fuzz
{

/// The spoke that this target is for (SPOKEHUB_FUZZED_SPOKE), open with the settings of its own
/// fixtures.
const spokes::Spoke& openSpoke();

} // namespace spokehub::fuzz
