#include "catalog/Upis.h"

#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::catalog;

class UpisTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(UpisTest);
    CPPUNIT_TEST(theNameCarriesFamilyTypeAndIndex);
    CPPUNIT_TEST(theSignatureIsTheBeginningOfSha256);
    CPPUNIT_TEST(onlyPartsHaveAnIndexFromOneToNinetyNine);
    CPPUNIT_TEST(aFamilyCodeIsFiveDigits);
    CPPUNIT_TEST(aGeneratedSkuAppendsColourConditionAndSize);
    CPPUNIT_TEST(aGeneratedSkuNamesEveryWrongField);
    CPPUNIT_TEST(typesAreReadBackFromTheirCodes);
    CPPUNIT_TEST_SUITE_END();

public:
    void theNameCarriesFamilyTypeAndIndex()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("00845"), upisH({"00845", IdentityType::Product, {}}));
        CPPUNIT_ASSERT_EQUAL(std::string("00845-P-1"), upisH({"00845", IdentityType::Part, 1}));
        CPPUNIT_ASSERT_EQUAL(std::string("00845-P-99"), upisH({"00845", IdentityType::Part, 99}));
        CPPUNIT_ASSERT_EQUAL(std::string("02391-B"), upisH({"02391", IdentityType::Bundle, {}}));
        CPPUNIT_ASSERT_EQUAL(std::string("02391-K"), upisH({"02391", IdentityType::Kit, {}}));
    }

    void theSignatureIsTheBeginningOfSha256() // printf %s '00845|P|1' | openssl dgst -sha256
    {
        CPPUNIT_ASSERT_EQUAL(std::string("8EF3C261"),
                             signature({"00845", IdentityType::Product, {}}));
        CPPUNIT_ASSERT_EQUAL(std::string("0D9AC325"), signature({"00845", IdentityType::Part, 1}));
        CPPUNIT_ASSERT_EQUAL(std::string("0A0B1D80"), signature({"00845", IdentityType::Part, 99}));
        CPPUNIT_ASSERT_EQUAL(std::string("8E08F3AA"),
                             signature({"02391", IdentityType::Bundle, {}}));
        CPPUNIT_ASSERT_EQUAL(std::string("128F4FD7"), signature({"02391", IdentityType::Kit, {}}));
    }

    void onlyPartsHaveAnIndexFromOneToNinetyNine()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("identity: index is 0, allowed are 1 to 99"),
                             refusalOf([] {
                                 upisH({"00845", IdentityType::Part, 0});
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("identity: index is 100, allowed are 1 to 99"),
                             refusalOf([] {
                                 signature({"00845", IdentityType::Part, 100});
                             }));
        CPPUNIT_ASSERT_EQUAL(
            std::string("identity: index is missing: a part has a component index"), refusalOf([] {
                upisH({"00845", IdentityType::Part, {}});
            }));
        CPPUNIT_ASSERT_EQUAL(std::string("identity: index is only for parts"), refusalOf([] {
                                 upisH({"00845", IdentityType::Bundle, 1});
                             }));
    }

    void aFamilyCodeIsFiveDigits()
    {
        for (const char* wrong : {"", "845", "008450", "0084A", "-0845"})
            CPPUNIT_ASSERT_EQUAL(std::string("identity: family must be five digits, such as 00845"),
                                 refusalOf([&] {
                                     upisH({wrong, IdentityType::Product, {}});
                                 }));
    }

    void aGeneratedSkuAppendsColourConditionAndSize()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("00845-P-1-WY-N"),
                             generatedSku("00845-P-1", "WY", "N", ""));
        CPPUNIT_ASSERT_EQUAL(std::string("00845-P-1-WY-R-L"),
                             generatedSku("00845-P-1", "WY", "R", "L"));
    }

    void aGeneratedSkuNamesEveryWrongField()
    {
        try {
            generatedSku("00845", "wy", "X", "one size");
            CPPUNIT_FAIL("it was taken");
        } catch (const Error& error) {
            CPPUNIT_ASSERT(error.refusal() == Refusal::BadRequest);
            CPPUNIT_ASSERT_EQUAL(std::size_t{3}, error.fields().size());
            CPPUNIT_ASSERT_EQUAL(std::string("color"), error.fields()[0].field);
            CPPUNIT_ASSERT_EQUAL(std::string("condition"), error.fields()[1].field);
            CPPUNIT_ASSERT_EQUAL(std::string("size"), error.fields()[2].field);
        }
    }

    void typesAreReadBackFromTheirCodes()
    {
        for (const auto type :
             {IdentityType::Product, IdentityType::Part, IdentityType::Bundle, IdentityType::Kit})
            CPPUNIT_ASSERT(identityTypeOf(codeOf(type)) == type);
        CPPUNIT_ASSERT(!identityTypeOf("p"));
    }

private:
    template <class Call>
    static std::string refusalOf(const Call& call)
    {
        try {
            call();
        } catch (const Error& error) {
            return error.what();
        }
        return "it was taken";
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpisTest);
