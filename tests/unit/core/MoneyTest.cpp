#include "core/Money.h"

#include <cppunit/extensions/HelperMacros.h>

#include <limits>

using namespace spokehub;

class MoneyTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MoneyTest);
    CPPUNIT_TEST(decimalsBecomeMinorUnitsOfTheirCurrency);
    CPPUNIT_TEST(minorUnitsBecomeDecimals);
    CPPUNIT_TEST(digitsThatTheCurrencyLacksAreRefusedUnlessZero);
    CPPUNIT_TEST(whatIsNotPlainDecimalTextIsRefused);
    CPPUNIT_TEST(amountsBeyond63BitsAreRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    static std::int64_t minor(std::string_view text, std::string_view currency)
    {
        const auto value = minorFromDecimal(text, currency);
        CPPUNIT_ASSERT_MESSAGE(std::string(text), value.has_value());
        return *value;
    }

    void decimalsBecomeMinorUnitsOfTheirCurrency()
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6500}, minor("65.00", "USD"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6500}, minor("65", "USD"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6550}, minor("65.5", "EUR"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-1}, minor("-0.01", "USD"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{65}, minor("65", "JPY"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1234}, minor("1.234", "KWD"));
    }

    void minorUnitsBecomeDecimals()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("65.00"), decimalFromMinor(6500, "USD"));
        CPPUNIT_ASSERT_EQUAL(std::string("0.05"), decimalFromMinor(5, "USD"));
        CPPUNIT_ASSERT_EQUAL(std::string("-1.20"), decimalFromMinor(-120, "USD"));
        CPPUNIT_ASSERT_EQUAL(std::string("65"), decimalFromMinor(65, "JPY"));
        CPPUNIT_ASSERT_EQUAL(std::string("0.001"), decimalFromMinor(1, "KWD"));
        CPPUNIT_ASSERT_EQUAL(std::string("-92233720368547758.08"),
                             decimalFromMinor(std::numeric_limits<std::int64_t>::min(), "USD"));
    }

    void digitsThatTheCurrencyLacksAreRefusedUnlessZero()
    {
        CPPUNIT_ASSERT(!minorFromDecimal("12.345", "USD"));
        CPPUNIT_ASSERT(!minorFromDecimal("1.5", "JPY"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1234}, minor("12.34000", "USD"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, minor("1.00", "JPY"));
    }

    void whatIsNotPlainDecimalTextIsRefused()
    {
        for (const char* text : {"", "-", ".", "1.", ".5", "+1", "1e3", "1,00", " 1", "1 ", "0x10",
                                 "--1", "1.2.3", "NaN"})
            CPPUNIT_ASSERT_MESSAGE(text, !minorFromDecimal(text, "USD"));
    }

    void amountsBeyond63BitsAreRefused()
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9'223'372'036'854'775'807},
                             minor("92233720368547758.07", "USD"));
        CPPUNIT_ASSERT(!minorFromDecimal("92233720368547758.08", "USD"));
        CPPUNIT_ASSERT(!minorFromDecimal("922337203685477580700", "USD"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MoneyTest);
