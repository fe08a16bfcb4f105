#pragma once

#include "access/Sealer.h"
#include "store/Commands.h"
#include "store/Database.h"

#include <optional>

namespace spokehub::access
{

/// Secrets that come to the hub while it runs, sealed, each by the name of its field: "grant:…".
/// Owns: sealed_secret.
class SealedSecrets
{
public:
    explicit SealedSecrets(const Sealer& sealer, const Clock& clock)
        : _sealer(sealer), _clock(clock)
    {
    }

    bool canKeep() const { return _sealer.canSeal(); }

    /// Both throw what Sealer throws.
    void keep(store::Tx& tx, Id tenant, std::string_view field, std::string_view text) const;
    std::optional<std::string> find(store::Session& session, Id tenant,
                                    std::string_view field) const;
    void forget(store::Tx& tx, Id tenant, std::string_view field) const;

    /// What is sealed under an older key is sealed under the first one; how many. What none of our
    /// keys opens stays as it is and is told in the log.
    int reseal(store::Commands& commands, store::Database& database) const;

private:
    const Sealer& _sealer;
    const Clock& _clock;
};

} // namespace spokehub::access
