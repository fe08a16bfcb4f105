#include "core/Digest.h"

#include "spokehub/Text.h"

#include <openssl/sha.h>

namespace spokehub
{

Digest sha256(std::string_view data)
{
    static_assert(sizeof(Digest) == SHA256_DIGEST_LENGTH);
    Digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data());
    return digest;
}

std::string hexOf(std::span<const unsigned char> bytes)
{
    return toHex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string sha256Hex(std::string_view data)
{
    return hexOf(sha256(data));
}

} // namespace spokehub
