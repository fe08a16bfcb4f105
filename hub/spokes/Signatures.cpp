#include "spokes/Signatures.h"

#include "spokehub/Text.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include <algorithm>

namespace spokehub::spokes
{

namespace
{

struct Free
{
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* bytes(std::string_view from)
{
    return reinterpret_cast<const unsigned char*>(from.data());
}

const EVP_MD* algorithm(std::uint32_t digest)
{
    switch (digest) {
    case SPH_SHA1:
        return EVP_sha1();
    case SPH_SHA256:
        return EVP_sha256();
    case SPH_SHA512:
        return EVP_sha512();
    default:
        return nullptr;
    }
}

/// What stands between the lines of a PEM, without white space.
std::string base64Of(std::string_view pem)
{
    constexpr std::string_view first = "-----BEGIN PUBLIC KEY-----";
    constexpr std::string_view last = "-----END PUBLIC KEY-----";
    const auto begin = pem.find(first);
    const auto end = pem.find(last);
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin)
        return {};
    std::string text(pem.substr(begin + first.size(), end - begin - first.size()));
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
    return text;
}

} // namespace

std::size_t digestBytes(std::uint32_t digest)
{
    const EVP_MD* md = algorithm(digest);
    return md == nullptr ? 0 : static_cast<std::size_t>(EVP_MD_get_size(md));
}

/// One context for each thread, given a new key each time: no lock, and no fetch of the algorithm
/// for each call.
bool hmac(std::uint32_t digest, std::string_view key, std::string_view data,
          std::span<unsigned char> out)
{
    const EVP_MD* md = algorithm(digest);
    if (md == nullptr)
        return false;
    thread_local const std::unique_ptr<EVP_MAC_CTX, Free> context = [] {
        const std::unique_ptr<EVP_MAC, Free> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
        return std::unique_ptr<EVP_MAC_CTX, Free>(EVP_MAC_CTX_new(mac.get()));
    }();
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string("digest", const_cast<char*>(EVP_MD_get0_name(md)), 0),
        OSSL_PARAM_construct_end()};
    std::size_t size = 0;
    return EVP_MAC_init(context.get(), bytes(key), key.size(), parameters) == 1 &&
           EVP_MAC_update(context.get(), bytes(data), data.size()) == 1 &&
           EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1 && size == out.size();
}

bool digestOf(std::uint32_t digest, std::span<const std::string_view> parts,
              std::span<unsigned char> out)
{
    const EVP_MD* md = algorithm(digest);
    if (md == nullptr || out.size() != digestBytes(digest))
        return false;
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    bool good = EVP_DigestInit_ex(context.get(), md, nullptr) == 1;
    for (const auto part : parts)
        good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    return good && EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1;
}

std::optional<PublicKey> PublicKey::fromPem(std::string_view pem)
{
    const auto der = fromBase64(base64Of(pem));
    if (!der || der->empty())
        return std::nullopt;
    const unsigned char* at = bytes(*der);
    std::shared_ptr<void> key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der->size())),
                              [](void* made) { EVP_PKEY_free(static_cast<EVP_PKEY*>(made)); });
    if (!key)
        return std::nullopt;
    const int kind = EVP_PKEY_get_base_id(static_cast<EVP_PKEY*>(key.get()));
    if (kind != EVP_PKEY_EC && kind != EVP_PKEY_RSA)
        return std::nullopt;
    return PublicKey(std::move(key));
}

bool PublicKey::verifies(std::uint32_t digest, std::string_view data,
                         std::string_view signature) const
{
    const EVP_MD* md = algorithm(digest);
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    return md != nullptr &&
           EVP_DigestVerifyInit(context.get(), nullptr, md, nullptr,
                                static_cast<EVP_PKEY*>(_key.get())) == 1 &&
           EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(data),
                            data.size()) == 1;
}

} // namespace spokehub::spokes
