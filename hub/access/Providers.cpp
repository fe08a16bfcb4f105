#include "access/Providers.h"

#include "access/Jwt.h"
#include "core/Error.h"
#include "core/Log.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace spokehub::access
{

namespace
{

constexpr std::size_t textMax = 200;
constexpr std::string_view keyOfPem = ""; // it goes by no name

Algorithm algorithmOf(const std::string& text)
{
    for (const Algorithm algorithm : {Algorithm::RS256, Algorithm::PS256, Algorithm::ES256})
        if (text == name(algorithm))
            return algorithm;
    throw Error(Refusal::BadRequest, "there is no algorithm " + text);
}

/// Keys and extensions that a token brings itself are nobody's.
bool isPlain(Json header, Algorithm algorithm)
{
    static constexpr std::array<std::string_view, 7> refused{"jku",  "jwk", "x5u", "x5c",
                                                             "crit", "b64", "zip"};
    bool plain = header.textOr("alg") == name(algorithm);
    header.eachMember([&](std::string_view member, Json) {
        plain = plain && std::ranges::find(refused, member) == refused.end();
        return plain;
    });
    const std::string_view type = header["typ"] ? header.textOr("typ", "?") : "JWT";
    return plain && (type == "JWT" || type == "at+jwt");
}

bool names(Json oneOrMany, std::string_view wanted)
{
    if (oneOrMany.isText())
        return oneOrMany.text() == wanted;
    bool found = false;
    oneOrMany.each([&](Json each) {
        found = each.text() == wanted;
        return !found;
    });
    return found;
}

/// "realm_access.roles": a member's member.
Json at(Json claims, std::string_view path)
{
    for (auto dot = path.find('.'); dot != path.npos; dot = path.find('.')) {
        claims = claims[path.substr(0, dot)];
        path.remove_prefix(dot + 1);
    }
    return claims[path];
}

/// Nothing when it is no whole number of seconds that a clock can show.
std::optional<Time> timeOf(Json seconds)
{
    constexpr std::int64_t most = 253'402'300'799; // the year 9999
    const auto number = seconds.integer();
    if (!number || *number < 0 || *number > most)
        return std::nullopt;
    return Time{*number * 1'000'000};
}

bool isOf(Json claims, const std::string& organization)
{
    return organization.empty() || names(claims["tenant_id"], organization) ||
           names(claims["organization"], organization);
}

bool isSame(const ProviderConfig& one, const ProviderConfig& other)
{
    const auto all = [](const ProviderConfig& each) {
        return std::tie(each.name, each.issuer, each.audience, each.algorithm, each.jwksUrl,
                        each.publicKey.reveal(), each.tenant, each.organization, each.rolesClaim,
                        each.roles);
    };
    return all(one) == all(other);
}

std::string shortened(std::string_view text)
{
    return text.size() <= textMax ? std::string(text) : std::string();
}

} // namespace

struct Providers::Provider
{
    ProviderConfig config;
    Algorithm algorithm;
    bool byOperator = true; // else its address is held to the address rules
    std::map<std::string, PublicKey, std::less<>> keys;
    std::optional<Time> asked{};
    std::optional<Time> fetched{};
};

std::shared_ptr<Providers::Provider> Providers::made(const ProviderConfig& config, bool byOperator)
{
    auto provider =
        std::make_shared<Provider>(Provider{config, algorithmOf(config.algorithm), byOperator});
    if (config.jwksUrl.empty()) {
        const auto key = PublicKey::fromPem(config.publicKey.reveal(), provider->algorithm);
        if (!key)
            throw Error(Refusal::BadRequest, "auth.providers: " + config.name +
                                                 ": public_key is no PEM public key for " +
                                                 config.algorithm);
        provider->keys.emplace(keyOfPem, *key);
    }
    return provider;
}

Providers::Providers(const std::vector<ProviderConfig>& configs, const Clock& clock, Fetches fetch)
    : _clock(clock), _fetch(std::move(fetch))
{
    for (const ProviderConfig& config : configs)
        _configured.push_back(made(config, true));
}

Providers::List Providers::all() const
{
    const std::lock_guard lock(_mutex);
    List all = _configured;
    all.insert(all.end(), _ofTenants.begin(), _ofTenants.end());
    return all;
}

void Providers::setTenants(const std::vector<ProviderConfig>& configs)
{
    List now;
    for (const ProviderConfig& config : configs) {
        const std::lock_guard lock(_mutex);
        const auto same = std::ranges::find_if(
            _ofTenants, [&](const auto& known) { return isSame(known->config, config); });
        now.push_back(same == _ofTenants.end() ? made(config, false) : *same);
    }
    const std::lock_guard lock(_mutex);
    _ofTenants = std::move(now);
}

std::optional<ProviderConfig> Providers::of(std::string_view tenant, std::string_view issuer) const
{
    for (const auto& provider : all())
        if (provider->config.tenant == tenant && provider->config.issuer == issuer)
            return provider->config;
    return std::nullopt;
}

Providers::~Providers() = default;

/// Under the lock; who is told yes fetches.
bool Providers::isDue(Provider& provider, bool missing)
{
    const Time now = _clock.now();
    const auto since = [&](const std::optional<Time>& time, std::chrono::microseconds span) {
        return !time || now - *time >= span || now < *time;
    };
    if (provider.config.jwksUrl.empty() || !since(provider.asked, askedAgain) ||
        (!missing && !since(provider.fetched, keysAge)))
        return false;
    provider.asked = now;
    return true;
}

void Providers::fetchKeys(Provider& provider)
{
    const Fetch& fetch = provider.byOperator ? _fetch.anywhere : _fetch.outside;
    const auto text = fetch(provider.config.jwksUrl);
    const auto document = text ? JsonDocument::parse(*text) : std::nullopt;
    std::map<std::string, PublicKey, std::less<>> keys;
    if (document)
        document->root()["keys"].each([&](Json jwk) {
            if (auto key = PublicKey::fromJwk(jwk, provider.algorithm))
                keys.emplace(jwk.textOr("kid"), *std::move(key));
            return keys.size() < keysMax;
        });
    if (keys.empty()) // the last good set is kept
        return Log::warning("the keys of an identity provider could not be fetched",
                            {{"provider", provider.config.name}});
    const std::lock_guard lock(_mutex);
    provider.keys = std::move(keys);
    provider.fetched = _clock.now();
}

std::optional<PublicKey> Providers::keyOf(Provider& provider, Json header)
{
    const std::string_view id = provider.config.jwksUrl.empty() ? keyOfPem : header.textOr("kid");
    const auto known = [&]() -> std::optional<PublicKey> {
        const auto found = provider.keys.find(id);
        return found == provider.keys.end() ? std::nullopt : std::optional(found->second);
    };
    std::unique_lock lock(_mutex);
    if (isDue(provider, !known())) {
        lock.unlock();
        fetchKeys(provider);
        lock.lock();
    }
    if (provider.keys.empty()) // nothing can be said of any token yet
        throw Error(Refusal::Unavailable, "the keys of the identity provider " +
                                              provider.config.name +
                                              " are not there yet; try again");
    return known();
}

std::optional<OutsideIdentity> Providers::verify(std::string_view token)
{
    const List providers = all();
    if (providers.empty())
        return std::nullopt;
    const auto read = Jwt::read(token);
    if (!read)
        return std::nullopt;
    const Json claims = read->claims.root();
    const auto found = std::ranges::find_if(providers, [&](const auto& each) {
        return claims.textOr("iss") == each->config.issuer &&
               isPlain(read->header.root(), each->algorithm) &&
               isOf(claims, each->config.organization);
    });
    const auto key = found == providers.end() ? std::nullopt : keyOf(**found, read->header.root());
    if (!key || !key->verifies(read->signedPart, read->signature))
        return std::nullopt;

    const ProviderConfig& config = (*found)->config;
    const Time now = _clock.now();
    const auto expires = timeOf(claims["exp"]);
    const auto notYet = [&](std::string_view claim) {
        const Json given = claims[claim];
        return given && timeOf(given).value_or(Time{INT64_MAX}) > now + skew;
    };
    const std::string subject = shortened(claims.textOr("sub"));
    if (!expires || *expires <= now || notYet("nbf") || notYet("iat") || subject.empty() ||
        !names(claims["aud"], config.audience))
        return std::nullopt;

    OutsideIdentity identity{config.name,
                             config.tenant,
                             config.issuer,
                             subject,
                             shortened(claims.textOr("name")),
                             shortened(claims.textOr("email")),
                             {},
                             *expires};
    identity.role = roleIn(config, at(claims, config.rolesClaim));
    return identity;
}

std::string Providers::roleIn(const ProviderConfig& provider, Json theirs)
{
    for (const auto& [wanted, ours] : provider.roles)
        if (names(theirs, wanted))
            return ours;
    return {};
}

void Providers::refresh()
{
    for (const auto& provider : all()) {
        {
            const std::lock_guard lock(_mutex);
            if (!isDue(*provider, false))
                continue;
        }
        fetchKeys(*provider);
    }
}

} // namespace spokehub::access
