#pragma once

#include "access/SealedSecrets.h"
#include "spokes/AccessTokens.h"

#include <atomic>

namespace spokehub::spokes
{

/// The refresh tokens of one channel, sealed in the store.
class KeptRefreshTokens final : public RefreshTokens
{
public:
    /// `secrets` null: there is nowhere to keep them.
    KeptRefreshTokens(Id tenant, Id channel, std::string name, const access::SealedSecrets* secrets,
                      store::Commands& commands, store::Database& database);

    std::optional<std::string> find(std::string_view grant, const std::string& configured) override;
    bool keep(std::string_view grant, const std::string& configured,
              const std::string& token) override;

    /// Whether a token was replaced that could not be kept: the next restart of the hub may lose
    /// the channel. Any thread.
    bool unkept() const { return _unkept; }

private:
    std::string fieldOf(std::string_view grant) const;

    const Id _tenant;
    const Id _channel;
    const std::string _name;
    const access::SealedSecrets* const _secrets;
    store::Commands& _commands;
    store::Database& _database;
    std::atomic<bool> _unkept = false;
};

} // namespace spokehub::spokes
