#pragma once

#include "spokes/Manifest.h"

#include "spokehub/abi.h"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::spokes
{

/// Why a spoke is not used: one plain sentence that names the file or channel, what is wrong, and
/// the remedy.
class SpokeError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

/// One spoke's file, loaded and found fit. It stays mapped until the program ends.
class SpokeLibrary
{
public:
    /// Throws SpokeError.
    explicit SpokeLibrary(const std::filesystem::path& file);

    /// A table that is linked in, for tests.
    SpokeLibrary(const sph_spoke& table, const std::filesystem::path& file);

    const std::filesystem::path& file() const { return _file; }
    const sph_spoke& table() const { return *_table; }
    const Manifest& manifest() const { return _manifest; }

private:
    std::filesystem::path _file;
    const sph_spoke* _table;
    Manifest _manifest;
};

/// The spokes of the configured directories, by name. What does not fit is refused; the others go
/// on.
class SpokeLibraries
{
public:
    explicit SpokeLibraries(const std::vector<std::filesystem::path>& directories);

    const SpokeLibrary* find(std::string_view name) const;
    const std::vector<std::unique_ptr<SpokeLibrary>>& all() const { return _libraries; } // by name

    /// One sentence for each file or directory that is not used.
    const std::vector<std::string>& refused() const { return _refused; }

private:
    void scan(const std::filesystem::path& directory);
    void refuseNamesakes();

    std::vector<std::unique_ptr<SpokeLibrary>> _libraries;
    std::vector<std::string> _refused;
};

} // namespace spokehub::spokes
