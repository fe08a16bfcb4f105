#include "core/Clock.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;

class ClockTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ClockTest);
    CPPUNIT_TEST(timesAreShownInUtcWithTheFractionTheyHave);
    CPPUNIT_TEST(zonesAndFractionsAreRead);
    CPPUNIT_TEST(whatIsShownIsReadBack);
    CPPUNIT_TEST(timesWithoutZoneAndImpossibleOnesAreNotRead);
    CPPUNIT_TEST(theSystemClockIsInThisCentury);
    CPPUNIT_TEST_SUITE_END();

public:
    static std::int64_t micros(std::string_view text)
    {
        const auto time = timeFromIso(text);
        CPPUNIT_ASSERT_MESSAGE(std::string(text), time.has_value());
        return time->micros;
    }

    void timesAreShownInUtcWithTheFractionTheyHave()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-20T12:00:00Z"), toIso({1'795'176'000'000'000}));
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-20T12:00:00.000007Z"),
                             toIso({1'795'176'000'000'007}));
        CPPUNIT_ASSERT_EQUAL(std::string("1969-12-31T23:59:59.999999Z"), toIso({-1}));
    }

    void zonesAndFractionsAreRead()
    {
        const std::int64_t noon = 1'795'176'000'000'000;

        for (const char* text :
             {"2026-11-20T12:00:00Z", "2026-11-20T07:00:00-05:00", "2026-11-20T17:30:00+0530",
              "2026-11-20 12:00:00.000Z", "2026-11-21T11:59:00+23:59"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, noon, micros(text));
        CPPUNIT_ASSERT_EQUAL(noon + 120'000, micros("2026-11-20T12:00:00.12Z"));
        CPPUNIT_ASSERT_EQUAL(noon + 123'456, micros("2026-11-20T12:00:00.123456999Z"));
    }

    void whatIsShownIsReadBack()
    {
        for (const std::int64_t time : {std::int64_t{0}, std::int64_t{951'782'400'000'001},
                                        std::int64_t{4'102'444'800'000'000}})
            CPPUNIT_ASSERT_EQUAL(time, micros(toIso({time})));
    }

    void timesWithoutZoneAndImpossibleOnesAreNotRead()
    {
        for (const char* text :
             {"", "2026-11-20", "2026-11-20T12:00:00", "2026-13-20T12:00:00Z",
              "2026-02-29T12:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T12:60:00Z",
              "2026-11-20T12:00:00.Z", "2026-11-20T12:00:00Zx", "2026-11-20T12:00:00+5",
              "2026-11-20T12:00:00+24:00", "2O26-11-20T12:00:00Z"})
            CPPUNIT_ASSERT_MESSAGE(text, !timeFromIso(text));
    }

    void theSystemClockIsInThisCentury()
    {
        const Time now = SystemClock().now();

        CPPUNIT_ASSERT(now.micros > micros("2025-01-01T00:00:00Z"));
        CPPUNIT_ASSERT(now.micros < micros("2100-01-01T00:00:00Z"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClockTest);
