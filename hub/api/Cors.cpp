#include "api/Cors.h"

#include <algorithm>

namespace spokehub::api
{

const std::string* Cors::originOf(const http::Request& request) const
{
    const std::string* origin = _origins.empty() ? nullptr : request.header("Origin");
    return origin != nullptr && std::ranges::find(_origins, *origin) != _origins.end() ? origin
                                                                                       : nullptr;
}

std::optional<http::Response> Cors::preflight(const http::Request& request) const
{
    if (request.method != "OPTIONS" || originOf(request) == nullptr ||
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
    const std::string* origin = originOf(request);
    if (origin == nullptr)
        return {};
    return {{"Access-Control-Allow-Origin", *origin},
            {"Vary", "Origin"},
            {"Access-Control-Expose-Headers",
             "ETag, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
             "Retry-After, X-Next-Cursor, X-Request-Id"}};
}

} // namespace spokehub::api
