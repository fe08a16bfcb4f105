#include "access/Providers.h"

#include "access/EcKey.h"
#include "access/Secrets.h"
#include "core/Error.h"
#include "support/TestClock.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

using namespace spokehub;
using namespace spokehub::access;
using namespace spokehub::test;

namespace
{

/// A provider's RSA key.
struct RsaKey
{
    explicit RsaKey(unsigned bits = 2048) : key(EVP_RSA_gen(bits), EVP_PKEY_free) {}

    std::string number(const char* parameter) const
    {
        BIGNUM* value = nullptr;
        EVP_PKEY_get_bn_param(key.get(), parameter, &value);
        std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
        BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
        BN_free(value);
        return toBase64Url(bytes);
    }
    std::string jwk(const std::string& kid, const std::string& more = "") const
    {
        return R"({"kty":"RSA","kid":")" + kid + R"(","n":")" + number(OSSL_PKEY_PARAM_RSA_N) +
               R"(","e":")" + number(OSSL_PKEY_PARAM_RSA_E) + "\"" + more + "}";
    }
    std::string pem() const
    {
        const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
        PEM_write_bio_PUBKEY(bio.get(), key.get());
        char* data = nullptr;
        const long size = BIO_get_mem_data(bio.get(), &data);
        return {data, static_cast<std::size_t>(size)};
    }
    std::string sign(const std::string& data, int padding = RSA_PKCS1_PADDING) const
    {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                              EVP_MD_CTX_free);
        EVP_PKEY_CTX* options = nullptr;
        EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key.get());
        EVP_PKEY_CTX_set_rsa_padding(options, padding);
        if (padding == RSA_PKCS1_PSS_PADDING)
            EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
        const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
        std::size_t size = 0;
        EVP_DigestSign(context.get(), nullptr, &size, bytes, data.size());
        std::string signature(size, '\0');
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytes, data.size());
        return signature;
    }

    std::shared_ptr<EVP_PKEY> key;
};

std::string replaced(std::string text, const std::string& what, const std::string& by)
{
    const auto at = text.find(what);
    CPPUNIT_ASSERT_MESSAGE(text + " has no " + what, at != text.npos);
    return text.replace(at, what.size(), by);
}

} // namespace

class ProvidersTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ProvidersTest);
    CPPUNIT_TEST(aGoodTokenSaysWhoItIs);
    CPPUNIT_TEST(eachAlgorithmVerifiesWithItsOwnKeys);
    CPPUNIT_TEST(aKeyMayBeGivenInsteadOfAnAddress);
    CPPUNIT_TEST(forgedTokensAreRefused);
    CPPUNIT_TEST(anUnknownKeyIsAskedForOnceAMinute);
    CPPUNIT_TEST(theLastGoodKeysAreKept);
    CPPUNIT_TEST(withoutAnyKeysNothingIsSaidOfAToken);
    CPPUNIT_TEST(aKeyThatIsWithdrawnIsNoLongerGood);
    CPPUNIT_TEST(keysThatDoNotFitTheAlgorithmAreLeftOut);
    CPPUNIT_TEST(rolesAreMappedInTheOrderOfTheConfiguration);
    CPPUNIT_TEST(anOrganizationIsAskedForWhereItIsConfigured);
    CPPUNIT_TEST(oneProviderDoesNotVouchForAnother);
    CPPUNIT_TEST_SUITE_END();

    TestClock clock;
    std::string served; // at the address of the keys; empty: cannot be had
    int asked = 0;
    const std::int64_t now = TestClock::start.micros / 1'000'000;
    const std::string header = R"({"alg":"RS256","typ":"JWT","kid":"k1"})";
    const std::string claims =
        R"({"iss":"https://id.example","aud":"spokehub","sub":"s-1","exp":)" +
        std::to_string(now + 600) + R"(,"nbf":)" + std::to_string(now) + R"(,"iat":)" +
        std::to_string(now) +
        R"(,"name":"Eva","email":"eva@example.com","roles":["staff","other"]})";

    /// One for all tests: making one takes time.
    static const RsaKey& rsa()
    {
        static const RsaKey key;
        return key;
    }

    static ProviderConfig config()
    {
        ProviderConfig config;
        config.name = "keycloak";
        config.issuer = "https://id.example";
        config.audience = "spokehub";
        config.algorithm = "RS256";
        config.jwksUrl = "https://id.example/certs";
        config.roles = {{"boss", "manager"}, {"staff", "employee"}};
        return config;
    }

    Providers with(const std::vector<ProviderConfig>& configs)
    {
        const Providers::Fetch fetch = [this](const std::string&) {
            ++asked;
            return served.empty() ? std::nullopt : std::optional(served);
        };
        return Providers(configs, clock, {fetch, fetch});
    }

    static std::string made(const RsaKey& key, const std::string& header, const std::string& claims,
                            int padding = RSA_PKCS1_PADDING)
    {
        const std::string data = toBase64Url(header) + "." + toBase64Url(claims);
        return data + "." + toBase64Url(key.sign(data, padding));
    }

    static std::string set(const std::string& keys) { return "{\"keys\":[" + keys + "]}"; }

