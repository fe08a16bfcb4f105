#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"
#include "sync/TaskReader.h"

namespace spokehub::api
{

/// /api/v1/channels and /api/v1/explain.
class ChannelRoutes
{
public:
    explicit ChannelRoutes(const ApiParts& parts) : _parts(parts) {}

    void declare(Router& router);

private:
    http::Response list(Call& call);
    http::Response get(Call& call);
    http::Response pause(Call& call);
    http::Response resume(Call& call);
    http::Response sync(Call& call);
    http::Response explain(Call& call);

    spokes::Channel& require(const Scope& scope, const std::string& name) const;
    void write(JsonWriter& json, store::Session& session, const Scope& scope,
               const spokes::Channel& channel) const;
    http::Response answer(const Scope& scope, const spokes::Channel& channel);

    const ApiParts& _parts;
};

} // namespace spokehub::api
