#include "core/FieldChecks.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;

class FieldChecksTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FieldChecksTest);
    CPPUNIT_TEST(goodTextPasses);
    CPPUNIT_TEST(charactersAreCountedNotBytes);
    CPPUNIT_TEST(badTextIsRefusedWithItsReason);
    CPPUNIT_TEST(everyWrongFieldIsNamed);
    CPPUNIT_TEST_SUITE_END();

public:
    void goodTextPasses()
    {
        for (const char* good : {"LEG-S", "a b", "größe/40", "\xe2\x82\xac", "\xf4\x8f\xbf\xbf"})
            CPPUNIT_ASSERT_EQUAL(std::string(), refusalOf(good));
    }

    void charactersAreCountedNotBytes()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), refusalOf("ääääääääää"));
        CPPUNIT_ASSERT_EQUAL(std::string("variant: sku has 11 characters, allowed are 1 to 10"),
                             refusalOf("äääääääääää"));
    }

    void badTextIsRefusedWithItsReason()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("variant: sku is missing"), refusalOf(""));
        for (const char* blank : {" A", "A ", " "})
            CPPUNIT_ASSERT_EQUAL(std::string("variant: sku begins or ends with a blank"),
                                 refusalOf(blank));
        for (const std::string& control : {std::string("A\n"), std::string("A\0B", 3),
                                           std::string("A\x7f"), std::string("A\xc2\x85")})
            CPPUNIT_ASSERT_EQUAL(std::string("variant: sku has a control character at place 2"),
                                 refusalOf(control));
        for (const char* broken : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                                   "\xf5\x80\x80\x80", "\xf4\x90\x80\x80", "\xc3("})
            CPPUNIT_ASSERT_EQUAL(std::string("variant: sku is not UTF-8"), refusalOf(broken));
    }

    void everyWrongFieldIsNamed()
    {
        FieldChecks checks;
        checks.number("price", -1, 0, 5).number("cost", 5, 0, 5).require(false, "color", "is odd");
        try {
            checks.refuse("variant");
            CPPUNIT_FAIL("it was taken");
        } catch (const Error& error) {
            CPPUNIT_ASSERT_EQUAL(
                std::string("variant: price is -1, allowed are 0 to 5; color is odd"),
                std::string(error.what()));
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, error.fields().size());
        }
    }

private:
    static std::string refusalOf(std::string_view sku)
    {
        try {
            FieldChecks().text("sku", sku, 1, 10).refuse("variant");
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FieldChecksTest);
