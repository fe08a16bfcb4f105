#include "access/ApiKeys.h"

#include "core/Error.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace spokehub::access
{

namespace
{

std::array<unsigned char, 32> hashOf(std::string_view key)
{
    std::array<unsigned char, 32> hash{};
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), hash.data());
    return hash;
}

} // namespace

ApiKeys::ApiKeys(const std::vector<ApiKeyConfig>& keys, const Roles& roles)
{
    for (const ApiKeyConfig& key : keys) {
        const auto permissions = roles.of(key.role);
        if (!permissions)
            throw Error(Refusal::BadRequest,
                        "API key " + key.name + ": there is no role " + key.role);
        _keys.push_back({hashOf(key.key.reveal()),
                         {{{mainTenant, "key:" + key.name}, *permissions, key.role}, key.tenant}});
    }
}

std::optional<ApiKeys::Found> ApiKeys::find(std::string_view presented) const
{
    if (presented.empty())
        return std::nullopt; // an empty secret opens nothing
    const Hash hash = hashOf(presented);
    const Known* found = nullptr;
    for (const Known& known : _keys)
        if (CRYPTO_memcmp(hash.data(), known.hash.data(), hash.size()) == 0)
            found = &known;
    return found == nullptr ? std::nullopt : std::optional(found->found);
}

} // namespace spokehub::access
