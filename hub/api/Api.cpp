#include "api/Api.h"

#include "api/Callers.h"
#include "api/Cors.h"
#include "api/Limits.h"
#include "api/PasswordDesk.h"
#include "api/Problem.h"
#include "api/WebhookHandler.h"
#include "api/rest/AuditRoutes.h"
#include "api/rest/AuthRoutes.h"
#include "api/rest/BundleRoutes.h"
#include "api/rest/CatalogRoutes.h"
#include "api/rest/ChannelActions.h"
#include "api/rest/ChannelRoutes.h"
#include "api/rest/ChannelSecretRoutes.h"
#include "api/rest/CustomerRoutes.h"
#include "api/rest/DocsRoutes.h"
#include "api/rest/DoctorRoutes.h"
#include "api/rest/FamilyRoutes.h"
#include "api/rest/HealthRoutes.h"
#include "api/rest/ImportRoutes.h"
#include "api/rest/InventoryRoutes.h"
#include "api/rest/ListingRoutes.h"
#include "api/rest/LookupRoutes.h"
#include "api/rest/MerchantRoutes.h"
#include "api/rest/OrderRoutes.h"
#include "api/rest/ReportRoutes.h"
#include "api/rest/StockRoutes.h"
#include "api/rest/SyncRoutes.h"
#include "api/rest/TenantRoutes.h"
#include "api/rest/UserRoutes.h"
#include "api/rest/WarehouseRoutes.h"
#include "http/Workers.h"
#include "sync/Lane.h"

#include <array>
#include <chrono>

namespace spokehub::api
{

namespace
{

constexpr std::size_t waitingMax = 10'000; // requests in front of the workers
constexpr std::size_t webhookThreads = 2;  // checking a signature takes microseconds

/// What is measured of one kind of requests.
struct Measures
{
    std::array<Counter, 6> byClass; // of the status: 2xx is the third
    Histogram took;

    Measures(Metrics& metrics, const std::string& kind)
        : took(metrics.histogram("spokehub_http_request_seconds",
                                 "From the whole request to its answer", latencyBuckets(),
                                 {{"kind", kind}}))
    {
        for (std::size_t first = 2; first < byClass.size(); ++first)
            byClass[first] =
                metrics.counter("spokehub_http_answers_total", "Answers, by class of status",
                                {{"kind", kind}, {"status", std::to_string(first) + "xx"}});
    }

    void note(int status, std::chrono::steady_clock::time_point since) const
    {
        byClass.at(static_cast<std::size_t>(status / 100) % byClass.size()).add();
        took.observe(std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - since));
    }
};

WebhookHandler::FetchKey fetchKeyBy(const ApiHooks& hooks)
{
    if (!hooks.lane)
        return nullptr;
    return [lane = hooks.lane](Id tenant, Id channel, const std::string& keyId) {
        sync::Lane* const found = lane(tenant, channel);
        if (found == nullptr)
            return;
        // Each hub keeps its own keys, whoever has the lane.
        found->ask(
            [keyId](spokes::Channel& asked, const spokes::Call& call) {
                asked.keys->fetch(*asked.spoke, call, keyId);
            },
            false);
    };
}

bool isWebhook(std::string_view path)
{
    return path.starts_with("/webhooks/") ||
           (path.starts_with("/t/") && path.find("/webhooks/") != path.npos);
}

/// Small enough not to wait behind anything; asked for by supervisors, all the time.
bool isHealth(const http::Request& request)
{
    return request.path == "/health" && request.method == "GET";
}

} // namespace

struct Api::Impl
{
    explicit Impl(ApiParts given)
        : parts(std::move(given)), keys(parts.config.apiKeys, parts.config.roles),
          names(parts.database), cookie{parts.config.server.publicUrl.starts_with("https://")},
          callers({keys, parts.issuedKeys, parts.sessions, parts.tokens, parts.providers,
                   parts.users, parts.tenants, parts.config.roles, parts.database, parts.commands,
                   cookie}),
          cors(parts.config.server.corsOrigins), limits(parts.config.server.requestsPerMinute),
          router([this](const http::Request& request) { return callers.of(request); },
                 [this](const access::Caller& caller) {
                     return limits.take(caller.scope.tenant, caller.scope.actor, parts.clock.now());
                 },
                 [this](std::function<void()> run) { return workers.submit(std::move(run)); }),
          auth(parts, desk, cookie), users(parts, desk), audit(parts), tenants(parts),
          webhooks(parts.channels, parts.tenants, parts.arrivals, parts.clock, parts.metrics,
                   fetchKeyBy(parts.hooks)),
          health(parts, callers), merchant(parts), catalog(parts, names), families(parts),
          lookups(parts, names), bundles(parts), warehouse(parts), inventory(parts), imports(parts),
          reports(parts, names), stock(parts), orders(parts, names), customers(parts, names),
          listings(parts, names), sync(parts, names), channels(parts), channelActions(parts),
          channelSecrets(parts), doctor(parts), desk(parts.clock),
          webhookMeasures(std::make_shared<const Measures>(parts.metrics, "webhook")),
          apiMeasures(std::make_shared<const Measures>(parts.metrics, "api")),
          webhookWorkers("webhook", webhookThreads, waitingMax),
          workers("api", static_cast<std::size_t>(parts.config.server.workers), waitingMax)
    {
        health.declare(router);
        docs.declare(router);
        auth.declare(router);
        users.declare(router);
        audit.declare(router);
        tenants.declare(router);
        webhooks.declare(router);
        merchant.declare(router);
        catalog.declare(router);
        families.declare(router);
        lookups.declare(router);
        bundles.declare(router);
        warehouse.declare(router);
        inventory.declare(router);
        imports.declare(router);
        reports.declare(router);
        stock.declare(router);
        orders.declare(router);
        customers.declare(router);
        listings.declare(router);
        sync.declare(router);
        channels.declare(router);
        channelActions.declare(router);
        channelSecrets.declare(router);
        doctor.declare(router);
    }

