#include "core/Config.h"

#include "core/ConfigSection.h"
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
constexpr std::int64_t unitsMost = 1'000'000'000;
constexpr std::size_t nameLengthMax = 63;

bool isName(const std::string& text)
{
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !text.empty() && text.size() <= nameLengthMax && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), good);
}

/// A name that must be there, be well formed and stand once in its list.
template <class Named>
void readName(ConfigSection& section, const std::vector<Named>& others, std::string& into)
{
    section.text("name", into);
    if (into.empty()) {
        if (!section.has("name"))
            section.mistake("name", "is missing");
    } else if (!isName(into))
        section.mistake("name",
                        "\"" + into + "\" must be lowercase letters, digits and \"-\", at most " +
                            std::to_string(nameLengthMax) + ", beginning with a letter or digit");
    else if (std::any_of(others.begin(), others.end(),
                         [&](const Named& other) { return other.name == into; }))
        section.mistake("name", "\"" + into + "\" is taken by an earlier entry");
}

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

ServerConfig readServer(ConfigSection section)
{
    ServerConfig server;
    readListen(section, server);
    section.integer("io_threads", server.ioThreads, 1, 16);
    section.integer("workers", server.workers, 1, 256);
    section.bytes("body_max", server.bodyBytesMax, bodyBytesMost);
    section.text("public_url", server.publicUrl);
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
    section.integer("writers", database.writers, 0, 16);
    section.finish();
    return database;
}

std::vector<std::string> readSpokes(ConfigSection section)
{
    std::vector<std::string> directories;
    section.texts("directories", directories);
    section.finish();
    return directories;
}

std::vector<ApiKeyConfig> readApiKeys(ConfigSection& root)
{
    std::vector<ApiKeyConfig> keys;
    root.each("api_keys", [&](ConfigSection& section) {
        ApiKeyConfig key;
        readName(section, keys, key.name);
        section.secret("key", key.key);
        if (!section.has("key"))
            section.mistake("key", "is missing: name the secret as env:NAME or file:PATH");
        section.choice<std::string>("role", key.role, {{"admin", "admin"}});
        if (!section.has("role"))
            section.mistake("role", "is missing (known: admin)");
        const auto same = [&](const ApiKeyConfig& other) {
            return other.key.reveal() == key.key.reveal();
        };
        if (!key.key.reveal().empty() && std::any_of(keys.begin(), keys.end(), same))
            section.mistake("key", "is the same secret as an earlier entry's");
        keys.push_back(std::move(key));
    });
    return keys;
}

std::vector<LocationConfig> readLocations(ConfigSection& root)
{
    std::vector<LocationConfig> locations;
    root.each("locations", [&](ConfigSection& section) {
        LocationConfig location;
        readName(section, locations, location.name);
        location.title = location.name;
        section.text("title", location.title);
        locations.push_back(std::move(location));
    });
    if (locations.empty())
        locations.push_back({"main", "main"});
    return locations;
}

void readRule(ConfigSection& section, StockRule& rule)
{
    section.integer("buffer", rule.buffer, 0, unitsMost);
    section.integer("percent", rule.percent, 0, 100);
    section.integer("cap", rule.cap, 0, unitsMost);
    section.integer("zero_below", rule.zeroBelow, 0, unitsMost);
}

void readNarrowRule(ConfigSection& section, std::vector<NarrowStockRule>& rules)
{
    NarrowStockRule narrow;
    section.text("sku", narrow.sku);
    section.text("category", narrow.category);
    if (section.has("sku") == section.has("category"))
        section.mistakeAt(section.line(),
                          section.path() + " needs a sku or a category, and not both");
    readRule(section, narrow.rule);
    if (narrow.rule == StockRule{})
        section.mistakeAt(section.line(),
                          section.path() +
                              " sets nothing: give buffer, percent, cap or zero_below");
    const auto same = [&](const NarrowStockRule& other) {
        return other.sku == narrow.sku && other.category == narrow.category;
    };
    if (std::any_of(rules.begin(), rules.end(), same))
        section.mistakeAt(section.line(), section.path() + " repeats the rule of \"" + narrow.sku +
                                              narrow.category + "\"");
    rules.push_back(std::move(narrow));
}

