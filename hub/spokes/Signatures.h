#pragma once

#include "spokehub/abi.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace spokehub::spokes
{

/// Bytes of a digest of abi.h (SPH_SHA1, ...); 0: there is no such digest.
std::size_t digestBytes(std::uint32_t digest);

/// `out` has digestBytes(digest). False: no such digest.
bool hmac(std::uint32_t digest, std::string_view key, std::string_view data,
          std::span<unsigned char> out);
bool digestOf(std::uint32_t digest, std::span<const std::string_view> parts,
              std::span<unsigned char> out);

/// A public key for signatures: EC or RSA. Immutable; any thread.
class PublicKey
{
public:
    /// From PEM, whose line breaks do not matter. Nothing when it is none, or of another kind.
    static std::optional<PublicKey> fromPem(std::string_view pem);

    bool verifies(std::uint32_t digest, std::string_view data, std::string_view signature) const;

private:
    explicit PublicKey(std::shared_ptr<void> key) : _key(std::move(key)) {}
    std::shared_ptr<void> _key;
};

} // namespace spokehub::spokes
