#include "spokes/Vault.h"

#include "spokehub/Text.h"
#include "spokehub/abi.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::spokes;

class VaultTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(VaultTest);
    CPPUNIT_TEST(secretsPairsAndTokensArePutIn);
    CPPUNIT_TEST(whatIsNotConfiguredIsNamed);
    CPPUNIT_TEST(whatStandsForNothingStays);
    CPPUNIT_TEST(macsHaveTheDigestAsked);
    CPPUNIT_TEST(aKeyInBase64IsDecodedBehindItsPrefix);
    CPPUNIT_TEST(aDigestTakesTheSecretInTheMiddle);
    CPPUNIT_TEST(whatIsLearnedIsBlottedOutToo);
    CPPUNIT_TEST(otherSecretsTakeThePlaceAndTheOldOnesStayHidden);
    CPPUNIT_TEST_SUITE_END();

    Vault vault{{{"user", {"Aladdin"}},
                 {"password", {"open sesame"}},
                 {"hook", {"Jefe", "older"}},
                 {"whsec", {"whsec_SmVmZQ=="}}, // Jefe
                 {"none", {}}}};
    std::string why;

    std::string expanded(const std::string& text)
    {
        return vault
            .expanded(text, why, [](std::string_view grant) { return "tok-" + std::string(grant); })
            .value_or("!");
    }
    std::string mac(std::uint32_t digest, const std::string& name, std::uint32_t form, int expected)
    {
        std::string bytes(64, '\0');
        CPPUNIT_ASSERT_EQUAL(expected, vault.hmac(digest, name, 0, form,
                                                  "what do ya want for nothing?", bytes.data()));
        return toHex(bytes.substr(0, 20));
    }

    void secretsPairsAndTokensArePutIn()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), // RFC 7617
                             expanded("Basic ${basic:user:password}"));
        CPPUNIT_ASSERT_EQUAL(std::string("Jefe, tok-app."),
                             expanded("${secret:hook}, ${oauth:app}."));
    }

    void whatIsNotConfiguredIsNamed()
    {
        for (const char* text : {"${secret:none}", "${basic:user:none}", "${basic:none:user}"}) {
            why.clear();
            CPPUNIT_ASSERT_EQUAL(std::string("!"), expanded(text));
            CPPUNIT_ASSERT_EQUAL(std::string("the secret 'none' is not configured"), why);
        }
    }

    void whatStandsForNothingStays()
    {
        for (const char* text : {"$", "${", "${}", "${secret:hook", "${other:hook}", "a${b}c"})
            CPPUNIT_ASSERT_EQUAL(std::string(text), expanded(text));
        CPPUNIT_ASSERT_EQUAL(std::string("${oauth:app}"),
                             vault.expanded("${oauth:app}", why).value());
    }

    void macsHaveTheDigestAsked() // RFC 2202 and 4231, case 2
    {
        CPPUNIT_ASSERT_EQUAL(std::string("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
                             mac(SPH_SHA1, "hook", SPH_KEY_TEXT, SPH_DONE));
        CPPUNIT_ASSERT_EQUAL(std::string("5bdcc146bf60754e6a042426089575c75a003f08"),
                             mac(SPH_SHA256, "hook", SPH_KEY_TEXT, SPH_DONE));
        CPPUNIT_ASSERT_EQUAL(std::string("164b7a7bfcf819e2e395fbe73b56e0a387bd6422"),
                             mac(SPH_SHA512, "hook", SPH_KEY_TEXT, SPH_DONE));
        mac(9, "hook", SPH_KEY_TEXT, SPH_UNSUPPORTED);
        mac(SPH_SHA256, "none", SPH_KEY_TEXT, SPH_CONFIG);
    }

    void aKeyInBase64IsDecodedBehindItsPrefix()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("5bdcc146bf60754e6a042426089575c75a003f08"),
                             mac(SPH_SHA256, "whsec", SPH_KEY_BASE64, SPH_DONE));
        mac(SPH_SHA256, "password", SPH_KEY_BASE64, SPH_CONFIG);
        mac(SPH_SHA256, "hook", 7, SPH_UNSUPPORTED);
    }

    void aDigestTakesTheSecretInTheMiddle()
    {
        std::string whole(32, '\0'), parts(32, '\0');
        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0,
                             vault.digest(SPH_SHA256, "codeJefeplace", "", "", whole.data()));
        CPPUNIT_ASSERT_EQUAL(SPH_DONE + 0,
                             vault.digest(SPH_SHA256, "code", "hook", "place", parts.data()));
        CPPUNIT_ASSERT_EQUAL(toHex(whole), toHex(parts));
        CPPUNIT_ASSERT_EQUAL(SPH_CONFIG + 0,
                             vault.digest(SPH_SHA256, "", "none", "", parts.data()));
    }

    void whatIsLearnedIsBlottedOutToo()
    {
        expanded("Basic ${basic:user:password}");
        vault.learn("tok-1");

        CPPUNIT_ASSERT_EQUAL(std::string("[access token] [access token] [secret password]"),
                             vault.blotted("tok-1 QWxhZGRpbjpvcGVuIHNlc2FtZQ== open sesame"));
    }

    void otherSecretsTakeThePlaceAndTheOldOnesStayHidden()
    {
        const auto before = vault.version();
        vault.set({{"hook", {"new"}}});

        CPPUNIT_ASSERT(before != vault.version());
        CPPUNIT_ASSERT_EQUAL(std::string("new"), expanded("${secret:hook}"));
        CPPUNIT_ASSERT_EQUAL(std::string("!"), expanded("${secret:user}"));
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{1}, vault.count("hook"));
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{0}, vault.count("password"));
        CPPUNIT_ASSERT_EQUAL(std::string("[secret hook] [secret password] [secret hook]"),
                             vault.blotted("new open sesame Jefe"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(VaultTest);
