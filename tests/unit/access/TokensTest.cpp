#include "access/Tokens.h"

#include "access/Secrets.h"
#include "core/Json.h"
#include "support/Engines.h"
#include "support/People.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

using namespace spokehub;
using namespace spokehub::access;
using namespace spokehub::test;

class TokensTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TokensTest);
    CPPUNIT_TEST(aTokenNamesItsSessionUntilItIsOver);
    CPPUNIT_TEST(anotherHubOfTheStoreKnowsIt);
    CPPUNIT_TEST(keysChangeAndTokensOutliveTheirKey);
    CPPUNIT_TEST(oldKeysAreGone);
    CPPUNIT_TEST(theKeySetHoldsThePublicHalvesAlone);
    CPPUNIT_TEST(forgedTokensAreRefused);
    CPPUNIT_TEST(aTokenIsNotGoodLongerThanItsSession);
    CPPUNIT_TEST_SUITE_END();

    std::optional<People> people;
    std::optional<Tokens> tokens;
    Holder holder{mainTenant, 7, "eva", "employee", 9, {}};

    Tokens hub(const std::string& issuer = "spokehub")
    {
        return Tokens(*people->database, people->commands, people->clock, issuer,
                      std::chrono::minutes(15));
    }

    static std::string part(std::string_view token, int index)
    {
        for (; index > 0; --index)
            token.remove_prefix(token.find('.') + 1);
        return fromBase64Url(token.substr(0, token.find('.'))).value();
    }

    static std::string replaced(std::string text, const std::string& what, const std::string& by)
    {
        const auto at = text.find(what);
        CPPUNIT_ASSERT_MESSAGE(text + " has no " + what, at != text.npos);
        return text.replace(at, what.size(), by);
    }

