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

/// The access tokens of one channel, by grant: asked for when one is needed, kept in memory until
/// shortly before they end. For the lane's thread; so there is one request at a time.
class AccessTokens
{
public:
    /// Puts secrets into a text: "${secret:NAME}", "${basic:A:B}". Nothing, and why, when it
    /// cannot.
    using Expand = std::function<std::optional<std::string>(std::string_view, std::string& why)>;

    AccessTokens(std::vector<OAuthGrant> grants, const Clock& clock, HttpTransport& http,
                 Expand expand);

    struct Token
    {
        Class kind = Class::Done;
        std::string value;  // when done
        std::string reason; // when not
    };
    /// The grant's token, a new one when there is none or `renew` says so. `bounds`: deadline and
    /// stop of the request.
    Token token(std::string_view grant, const HttpCall& bounds, bool renew = false);

private:
    struct Grant
    {
        OAuthGrant asked;
        std::string value;
        Time until;
        std::string refreshToken; // as it was sent last, or as the channel replaced it
    };

    Token ask(Grant& grant, const HttpCall& bounds);
    std::optional<HttpCall> request(Grant& grant, const HttpCall& bounds, std::string& body,
                                    std::string& why) const;
    Token keep(Grant& grant, const HttpReply& reply);

    std::map<std::string, Grant, std::less<>> _grants;
    const Clock& _clock;
    HttpTransport& _http;
    const Expand _expand;
};

/// The grants of a manifest with the channel's settings put in ("${setting:NAME}").
std::vector<OAuthGrant> grantsOf(const Manifest& manifest, Json settings);

} // namespace spokehub::spokes
