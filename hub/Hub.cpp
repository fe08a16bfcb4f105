#include "Hub.h"

#include "access/ApiKeys.h"
#include "access/Audit.h"
#include "access/IssuedKeys.h"
#include "access/Providers.h"
#include "access/SealedSecrets.h"
#include "access/Sessions.h"
#include "access/TenantProviders.h"
#include "access/Tenants.h"
#include "access/Tokens.h"
#include "access/Users.h"
#include "api/Api.h"
#include "api/Once.h"
#include "api/PersonalData.h"
#include "core/Log.h"
#include "http/Server.h"
#include "ops/Scheduler.h"
#include "spokes/HttpClient.h"
#include "spokes/SpokeLibrary.h"
#include "stock/AvailabilityReader.h"
#include "store/Migrator.h"
#include "store/Nodes.h"
#include "store/Presence.h"
#include "store/Spool.h"
#include "store/Statistics.h"
#include "store/Wall.h"
#include "sync/Arrivals.h"
#include "sync/Intake.h"
#include "sync/Lane.h"

#include <algorithm>
#include <atomic>
#include <random>

namespace spokehub
{

namespace
{

using namespace std::chrono_literals;

constexpr auto idleMax = 500ms; // the safety net behind the signals
constexpr auto drainMax = 10s;
constexpr auto spoolIdle = 200ms; // between two looks whether the database is back

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
    return {.directory = config.spool.empty() ? store::Spool::usualPlace(url)
                                              : std::filesystem::path(config.spool),
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

struct Hub::Parts
{
    Parts(const Config& given, const std::filesystem::path& migrations, const Clock& clockGiven)
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

    const Config config;
    const Clock& clock;
    const std::int64_t boot;
    Metrics metrics;
    store::Database database;
    store::Presence presence;
    store::Nodes nodes;
    IdGenerator ids;
    store::Spool spool; // outlives whoever waits for it
    store::Writer writer;

    access::Sealer sealer;
    access::SealedSecrets secrets;
    catalog::Families families;
    catalog::Identities identities;
    catalog::Variants variants;
    catalog::Bundles bundles;
    catalog::Listings listings;
    std::unique_ptr<spokes::SpokeLibraries> libraries; // outlives the channels' spokes
    spokes::Channels channels;
    stock::AvailabilityReader availability;
    stock::Exceptions exceptions;
    orders::Orders orders;
    orders::OrderCommands orderCommands;
    orders::Customers customers;
    orders::PrivacyRequests privacy;
    stock::Ledger ledger;
    sync::Tasks tasks;

    // In the order in which their tables are touched.
    sync::Signal intakeSignal;
    sync::Inbox inbox;
    sync::Applier applier;
    sync::Intake intake;
    sync::Signal spoolSignal;
    sync::Arrivals arrivals;
    stock::StockCommands stockCommands;
    store::Commands commands;
    api::PersonalData personalData;

    access::Sessions sessions;
    access::IssuedKeys issuedKeys;
    access::Users users;
    access::Tokens tokens;
    access::Providers providers;
    access::Audit audit;
    access::Tenants tenants;

    std::vector<std::unique_ptr<sync::Signal>> intakeSignals; // of isolated channels
    std::vector<std::unique_ptr<sync::Lane>> lanes;
    std::unique_ptr<ops::Scheduler> scheduler;
    std::unique_ptr<api::Api> api;
    std::unique_ptr<http::Server> server;
    std::atomic<bool> started = false;

    void reseal();
    void followTenants();
    void followSecrets();
    void openChannels();
    void makeLanes();
    void startIntake();
    void startWorkers();
    void serve();
    void measure();
    void measureEdge();
    void subscribe(sync::Lane& lane);
    sync::Lane* lane(Id tenant, Id channel);
    sync::Arrivals::Ways arrivalWays();
    api::ApiHooks hooks();
    api::Readiness readiness();
    void measureSpool();
};

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

/// An isolated spoke that hangs holds up the translation of its own channel alone.
void Hub::Parts::startIntake()
{
    sync::MessagesOf others;
    for (const auto& channel : channels.all()) {
        if (!channel->isolated)
            continue;
        others.except.push_back(channel->id);
        sync::Signal& signal = *intakeSignals.emplace_back(std::make_unique<sync::Signal>());
        inbox.listen(channel->id, signal);
        scheduler->add(
            "intake " + channel->name(),
            [this, own = sync::MessagesOf{.only = {channel->id}}] {
                const store::Serving serving(store::Serving::everybody);
                return intake.runOnce(own);
            },
            signal, idleMax);
    }
    scheduler->add(
        "intake",
        [this, others] {
            const store::Serving serving(store::Serving::everybody);
            return intake.runOnce(others);
        },
        intakeSignal, idleMax);
}

void Hub::Parts::startWorkers()
{
    scheduler = std::make_unique<ops::Scheduler>();
    startIntake();
    for (const auto& each : lanes)
        if (each->channel().spoke)
            scheduler->add(
                "lane " + each->channel().name(),
                [&lane = *each] {
                    const store::Serving serving(lane.channel().tenant);
                    return lane.runOnce();
                },
                each->signal(), idleMax);
    scheduler->add(
        "drain", [this] { return arrivals.drain(); }, spoolSignal, spoolIdle);
    scheduler->every("patience", spoolIdle, [this] { arrivals.hurry(); });
    scheduler->every("expiry", 1s, [this] {
        const store::Serving serving(store::Serving::everybody);
        while (stockCommands.expire(database) > 0) {
        }
    });
    scheduler->every("statistics", 2s, [this] { store::Statistics(database).renew(); });
    scheduler->every("presence", 2s, [this] { presence.keep(); });
    scheduler->every("nodes", 20s, [this] { nodes.renew(commands); });
    if (tenants.several())
        scheduler->every("tenants", 1s, [this] { followTenants(); });
    scheduler->every("secrets", 1s, [this] { followSecrets(); });
    scheduler->every("audit", 1s, [this] {
        const store::Serving serving(store::Serving::everybody);
        while (audit.seal(commands, database) > 0) {
        }
    });
    scheduler->every("accounts", 1min, [this] {
        const store::Serving serving(store::Serving::everybody);
        tokens.rotate();
        commands.run([this](store::Tx& tx) { sessions.forget(tx); });
    });
    scheduler->every("privacy", 1s, [this] { personalData.runOnce(); });
    scheduler->every("answers", 10min, [this] {
        const store::Serving serving(store::Serving::everybody);
        while (commands.run([this](store::Tx& tx) {
            return api::Once::forget(tx, clock.now() - api::Once::kept);
        }) > 0)
        {
        }
    });
    if (!config.auth.providers.empty() || tenants.several())
        scheduler->every("providers", 1min, [this] { providers.refresh(); });
    scheduler->every("inbox", 1min, [this] {
        const store::Serving serving(store::Serving::everybody);
        inbox.forget(commands, clock.now() - config.inbox.keep);
    });
    if (!config.server.publicUrl.empty())
        scheduler->every("subscriptions", 1h, [this] {
            for (const auto& each : lanes)
                subscribe(*each);
        });
}

/// Channels drop subscriptions that failed too often: they are looked after.
void Hub::Parts::subscribe(sync::Lane& lane)
{
    spokes::Channel& channel = lane.channel();
    if (!channel.isOpen() || !channel.manifest->has("subscribe"))
        return;
    JsonWriter request;
    request.beginObject().member("action", "repair");
    request.member("address", config.server.publicUrl + channel.path()).endObject();
    lane.ask([request = request.take()](spokes::Channel& asked, const spokes::Call& call) {
        const auto answer = asked.spoke->subscribe(call, request);
        if (answer.verdict.kind != Class::Done)
            Log::warning("webhook subscriptions could not be checked",
                         {{"channel", asked.name()}, {"reason", answer.verdict.reason}});
    });
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

api::ApiHooks Hub::Parts::hooks()
{
    api::ApiHooks hooks;
    hooks.wakeLane = [this](Id tenant, Id channel) {
        if (auto* found = lane(tenant, channel))
            found->signal().raise();
    };
    hooks.pullNow = [this](Id tenant, Id channel, const std::string& stream) {
        if (auto* found = lane(tenant, channel))
            found->pullNow(stream);
    };
    hooks.lane = [this](Id tenant, Id channel) { return lane(tenant, channel); };
    hooks.readiness = [this] { return readiness(); };
    hooks.followTenants = [this] { followTenants(); };
    hooks.followSecrets = [this] { followSecrets(); };
    return hooks;
}

api::Readiness Hub::Parts::readiness()
{
    api::Readiness ready{.migrated = true};
    ready.spool = spool.figures();
    try {
        commands.run([](store::Tx&) {});
        ready.database = true;
    } catch (const std::exception& error) {
        ready.reason = error.what();
    }
    ready.accepting = ready.database || ready.spool.accepting;
    return ready;
}

void Hub::Parts::measure()
{
    const auto commits =
        metrics.gauge("spokehub_writer_commits", "Transactions committed since the start");
    const auto requests = metrics.gauge("spokehub_writer_requests", "Requests in them");
    const auto waiting =
        metrics.gauge("spokehub_inbox_pending", "Messages kept and not yet applied");
    metrics.beforeExpose([this, commits, requests, waiting] {
        const auto figures = writer.figures();
        commits.set(static_cast<std::int64_t>(figures.commits));
        requests.set(static_cast<std::int64_t>(figures.requests));
        try {
            const store::Serving serving(store::Serving::everybody);
            waiting.set(inbox.pending(database));
        } catch (const store::StoreError& error) {
            Log::debug("what waits in the inbox cannot be counted", {{"reason", error.what()}});
        }
    });
    measureSpool();
}

void Hub::Parts::measureSpool()
{
    const auto bytes = metrics.gauge("spokehub_spool_bytes",
                                     "The spool's files: what the database does not have yet");
    const auto messages = metrics.gauge("spokehub_spool_messages", "Messages in the spool");
    const auto refused =
        metrics.gauge("spokehub_spool_refused",
                      "Of these, what the database refused; tried again at the next start");
    const auto oldest =
        metrics.gauge("spokehub_spool_oldest_seconds", "Age of the oldest message in the spool");
    metrics.beforeExpose([this, bytes, messages, refused, oldest] {
        const auto figures = spool.figures();
        bytes.set(figures.bytes);
        messages.set(figures.records);
        refused.set(figures.refused);
        oldest.set(figures.oldest ? (clock.now() - *figures.oldest) / 1s : 0);
    });
}

void Hub::Parts::measureEdge()
{
    using http::Figures;
    struct Shown
    {
        Gauge gauge;
        std::uint64_t Figures::*figure;
    };
    const std::vector<Shown> all = {
        {metrics.gauge("spokehub_http_connections", "Connections now"), &Figures::connections},
        {metrics.gauge("spokehub_http_connections_refused", "Connections above a cap"),
         &Figures::refusedConnections},
        {metrics.gauge("spokehub_http_rejected",
                       "Requests since the start that were turned down before they were read"),
         &Figures::rejected},
        {metrics.gauge("spokehub_http_too_large", "Of these, for their size (413, 431)"),
         &Figures::tooLarge},
        {metrics.gauge("spokehub_http_timeouts", "Peers too slow to send or to read"),
         &Figures::timeouts},
    };
    metrics.beforeExpose([this, all] {
        const Figures figures = server->figures();
        for (const Shown& shown : all)
            shown.gauge.set(static_cast<std::int64_t>(figures.*shown.figure));
    });
}

void Hub::Parts::serve()
{
    api = std::make_unique<api::Api>(api::ApiParts{
        config,     metrics,       clock,   ids,          database, commands,   users,
        sessions,   issuedKeys,    tokens,  providers,    audit,    tenants,    families,
        identities, variants,      bundles, listings,     ledger,   exceptions, stockCommands,
        orders,     orderCommands, privacy, personalData, channels, secrets,    inbox,
        arrivals,   tasks,         hooks()});

    http::ServerOptions options;
    const bool v6 = config.server.host.find(':') != std::string::npos;
    options.listen = (v6 ? "[" + config.server.host + "]" : config.server.host) + ":" +
                     std::to_string(config.server.port);
    options.ioThreads = config.server.ioThreads;
    options.bodyBytesMax = static_cast<std::size_t>(config.server.bodyBytesMax);
    options.trustedProxies = config.server.trustedProxies;
    server = std::make_unique<http::Server>(options, api->handler());
    measureEdge();
    server->start();
    Log::info("listening",
              {{"address", config.server.host}, {"port", std::int64_t{server->port()}}});
}

Hub::Hub(const Config& config, const std::filesystem::path& migrations, const Clock& clock)
    : _parts(std::make_unique<Parts>(config, migrations, clock))
{
}

Hub::~Hub()
{
    stop();
}

void Hub::start()
{
    _parts->started = true;
    _parts->writer.start();
    _parts->nodes.renew(_parts->commands);
    _parts->tokens.rotate();
    _parts->reseal();
    _parts->openChannels();
    _parts->makeLanes();
    _parts->measure();
    _parts->startWorkers();
    _parts->serve();
}

void Hub::stop()
{
    if (!_parts->started.exchange(false))
        return;
    if (_parts->server)
        _parts->server->stop(drainMax);
    _parts->api.reset();
    for (const auto& lane : _parts->lanes)
        lane->stop();
    if (_parts->scheduler)
        _parts->scheduler->stop();
    _parts->writer.stop();
    _parts->spool.stop();
}

void Hub::reload(const Config& config)
{
    if (_parts->api)
        _parts->api->reload(config);
}

std::uint16_t Hub::port() const
{
    return _parts->server ? _parts->server->port() : std::uint16_t{0};
}

} // namespace spokehub
