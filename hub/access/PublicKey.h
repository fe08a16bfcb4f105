#pragma once

#include "core/Json.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spokehub::access
{

enum class Algorithm
{
    RS256, // RSASSA-PKCS1-v1_5
    PS256, // RSASSA-PSS
    ES256, // ECDSA on P-256
};

std::string_view name(Algorithm algorithm);

/// Somebody else's public key, good for one algorithm and no other (RFC 7518). Immutable; any
/// thread.
class PublicKey
{
public:
    /// Nothing when it is none, or not for this algorithm; RSA has 2048 bits at least.
    static std::optional<PublicKey> fromJwk(Json jwk, Algorithm algorithm);
    static std::optional<PublicKey> fromPem(const std::string& pem, Algorithm algorithm);

    bool verifies(std::string_view data, std::string_view signature) const;

private:
    PublicKey(std::shared_ptr<void> key, Algorithm algorithm)
        : _key(std::move(key)), _algorithm(algorithm)
    {
    }
    static std::optional<PublicKey> checked(std::shared_ptr<void> key, Algorithm algorithm);

    std::shared_ptr<void> _key;
    Algorithm _algorithm;
};

} // namespace spokehub::access
