#include "access/ApiKeys.h"

#include "core/Digest.h"
#include "core/Error.h"

#include <openssl/crypto.h>

#include <mutex>

namespace spokehub::access
{

ApiKeys::ApiKeys(const std::vector<ApiKeyConfig>& keys, const Roles& roles)
    : _keys(known(keys, roles))
{
}

void ApiKeys::replace(const std::vector<ApiKeyConfig>& keys, const Roles& roles)
{
    std::vector<Known> fresh = known(keys, roles);
    const std::unique_lock lock(_mutex);
    _keys = std::move(fresh);
}

std::vector<ApiKeys::Known> ApiKeys::known(const std::vector<ApiKeyConfig>& keys,
                                           const Roles& roles)
{
    std::vector<Known> all;
    for (const ApiKeyConfig& key : keys) {
        const auto permissions = roles.of(key.role);
        if (!permissions)
            throw Error(Refusal::BadRequest,
                        "API key " + key.name + ": there is no role " + key.role);
        all.push_back({sha256(key.key.reveal()),
                       {{{mainTenant, "key:" + key.name}, *permissions, key.role}, key.tenant}});
    }
    return all;
}

std::optional<ApiKeys::Found> ApiKeys::find(std::string_view presented) const
{
    if (presented.empty())
        return std::nullopt; // an empty secret opens nothing
    const Hash hash = sha256(presented);
    const std::shared_lock lock(_mutex);
    const Known* found = nullptr;
    for (const Known& known : _keys)
        if (CRYPTO_memcmp(hash.data(), known.hash.data(), hash.size()) == 0)
            found = &known;
    return found == nullptr ? std::nullopt : std::optional(found->found);
}

} // namespace spokehub::access
