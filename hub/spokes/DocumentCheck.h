#pragma once

#include "spokes/Spoke.h"

#include <string>
#include <string_view>

namespace spokehub::spokes
{

/// What is wrong with one of the small documents of a spoke, by its schema: "checkpoint: cursor is
/// missing"; empty when nothing is. Facts, listings, levels and keys are checked where they are
/// read.
std::string faultOf(DocumentKind kind, std::string_view json);

} // namespace spokehub::spokes