public:
    void setUp() override
    {
        served = set(rsa().jwk("k1"));
        asked = 0;
        clock.set(TestClock::start);
    }

    void aGoodTokenSaysWhoItIs()
    {
        Providers providers = with({config()});

        const auto identity = providers.verify(made(rsa(), header, claims));

        CPPUNIT_ASSERT_EQUAL(std::string("keycloak"), identity.value().provider);
        CPPUNIT_ASSERT_EQUAL(std::string("https://id.example"), identity->issuer);
        CPPUNIT_ASSERT_EQUAL(std::string("s-1"), identity->subject);
        CPPUNIT_ASSERT_EQUAL(std::string("Eva"), identity->fullName);
        CPPUNIT_ASSERT_EQUAL(std::string("eva@example.com"), identity->email);
        CPPUNIT_ASSERT_EQUAL(std::string("employee"), identity->role);
        CPPUNIT_ASSERT((identity->expiresAt == Time{(now + 600) * 1'000'000}));
        CPPUNIT_ASSERT(providers.verify(
            made(rsa(), header,
                 replaced(claims, "\"aud\":\"spokehub\"", R"("aud":["shop","spokehub"])"))));
        CPPUNIT_ASSERT(
            providers.verify(made(rsa(), replaced(header, "\"typ\":\"JWT\",", ""), claims)));
        CPPUNIT_ASSERT_EQUAL(1, asked);
    }

    void eachAlgorithmVerifiesWithItsOwnKeys()
    {
        auto pss = config();
        pss.algorithm = "PS256";
        CPPUNIT_ASSERT(with({pss}).verify(
            made(rsa(), replaced(header, "RS256", "PS256"), claims, RSA_PKCS1_PSS_PADDING)));
        CPPUNIT_ASSERT(
            !with({pss}).verify(made(rsa(), replaced(header, "RS256", "PS256"), claims)));

        auto ec = config();
        ec.algorithm = "ES256";
        const EcKey key = EcKey::generate();
        served = set(R"({"kty":"EC","crv":"P-256","kid":"k1","x":")" +
                     toBase64Url(key.point().substr(1, 32)) + R"(","y":")" +
                     toBase64Url(key.point().substr(33)) + "\"}");
        const std::string data =
            toBase64Url(replaced(header, "RS256", "ES256")) + "." + toBase64Url(claims);
        CPPUNIT_ASSERT(with({ec}).verify(data + "." + toBase64Url(key.sign(data))));
    }

    void aKeyMayBeGivenInsteadOfAnAddress()
    {
        auto given = config();
        given.jwksUrl.clear();
        given.publicKey = Secret(rsa().pem());
        Providers providers = with({given});

        CPPUNIT_ASSERT(providers.verify(made(rsa(), header, claims)));
        CPPUNIT_ASSERT(!providers.verify(made(RsaKey(), header, claims)));
        providers.refresh();
        CPPUNIT_ASSERT_EQUAL(0, asked);

        for (const std::string& bad : {std::string("x"), RsaKey(1024).pem()}) {
            given.publicKey = Secret(bad);
            CPPUNIT_ASSERT_THROW(with({given}), Error);
        }
        given.publicKey = Secret(rsa().pem());
        given.algorithm = "ES256";
        CPPUNIT_ASSERT_THROW(with({given}), Error);
    }

    void forgedTokensAreRefused()
    {
        Providers providers = with({config()});
        const std::string good = made(rsa(), header, claims);
        CPPUNIT_ASSERT(providers.verify(good));
        std::vector<std::string> forged{"",
                                        ".",
                                        "..",
                                        "...",
                                        "a.b.c",
                                        good + ".",
                                        "." + good,
                                        good + "A",
                                        good + "=",
                                        good.substr(0, good.rfind('.')),
                                        good.substr(0, good.rfind('.') + 1),
                                        good.substr(good.find('.') + 1),
                                        std::string(10'000, 'a') + good};
        using Change = std::pair<std::string, std::string>;

        for (const auto& [what, by] : std::initializer_list<Change>{
                 {"RS256", "none"},
                 {"RS256", "NONE"},
                 {"RS256", "HS256"},
                 {"RS256", "RS384"},
                 {"RS256", "RS512"},
                 {"RS256", "PS256"},
                 {"RS256", "ES256"},
                 {"RS256", "rs256"},
                 {"\"RS256\"", "null"},
                 {"\"RS256\"", "[\"RS256\"]"},
                 {"\"alg\":\"RS256\",", ""},
                 {"\"JWT\"", "\"id+jwt\""},
                 {"\"JWT\"", "\"logout+jwt\""},
                 {"\"JWT\"", "null"},
                 {"\"JWT\"", "7"},
                 {"\"k1\"", "\"k2\""},
                 {"\"k1\"", "\"\""},
                 {"\"k1\"", "null"},
                 {"\"k1\"", "[\"k1\"]"},
                 {",\"kid\":\"k1\"", ""},
                 {"\"k1\"", "\"k1\",\"jku\":\"https://evil.example/keys\""},
                 {"\"k1\"", "\"k1\",\"jwk\":" + RsaKey().jwk("k1")},
                 {"\"k1\"", "\"k1\",\"x5u\":\"https://evil.example/cert\""},
                 {"\"k1\"", "\"k1\",\"x5c\":[\"MII\"]"},
                 {"\"k1\"", "\"k1\",\"crit\":[\"exp\"]"},
                 {"\"k1\"", "\"k1\",\"b64\":false"},
                 {"\"k1\"", "\"k1\",\"zip\":\"DEF\""}})
            forged.push_back(made(rsa(), replaced(header, what, by), claims));
        for (const char* other : {"[]", "null", "\"RS256\"", "{", "not json"})
            forged.push_back(made(rsa(), other, claims));

        const std::string exp = "\"exp\":" + std::to_string(now + 600);
        const std::string nbf = "\"nbf\":" + std::to_string(now);
        const std::string iat = "\"iat\":" + std::to_string(now);
        const std::string later = std::to_string(now + 120);
        for (const auto& [what, by] : std::initializer_list<Change>{
                 {"https://id.example", "https://id.example/"},
                 {"https://id.example", "https://evil.example"},
                 {"https://id.example", "HTTPS://id.example"},
                 {"\"https://id.example\"", "null"},
                 {"\"https://id.example\"", "[\"https://id.example\"]"},
                 {"\"iss\":\"https://id.example\",", ""},
                 {"\"aud\":\"spokehub\"", "\"aud\":\"shop\""},
                 {"\"aud\":\"spokehub\"", "\"aud\":[]"},
                 {"\"aud\":\"spokehub\"", "\"aud\":[\"shop\",[\"spokehub\"]]"},
                 {"\"aud\":\"spokehub\"", "\"aud\":null"},
                 {"\"aud\":\"spokehub\",", ""},
                 {"\"sub\":\"s-1\"", "\"sub\":\"\""},
                 {"\"sub\":\"s-1\"", "\"sub\":7"},
                 {"\"sub\":\"s-1\"", "\"sub\":\"" + std::string(201, 's') + "\""},
                 {"\"sub\":\"s-1\",", ""},
                 {exp, "\"exp\":" + std::to_string(now)},
                 {exp, "\"exp\":" + std::to_string(now - 3600)},
                 {exp, "\"exp\":0"},
                 {exp, "\"exp\":-1"},
                 {exp, "\"exp\":1e99"},
                 {exp, "\"exp\":9223372036854775807"},
                 {exp, "\"exp\":\"" + later + "\""},
                 {exp, "\"exp\":null"},
                 {exp + ",", ""},
                 {nbf, "\"nbf\":" + later},
                 {nbf, "\"nbf\":\"" + std::to_string(now) + "\""},
                 {nbf, "\"nbf\":-5"},
                 {iat, "\"iat\":" + later},
                 {iat, "\"iat\":9223372036854775807"}})
            forged.push_back(made(rsa(), header, replaced(claims, what, by)));

        // Not signed, or not by the provider.
        const std::string data = toBase64Url(header) + "." + toBase64Url(claims);
        forged.push_back(made(RsaKey(), header, claims));
        forged.push_back(made(rsa(), header, claims, RSA_PKCS1_PSS_PADDING));
        for (const std::size_t size : {0, 1, 64, 255, 256, 257})
            forged.push_back(data + "." + toBase64Url(std::string(size, '\x01')));
        const std::string none = toBase64Url(replaced(header, "RS256", "none"));
        forged.push_back(none + "." + toBase64Url(claims) + ".");
        forged.push_back(none + "." + toBase64Url(claims) + good.substr(good.rfind('.')));
        for (const std::string& key :
             {rsa().pem(), rsa().number(OSSL_PKEY_PARAM_RSA_N), rsa().jwk("k1"), std::string()})
        {
            const std::string hs =
                toBase64Url(replaced(header, "RS256", "HS256")) + "." + toBase64Url(claims);
            unsigned char mac[32];
            unsigned int size = 0;
            HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                 reinterpret_cast<const unsigned char*>(hs.data()), hs.size(), mac, &size);
            forged.push_back(hs + "." + toBase64Url({reinterpret_cast<char*>(mac), size}));
        }
        forged.push_back(toBase64Url(header) + "." +
                         toBase64Url(replaced(claims, "staff", "boss")) +
                         good.substr(good.rfind('.')));
        for (std::size_t at = 0; at < good.size(); at += good.size() / 20) {
            std::string bent = good;
            bent[at] = bent[at] == 'A' ? 'B' : 'A';
            forged.push_back(bent);
        }

        for (const std::string& token : forged)
            CPPUNIT_ASSERT_MESSAGE(token, !providers.verify(token));
        CPPUNIT_ASSERT(forged.size() >= 100);
        CPPUNIT_ASSERT(providers.verify(good));
    }

    void anUnknownKeyIsAskedForOnceAMinute()
    {
        Providers providers = with({config()});
        const RsaKey fresh;
        const std::string known = made(rsa(), header, claims);
        const std::string unknown = made(fresh, replaced(header, "k1", "k2"), claims);
        CPPUNIT_ASSERT(providers.verify(known));

        served = set(rsa().jwk("k1") + "," + fresh.jwk("k2"));
        for (int i = 0; i < 5; ++i)
            CPPUNIT_ASSERT(!providers.verify(unknown));
        CPPUNIT_ASSERT_EQUAL(1, asked);

        clock.advance(Providers::askedAgain);
        CPPUNIT_ASSERT(providers.verify(unknown));
        CPPUNIT_ASSERT(providers.verify(known));
        CPPUNIT_ASSERT_EQUAL(2, asked);
    }

    void theLastGoodKeysAreKept()
    {
        Providers providers = with({config()});
        providers.refresh();
        CPPUNIT_ASSERT_EQUAL(1, asked);

        for (const char* bad :
             {"", "no json", "{}", R"({"keys":[]})", R"({"keys":[{"kty":"oct"}]})"}) {
            served = bad;
            clock.advance(Providers::keysAge);
            providers.refresh();
            CPPUNIT_ASSERT(providers.verify(
                made(rsa(), header,
                     replaced(claims, std::to_string(now + 600), std::to_string(now + 86'400)))));
        }
        CPPUNIT_ASSERT_EQUAL(6, asked);
    }

    void withoutAnyKeysNothingIsSaidOfAToken()
    {
        served.clear();
        Providers providers = with({config()});
        const std::string token = made(rsa(), header, claims);

        for (int i = 0; i < 2; ++i)
            CPPUNIT_ASSERT_THROW(providers.verify(token), Error);
        CPPUNIT_ASSERT_EQUAL(1, asked);
        served = set(rsa().jwk("k1"));
        clock.advance(Providers::askedAgain);
        CPPUNIT_ASSERT(providers.verify(token));
    }

    void aKeyThatIsWithdrawnIsNoLongerGood()
    {
        Providers providers = with({config()});
        const std::string token =
            made(rsa(), header,
                 replaced(claims, std::to_string(now + 600), std::to_string(now + 86'400)));
        CPPUNIT_ASSERT(providers.verify(token));

        served = set(RsaKey().jwk("k2"));
        clock.advance(Providers::keysAge);
        providers.refresh();

        CPPUNIT_ASSERT(!providers.verify(token));
    }

    void keysThatDoNotFitTheAlgorithmAreLeftOut()
    {
        const RsaKey small(1024);
        for (const std::string& key :
             {rsa().jwk("k1", R"(,"use":"enc")"), rsa().jwk("k1", R"(,"alg":"RS512")"),
              replaced(rsa().jwk("k1"), "RSA", "oct"), small.jwk("k1"),
              replaced(rsa().jwk("k1"), "\"n\":\"", "\"n\":\"*"),
              replaced(rsa().jwk("k1"), "\"n\"", "\"m\"")})
        {
            served = set(key);
            CPPUNIT_ASSERT_THROW_MESSAGE(key, with({config()}).verify(made(rsa(), header, claims)),
                                         Error);
        }
        served = set(small.jwk("k1") + "," + rsa().jwk("k2"));
        CPPUNIT_ASSERT(!with({config()}).verify(made(small, header, claims)));
    }

    void rolesAreMappedInTheOrderOfTheConfiguration()
    {
        const auto role = [&](const std::string& roles) {
            return with({config()})
                .verify(
                    made(rsa(), header, replaced(claims, R"("roles":["staff","other"])", roles)))
                .value()
                .role;
        };
        CPPUNIT_ASSERT_EQUAL(std::string("manager"), role(R"("roles":["staff","boss"])"));
        CPPUNIT_ASSERT_EQUAL(std::string("employee"), role(R"("roles":"staff")"));
        for (const char* none :
             {R"("roles":[])", R"("roles":["admin"])", R"("roles":7)", R"("roles":{"staff":true})",
              R"("role":"staff")", R"("roles":["Staff"])"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(none, std::string(), role(none));

        auto nested = config();
        nested.rolesClaim = "realm_access.roles";
        CPPUNIT_ASSERT_EQUAL(std::string("employee"),
                             with({nested})
                                 .verify(made(rsa(), header,
                                              replaced(claims, R"("roles":["staff","other"])",
                                                       R"("realm_access":{"roles":["staff"]})")))
                                 .value()
                                 .role);
    }

    void anOrganizationIsAskedForWhereItIsConfigured()
    {
        auto ours = config();
        ours.organization = "acme";
        Providers providers = with({ours});
        const auto good = [&](const std::string& claim) {
            return providers
                .verify(made(rsa(), header, replaced(claims, "\"name\"", claim + ",\"name\"")))
                .has_value();
        };

        CPPUNIT_ASSERT(good(R"("tenant_id":"acme")"));
        CPPUNIT_ASSERT(good(R"("organization":["other","acme"])"));
        CPPUNIT_ASSERT(!good(R"("tenant_id":"other")"));
        CPPUNIT_ASSERT(!good(R"("organization":["acme2"])"));
        CPPUNIT_ASSERT(!good(R"("organization":[])"));
        CPPUNIT_ASSERT(!good(R"("tenant":"acme")"));
    }

    void oneProviderDoesNotVouchForAnother()
    {
        auto other = config();
        other.name = "other";
        other.issuer = "https://other.example";
        const RsaKey theirs;
        other.jwksUrl.clear();
        other.publicKey = Secret(theirs.pem());
        Providers providers = with({config(), other});

        CPPUNIT_ASSERT(!providers.verify(made(theirs, header, claims)));
        const std::string claimsOfOther = replaced(claims, "https://id.example", other.issuer);
        CPPUNIT_ASSERT(!providers.verify(made(rsa(), header, claimsOfOther)));
        CPPUNIT_ASSERT_EQUAL(std::string("https://other.example"),
                             providers.verify(made(theirs, header, claimsOfOther)).value().issuer);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProvidersTest);
