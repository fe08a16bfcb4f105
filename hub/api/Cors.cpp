#include "api/Cors.h"

#include <algorithm>
#include <mutex>

namespace spokehub::api
{

void Cors::allow(std::vector<std::string> origins)
{
    const std::unique_lock lock(_mutex);
    _origins = std::move(origins);
}

std::optional<std::string> Cors::originOf(const http::Request& request) const
{
    const std::string* origin = request.header("Origin");
    if (origin == nullptr)
        return std::nullopt;
    const std::shared_lock lock(_mutex);
    return std::ranges::find(_origins, *origin) != _origins.end() ? std::optional(*origin)
                                                                  : std::nullopt;
}

std::optional<http::Response> Cors::preflight(const http::Request& request) const
{
    if (request.method != "OPTIONS" || !originOf(request) ||
        request.header("Access-Control-Request-Method") == nullptr)
        return std::nullopt;
    http::Response response;
    response.status = 204;
    response.headers = headersFor(request);
    response.headers.push_back(
        {"Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"});
    response.headers.push_back({"Access-Control-Allow-Headers",
                                "Authorization, X-Api-Key, Content-Type, Idempotency-Key, "
                                "If-Match, If-None-Match, X-Request-Id"});
    response.headers.push_back({"Access-Control-Max-Age", "600"});
    return response;
}

std::vector<http::Header> Cors::headersFor(const http::Request& request) const
{
    const auto origin = originOf(request);
    if (!origin)
        return {};
    return {{"Access-Control-Allow-Origin", *origin},
            {"Vary", "Origin"},
            {"Access-Control-Expose-Headers",
             "ETag, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
             "Retry-After, X-Next-Cursor, X-Request-Id"}};
}

} // namespace spokehub::api
