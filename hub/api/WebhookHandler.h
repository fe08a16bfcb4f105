#pragma once

#include "access/Tenants.h"
#include "api/Problem.h"
#include "api/Router.h"
#include "core/Clock.h"
#include "core/Metrics.h"
#include "spokes/Channels.h"
#include "sync/Arrivals.h"

#include <map>

namespace spokehub::api
{

/// Takes what channels send: asks the spoke whether it is genuine, keeps it, and answers 200 once
/// it is durable. Whoever is not let in gets the same answer, whatever the reason was; that stands
/// in the log and in a counter. Thread-safe.
class WebhookHandler
{
public:
    /// Has a key fetched off the request's path.
    using FetchKey = std::function<void(Id tenant, Id channel, const std::string& keyId)>;

    WebhookHandler(spokes::Channels& channels, const access::Tenants& tenants,
                   sync::Arrivals& arrivals, const Clock& clock, Metrics& metrics,
                   FetchKey fetchKey = nullptr);

    void declare(Router& router);

private:
    /// What a path says; the views are good as long as the call.
    struct Address
    {
        std::string_view tenant;
        std::string_view channel;
        std::string_view topic;
    };

    void take(Call& call, const Reply& reply, const Address& address);
    void keep(Call& call, const Reply& reply, const spokes::Channel& channel,
              const spokes::Accepted& accepted, Time now);
    /// Counts and logs it. `channel` is empty for one that is not ours: a name from outside is no
    /// label.
    http::Response refused(const Call& call, std::string_view channel, const std::string& label,
                           const std::string& reason, const Problem& problem);
    http::Response later(const Call& call, std::string_view channel, const std::string& label,
                         const std::string& reason);

    spokes::Channels& _channels;
    const access::Tenants& _tenants;
    sync::Arrivals& _arrivals;
    const Clock& _clock;
    Metrics& _metrics;
    const FetchKey _fetchKey;
    std::map<const spokes::Channel*, Counter> _kept;
};

} // namespace spokehub::api
