#include "core/TimeZone.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;

class TimeZoneTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TimeZoneTest);
    CPPUNIT_TEST(aDayBeginsAtItsOwnMidnight);
    CPPUNIT_TEST(aDayOnWhichClocksChangeIsShorterOrLonger);
    CPPUNIT_TEST(aMomentBelongsToTheDayThere);
    CPPUNIT_TEST(whatTheMachineDoesNotKnowIsNoZone);
    CPPUNIT_TEST(aDayIsReadAndFollowedByTheNext);
    CPPUNIT_TEST_SUITE_END();

    static TimeZone zone(const char* name) { return TimeZone::find(name).value(); }
    static std::string begin(const char* name, Day day)
    {
        return toIso(zone(name).beginOf(day)).substr(0, 19);
    }
    static std::int64_t hours(const char* name, Day day)
    {
        const auto place = zone(name);
        return (place.beginOf(day.next()) - place.beginOf(day)).count() / 3'600'000'000;
    }

public:
    void aDayBeginsAtItsOwnMidnight()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-20T00:00:00"), begin("UTC", {2026, 11, 20}));
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-19T23:00:00"),
                             begin("Europe/Berlin", {2026, 11, 20}));
        CPPUNIT_ASSERT_EQUAL(std::string("2026-07-20T04:00:00"),
                             begin("America/New_York", {2026, 7, 20}));
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-19T18:15:00"),
                             begin("Asia/Kathmandu", {2026, 11, 20}));
    }

    void aDayOnWhichClocksChangeIsShorterOrLonger()
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{23}, hours("Europe/Berlin", {2026, 3, 29}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{25}, hours("Europe/Berlin", {2026, 10, 25}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{24}, hours("Europe/Berlin", {2026, 10, 26}));
    }

    void aMomentBelongsToTheDayThere()
    {
        const Time moment = timeFromIso("2026-11-20T23:30:00Z").value();

        CPPUNIT_ASSERT(zone("Europe/Berlin").dayOf(moment) == (Day{2026, 11, 21}));
        CPPUNIT_ASSERT(zone("America/New_York").dayOf(moment) == (Day{2026, 11, 20}));
    }

    void whatTheMachineDoesNotKnowIsNoZone()
    {
        for (const char* name : {"", "Europe/Atlantis", "../../../etc/passwd", "/etc/localtime",
                                 "Europe", "tzdata.zi"})
            CPPUNIT_ASSERT_MESSAGE(name, !TimeZone::find(name));
    }

    void aDayIsReadAndFollowedByTheNext()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("2028-02-29"),
                             Day::read("2028-02-28").value().next().text());
        CPPUNIT_ASSERT_EQUAL(std::string("2027-01-01"),
                             Day::read("2026-12-31").value().next().text());
        for (const char* text : {"2026-02-29", "2026-13-01", "2026-1-01", "20261120", "1969-12-31"})
            CPPUNIT_ASSERT_MESSAGE(text, !Day::read(text));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TimeZoneTest);
