#include "spokes/KeptRefreshTokens.h"

#include "access/Secrets.h"
#include "core/Log.h"

namespace spokehub::spokes
{

namespace
{

/// By which a configured token is known again.
std::string markOf(const std::string& configured)
{
    return access::toBase64Url(access::secret::hashOf(configured));
}

} // namespace

KeptRefreshTokens::KeptRefreshTokens(Id tenant, Id channel, std::string name,
                                     const access::SealedSecrets* secrets,
                                     store::Commands& commands, store::Database& database)
    : _tenant(tenant), _channel(channel), _name(std::move(name)), _secrets(secrets),
      _commands(commands), _database(database)
{
}

std::string KeptRefreshTokens::fieldOf(std::string_view grant) const
{
    return "refresh_token " + showId("chn", _channel) + " " + std::string(grant);
}

std::optional<std::string> KeptRefreshTokens::find(std::string_view grant,
                                                   const std::string& configured)
{
    if (_secrets == nullptr)
        return std::nullopt;
    std::optional<std::string> kept;
    try {
        _database.point([&](store::Session& session) {
            kept = _secrets->find(session, _tenant, fieldOf(grant));
        });
    } catch (const std::exception& error) { // the configured one may be good still
        Log::warning("a kept refresh token cannot be used",
                     {{"channel", _name}, {"reason", error.what()}});
        return std::nullopt;
    }
    const std::string mark = markOf(configured) + " ";
    if (!kept || !kept->starts_with(mark))
        return std::nullopt;
    return kept->substr(mark.size());
}

bool KeptRefreshTokens::keep(std::string_view grant, const std::string& configured,
                             const std::string& token)
{
    std::string why = "there is no server.secret_key to seal it with";
    if (_secrets != nullptr && _secrets->canKeep())
        try {
            _commands.run([&](store::Tx& tx) {
                _secrets->keep(tx, _tenant, fieldOf(grant), markOf(configured) + " " + token);
            });
            _unkept = false;
            return true;
        } catch (const std::exception& error) {
            why = error.what();
        }
    _unkept = true;
    Log::warning("the channel replaced its refresh token, and the new one is not kept: after a "
                 "restart of the hub the configured one may no longer be good",
                 {{"channel", _name}, {"grant", std::string(grant)}, {"reason", why}});
    return false;
}

} // namespace spokehub::spokes
