#pragma once

#include "api/ApiParts.h"
#include "api/Router.h"

namespace spokehub::api
{

/// The secrets of channels, which come in and never out: of one's own tenant under
/// /api/v1/channels, of any for the provider under /api/v1/tenants.
class ChannelSecretRoutes
{
public:
    explicit ChannelSecretRoutes(const ApiParts& parts) : _parts(parts) {}

    void declare(Router& router);

private:
    /// `whose` finds the channel that a call is about.
    using Whose = const spokes::Channel& (ChannelSecretRoutes::*)(const Call& call) const;
    void declare(Router& router, const std::string& base, Permission permission, Whose whose);

    const spokes::Channel& own(const Call& call) const;
    const spokes::Channel& anybodys(const Call& call) const;
    const spokes::Channel& require(Id tenant, const std::string& name) const;

    http::Response list(const spokes::Channel& channel) const;
    http::Response set(Call& call, const spokes::Channel& channel) const;
    http::Response revoke(const spokes::Channel& channel, const std::string& secret) const;
    http::Response leaveConfigured(const Call& call, const spokes::Channel& channel,
                                   const std::string& secret) const;

    void follow() const;
    spokes::ChannelSecrets secrets() const { return {_parts.secrets, _parts.clock}; }

    const ApiParts& _parts;
};

} // namespace spokehub::api
