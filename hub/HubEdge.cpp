#include "HubParts.h"
#include "core/Log.h"

namespace spokehub
{

using namespace std::chrono_literals;

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

} // namespace spokehub
