#pragma once

#include "api/ApiParts.h"
#include "http/Server.h"

#include <memory>

namespace spokehub::api
{

/// Everything the hub answers over HTTP. Its handler only hands over: webhooks and other requests
/// have workers of their own, so that neither keeps the other waiting, and what waits for a commit
/// holds no thread on the hot paths.
class Api
{
public:
    /// Throws Error(BadRequest) for an API key whose role is not known.
    explicit Api(ApiParts parts);
    ~Api(); // answers what is in hand

    /// Takes from a new configuration what can be changed while it runs: API keys, limits, whose
    /// pages may ask. Throws Error, having changed nothing, for a role that is not known.
    void reload(const Config& config);

    /// Good as long as this lives; to be called from any thread.
    http::Handler handler();

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

} // namespace spokehub::api
