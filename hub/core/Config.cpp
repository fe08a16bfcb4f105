#include "core/Config.h"

#include "core/ConfigChannel.h"
#include "core/ConfigTenants.h"
#include "core/SealingKey.h"
#include "core/Suggestion.h"
#include "core/Yaml.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace spokehub
{

namespace
{

constexpr std::int64_t bodyBytesMost = 64 * 1024 * 1024;
constexpr std::int64_t spoolBytesMost = std::int64_t{1024} * 1024 * 1024 * 1024;

void readListen(ConfigSection& section, ServerConfig& server)
{
    std::string listen = server.host + ":" + std::to_string(server.port);
    section.text("listen", listen);
    const auto colon = listen.rfind(':');
    std::string host = listen.substr(0, colon == std::string::npos ? 0 : colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string::npos)
        host.clear(); // an IPv6 address needs its brackets
    const std::string digits = colon == std::string::npos ? "" : listen.substr(colon + 1);
    const char* end = digits.data() + digits.size();
    std::uint16_t port = 0;
    const auto [rest, error] = std::from_chars(digits.data(), end, port);
    if (host.empty() || error != std::errc() || rest != end)
        return section.mistake("listen",
                               "must be address:port such as 127.0.0.1:8080 or [::1]:8080, not \"" +
                                   listen + "\"");
    server.host = host;
    server.port = port;
}

void readSecretKeys(ConfigSection& section, std::vector<Secret>& keys)
{
    const Yaml* given = section.value("secret_key");
    if (given == nullptr)
        return;
    const auto references = given->kind == Yaml::Kind::List ? given->items : std::vector{*given};
    if (references.empty())
        section.mistake("secret_key", "is an empty list: give env:NAME or file:PATH");
    for (const Yaml& reference : references)
        if (const auto secret = section.resolve(reference, "server.secret_key")) {
            if (auto key = sealingKeyFrom(secret->reveal()))
                keys.emplace_back(*std::move(key));
            else
                section.mistakeAt(reference.line,
                                  "server.secret_key: " + reference.text +
                                      " is not a key of 32 bytes in base64 or hex (make one by "
                                      "`openssl rand -base64 32`)");
        }
}

/// An origin as browsers send it: scheme, host, port.
void readOrigins(ConfigSection& section, std::vector<std::string>& origins)
{
    section.texts("cors_origins", origins);
    for (const std::string& origin : origins) {
        const bool web = origin.starts_with("https://") || origin.starts_with("http://");
        if (!web || origin.find('/', origin.find("://") + 3) != std::string::npos)
            section.mistake("cors_origins",
                            "must hold origins such as https://shop.example, not \"" + origin +
                                "\"");
    }
}

ServerConfig readServer(ConfigSection section)
{
    ServerConfig server;
    readListen(section, server);
    section.integer("io_threads", server.ioThreads, 1, 16);
    section.integer("workers", server.workers, 1, 256);
    section.bytes("body_max", server.bodyBytesMax, bodyBytesMost);
    section.texts("trusted_proxies", server.trustedProxies);
    section.text("public_url", server.publicUrl);
    section.integer("requests_per_minute", server.requestsPerMinute, 0, 1'000'000);
    readOrigins(section, server.corsOrigins);
    readSecretKeys(section, server.secretKeys);
    const std::string& url = server.publicUrl;
    if (!url.empty() && !url.starts_with("https://") && !url.starts_with("http://"))
        section.mistake("public_url", "must begin with https:// or http://, not \"" + url + "\"");
    section.finish();
    return server;
}

/// The URL may be given whole by reference; a password in the file itself is a secret in the wrong
/// place.
void readUrl(ConfigSection& section, std::string& url)
{
    const Yaml* given = section.value("url");
    if (given != nullptr && (given->text.starts_with("env:") || given->text.starts_with("file:")))
        url = section.resolve(*given, "database.url").value_or(Secret(url)).reveal();
    else {
        section.text("url", url);
        const auto at = url.find('@');
        if (at != std::string::npos && url.find(':', url.find("://") + 3) < at)
            section.mistake("url",
                            "holds a password: put the whole URL into the environment or a file "
                            "and name it as env:NAME or file:PATH");
    }
    if (!url.starts_with("sqlite:") && !url.starts_with("postgresql://"))
        section.mistake("url", "must begin with sqlite: or postgresql://");
}

DatabaseConfig readDatabase(ConfigSection section)
{
    DatabaseConfig database;
    readUrl(section, database.url);
    section.boolean("migrate", database.migrate);
    section.integer("readers", database.readers, 1, 64);
    section.boolean("row_security", database.rowSecurity);
    section.finish();
    return database;
}

/// Whatever spokes there are, they are not known yet: any name is good.
void readIsolation(ConfigSection& section, std::map<std::string, Isolation>& isolation)
{
    const Yaml* given = section.value("isolation");
    if (given == nullptr)
        return;
    if (given->kind != Yaml::Kind::Map)
        return section.mistake("isolation", "must be a map of spokes, each with process or none");
    for (const auto& [spoke, line, value] : given->members)
        if (value.text == "process" || value.text == "none")
            isolation[spoke] = value.text == "none" ? Isolation::None : Isolation::Process;
        else
            section.mistakeAt(line, "spokes.isolation." + spoke + " cannot be \"" + value.text +
                                        "\" (known: process, none)");
}

void readSpokes(ConfigSection section, Config& config)
{
    section.texts("directories", config.spokeDirectories);
    readIsolation(section, config.spokeIsolation);
    constexpr std::string_view sqlite = "sqlite:";
    config.inHandFile = config.database.url.starts_with(sqlite)
                            ? config.database.url.substr(sqlite.size()) + ".in_hand"
                            : "var/spokehub.in_hand";
    section.text("in_hand", config.inHandFile);
    section.finish();
}

constexpr std::size_t roleNameMax = 40;

bool isRoleName(const std::string& text)
{
    return !text.empty() && text.size() <= roleNameMax && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

Permissions readPermissions(ConfigSection& root, const Yaml::Member& role)
{
    const std::string path = "roles." + role.key;
    if (role.value.kind != Yaml::Kind::List)
        root.mistakeAt(role.line, path + " must be a list of permissions such as [orders.read]");
    std::vector<std::string> known;
    for (const Permission permission : allPermissions())
        known.emplace_back(name(permission));
    Permissions permissions;
    for (const Yaml& item : role.value.items)
        if (const auto permission = permissionFrom(item.text))
            permissions = permissions | Permissions{*permission};
        else
            root.mistakeAt(item.line, path + ": there is no permission \"" + item.text + "\" (" +
                                          suggestion(item.text, known) + ")");
    return permissions;
}

Roles readRoles(ConfigSection& root)
{
    Roles roles;
    const Yaml* given = root.value("roles");
    if (given == nullptr)
        return roles;
    if (given->kind != Yaml::Kind::Map)
        root.mistake("roles", "must be a map of roles, each with its permissions");
    for (const Yaml::Member& role : given->members) {
        if (!isRoleName(role.key))
            root.mistakeAt(role.line, "roles: \"" + role.key +
                                          "\" must be letters, digits, \"-\" "
                                          "and \"_\", at most " +
                                          std::to_string(roleNameMax));
        roles.set(role.key, readPermissions(root, role));
    }
    return roles;
}

std::vector<ApiKeyConfig> readApiKeys(ConfigSection& root, const Config& config)
{
    const Roles& roles = config.roles;
    std::vector<std::pair<std::string, std::string>> known;
    for (const std::string& role : roles.names())
        known.emplace_back(role, role);
    std::vector<ApiKeyConfig> keys;
    root.each("api_keys", [&](ConfigSection& section) {
        ApiKeyConfig key;
        section.name(key.name, named(keys));
        section.secret("key", key.key);
        if (!section.has("key"))
            section.mistake("key", "is missing: name the secret as env:NAME or file:PATH");
        section.choice("role", key.role, known);
        readTenantOf(section, config, key.tenant);
        if (!section.has("role"))
            section.mistake("role", "is missing: viewer reads, ops keeps the hub going, admin may "
                                    "do everything");
        const auto same = [&](const ApiKeyConfig& other) {
            return other.key.reveal() == key.key.reveal();
        };
        if (!key.key.reveal().empty() && std::any_of(keys.begin(), keys.end(), same))
            section.mistake("key", "is the same secret as an earlier entry's");
        keys.push_back(std::move(key));
    });
    return keys;
}

/// Which role of theirs means which of ours, in the order of the file.
void readRoleMap(ConfigSection& section, const std::vector<std::string>& known,
                 ProviderConfig& provider)
{
    const Yaml* given = section.value("roles");
    if (given == nullptr || given->kind != Yaml::Kind::Map)
        return section.mistake("roles", "must map roles of the provider to roles of this hub");
    for (const auto& [theirs, line, ours] : given->members) {
        if (std::ranges::find(known, ours.text) == known.end())
            section.mistakeAt(line, section.path() + ".roles." + theirs + " cannot be \"" +
                                        ours.text + "\" (" + suggestion(ours.text, known) + ")");
        provider.roles.emplace_back(theirs, ours.text);
    }
}

ProviderConfig readProvider(ConfigSection& section, const std::vector<std::string>& taken,
                            const Config& config)
{
    ProviderConfig provider;
    section.name(provider.name, taken);
    readTenantOf(section, config, provider.tenant);
    section.text("issuer", provider.issuer);
    section.text("audience", provider.audience);
    for (const char* key : {"issuer", "audience"})
        if (!section.has(key))
            section.mistake(key, "is missing");
    section.choice<std::string>("algorithm", provider.algorithm,
                                {{"RS256", "RS256"}, {"PS256", "PS256"}, {"ES256", "ES256"}});
    section.text("jwks_url", provider.jwksUrl);
    section.secret("public_key", provider.publicKey);
    if (section.has("jwks_url") == section.has("public_key"))
        section.mistake("jwks_url", "or public_key must be given, and not both");
    if (!provider.jwksUrl.empty() && !provider.jwksUrl.starts_with("https://") &&
        !provider.jwksUrl.starts_with("http://127.0.0.1"))
        section.mistake("jwks_url", "must begin with https://, not \"" + provider.jwksUrl + "\"");
    section.text("organization", provider.organization);
    section.text("roles_claim", provider.rolesClaim);
    readRoleMap(section, config.roles.names(), provider);
    return provider;
}

AuthConfig readAuth(ConfigSection section, const Config& config)
{
    AuthConfig auth;
    section.duration("access_token", auth.accessToken);
    section.duration("refresh_token", auth.refreshToken);
    section.duration("session", auth.session);
    section.integer("password_min", auth.passwordMin, 8, 64);
    section.each("providers", [&](ConfigSection& each) {
        auth.providers.push_back(readProvider(each, named(auth.providers), config));
    });
    if (auth.accessToken > std::chrono::hours(1))
        section.mistake("access_token", "must not be above 1h: the signing keys rotate");
    section.finish();
    return auth;
}

std::vector<LocationConfig> readLocations(ConfigSection& root)
{
    std::vector<LocationConfig> locations;
    root.each("locations", [&](ConfigSection& section) {
        LocationConfig location;
        section.name(location.name, named(locations));
        location.title = location.name;
        section.text("title", location.title);
        locations.push_back(std::move(location));
    });
    if (locations.empty())
        locations.push_back({"main", "main"});
    return locations;
}

InboxConfig readInbox(ConfigSection section)
{
    InboxConfig inbox;
    section.duration("keep", inbox.keep);
    section.integer("attempts", inbox.attempts, 1, 1000);
    section.text("spool", inbox.spool);
    section.bytes("spool_max", inbox.spoolBytesMax, spoolBytesMost);
    section.finish();
    return inbox;
}

SyncConfig readSync(ConfigSection section)
{
    SyncConfig sync;
    section.integer("attempts", sync.attempts, 1, 1000);
    section.duration("base", sync.base);
    section.duration("cap", sync.cap);
    if (sync.cap < sync.base)
        section.mistake("cap", "must not be below sync.base");
    section.finish();
    return sync;
}

LogConfig readLog(ConfigSection section)
{
    LogConfig log;
    section.choice<Level>("level", log.level,
                          {{"debug", Level::Debug},
                           {"info", Level::Info},
                           {"warning", Level::Warning},
                           {"error", Level::Error}});
    section.finish();
    return log;
}

Config read(const Yaml& document, ConfigReading& reading)
{
    ConfigSection root(document, "", reading);
    Config config;
    config.server = readServer(root.section("server"));
    config.database = readDatabase(root.section("database"));
    readSpokes(root.section("spokes"), config);
    config.roles = readRoles(root);
    readTenants(root, config);
    config.apiKeys = readApiKeys(root, config);
    config.auth = readAuth(root.section("auth"), config);
    config.locations = readLocations(root);
    root.each("channels", [&](ConfigSection& section) {
        config.channels.push_back(readChannel(section, config));
    });
    checkChannelQuotas(root, config);
    config.inbox = readInbox(root.section("inbox"));
    config.sync = readSync(root.section("sync"));
    config.log = readLog(root.section("log"));
    root.finish();
    return config;
}

void refuseDuplicates(const Yaml& value, ConfigReading& reading)
{
    std::map<std::string_view, int> first;
    for (const Yaml::Member& member : value.members) {
        const auto [earlier, isNew] = first.emplace(member.key, member.line);
        if (!isNew)
            reading.mistake(member.line, "the key " + member.key + " stands twice, first in line " +
                                             std::to_string(earlier->second));
        refuseDuplicates(member.value, reading);
    }
    for (const Yaml& item : value.items)
        refuseDuplicates(item, reading);
}

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const std::string& line : lines)
        text += (text.empty() ? "" : "\n") + line;
    return text;
}

} // namespace

