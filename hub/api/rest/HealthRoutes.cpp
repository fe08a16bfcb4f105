#include "api/rest/HealthRoutes.h"

#include "core/Error.h"

#include <algorithm>
#include <array>

namespace spokehub::api
{

namespace
{

constexpr std::string_view frontPage = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Spokehub</title>
<h1>Spokehub</h1>
<p>This hub is running. Its API, to read and to try: <a href="/api/v1/docs">/api/v1/docs</a>; to read:
<a href="/api/v1/redoc">/api/v1/redoc</a>; for programs: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.
How it is: <a href="/health">/health</a>, <a href="/health/ready">/health/ready</a>.</p>
</html>
)";

/// What waits there for the database.
void writeSpool(JsonWriter& json, const store::Spool::Figures& spool)
{
    json.key("spool")
        .beginObject()
        .member("messages", spool.records)
        .member("refused", spool.refused)
        .member("bytes", spool.bytes)
        .key("oldest");
    if (spool.oldest)
        json.value(toIso(*spool.oldest));
    else
        json.null();
    json.member("accepting", spool.accepting).endObject();
}

} // namespace

void HealthRoutes::declare(Router& router)
{
    router
        .add({"GET", "/health", Anyone{}, "Whether the hub is alive",
              answering([](Call&) { return alive(); })})
        .gives("Alive");
    router
        .add({"GET", "/health/ready", Anyone{}, "Whether the hub can do its work",
              answering([this](Call&) { return ready(); })})
        .gives("Readiness")
        .gives("Readiness", 503);
    router
        .add({"GET", "/metrics", Anyone{},
              "What the hub measures, for Prometheus; from this machine, or with a key",
              answering([this](Call& call) { return metrics(call); })})
        .gives(Answer{.schema = "Metrics", .type = "text/plain"});
    router
        .add({"GET", "/api/v1", Anyone{}, "This list",
              answering([&router](Call&) { return routes(router); })})
        .gives("RouteTable");
    router
        .add({"GET", "/", Anyone{}, "A page that leads to the API",
              answering([](Call&) { return front(); })})
        .gives(Answer{.schema = "Html", .type = "text/html"})
        .with("Content-Security-Policy");
}

http::Response HealthRoutes::alive()
{
    return jsonResponse(R"({"status":"ok","version":")" SPOKEHUB_VERSION "\"}");
}

/// Channels are listed but never decide: a shop that is down is no reason to take the hub out of
/// service.
http::Response HealthRoutes::ready() const
{
    const Readiness readiness = _parts.hooks.readiness ? _parts.hooks.readiness() : Readiness{};
    const bool able = readiness.migrated && readiness.accepting;
    JsonWriter json;
    json.beginObject()
        .member("status", able ? "ready" : "not_ready")
        .member("migrated", readiness.migrated)
        .member("accepting", readiness.accepting)
        .member("database", readiness.database);
    writeSpool(json, readiness.spool);
    json.key("channels").beginArray();
    for (const auto& channel : _parts.channels.all())
        if (channel->tenant == mainTenant) // anybody may ask
            json.beginObject()
                .member("name", channel->name())
                .member("open", channel->isOpen())
                .endObject();
    json.endArray().endObject();
    http::Response response = jsonResponse(json.take(), able ? 200 : 503);
    if (!able)
        response.headers.push_back({"Retry-After", "1"});
    return response;
}

/// Who says who he is needs the permission on this machine too: it may be a proxy that calls.
http::Response HealthRoutes::metrics(const Call& call) const
{
    const bool named =
        std::ranges::any_of(std::array{"Authorization", "X-Api-Key", "x-admin-key"},
                            [&](const char* name) { return call.request.header(name) != nullptr; });
    if ((named || !call.request.viaLoopback) &&
        !_callers.of(call.request).permissions.has(Permission::MetricsRead))
        throw Error(Refusal::Forbidden, "this needs metrics.read");
    http::Response response;
    response.contentType = "text/plain; version=0.0.4; charset=utf-8";
    response.body = _parts.metrics.expose();
    return response;
}

/// Made of the router's own table, so that it is true.
http::Response HealthRoutes::routes(const Router& router)
{
    JsonWriter json;
    json.beginObject()
        .member("name", "spokehub")
        .member("version", SPOKEHUB_VERSION)
        .key("routes")
        .beginArray();
    for (const Route& route : router.routes()) {
        json.beginObject()
            .member("method", route.method)
            .member("path", route.pattern)
            .member("permission", nameOf(route.needs))
            .member("summary", route.summary)
            .key("query")
            .beginArray();
        for (const std::string_view name : route.query)
            json.value(name);
        json.endArray().endObject();
    }
    json.endArray().endObject();
    return jsonResponse(json.take());
}

http::Response HealthRoutes::front()
{
    http::Response response;
    response.contentType = "text/html; charset=utf-8";
    response.body = frontPage;
    response.headers.push_back({"Content-Security-Policy", "default-src 'none'"});
    return response;
}

} // namespace spokehub::api
