#include "HubParts.h"

#include "access/TenantProviders.h"
#include "core/Log.h"
#include "spokes/HttpClient.h"
#include "store/Migrator.h"
#include "store/Wall.h"

#include <algorithm>
#include <random>

namespace spokehub
{

namespace
{

using namespace std::chrono_literals;

std::int64_t newBootId()
{
    std::random_device random;
    return static_cast<std::int64_t>((std::uint64_t{random()} << 32 | random()) >> 1);
}

store::DatabaseOptions optionsOf(const Config& config)
{
    return {.readersMax = static_cast<std::size_t>(std::max(1, config.database.readers)),
            .walled =
                config.severalTenants() && config.database.rowSecurity &&
                store::DatabaseUrl::parse(config.database.url).engine == store::Engine::Postgres};
}

sync::RetryPolicy retryOf(const Config& config)
{
    return {config.sync.attempts, config.sync.base, config.sync.cap};
}

std::vector<std::filesystem::path> directoriesOf(const Config& config)
{
    return {config.spokeDirectories.begin(), config.spokeDirectories.end()};
}

/// Whom access tokens are from.
std::string issuerOf(const Config& config)
{
    return config.server.publicUrl.empty() ? "spokehub" : config.server.publicUrl;
}

store::SpoolOptions spoolOf(const InboxConfig& config, const store::DatabaseUrl& url)
{
    return {.directory = store::Spool::placeOf(config.spool, url),
            .bytesMax = config.spoolBytesMax};
}

/// The keys of identity providers: the operator's stand where he says, those of tenants on the
/// public internet.
access::Providers::Fetch fetchBy(const Clock& clock, bool anywhere)
{
    return [&clock, anywhere](const std::string& url) -> std::optional<std::string> {
        const auto parsed = spokes::parseUrl(url);
        if (!parsed)
            return std::nullopt;
        const auto rules =
            anywhere ? spokes::HttpRules{.hosts = {}, .baseUrl = url, .caFile = {}}
                     : spokes::HttpRules{.hosts = {parsed->host}, .baseUrl = {}, .caFile = {}};
        spokes::HttpClient http(clock, rules);
        const auto reply = http.send({.method = "GET",
                                      .url = url,
                                      .headers = {},
                                      .body = {},
                                      .bodyBytesMax = 256 * 1024,
                                      .deadline = clock.now() + 5s,
                                      .stopped = {}});
        if (reply.kind != Class::Done || reply.status != 200)
            return std::nullopt;
        return reply.body;
    };
}

void raiseWall(store::Database& database)
{
    store::Wall wall(database);
    wall.raise();
    std::string gaps;
    for (const std::string& gap : wall.gaps())
        gaps += (gaps.empty() ? "" : "; ") + gap;
    if (!gaps.empty())
        throw Error(Refusal::Unavailable,
                    "row-level security does not keep the tenants apart: " + gaps +
                        " (database.row_security: false relies on the hub's queries alone)");
}

void migrate(store::Database& database, const std::filesystem::path& directory,
             const Config& config, const Clock& clock)
{
    store::Migrator migrator(database, directory, clock);
    if (!config.database.migrate)
        migrator.requireCurrent();
    else if (const int applied = migrator.up(); applied > 0)
        Log::info("the database was migrated", {{"applied", std::int64_t{applied}}});
    if (database.walled())
        raiseWall(database);
}

} // namespace

Hub::Parts::Parts(const Config& given, const std::filesystem::path& migrations,
                  const Clock& clockGiven)
    : config(given), clock(clockGiven), boot(newBootId()),
      database(config.database.url, optionsOf(config)), presence(database, boot),
      nodes((migrate(database, migrations, config, clock), database), boot, clock),
      ids(clock, nodes.number(), nodes.highWater()),
      spool(spoolOf(config.inbox, database.url()), clock), writer(database),
      sealer(config.server.secretKeys), secrets(sealer, clock), families(ids, clock),
      identities(ids, clock), variants(ids, clock), listings(ids, clock),
      channels(config, clock, &secrets), availability(bundles), exceptions(ids, clock),
      orders(ids, clock, channels.orderRules(), bundles, listings),
      orderCommands(orders, ids, clock), customers(ids, clock), privacy(ids, clock),
      ledger(ids, clock, orders.lines()), tasks(ids, clock, bundles, listings),
      inbox(writer, ids, intakeSignal), applier(orders, privacy, listings, tasks, channels),
      intake(inbox, applier, channels, writer, database, clock,
             {config.inbox.attempts, config.sync.base, config.sync.cap}),
      arrivals(arrivalWays(), spool, spoolSignal),
      stockCommands(writer, ledger, variants, bundles, ids, clock), commands(writer),
      personalData({database, commands, customers, privacy, orderCommands, inbox, clock}),
      sessions(ids, clock, config.auth), issuedKeys(ids, clock, config.roles),
      users(ids, clock, config.roles, sessions, issuedKeys),
      tokens(database, commands, clock, issuerOf(config), config.auth.accessToken),
      providers(config.auth.providers, clock, {fetchBy(clock, true), fetchBy(clock, false)}),
      audit(ids, clock), tenants(config, database, ids, clock)
{
    writer.beforeCommit([this](store::Tx& tx) {
        tasks.planChanged(tx);
        tenants.requireRoom(tx);
        audit.record(tx);
    });
}

/// An old key may leave the configuration after one start with it behind the new one.
void Hub::Parts::reseal()
{
    const store::Serving serving(store::Serving::everybody);
    if (const int resealed = secrets.reseal(commands, database); resealed > 0)
        Log::info("secrets were sealed under the new key", {{"secrets", std::int64_t{resealed}}});
}

/// What any hub of this store was told of tenants holds here within a second.
void Hub::Parts::followTenants()
{
    tenants.refresh();
    channels.meet(database, tenants.ids());
    std::vector<ProviderConfig> set;
    const store::Serving serving(store::Serving::everybody);
    database.point([&](store::Session& session) { set = access::TenantProviders::all(session); });
    providers.setTenants(set);
}

void Hub::Parts::followSecrets()
{
    for (const spokes::Channel* channel : channels.followSecrets(database))
        if (auto* changed = lane(channel->tenant, channel->id))
            changed->signal().raise();
}

void Hub::Parts::openChannels()
{
    libraries = std::make_unique<spokes::SpokeLibraries>(
        directoriesOf(config), spokes::IsolationRules{config.spokeIsolation});
    for (const std::string& refused : libraries->refused())
        Log::warning("a spoke is not used", {{"reason", refused}});
    tenants.open(commands);
    channels.open(*libraries, commands, database, ids, tenants.ids());
    if (tenants.several())
        followTenants();
    for (const auto& channel : channels.all()) {
        const store::Serving serving(channel->tenant);
        if (channel->rulesChanged)
            commands.run([&](store::Tx& tx) {
                tasks.planChannel(tx, channel->tenant, channel->id);
                channels.rulesPlanned(tx, *channel);
            });
    }
}

void Hub::Parts::makeLanes()
{
    for (const auto& channel : channels.all()) {
        const store::Serving serving(channel->tenant);
        lanes.push_back(std::make_unique<sync::Lane>(
            sync::Dispatch::Parts{*channel, channels, tasks, listings, orderCommands, availability,
                                  commands, database, clock, retryOf(config)},
            applier, inbox, boot));
    }
}

sync::Lane* Hub::Parts::lane(Id tenant, Id channel)
{
    for (const auto& each : lanes)
        if (each->channel().tenant == tenant && each->channel().id == channel)
            return each.get();
    return nullptr;
}

/// SQLite's file is on this disk too, and no other hub has it: in a rush the spool is the faster
/// way into it.
sync::Arrivals::Ways Hub::Parts::arrivalWays()
{
    sync::Arrivals::Ways ways;
    ways.take = [this](std::shared_ptr<const sync::NewMessage> message, sync::KeptDone done) {
        intake.take(std::move(message), std::move(done));
    };
    ways.takeAll = [this](std::vector<sync::NewMessage> messages) {
        return intake.takeAll(std::move(messages));
    };
    if (database.engine() == store::Engine::Sqlite)
        ways.rushed = [this] { return intake.rushed(); };
    return ways;
}

} // namespace spokehub
