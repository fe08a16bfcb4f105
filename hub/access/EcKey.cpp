#include "access/EcKey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <stdexcept>

namespace spokehub::access
{

namespace
{

constexpr std::size_t pointBytes = 65;
constexpr int halfBytes = 32; // of a signature: r and s
constexpr const char* curve = "prime256v1";

struct Free
{
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

void require(bool done, const char* what)
{
    if (!done)
        throw std::runtime_error(std::string("OpenSSL: cannot ") + what);
}

const unsigned char* bytesOf(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

EVP_PKEY* native(const std::shared_ptr<void>& key)
{
    return static_cast<EVP_PKEY*>(key.get());
}

} // namespace

EcKey EcKey::generate()
{
    EVP_PKEY* made = EVP_EC_gen(curve);
    require(made != nullptr, "make a key");
    std::shared_ptr<void> key(made,
                              [](void* each) { EVP_PKEY_free(static_cast<EVP_PKEY*>(each)); });
    std::array<unsigned char, pointBytes> point{};
    std::size_t size = 0;
    require(EVP_PKEY_get_octet_string_param(made, OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                            point.size(), &size) == 1 &&
                size == point.size(),
            "read a key's point");
    return {std::move(key), std::string(reinterpret_cast<const char*>(point.data()), size)};
}

std::optional<EcKey> EcKey::fromPoint(std::string_view point)
{
    if (point.size() != pointBytes || point.front() != 4)
        return std::nullopt;
    std::string group = curve;
    std::string copy(point);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data(), copy.size()),
        OSSL_PARAM_construct_end()};
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* made = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY,
                          const_cast<OSSL_PARAM*>(params)) != 1)
        return std::nullopt;
    std::shared_ptr<void> key(made,
                              [](void* each) { EVP_PKEY_free(static_cast<EVP_PKEY*>(each)); });
    return EcKey(std::move(key), std::move(copy));
}

std::string EcKey::sign(std::string_view data) const
{
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    std::array<unsigned char, 80> der{};
    std::size_t size = der.size();
    require(context &&
                EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, native(_key)) ==
                    1 &&
                EVP_DigestSign(context.get(), der.data(), &size, bytesOf(data), data.size()) == 1,
            "sign");
    const unsigned char* at = der.data();
    const Owned<ECDSA_SIG> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
    std::array<unsigned char, 2 * halfBytes> raw{};
    require(
        signature &&
            BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), halfBytes) == halfBytes &&
            BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + halfBytes, halfBytes) ==
                halfBytes,
        "write a signature");
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

bool EcKey::verifies(std::string_view data, std::string_view signature) const
{
    if (signature.size() != 2 * halfBytes)
        return false;
    const Owned<ECDSA_SIG> parts(ECDSA_SIG_new());
    require(parts != nullptr, "read a signature");
    ECDSA_SIG_set0(parts.get(), BN_bin2bn(bytesOf(signature), halfBytes, nullptr),
                   BN_bin2bn(bytesOf(signature) + halfBytes, halfBytes, nullptr));
    std::array<unsigned char, 80> der{};
    unsigned char* at = der.data();
    const int size = i2d_ECDSA_SIG(parts.get(), &at);
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    return size > 0 && context &&
           EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, native(_key)) == 1 &&
           EVP_DigestVerify(context.get(), der.data(), static_cast<std::size_t>(size),
                            bytesOf(data), data.size()) == 1;
}

} // namespace spokehub::access
