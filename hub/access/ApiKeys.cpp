#include "access/ApiKeys.h"

#include "core/Digest.h"
#include "core/Error.h"

#include <openssl/crypto.h>

namespace spokehub::access
{

ApiKeys::ApiKeys(const std::vector<ApiKeyConfig>& keys, const Roles& roles)
{
    for (const ApiKeyConfig& key : keys) {
        const auto permissions = roles.of(key.role);
        if (!permissions)
            throw Error(Refusal::BadRequest,
                        "API key " + key.name + ": there is no role " + key.role);
        _keys.push_back({sha256(key.key.reveal()),
                         {{{mainTenant, "key:" + key.name}, *permissions, key.role}, key.tenant}});
    }
}

std::optional<ApiKeys::Found> ApiKeys::find(std::string_view presented) const
{
    if (presented.empty())
        return std::nullopt; // an empty secret opens nothing
    const Hash hash = sha256(presented);
    const Known* found = nullptr;
    for (const Known& known : _keys)
        if (CRYPTO_memcmp(hash.data(), known.hash.data(), hash.size()) == 0)
            found = &known;
    return found == nullptr ? std::nullopt : std::optional(found->found);
}

} // namespace spokehub::access
