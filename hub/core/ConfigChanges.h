#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spokehub
{

/// The keys whose values are others in the second of two configurations (YAML), in the order of
/// their names: "channels", "log.level". Throws YamlError.
std::vector<std::string> changedKeys(const std::string& before, const std::string& after);

/// Whether a running hub can change it; what cannot be changed needs a restart.
bool changesLive(std::string_view key);

} // namespace spokehub
