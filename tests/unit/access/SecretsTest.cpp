#include "access/Secrets.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub::access;

class SecretsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SecretsTest);
    CPPUNIT_TEST(aSecretNamesItsKindAndItsTenant);
    CPPUNIT_TEST(whatIsNoneNamesNoTenant);
    CPPUNIT_TEST(base64UrlGoesBothWays);
    CPPUNIT_TEST(base64UrlHasOneFormAlone);
    CPPUNIT_TEST_SUITE_END();

public:
    void aSecretNamesItsKindAndItsTenant()
    {
        const std::string one = secret::make(secret::apiKey, 70);

        CPPUNIT_ASSERT(secret::tenantOf(secret::apiKey, one) == 70);
        CPPUNIT_ASSERT(!secret::tenantOf(secret::cookie, one));
        CPPUNIT_ASSERT(one != secret::make(secret::apiKey, 70));
        CPPUNIT_ASSERT_EQUAL(std::size_t{32}, secret::hashOf(one).size());
    }

    void whatIsNoneNamesNoTenant()
    {
        const std::string rest(43, 'A');
        CPPUNIT_ASSERT(secret::tenantOf("shk", "shk_1_" + rest));
        for (const std::string& text :
             {std::string(), std::string("shk"), std::string("shk_"), "shk_0_" + rest,
              "shk_-1_" + rest, "shk__" + rest, "shk_1" + rest, "shk_1_" + rest + "A",
              "shk_99999999999999999999_" + rest, "shx_1_" + rest})
            CPPUNIT_ASSERT_MESSAGE(text, !secret::tenantOf("shk", text));
    }

    void base64UrlGoesBothWays()
    {
        for (const auto& [bytes, text] : {std::pair<std::string, std::string>{"", ""},
                                          {"f", "Zg"},
                                          {"fo", "Zm8"},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg"},
                                          {"\xfb\xff\xfe", "-__-"}})
        {
            CPPUNIT_ASSERT_EQUAL(text, toBase64Url(bytes));
            CPPUNIT_ASSERT(fromBase64Url(text) == bytes);
        }
    }

    void base64UrlHasOneFormAlone()
    {
        for (const char* text : {"Z", "Zg==", "Zh", "Zm9", "+/+/", "Zg\n", "Zm 8"})
            CPPUNIT_ASSERT_MESSAGE(text, !fromBase64Url(text));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SecretsTest);
