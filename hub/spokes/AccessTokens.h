#pragma once

#include "core/Clock.h"
#include "spokes/HttpTransport.h"
#include "spokes/Manifest.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::spokes
{

/// Where refresh tokens outlive the hub that was given them. Each is kept with the configured one
/// that it took the place of: when that changes, a person has signed in anew, and it counts.
class RefreshTokens
{
public:
    virtual ~RefreshTokens() = default;
    virtual std::optional<std::string> find(std::string_view grant,
                                            const std::string& configured) = 0;
    /// False, and told in the log, when it cannot be kept.
    virtual bool keep(std::string_view grant, const std::string& configured,
                      const std::string& token) = 0;
};

/// The access tokens of one channel, by grant: asked for when one is needed, kept in memory until
/// shortly before they end. For the lane's thread; so there is one request at a time.
class AccessTokens
{
public:
    /// Puts secrets into a text: "${secret:NAME}", "${basic:A:B}". Nothing, and why, when it
    /// cannot.
    using Expand = std::function<std::optional<std::string>(std::string_view, std::string& why)>;

    /// `refresh` may be null: a replaced refresh token is then good until the hub stops.
    AccessTokens(std::vector<OAuthGrant> grants, const Clock& clock, HttpTransport& http,
                 Expand expand, RefreshTokens* refresh = nullptr);

    struct Token
    {
        Class kind = Class::Done;
        std::string value;          // when done
        std::string reason;         // when not
        std::string refreshToken{}; // a new one that came with it: as secret as the other
    };
    /// The grant's token, a new one when there is none or `renew` says so. `bounds`: deadline and
    /// stop of the request.
    Token token(std::string_view grant, const HttpCall& bounds, bool renew = false);

    /// The next ones are asked for anew: by other secrets.
    void forget();

private:
    struct Grant
    {
        OAuthGrant asked;
        std::string value;
        Time until;
        std::string configured; // the refresh token of the configuration
        std::string sent;       // the one that was sent last
        std::string unkept;     // what the channel replaced it by, when it could not be kept
    };

    Token ask(Grant& grant, const HttpCall& bounds);
    std::string refreshTokenOf(Grant& grant) const;
    std::optional<HttpCall> request(Grant& grant, const HttpCall& bounds, std::string& body,
                                    std::string& why) const;
    Token keep(Grant& grant, const HttpReply& reply);

    std::map<std::string, Grant, std::less<>> _grants;
    const Clock& _clock;
    HttpTransport& _http;
    const Expand _expand;
    RefreshTokens* const _refresh;
};

/// The grants of a manifest with the channel's settings put in ("${setting:NAME}").
std::vector<OAuthGrant> grantsOf(const Manifest& manifest, Json settings);

} // namespace spokehub::spokes
