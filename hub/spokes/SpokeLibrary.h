#pragma once

#include "spokes/Manifest.h"
#include "spokes/ProcessLauncher.h"
#include "spokes/SpokeError.h"
#include "spokes/SpokeFacts.h"

#include "spokehub/abi.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub
{
enum class Isolation; // core/Config.h
}

namespace spokehub::spokes
{

/// One spoke's file, found fit. Once loaded into this process, it stays mapped until the program
/// ends.
class SpokeLibrary
{
public:
    /// Loads it into this process. Throws SpokeError.
    explicit SpokeLibrary(const std::filesystem::path& file);

    /// Has it loaded and described in a confined process; nothing of it runs in this one. Throws
    /// SpokeError.
    SpokeLibrary(const std::filesystem::path& file, ProcessLauncher& launcher);

    /// A table that is linked in, for tests.
    SpokeLibrary(const sph_spoke& table, const std::filesystem::path& file);

    const std::filesystem::path& file() const { return _file; }
    const Manifest& manifest() const { return _manifest; }
    const SpokeFacts& facts() const { return _facts; }
    /// Whether it is loaded into this process.
    bool loaded() const { return _table != nullptr; }
    /// Of one that is loaded.
    const sph_spoke& table() const { return *_table; }

private:
    std::filesystem::path _file;
    const sph_spoke* _table = nullptr;
    SpokeFacts _facts;
    Manifest _manifest;
};

/// Which spokes run in the hub's own process: those that come with the hub, in its own folder, and
/// those that the operator says so of.
struct IsolationRules
{
    std::map<std::string, Isolation> spokes; // of the configuration, by the name of the file

    /// `channel` is the channel's own wish.
    Isolation of(const std::filesystem::path& file, std::optional<Isolation> channel = {}) const;
};

/// The spokes of the configured directories, by name. What does not fit is refused; the others go
/// on.
class SpokeLibraries
{
public:
    explicit SpokeLibraries(const std::vector<std::filesystem::path>& directories,
                            IsolationRules rules = {});

    const SpokeLibrary* find(std::string_view name) const;
    const std::vector<std::unique_ptr<SpokeLibrary>>& all() const { return _libraries; } // by name

    /// One sentence for each file or directory that is not used.
    const std::vector<std::string>& refused() const { return _refused; }

    const IsolationRules& rules() const { return _rules; }
    const std::shared_ptr<ProcessLauncher>& launcher() const { return _launcher; }

private:
    void scan(const std::filesystem::path& directory);
    void refuseNamesakes();

    const IsolationRules _rules;
    const std::shared_ptr<ProcessLauncher> _launcher = std::make_shared<ProcessLauncher>();
    std::vector<std::unique_ptr<SpokeLibrary>> _libraries;
    std::vector<std::string> _refused;
};

} // namespace spokehub::spokes
