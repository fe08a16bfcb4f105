#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spokehub
{

/// What to tell somebody who gave a word that is not known: "did you mean 'listen'?" when one is
/// near, else the list of what there is.
std::string suggestion(std::string_view given, const std::vector<std::string>& known);

} // namespace spokehub