ConfigError::ConfigError(std::vector<std::string> mistakes)
    : std::runtime_error(joined(mistakes)), _mistakes(std::move(mistakes))
{
}

std::optional<std::string> Config::processEnvironment(const std::string& name)
{
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Config Config::load(const std::string& file, const Environment& environment)
{
    errno = 0;
    const auto text = contentOf(file);
    if (!text)
        throw ConfigError({file + ":1: cannot be read: " + std::strerror(errno)});
    return parse(*text, file, environment);
}

Config Config::parse(const std::string& text, const std::string& file,
                     const Environment& environment)
{
    ConfigReading reading(file, environment);
    Config config;
    try {
        const Yaml document = Yaml::parse(text);
        refuseDuplicates(document, reading);
        config = read(document, reading);
    } catch (const YamlError& error) {
        reading.mistake(error.line(), error.what());
    }
    reading.refuseMistakes();
    config.file = file;
    return config;
}

std::vector<std::string> Config::keys()
{
    ConfigReading reading("", [](const std::string&) { return std::optional<std::string>("x"); });
    const std::string oneOfEach =
        "{api_keys: [{}], plans: [{}], tenants: [{}], auth: {providers: [{}]}, locations: [{}], "
        "channels: [{stock: {rules: [{}]}}]}";
    read(Yaml::parse(oneOfEach), reading); // asks for every key; its mistakes do not matter
    return {reading.keys().begin(), reading.keys().end()};
}

const ChannelConfig* Config::channel(std::string_view name) const
{
    const auto at =
        std::find_if(channels.begin(), channels.end(), [&](const ChannelConfig& channel) {
            return channel.name == name && channel.tenant == mainTenantName;
        });
    return at == channels.end() ? nullptr : &*at;
}

} // namespace spokehub