public:
    void setUp() override
    {
        people.emplace();
        tokens.emplace(*people->database, people->commands, people->clock, "spokehub",
                       std::chrono::minutes(15));
        tokens->rotate();
        holder.expiresAt = people->clock.now() + std::chrono::hours(1);
    }
    void tearDown() override
    {
        tokens.reset();
        people.reset();
    }

    void aTokenNamesItsSessionUntilItIsOver()
    {
        const std::string token = tokens->make(holder);

        const auto session = tokens->verify(token);
        CPPUNIT_ASSERT_EQUAL(Id{9}, session.value().id);
        CPPUNIT_ASSERT_EQUAL(mainTenant, session->tenant);
        people->clock.advance(std::chrono::minutes(15) - std::chrono::seconds(1));
        CPPUNIT_ASSERT(tokens->verify(token));
        people->clock.advance(std::chrono::seconds(1));
        CPPUNIT_ASSERT(!tokens->verify(token));
    }

    void anotherHubOfTheStoreKnowsIt()
    {
        Tokens other = hub();

        CPPUNIT_ASSERT(other.verify(tokens->make(holder)));
        CPPUNIT_ASSERT(!hub("somewhere else").verify(tokens->make(holder)));
    }

    void keysChangeAndTokensOutliveTheirKey()
    {
        tokens->rotate();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, people->database.count("signing_key"));
        people->clock.advance(Tokens::keyAge - std::chrono::seconds(1));
        holder.expiresAt = people->clock.now() + std::chrono::hours(1);
        const std::string token = tokens->make(holder);

        people->clock.advance(std::chrono::minutes(10));
        tokens->rotate();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, people->database.count("signing_key"));
        CPPUNIT_ASSERT(part(token, 0) != part(tokens->make(holder), 0));
        CPPUNIT_ASSERT(tokens->verify(token));
        CPPUNIT_ASSERT(hub().verify(token));
    }

    void oldKeysAreGone()
    {
        people->clock.advance(Tokens::keyAge + std::chrono::hours(1));

        tokens->rotate();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, people->database.count("signing_key"));
    }

    void theKeySetHoldsThePublicHalvesAlone()
    {
        hub().rotate();

        const auto set = JsonDocument::parse(tokens->jwks());

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, set.value().root()["keys"].size());
        set->root()["keys"].each([](Json key) {
            CPPUNIT_ASSERT_EQUAL(std::string("P-256"), std::string(key.textOr("crv")));
            CPPUNIT_ASSERT_EQUAL(std::size_t{43}, key.textOr("x").size());
            CPPUNIT_ASSERT_EQUAL(std::size_t{43}, key.textOr("y").size());
            CPPUNIT_ASSERT(!key["d"]);
            return true;
        });
    }

    void aTokenIsNotGoodLongerThanItsSession()
    {
        holder.expiresAt = people->clock.now() + std::chrono::minutes(1);
        const std::string token = tokens->make(holder);

        people->clock.advance(std::chrono::minutes(1));

        CPPUNIT_ASSERT(!tokens->verify(token));
    }

    /// Signed with a key of the store, whatever stands in it: so that each check is needed.
    static std::string made(const EcKey& key, const std::string& header, const std::string& claims)
    {
        const std::string data = toBase64Url(header) + "." + toBase64Url(claims);
        return data + "." + toBase64Url(key.sign(data));
    }

    void forgedTokensAreRefused()
    {
        const EcKey key = EcKey::generate();
        const std::string kid(22, 'k');
        people->database.run("INSERT INTO signing_key VALUES ('" + kid + "', '" +
                             toBase64Url(key.point()) + "', 0, 9000000000000000)");
        const std::string good = tokens->make(holder);
        const std::string header = R"({"alg":"ES256","typ":"at+jwt","kid":")" + kid + "\"}";
        const std::string claims = part(good, 1);
        CPPUNIT_ASSERT(tokens->verify(made(key, header, claims)));

        std::vector<std::string> forged{"",
                                        ".",
                                        "..",
                                        "a.b.c",
                                        good + ".",
                                        "." + good,
                                        good + "A",
                                        good.substr(0, good.rfind('.')),
                                        good.substr(0, good.rfind('.') + 1),
                                        std::string(10'000, 'a') + good};
        for (const auto& [what, by] : std::initializer_list<std::pair<std::string, std::string>>{
                 {"ES256", "none"},
                 {"ES256", "None"},
                 {"ES256", "HS256"},
                 {"ES256", "ES384"},
                 {"ES256", "es256"},
                 {"\"ES256\"", "null"},
                 {"at+jwt", "JWT"},
                 {"at+jwt", "id+jwt"},
                 {kid, std::string(22, 'u')},
                 {kid, ""},
                 {kid, kid + "k"},
                 {kid, "../../../etc/passwd"},
                 {"\"}", "\",\"jku\":\"https://evil.example\"}"},
                 {"\"}", "\",\"jwk\":{\"kty\":\"EC\"}}"},
                 {"\"}", "\",\"x5u\":\"https://evil.example\"}"},
                 {"\"}", "\",\"x5c\":[]}"},
                 {"\"}", "\",\"crit\":[\"exp\"]}"},
                 {"\"}", "\",\"b64\":false}"}})
            forged.push_back(made(key, replaced(header, what, by), claims));
        forged.push_back(made(key, "[]", claims));
        forged.push_back(made(key, "not json", claims));
        forged.push_back(made(key, R"({"alg":"ES256","kid":")" + kid + "\"}", claims));
        const std::string now = std::to_string(TestClock::start.micros / 1'000'000);
        const std::string exp = std::to_string(TestClock::start.micros / 1'000'000 + 15 * 60);
        for (const auto& [what, by] : std::initializer_list<std::pair<std::string, std::string>>{
                 {"\"iss\":\"spokehub\"", "\"iss\":\"other\""},
                 {"\"iss\":\"spokehub\"", "\"iss\":null"},
                 {"\"iss\":\"spokehub\",", ""},
                 {"\"aud\":\"spokehub\"", "\"aud\":\"shop\""},
                 {"\"aud\":\"spokehub\"", "\"aud\":[\"spokehub\"]"},
                 {"\"exp\":" + exp, "\"exp\":" + now},
                 {"\"exp\":" + exp, "\"exp\":0"},
                 {"\"exp\":" + exp, "\"exp\":-1"},
                 {"\"exp\":" + exp, "\"exp\":\"" + exp + "\""},
                 {"\"exp\":" + exp, "\"exp\":null"},
                 {",\"exp\":" + exp, ""},
                 {"\"iat\":" + now, "\"iat\":" + exp},
                 {"\"sid\":\"ses_", "\"sid\":\"usr_"},
                 {"\"sid\":\"ses_", "\"sod\":\"ses_"}})
            forged.push_back(made(key, header, replaced(claims, what, by)));
        // Signed by others, or not at all.
        const std::string data = toBase64Url(header) + "." + toBase64Url(claims);
        forged.push_back(made(EcKey::generate(), header, claims));
        forged.push_back(data + ".");
        forged.push_back(data + "." + toBase64Url(std::string(64, '\0')));
        forged.push_back(data + "." + toBase64Url(std::string(64, '\xff')));
        forged.push_back(toBase64Url(replaced(header, "ES256", "none")) + "." +
                         toBase64Url(claims) + ".");
        for (const std::string& secretKey : {key.point(), toBase64Url(key.point())}) {
            const std::string hs =
                toBase64Url(replaced(header, "ES256", "HS256")) + "." + toBase64Url(claims);
            unsigned char mac[32];
            unsigned int size = 0;
            HMAC(EVP_sha256(), secretKey.data(), static_cast<int>(secretKey.size()),
                 reinterpret_cast<const unsigned char*>(hs.data()), hs.size(), mac, &size);
            forged.push_back(hs + "." + toBase64Url({reinterpret_cast<char*>(mac), size}));
        }
        // One bit anywhere, and parts of two tokens.
        const std::string other =
            tokens->make({mainTenant, 8, "ann", "admin", 10, holder.expiresAt});
        forged.push_back(good.substr(0, good.rfind('.')) + other.substr(other.rfind('.')));
        for (std::size_t at = 0; at < good.size(); at += good.size() / 20) {
            std::string bent = good;
            bent[at] = bent[at] == 'A' ? 'B' : 'A';
            if (bent != good)
                forged.push_back(bent);
        }

        for (const std::string& token : forged)
            CPPUNIT_ASSERT_MESSAGE(token, !tokens->verify(token));
        CPPUNIT_ASSERT(forged.size() >= 60);
        CPPUNIT_ASSERT(tokens->verify(good));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(TokensTest);
