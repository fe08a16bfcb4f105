#include "access/TenantProviders.h"

#include "access/PublicKey.h"
#include "core/Error.h"
#include "core/FieldChecks.h"
#include "core/Json.h"
#include "core/Suggestion.h"

#include <algorithm>
#include <array>

namespace spokehub::access
{

namespace
{

constexpr std::size_t nameMax = 40;
constexpr std::size_t textMax = 500;
constexpr std::size_t pemMax = 10'000;
constexpr std::size_t rolesMax = 50;

#define PROVIDER_COLUMNS                                                                           \
    "SELECT p.name, p.issuer, p.audience, p.algorithm, p.jwks_url, p.public_key, p.organization, " \
    "p.roles_claim, p.roles, t.name FROM identity_provider p JOIN tenant t ON t.id = p.tenant_id "
constexpr store::Sql selectAll{PROVIDER_COLUMNS "ORDER BY p.tenant_id, p.name"};
constexpr store::Sql selectOne{PROVIDER_COLUMNS "WHERE p.tenant_id = $1 AND p.name = $2"};
#undef PROVIDER_COLUMNS

constexpr store::Sql upsert{R"(
    INSERT INTO identity_provider (tenant_id, name, issuer, audience, algorithm, jwks_url, public_key, organization, roles_claim,
                                   roles, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (tenant_id, name) DO UPDATE
    SET issuer = excluded.issuer, audience = excluded.audience, algorithm = excluded.algorithm, jwks_url = excluded.jwks_url,
        public_key = excluded.public_key, organization = excluded.organization, roles_claim = excluded.roles_claim,
        roles = excluded.roles, updated_at = excluded.updated_at)"};
constexpr store::Sql deleteOne{"DELETE FROM identity_provider WHERE tenant_id = $1 AND name = $2"};

std::string rolesJson(const ProviderConfig& provider)
{
    JsonWriter json;
    json.beginArray();
    for (const auto& [theirs, ours] : provider.roles)
        json.beginArray().value(theirs).value(ours).endArray();
    return json.endArray().take();
}

ProviderConfig providerOf(const store::Row& row)
{
    ProviderConfig provider;
    provider.name = row.string(0);
    provider.issuer = row.string(1);
    provider.audience = row.string(2);
    provider.algorithm = row.string(3);
    provider.jwksUrl = row.string(4);
    provider.publicKey = Secret(row.string(5));
    provider.organization = row.string(6);
    provider.rolesClaim = row.string(7);
    if (const auto roles = JsonDocument::parse(row.text(8)))
        roles->root().each([&](Json pair) {
            std::vector<std::string> both;
            pair.each([&](Json role) {
                both.emplace_back(role.text().value_or(""));
                return true;
            });
            if (both.size() == 2)
                provider.roles.emplace_back(both[0], both[1]);
            return true;
        });
    provider.tenant = row.string(9);
    return provider;
}

bool isName(std::string_view text)
{
    return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

bool isKeyFor(const std::string& pem, std::string_view algorithm)
{
    for (const Algorithm each : {Algorithm::RS256, Algorithm::PS256, Algorithm::ES256})
        if (algorithm == name(each))
            return PublicKey::fromPem(pem, each).has_value();
    return false;
}

void check(const ProviderConfig& provider, const Roles& roles)
{
    const std::string& pem = provider.publicKey.reveal();
    const bool known = provider.algorithm == "RS256" || provider.algorithm == "PS256" ||
                       provider.algorithm == "ES256";
    FieldChecks checks;
    checks.text("name", provider.name, 1, nameMax)
        .require(isName(provider.name), "name", "must be lowercase letters, digits and \"-\"")
        .text("issuer", provider.issuer, 1, textMax)
        .text("audience", provider.audience, 1, textMax)
        .text("organization", provider.organization, 0, textMax)
        .text("roles_claim", provider.rolesClaim, 1, textMax)
        .require(known, "algorithm", "is none of RS256, PS256, ES256")
        .require(provider.jwksUrl.empty() != pem.empty(), "jwks_url",
                 "or public_key must be given, and not both")
        .require(provider.jwksUrl.empty() || provider.jwksUrl.starts_with("https://"), "jwks_url",
                 "does not begin with https://")
        .require(provider.jwksUrl.size() <= textMax && pem.size() <= pemMax, "jwks_url",
                 "or public_key is too long")
        .require(pem.empty() || !known || isKeyFor(pem, provider.algorithm), "public_key",
                 "is no PEM public key for " + provider.algorithm)
        .require(!provider.roles.empty() && provider.roles.size() <= rolesMax, "roles",
                 "must map 1 to " + std::to_string(rolesMax) + " roles of theirs to ours");
    for (const auto& [theirs, ours] : provider.roles) {
        const auto may = roles.of(ours);
        checks.require(may.has_value(), "roles." + theirs,
                       "is no role of this hub (" + suggestion(ours, roles.names()) + ")");
        checks.require(!may || Permissions::merchants().includes(*may), "roles." + theirs,
                       "is the provider's own");
    }
    checks.refuse("provider");
}

} // namespace

std::vector<ProviderConfig> TenantProviders::all(store::Session& session)
{
    std::vector<ProviderConfig> all;
    session.query(selectAll, {}, [&](const store::Row& row) { all.push_back(providerOf(row)); });
    return all;
}

std::vector<ProviderConfig> TenantProviders::of(store::Session& session, Id tenant,
                                                const std::string& name)
{
    std::vector<ProviderConfig> found;
    session.query(selectOne, {tenant, name},
                  [&](const store::Row& row) { found.push_back(providerOf(row)); });
    return found;
}

/// A token names its issuer, and perhaps an organization: by these alone its tenant is found.
void TenantProviders::requireOwnIssuer(store::Tx& tx, const ProviderConfig& provider) const
{
    auto others = all(tx);
    std::erase_if(others, [&](const ProviderConfig& other) {
        return other.tenant == provider.tenant && other.name == provider.name;
    });
    others.insert(others.end(), _config.auth.providers.begin(), _config.auth.providers.end());
    for (const ProviderConfig& other : others) {
        const bool apart = !other.organization.empty() && !provider.organization.empty() &&
                           other.organization != provider.organization;
        if (!apart && other.issuer == provider.issuer)
            throw Error(Refusal::Conflict,
                        "the issuer " + provider.issuer +
                            " vouches for others already: its tokens could be meant for either "
                            "(organization tells them apart)",
                        {{"issuer", "vouches for others already"}});
    }
}

void TenantProviders::put(store::Tx& tx, Id tenant, const ProviderConfig& provider) const
{
    check(provider, _config.roles);
    requireOwnIssuer(tx, provider);
    tx.write(upsert, {tenant, provider.name, provider.issuer, provider.audience, provider.algorithm,
                      provider.jwksUrl, provider.publicKey.reveal(), provider.organization,
                      provider.rolesClaim, rolesJson(provider), _clock.now()});
    tx.note(store::Difference(provider.tenant)
                .told("identity_provider", provider.name)
                .told("issuer", provider.issuer)
                .told("audience", provider.audience)
                .told("algorithm", provider.algorithm)
                .maybe("jwks_url", provider.jwksUrl)
                .raw("roles", rolesJson(provider)));
}

void TenantProviders::remove(store::Tx& tx, Id tenant, const std::string& name) const
{
    if (tx.execute(deleteOne, {tenant, name}) == 0)
        throw Error(Refusal::NotFound, "there is no identity provider " + name);
    tx.note(store::Difference().told("identity_provider_removed", name));
}

} // namespace spokehub::access
