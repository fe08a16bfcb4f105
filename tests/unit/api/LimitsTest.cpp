#include "api/Limits.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;

class LimitsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LimitsTest);
    CPPUNIT_TEST(aMinutesWorthMayComeAtOnce);
    CPPUNIT_TEST(eachCallerHasHisOwn);
    CPPUNIT_TEST(withoutALimitNothingIsSaid);
    CPPUNIT_TEST(aKeyIsUnderWayOnce);
    CPPUNIT_TEST_SUITE_END();

    static constexpr Time now{1'000'000'000'000};

public:
    void aMinutesWorthMayComeAtOnce()
    {
        api::RateLimits limits(3);
        for (int i = 2; i >= 0; --i) {
            const auto standing = limits.take(1, "key:till", now);
            CPPUNIT_ASSERT(standing.allowed);
            CPPUNIT_ASSERT_EQUAL(std::to_string(i), standing.headers.at(1).value);
        }

        const auto refused = limits.take(1, "key:till", now);
        CPPUNIT_ASSERT(!refused.allowed);
        CPPUNIT_ASSERT_EQUAL(20, refused.retryAfter);
        CPPUNIT_ASSERT(!limits.take(1, "key:till", now + std::chrono::seconds(19)).allowed);
        CPPUNIT_ASSERT(limits.take(1, "key:till", now + std::chrono::seconds(20)).allowed);
    }

    void eachCallerHasHisOwn()
    {
        api::RateLimits limits(1);
        CPPUNIT_ASSERT(limits.take(1, "key:till", now).allowed);

        CPPUNIT_ASSERT(limits.take(1, "ada", now).allowed);
        CPPUNIT_ASSERT(limits.take(2, "key:till", now).allowed);
        CPPUNIT_ASSERT(!limits.take(1, "key:till", now).allowed);
    }

    void withoutALimitNothingIsSaid()
    {
        api::RateLimits limits(0);
        for (int i = 0; i < 1000; ++i)
            CPPUNIT_ASSERT(limits.take(1, "ada", now).allowed);
        CPPUNIT_ASSERT(limits.take(1, "ada", now).headers.empty());
    }

    void aKeyIsUnderWayOnce()
    {
        api::UnderWay underWay;
        CPPUNIT_ASSERT(underWay.enter(1, "k"));
        CPPUNIT_ASSERT(!underWay.enter(1, "k"));
        CPPUNIT_ASSERT(underWay.enter(2, "k"));
        underWay.leave(1, "k");
        CPPUNIT_ASSERT(underWay.enter(1, "k"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LimitsTest);