    void take(http::Request&& request, http::Responder responder);
    std::vector<http::Header> headersFor(const http::Request& request) const;

    const ApiParts parts;
    access::ApiKeys keys;
    ChannelNames names;
    const SessionCookie cookie;
    const Callers callers;
    Cors cors;
    RateLimits limits;
    Router router;
    AuthRoutes auth;
    UserRoutes users;
    AuditRoutes audit;
    TenantRoutes tenants;
    WebhookHandler webhooks;
    HealthRoutes health;
    DocsRoutes docs;
    MerchantRoutes merchant;
    CatalogRoutes catalog;
    FamilyRoutes families;
    LookupRoutes lookups;
    BundleRoutes bundles;
    WarehouseRoutes warehouse;
    InventoryRoutes inventory;
    ImportRoutes imports;
    ReportRoutes reports;
    StockRoutes stock;
    OrderRoutes orders;
    CustomerRoutes customers;
    ListingRoutes listings;
    SyncRoutes sync;
    ChannelRoutes channels;
    ChannelActions channelActions;
    ChannelSecretRoutes channelSecrets;
    DoctorRoutes doctor;
    PasswordDesk desk; // its jobs use the routes
    // An answer may come after this has ended, so it brings its own.
    const std::shared_ptr<const Measures> webhookMeasures;
    const std::shared_ptr<const Measures> apiMeasures;
    http::Workers webhookWorkers; // last: they end before what they use
    http::Workers workers;
};

namespace
{

/// A request on its way to a worker.
struct Job
{
    const Router& router;
    std::shared_ptr<const Measures> measures;
    http::Request request;
    http::Responder responder;
    std::chrono::steady_clock::time_point since;
    std::vector<http::Header> headers; // that every answer has

    void operator()()
    {
        std::string id = request.id;
        const auto answer = std::make_shared<http::Responder>(std::move(responder));
        router.handle(std::move(request),
                      Reply(std::move(id), [answer, measured = std::move(measures), began = since,
                                            more = std::move(headers)](http::Response response) {
                          measured->note(response.status, began);
                          response.headers.insert(response.headers.end(), more.begin(), more.end());
                          answer->send(std::move(response));
                      }));
    }
};

} // namespace

/// For browsers: nobody shows it in a frame, nobody is told where one came from.
std::vector<http::Header> Api::Impl::headersFor(const http::Request& request) const
{
    std::vector<http::Header> headers = cors.headersFor(request);
    headers.push_back({"X-Frame-Options", "DENY"});
    headers.push_back({"Referrer-Policy", "no-referrer"});
    if (cookie.secure)
        headers.push_back({"Strict-Transport-Security", "max-age=31536000"});
    return headers;
}

void Api::Impl::take(http::Request&& request, http::Responder responder)
{
    if (isHealth(request))
        return responder.send(HealthRoutes::alive());
    const bool webhook = isWebhook(request.path);
    if (const auto allowed = webhook ? std::nullopt : cors.preflight(request))
        return responder.send(*allowed);
    auto headers = webhook ? std::vector<http::Header>() : headersFor(request);
    Job job{router,
            webhook ? webhookMeasures : apiMeasures,
            std::move(request),
            std::move(responder),
            std::chrono::steady_clock::now(),
            std::move(headers)};
    if ((webhook ? webhookWorkers : workers).submit(std::move(job)))
        return;
    job.measures->note(503, job.since);
    job.responder.send(responseOf(problemOf(Refusal::Unavailable, "too many requests wait already"),
                                  job.request.id));
}

Api::Api(ApiParts parts) : _impl(std::make_unique<Impl>(std::move(parts))) {}
Api::~Api() = default;

void Api::reload(const Config& config)
{
    _impl->keys.replace(config.apiKeys, _impl->parts.config.roles);
    _impl->limits.set(config.server.requestsPerMinute);
    _impl->cors.allow(config.server.corsOrigins);
}

http::Handler Api::handler()
{
    return [impl = _impl.get()](http::Request&& request, http::Responder responder) {
        impl->take(std::move(request), std::move(responder));
    };
}

} // namespace spokehub::api
