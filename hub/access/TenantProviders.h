#pragma once

#include "core/Clock.h"
#include "core/Config.h"
#include "store/Session.h"

#include <string>
#include <vector>

namespace spokehub::access
{

/// The identity providers of tenants that were set while the hub ran. Owns: identity_provider.
class TenantProviders
{
public:
    TenantProviders(const Config& config, const Clock& clock) : _config(config), _clock(clock) {}

    /// Of everybody, in an order that stays.
    static std::vector<ProviderConfig> all(store::Session& session);
    static std::vector<ProviderConfig> of(store::Session& session, Id tenant,
                                          const std::string& name);

    /// Makes or replaces it. Throws Error(BadRequest) for what is no provider, naming the members,
    /// and Conflict when its tokens could be meant for another one.
    void put(store::Tx& tx, Id tenant, const ProviderConfig& provider) const;
    /// Throws Error(NotFound).
    void remove(store::Tx& tx, Id tenant, const std::string& name) const;

private:
    void requireOwnIssuer(store::Tx& tx, const ProviderConfig& provider) const;

    const Config& _config;
    const Clock& _clock;
};

} // namespace spokehub::access
