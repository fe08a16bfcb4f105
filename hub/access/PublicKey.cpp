#include "access/PublicKey.h"

#include "access/EcKey.h"
#include "access/Secrets.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace spokehub::access
{

namespace
{

constexpr int rsaBitsMin = 2048;
constexpr int rsaBitsMax = 8192;

struct Free
{
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
    void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

std::shared_ptr<void> shared(EVP_PKEY* key)
{
    return key == nullptr ? nullptr : std::shared_ptr<void>(key, [](void* each) {
        EVP_PKEY_free(static_cast<EVP_PKEY*>(each));
    });
}

const unsigned char* bytesOf(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIGNUM> numberOf(Json text)
{
    const auto bytes = fromBase64Url(text.text().value_or(""));
    if (!bytes || bytes->empty() || bytes->size() > rsaBitsMax / 8)
        return nullptr;
    return Owned<BIGNUM>(BN_bin2bn(bytesOf(*bytes), static_cast<int>(bytes->size()), nullptr));
}

std::shared_ptr<void> rsaOf(Json jwk)
{
    const auto modulus = numberOf(jwk["n"]);
    const auto exponent = numberOf(jwk["e"]);
    const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
    if (!modulus || !exponent || !builder ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
        return nullptr;
    const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder.get()));
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* made = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
        return nullptr;
    return shared(made);
}

/// Of an EC key as EcKey takes it.
std::string pointOf(EVP_PKEY* key)
{
    unsigned char point[80];
    std::size_t size = 0;
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &size) !=
        1)
        return {};
    return {reinterpret_cast<const char*>(point), size};
}

std::shared_ptr<void> ecOf(const std::string& point)
{
    auto key = EcKey::fromPoint(point);
    return key ? std::make_shared<EcKey>(*std::move(key)) : nullptr;
}

} // namespace

std::string_view name(Algorithm algorithm)
{
    switch (algorithm) {
    case Algorithm::RS256:
        return "RS256";
    case Algorithm::PS256:
        return "PS256";
    case Algorithm::ES256:
        return "ES256";
    }
    return "";
}

std::optional<PublicKey> PublicKey::checked(std::shared_ptr<void> key, Algorithm algorithm)
{
    auto* const native = static_cast<EVP_PKEY*>(key.get());
    if (native == nullptr)
        return std::nullopt;
    if (algorithm == Algorithm::ES256) {
        auto point = EVP_PKEY_is_a(native, "EC") == 1 ? ecOf(pointOf(native)) : nullptr;
        return point ? std::optional(PublicKey(std::move(point), algorithm)) : std::nullopt;
    }
    const int bits = EVP_PKEY_is_a(native, "RSA") == 1 ? EVP_PKEY_get_bits(native) : 0;
    if (bits < rsaBitsMin || bits > rsaBitsMax)
        return std::nullopt;
    return PublicKey(std::move(key), algorithm);
}

std::optional<PublicKey> PublicKey::fromJwk(Json jwk, Algorithm algorithm)
{
    const std::string_view use = jwk.textOr("use", "sig");
    if (use != "sig" || jwk.textOr("alg", name(algorithm)) != name(algorithm))
        return std::nullopt;
    if (algorithm != Algorithm::ES256)
        return jwk.textOr("kty") == "RSA" ? checked(rsaOf(jwk), algorithm) : std::nullopt;
    const auto x = fromBase64Url(jwk.textOr("x"));
    const auto y = fromBase64Url(jwk.textOr("y"));
    if (jwk.textOr("kty") != "EC" || jwk.textOr("crv") != "P-256" || !x || !y)
        return std::nullopt;
    auto key = ecOf("\x04" + *x + *y);
    return key ? std::optional(PublicKey(std::move(key), algorithm)) : std::nullopt;
}

std::optional<PublicKey> PublicKey::fromPem(const std::string& pem, Algorithm algorithm)
{
    const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (!bio)
        return std::nullopt;
    return checked(shared(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr)), algorithm);
}

bool PublicKey::verifies(std::string_view data, std::string_view signature) const
{
    if (_algorithm == Algorithm::ES256)
        return static_cast<const EcKey*>(_key.get())->verifies(data, signature);
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr; // the context's own
    const int padding = _algorithm == Algorithm::PS256 ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
    return context &&
           EVP_DigestVerifyInit(context.get(), &options, EVP_sha256(), nullptr,
                                static_cast<EVP_PKEY*>(_key.get())) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(options, padding) == 1 &&
           (padding == RSA_PKCS1_PADDING ||
            EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1) &&
           EVP_DigestVerify(context.get(), bytesOf(signature), signature.size(), bytesOf(data),
                            data.size()) == 1;
}

} // namespace spokehub::access
