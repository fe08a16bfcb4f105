#pragma once

#include "core/Config.h"
#include "orders/Orders.h"
#include "spokes/ChannelRules.h"
#include "spokes/ChannelSecrets.h"
#include "spokes/InHand.h"
#include "spokes/KeptRefreshTokens.h"
#include "spokes/SpokeHost.h"
#include "spokes/SpokeLibrary.h"
#include "stock/Availability.h"
#include "store/Commands.h"

#include <atomic>
#include <mutex>

namespace spokehub::spokes
{

/// One configured channel. But for its secrets, what is in here never changes while the hub runs;
/// its state (paused, last error) is in the store. When `spoke` is null, `problem` says why. Until
/// it is open, its webhooks get 503 and its tasks wait.
struct Channel
{
    Id tenant = 0;
    Id id = 0;
    const ChannelConfig* config = nullptr;
    const Manifest* manifest = nullptr;
    stock::ChannelStockRules stockRules;
    std::unique_ptr<HttpTransport> http;
    std::unique_ptr<BufferedValues> values;
    std::unique_ptr<KeyRing> keys;
    std::unique_ptr<KeptRefreshTokens> refreshTokens;
    std::unique_ptr<Spoke> spoke;
    bool isolated = false; // the spoke runs in processes of its own
    std::string problem;
    std::atomic<bool> lacksSecrets = false; // that its spoke requires; they may still come
    std::vector<Id> secrets{};              // that were set, of those that it has
    std::string rulesHash;                  // of what decides the quantities it is told
    bool rulesChanged = false;              // since the last start: all its listings must hear

    const std::string& name() const { return config->name; }
    bool isCarrier() const { return manifest != nullptr && manifest->kind == "carrier"; }
    bool isOpen() const { return spoke != nullptr && !lacksSecrets; }
    std::string whyClosed() const;
    /// Of its webhooks.
    std::string path() const;
};

using TenantIds = std::map<std::string, Id>; // by name

/// The channels of the configuration: registered in the store, their spokes opened.
/// Owns: channel, location, channel_value.
class Channels
{
public:
    /// `secrets` null: what channels hand out is kept in memory alone, and none is set for them.
    Channels(const Config& config, const Clock& clock,
             const access::SealedSecrets* secrets = nullptr);
    ~Channels();

    /// Registers locations and channels and opens the spokes; once, before anyone asks for a
    /// channel. What does not fit is reported, the others go on.
    void open(const SpokeLibraries& libraries, store::Commands& commands, store::Database& database,
              IdGenerator& ids, const TenantIds& tenants = {{mainTenantName, mainTenant}});
    /// The locations of the configuration, for a tenant that is new.
    void makeLocations(store::Tx& tx, Id tenant, IdGenerator& ids) const;

    /// Tenants that came since: where orders that are made for them by hand may take stock from.
    void meet(store::Database& database, const TenantIds& tenants);

    /// What was set of secrets, here or at another hub of this store, holds from now on. Those
    /// whose secrets are other ones now.
    std::vector<const Channel*> followSecrets(store::Database& database);

    Channel* find(Id tenant, std::string_view name);
    Channel* find(Id tenant, Id id);
    const std::vector<std::unique_ptr<Channel>>& all() const { return _channels; }

    /// Whether a call into a spoke was interrupted by a crash, and what it had in hand is not
    /// through yet.
    bool sawCrashes() const { return _inHand.any(); }

    const orders::OrderRulesOfChannels& orderRules() const { return _orderRules; }

    struct State
    {
        bool paused = false;
        std::string pausedReason;
        bool approved = false; // zeros that tripped the wire may go out
        std::string lastError;
        std::optional<Time> lastErrorAt;
    };
    State state(store::Session& session, const Channel& channel) const;
    void pause(store::Tx& tx, const Channel& channel, const std::string& reason) const;
    /// What a pause for too many zeros begins with.
    static constexpr const char* tripWire = "trip wire";
    /// What a pause for a spoke that keeps crashing begins with.
    static constexpr const char* parked = "parked";
    /// Goes on; what tripped the wire is approved.
    void resume(store::Tx& tx, const Channel& channel) const;
    void approvalUsed(store::Tx& tx, const Channel& channel) const;
    void failed(store::Tx& tx, const Channel& channel, const std::string& error) const;

    /// Its listings have been planned by its present rules.
    void rulesPlanned(store::Tx& tx, const Channel& channel) const;

    /// What the spoke put into its small store.
    void saveValues(store::Tx& tx, const Channel& channel,
                    const BufferedValues::Values& changes) const;

private:
    void registerLocations(store::Commands& commands, IdGenerator& ids, Id tenant);
    void registerChannel(store::Commands& commands, IdGenerator& ids, const ChannelConfig& wanted,
                         Id tenant);
    void makeRules(Channel& channel, Time ordersSince);
    std::vector<Mistake> readSecrets(Channel& channel, store::Database& database,
                                     Secrets& secrets) const;
    void openSpoke(Channel& channel, const SpokeLibraries& libraries, store::Commands& commands,
                   store::Database& database);

    const Config& _config;
    std::map<Id, LocationIds> _locations; // of each tenant
    InHand _inHand;

    const Clock& _clock;
    const access::SealedSecrets* const _secrets;
    std::vector<std::unique_ptr<Channel>> _channels;
    orders::OrderRulesOfChannels _orderRules;
    std::mutex _secretsMutex; // of what is set of them, one change at a time
};

} // namespace spokehub::spokes
