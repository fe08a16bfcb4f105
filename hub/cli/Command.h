#pragma once

#include "cli/HubClient.h"
#include "cli/Output.h"
#include "cli/Verb.h"
#include "core/Config.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spokehub::cli
{

/// One call of the command line: what was given, and what its verb needs for its work.
class Command
{
public:
    struct Given
    {
        std::string configFile; // empty: wherever it is
        std::string url;        // of the hub; empty: as configured
        bool yes = false;
        std::map<std::string, std::vector<std::string>> values{}; // by "SKU", "--option"
    };

    Command(Given given, Output& output);

    const std::string& text(const std::string& name) const;
    std::optional<std::string> maybe(const std::string& name) const;
    std::vector<std::string> all(const std::string& name) const;
    bool flag(const std::string& name) const { return _given.values.contains(name); }
    std::optional<std::int64_t> maybeInteger(const std::string& name) const;
    std::int64_t integer(const std::string& name) const;

    Output& output() { return _output; }

    /// The running hub. Throws Failure when it is not known where it is, or what its key is.
    HubClient& hub();

    /// The configuration. A secret that is not in this environment does not matter here; it has no
    /// value then. Throws Failure.
    Config config() const;
    std::string configFile() const;
    /// Throws Failure when it is not in this environment.
    static std::string reveal(const Secret& secret);

    /// Throws Failure unless the person types this word: the name of what is about to go.
    void confirm(const std::string& what, const std::string& word) const;

private:
    Given _given;
    Output& _output;
    std::optional<HubClient> _hub;
};

/// The migrations lie beside the program: bin/spokehub and share/spokehub/migrations.
std::filesystem::path migrationsDirectory();
/// What a new spoke begins with lies there, too.
std::filesystem::path templateDirectory();

} // namespace spokehub::cli
