#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace spokehub::check
{

/// Names of the symbols that a shared library of this system exports, read without loading it;
/// nothing when the file is none.
std::optional<std::vector<std::string>> exportsOf(const std::filesystem::path& file);

} // namespace spokehub::check