ChannelStockConfig readStock(ConfigSection section, const std::vector<LocationConfig>& locations)
{
    ChannelStockConfig stock;
    std::vector<std::string> names;
    for (const LocationConfig& location : locations)
        names.push_back(location.name);
    stock.locations = names;
    section.texts("locations", stock.locations);
    if (stock.locations.empty())
        section.mistake("locations", "is empty: leave it out to use every location");
    for (auto at = stock.locations.begin(); at != stock.locations.end(); ++at) {
        if (std::find(names.begin(), names.end(), *at) == names.end()) {
            section.mistake("locations", "names \"" + *at + "\", which is not in locations (" +
                                             suggestion(*at, names) + ")");
        } else if (std::find(stock.locations.begin(), at, *at) != at)
            section.mistake("locations", "names \"" + *at + "\" twice");
    }
    readRule(section, stock.rule);
    section.each("rules", [&](ConfigSection& rule) { readNarrowRule(rule, stock.narrow); });
    section.finish();
    return stock;
}

PullConfig readPull(ConfigSection section)
{
    PullConfig pull;
    section.durationOrOff("orders", pull.orders);
    section.durationOrOff("listings", pull.listings);
    section.durationOrOff("levels", pull.levels);
    section.finish();
    return pull;
}

void readSettings(ConfigSection& section, ChannelConfig& channel)
{
    const Yaml* settings = section.value("settings");
    if (settings == nullptr)
        return;
    if (settings->kind != Yaml::Kind::Map)
        return section.mistake("settings", "must be a map of keys");
    channel.settings = toJson(*settings);
    for (const Yaml::Member& member : settings->members)
        channel.settingLines[member.key] = member.line;
}

void readSecrets(ConfigSection& section, ChannelConfig& channel)
{
    const Yaml* secrets = section.value("secrets");
    if (secrets == nullptr)
        return;
    if (secrets->kind != Yaml::Kind::Map)
        return section.mistake("secrets",
                               "must be a map of names, each with env:NAME or file:PATH");
    for (const auto& [name, line, value] : secrets->members) {
        channel.secretLines[name] = line;
        const std::string what = section.path() + ".secrets." + name;
        const auto references = value.kind == Yaml::Kind::List ? value.items : std::vector{value};
        for (const Yaml& reference : references)
            if (auto secret = section.resolve(reference, what))
                channel.secrets[name].push_back(std::move(*secret));
        if (references.empty())
            section.mistakeAt(line, what + " is an empty list: give env:NAME or file:PATH");
    }
}

void readCountries(ConfigSection& section, std::vector<std::string>& countries)
{
    section.texts("accept_countries", countries);
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    for (const std::string& country : countries)
        if (country.size() != 2 || !std::all_of(country.begin(), country.end(), upper))
            section.mistake("accept_countries",
                            "holds \"" + country + "\": two capital letters are meant, such as DE");
}

void readOrdersSince(ConfigSection& section, std::optional<Time>& since)
{
    std::string text;
    section.text("orders_since", text);
    if (text.empty())
        return;
    since = timeFromIso(text);
    if (!since)
        section.mistake("orders_since",
                        "must be a time with its zone such as 2026-01-31T00:00:00Z, not \"" + text +
                            "\"");
}

ChannelConfig readChannel(ConfigSection& section, const Config& config)
{
    ChannelConfig channel;
    channel.line = section.line();
    readName(section, config.channels, channel.name);
    if (channel.name == "manual")
        section.mistake("name", "\"manual\" is the built-in channel of orders made here");
    section.text("spoke", channel.spoke);
    if (!section.has("spoke"))
        section.mistake("spoke", "is missing");
    readSettings(section, channel);
    readSecrets(section, channel);
    channel.stock = readStock(section.section("stock"), config.locations);
    channel.pull = readPull(section.section("pull"));
    section.boolean("push", channel.push);
    section.choice<Match>("match", channel.match, {{"sku", Match::Sku}, {"manual", Match::Manual}});
    readCountries(section, channel.acceptCountries);
    readOrdersSince(section, channel.ordersSince);
    section.integer("trip_wire", channel.tripWirePercent, 0, 100);
    return channel;
}

InboxConfig readInbox(ConfigSection section)
{
    InboxConfig inbox;
    section.duration("keep", inbox.keep);
    section.integer("attempts", inbox.attempts, 1, 1000);
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
    config.spokeDirectories = readSpokes(root.section("spokes"));
    config.apiKeys = readApiKeys(root);
    config.locations = readLocations(root);
    root.each("channels", [&](ConfigSection& section) {
        config.channels.push_back(readChannel(section, config));
    });
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
        "{api_keys: [{}], locations: [{}], channels: [{stock: {rules: [{}]}}]}";
    read(Yaml::parse(oneOfEach), reading); // asks for every key; its mistakes do not matter
    return {reading.keys().begin(), reading.keys().end()};
}

const ChannelConfig* Config::channel(std::string_view name) const
{
    const auto at =
        std::find_if(channels.begin(), channels.end(),
                     [&](const ChannelConfig& channel) { return channel.name == name; });
    return at == channels.end() ? nullptr : &*at;
}

} // namespace spokehub
