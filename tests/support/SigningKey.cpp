#include "support/SigningKey.h"

#include "spokehub/Text.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdexcept>

namespace spokehub::test
{

namespace
{

EVP_PKEY* pkey(const std::shared_ptr<void>& key)
{
    return static_cast<EVP_PKEY*>(key.get());
}

} // namespace

SigningKey::SigningKey()
    : _key(EVP_EC_gen("P-256"), [](void* key) { EVP_PKEY_free(static_cast<EVP_PKEY*>(key)); })
{
}

std::string SigningKey::pem() const
{
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(pkey(_key), &der);
    const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return "-----BEGIN PUBLIC KEY-----" + toBase64(bytes) + "-----END PUBLIC KEY-----";
}

std::string SigningKey::sign(std::string_view data, const char* digest) const
{
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    std::string signature(128, '\0');
    std::size_t size = signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_get_digestbyname(digest), nullptr,
                           pkey(_key)) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(data.data()), data.size()) != 1)
        throw std::runtime_error("cannot sign");
    signature.resize(size);
    return signature;
}

} // namespace spokehub::test
