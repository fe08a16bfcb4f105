#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spokehub::check
{

// What a spoke could change of the process that it is loaded into.

std::int64_t allocatedBytes();
std::int64_t openDescriptors();
std::int64_t threads();

/// Signals' actions, locale, umask, working folder and environment, each by name.
std::map<std::string, std::string> processState();
std::vector<std::string> differences(const std::map<std::string, std::string>& before,
                                     const std::map<std::string, std::string>& after);

} // namespace spokehub::check
