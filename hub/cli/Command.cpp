#include "cli/Command.h"

#include <charconv>
#include <iostream>
#include <unistd.h>

namespace spokehub::cli
{

namespace
{

constexpr std::string_view unknownSecret = "\x01not in this environment: ";

bool isKnown(const std::string& secret)
{
    return !secret.starts_with(unknownSecret);
}

std::string environment(const char* name)
{
    return Config::processEnvironment(name).value_or("");
}

/// Where this program reaches a hub that listens on all addresses.
std::string reachable(const std::string& host)
{
    if (host.empty() || host == "0.0.0.0")
        return "127.0.0.1";
    if (host == "::")
        return "[::1]";
    return host.find(':') == host.npos ? host : "[" + host + "]";
}

std::string keyFrom(const Config& config)
{
    for (const ApiKeyConfig& key : config.apiKeys)
        if (key.role == "admin" && isKnown(key.key.reveal()))
            return key.key.reveal();
    throw Failure(
        "no key for the hub: set SPOKEHUB_API_KEY, or the variable that an admin key in " +
        config.file + " names (api_keys)");
}

} // namespace

Command::Command(Given given, Output& output) : _given(std::move(given)), _output(output) {}

const std::string& Command::text(const std::string& name) const
{
    return _given.values.at(name).front();
}

std::optional<std::string> Command::maybe(const std::string& name) const
{
    const auto found = _given.values.find(name);
    return found == _given.values.end() ? std::nullopt : std::optional(found->second.front());
}

std::vector<std::string> Command::all(const std::string& name) const
{
    const auto found = _given.values.find(name);
    return found == _given.values.end() ? std::vector<std::string>{} : found->second;
}

std::optional<std::int64_t> Command::maybeInteger(const std::string& name) const
{
    const auto value = maybe(name);
    if (!value)
        return std::nullopt;
    std::int64_t number = 0;
    const char* last = value->data() + value->size();
    const auto [end, error] = std::from_chars(value->data(), last, number);
    if (error != std::errc() || end != last)
        throw Failure(name + ": '" + *value + "' is not a whole number", ExitCode::Usage);
    return number;
}

std::int64_t Command::integer(const std::string& name) const
{
    return maybeInteger(name).value();
}

std::string Command::configFile() const
{
    std::string file =
        _given.configFile.empty() ? environment("SPOKEHUB_CONFIG") : _given.configFile;
    for (const char* usual : {"spokehub.yaml", "config/spokehub.yaml"})
        if (file.empty() && std::filesystem::exists(usual))
            file = usual;
    if (file.empty())
        throw Failure("no configuration: there is neither spokehub.yaml nor config/spokehub.yaml "
                      "here; name it by --config=FILE or SPOKEHUB_CONFIG");
    return file;
}

Config Command::config() const
{
    try {
        return Config::load(configFile(), [](const std::string& name) {
            const auto value = Config::processEnvironment(name);
            return value ? value : std::optional(std::string(unknownSecret) + name);
        });
    } catch (const ConfigError& error) {
        throw Failure(error.what());
    }
}

std::string Command::reveal(const Secret& secret)
{
    if (isKnown(secret.reveal()))
        return secret.reveal();
    throw Failure("a secret is not in this environment: set " +
                  secret.reveal().substr(unknownSecret.size()));
}

HubClient& Command::hub()
{
    if (_hub)
        return *_hub;
    std::string url = _given.url.empty() ? environment("SPOKEHUB_URL") : _given.url;
    std::string key = environment("SPOKEHUB_API_KEY");
    if (url.empty() || key.empty()) {
        const Config known = config();
        if (url.empty())
            url =
                "http://" + reachable(known.server.host) + ":" + std::to_string(known.server.port);
        if (key.empty())
            key = keyFrom(known);
    }
    while (url.ends_with('/'))
        url.pop_back();
    return _hub.emplace(std::move(url), std::move(key));
}

void Command::confirm(const std::string& what, const std::string& word) const
{
    if (_given.yes)
        return;
    if (::isatty(STDIN_FILENO) == 0)
        throw Failure(what + " To do it, say --yes.", ExitCode::Usage);
    std::cerr << what << "\nType " << word << " to go on: ";
    std::string answer;
    std::getline(std::cin, answer);
    if (answer != word)
        throw Failure("left as it was");
}

namespace
{

std::filesystem::path shared(const char* folder)
{
    const auto program = std::filesystem::read_symlink("/proc/self/exe");
    return program.parent_path().parent_path() / "share" / "spokehub" / folder;
}

} // namespace

std::filesystem::path migrationsDirectory()
{
    return shared("migrations");
}

std::filesystem::path templateDirectory()
{
    return shared("template");
}

} // namespace spokehub::cli
