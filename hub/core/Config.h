#pragma once

#include "core/Clock.h"
#include "core/Log.h"
#include "core/Permissions.h"
#include "core/Scope.h"
#include "core/StockRule.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spokehub
{

/// A value that must never reach a log or an answer: it has no conversion to text but by asking for
/// it.
class Secret
{
public:
    Secret() = default;
    explicit Secret(std::string value) : _value(std::move(value)) {}
    const std::string& reveal() const { return _value; }

private:
    std::string _value;
};

struct ServerConfig
{
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080; // 0: any free one
    int ioThreads = 1;
    int workers = 4;
    std::int64_t bodyBytesMax = 2 * 1024 * 1024;
    std::vector<std::string>
        trustedProxies;    // addresses or ranges whose X-Forwarded-For is believed
    std::string publicUrl; // where channels reach this hub; empty: webhooks are not subscribed to
    std::int64_t requestsPerMinute = 0;   // of one key or person; 0: as many as they like
    std::vector<std::string> corsOrigins; // whose pages may ask; none
    std::vector<Secret> secretKeys; // 32 bytes each; the first seals what the store keeps, all open
};

struct DatabaseConfig
{
    std::string url =
        "sqlite:var/spokehub.db"; // may hold a password when it came by env: or file:; not for logs
    bool migrate = true;          // false: a database that is behind is refused at start
    int readers = 8;
    bool rowSecurity = true; // of a PostgreSQL with several tenants; false: the queries alone
};

struct ApiKeyConfig
{
    std::string name;
    Secret key;
    std::string role;
    std::string tenant = mainTenantName;
};

/// An outside identity provider (OpenID Connect). Either jwksUrl or publicKey is set.
struct ProviderConfig
{
    std::string name;
    std::string issuer;
    std::string audience;
    std::string algorithm = "RS256"; // or PS256, ES256: the only one that is believed
    std::string jwksUrl;
    Secret publicKey;                    // PEM
    std::string tenant = mainTenantName; // whose people these are
    std::string organization;            // that tenant_id or organization must name; empty: any
    std::string rolesClaim = "roles";
    std::vector<std::pair<std::string, std::string>> roles; // theirs and ours; the first that fits
};

struct AuthConfig
{
    std::chrono::milliseconds accessToken = std::chrono::minutes(15);
    std::chrono::milliseconds refreshToken =
        std::chrono::days(30); // from the sign-in, however often used
    std::chrono::milliseconds session = std::chrono::hours(12); // by cookie, from the sign-in
    std::vector<ProviderConfig> providers;
    int passwordMin = 12; // characters
};

/// What tenants of it may do, and how much of it.
struct PlanConfig
{
    std::string name;
    Permissions permissions = Permissions::merchants();        // of its people and keys, at most
    std::map<std::string, std::int64_t, std::less<>> quotas{}; // "users", "variants": so many
};

struct TenantConfig
{
    std::string name;
    std::string title;
    std::string plan;
};

struct LocationConfig
{
    std::string name;
    std::string title;
};

/// A rule for one SKU or one category: exactly one of the two is set.
struct NarrowStockRule
{
    std::string sku;
    std::string category;
    StockRule rule;
};

struct ChannelStockConfig
{
    std::vector<std::string>
        locations; // in the order in which orders are served; default: all, as declared
    StockRule rule;
    std::vector<NarrowStockRule> narrow;
};

struct PullConfig
{
    // Nothing: off.
    std::optional<std::chrono::milliseconds> orders = std::chrono::minutes(5);
    std::optional<std::chrono::milliseconds> listings = std::chrono::hours(1);
    std::optional<std::chrono::milliseconds> levels = std::chrono::hours(1);
    std::optional<std::chrono::milliseconds> shipments = std::chrono::minutes(15);
};

enum class Match
{
    Sku,    // a SKU equal and unique on both sides matches by itself
    Manual, // a person matches
};

/// Where a spoke runs.
enum class Isolation
{
    None,    // in the hub's process
    Process, // in one of its own
};

struct ChannelConfig
{
    std::string name;
    std::string tenant = mainTenantName;
    std::string spoke;
    std::optional<Isolation> isolation; // default: as spokes.isolation says
    std::string settings = "{}";        // a JSON object
    std::map<std::string, std::vector<Secret>>
        secrets; // newest first; old ones are still good for checking
    ChannelStockConfig stock;
    PullConfig pull;
    bool push = true;
    Match match = Match::Sku;
    std::vector<std::string> acceptCountries; // ISO 3166 letters; empty: every country
    std::optional<Time> ordersSince;          // default: the first connection
    int tripWirePercent =
        30; // share of listings set to zero at once that pauses the channel; 0: off

    // Where these stand, so that what the spoke finds wrong can be named like any other mistake.
    int line = 0;
    std::map<std::string, int> settingLines;
    std::map<std::string, int> secretLines;
};

struct InboxConfig
{
    std::chrono::milliseconds keep = std::chrono::days(30); // bodies of messages
    int attempts = 5;                                       // then a message is failed
    std::string spool; // where messages wait for the database; empty: where it is usual
    std::int64_t spoolBytesMax = 256 * 1024 * 1024;
};

/// Repeating what failed: waits double from base up to cap, each shortened at random by up to half.
struct SyncConfig
{
    int attempts = 10; // then a task is failed
    std::chrono::milliseconds base = std::chrono::seconds(1);
    std::chrono::milliseconds cap = std::chrono::minutes(10);
};

struct LogConfig
{
    Level level = Level::Info;
};

/// What an operator got wrong: every mistake of the file at once, each as "file:line: what
/// (remedy)".
class ConfigError : public std::runtime_error
{
public:
    explicit ConfigError(std::vector<std::string> mistakes);
    const std::vector<std::string>& mistakes() const { return _mistakes; }

private:
    std::vector<std::string> _mistakes;
};

/// The configuration of the daemon, read once and then never changed. Unknown keys are mistakes;
/// secrets come by `env:NAME` or `file:PATH` alone.
struct Config
{
    std::string file;
    ServerConfig server;
    DatabaseConfig database;
    std::vector<std::string> spokeDirectories;
    std::map<std::string, Isolation> spokeIsolation; // by the name of the spoke's file
    std::string inHandFile;                          // where calls into spokes are noted
    Roles roles;
    std::vector<ApiKeyConfig> apiKeys;
    AuthConfig auth;
    std::vector<PlanConfig> plans;         // any: the hub serves several tenants
    std::vector<TenantConfig> tenants;     // beside the main one, and those made while it runs
    std::vector<LocationConfig> locations; // never empty: "main" when none is declared
    std::vector<ChannelConfig> channels;
    InboxConfig inbox;
    SyncConfig sync;
    LogConfig log;

    using Environment = std::function<std::optional<std::string>(const std::string& name)>;
    static std::optional<std::string> processEnvironment(const std::string& name);

    /// Both throw ConfigError.
    static Config load(const std::string& file,
                       const Environment& environment = processEnvironment);
    static Config parse(const std::string& text, const std::string& file,
                        const Environment& environment = processEnvironment);

    /// Every key there is, by its path: "server.listen", "channels[].stock.rules[].sku".
    static std::vector<std::string> keys();

    /// Null when the main tenant has no such channel.
    const ChannelConfig* channel(std::string_view name) const;
    bool severalTenants() const { return !plans.empty(); }
};

} // namespace spokehub
