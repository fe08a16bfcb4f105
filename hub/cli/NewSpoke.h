#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace spokehub::cli
{

/// Writes the project of a new spoke from the template that lies beside the program; the files it
/// wrote. Throws Failure when the name does not do, or something is there already.
std::vector<std::filesystem::path> writeNewSpoke(const std::string& name,
                                                 const std::filesystem::path& directory,
                                                 const std::filesystem::path& templates);

} // namespace spokehub::cli
