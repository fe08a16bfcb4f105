#pragma once

#include "access/PublicKey.h"
#include "core/Clock.h"
#include "core/Config.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::access
{

/// Somebody whom an outside identity provider vouches for.
struct OutsideIdentity
{
    std::string provider; // its name here
    std::string tenant;   // whose people it vouches for
    std::string issuer;
    std::string subject;
    std::string fullName;
    std::string email;
    std::string role; // of this hub; empty: none of those that it names means anything here
    Time expiresAt;
};

/// The outside identity providers (OpenID Connect) of the configuration and of tenants, and their
/// keys. A token is
/// judged by the provider whose issuer it names, by that provider's one algorithm and its keys, and
/// by nothing that the token brings itself. Thread-safe.
class Providers
{
public:
    static constexpr std::chrono::minutes askedAgain{1}; // for a key that is not known
    static constexpr std::chrono::hours keysAge{1};
    static constexpr std::chrono::minutes skew{1};
    static constexpr std::size_t keysMax = 50;

    /// What stands at an address; nothing when it cannot be had.
    using Fetch = std::function<std::optional<std::string>(const std::string& url)>;
    struct Fetches
    {
        Fetch anywhere; // where the operator says
        Fetch outside;  // the public internet alone
    };

    /// Throws Error(BadRequest) for a public key that is none.
    Providers(const std::vector<ProviderConfig>& configs, const Clock& clock, Fetches fetch);
    ~Providers();

    /// Nothing for whatever is not a good token of one of them. Throws Error(Unavailable) as long
    /// as the provider has no keys here yet.
    std::optional<OutsideIdentity> verify(std::string_view token);

    /// Those of tenants, as they are now; who stays as he was keeps his keys.
    void setTenants(const std::vector<ProviderConfig>& configs);
    /// Who vouches for this tenant's people by this issuer; nothing when nobody does.
    std::optional<ProviderConfig> of(std::string_view tenant, std::string_view issuer) const;

    /// What these roles of theirs (one, or a list) mean here; empty: nothing.
    static std::string roleIn(const ProviderConfig& provider, Json theirs);

    /// Fetches the keys that are old. Now and then; so that requests need not wait for them.
    void refresh();

private:
    struct Provider;
    using List = std::vector<std::shared_ptr<Provider>>;

    static std::shared_ptr<Provider> made(const ProviderConfig& config, bool byOperator);
    List all() const;
    std::optional<PublicKey> keyOf(Provider& provider, Json header);
    void fetchKeys(Provider& provider);
    bool isDue(Provider& provider, bool missing);

    const Clock& _clock;
    const Fetches _fetch;
    mutable std::mutex _mutex; // of the providers and their keys
    List _configured;
    List _ofTenants;
};

} // namespace spokehub::access
