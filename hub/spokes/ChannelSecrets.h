#pragma once

#include "access/SealedSecrets.h"
#include "core/Config.h"
#include "core/Scope.h"
#include "spokes/Manifest.h"
#include "spokes/Vault.h"

#include <map>
#include <utility>
#include <vector>

namespace spokehub::spokes
{

struct Channel;

/// A value of a secret that was set while the hub runs; never the value itself.
struct ChannelSecret
{
    Id id = 0;
    Id channel = 0;
    std::string name;
    bool configured = false; // only says that the configuration's value is not used any more
    std::string setBy;
    Time setAt;
};

/// What people set of the secrets of channels, sealed: it comes before what the configuration has.
/// Of a secret that takes several values (for signatures) all count until they are revoked; else
/// the newest alone. Owns: channel_secret.
class ChannelSecrets
{
public:
    static constexpr std::size_t valuesMax = 5; // of one secret
    static constexpr std::size_t valueBytesMax = 8 * 1024;

    ChannelSecrets(const access::SealedSecrets& sealed, const Clock& clock)
        : _sealed(sealed), _clock(clock)
    {
    }

    /// All three throw Error: BadRequest for a secret that the channel's spoke does not have,
    /// NotFound, Conflict for too many values, and Unavailable without a key to seal with.
    ChannelSecret set(store::Tx& tx, const std::string& actor, const Channel& channel, Id id,
                      const std::string& name, const std::string& value) const;
    void revoke(store::Tx& tx, const Channel& channel, Id id) const;
    /// The configuration's values of now; others, when it has them, count again.
    ChannelSecret leaveConfigured(store::Tx& tx, const std::string& actor, const Channel& channel,
                                  Id id, const std::string& name) const;

    /// Newest first.
    static std::vector<ChannelSecret> of(store::Session& session, const Channel& channel);
    static std::map<std::pair<Id, Id>, std::vector<ChannelSecret>> all(store::Session& session);

    /// How many values the configuration has that count.
    std::size_t configured(store::Session& session, const Channel& channel,
                           const std::vector<ChannelSecret>& set, const std::string& name) const;
    /// Every value that counts, given these. What cannot be opened is told in the log, and missing.
    Secrets inUse(store::Session& session, const Channel& channel,
                  const std::vector<ChannelSecret>& set) const;

private:
    void remove(store::Tx& tx, Id tenant, const ChannelSecret& secret) const;
    std::optional<std::string> valueOf(store::Session& session, const Channel& channel,
                                       const ChannelSecret& secret) const;

    const access::SealedSecrets& _sealed;
    const Clock& _clock;
};

} // namespace spokehub::spokes
