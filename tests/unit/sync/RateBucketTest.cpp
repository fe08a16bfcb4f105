#include "sync/RateBucket.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>
#include <vector>

using namespace spokehub;
using namespace spokehub::sync;
using namespace std::chrono_literals;

class RateBucketTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RateBucketTest);
    CPPUNIT_TEST(aFullBucketLetsABurstThroughAndThenFillsByItself);
    CPPUNIT_TEST(overNoWindowIsMoreTakenThanCapacityAndRateAllow);
    CPPUNIT_TEST(noFractionIsLostHoweverOftenItIsAsked);
    CPPUNIT_TEST(ratesBelowOneASecondAreExact);
    CPPUNIT_TEST(aCostBeyondTheCapacityNeedsAFullBucket);
    CPPUNIT_TEST(theChannelsWordReplacesOurs);
    CPPUNIT_TEST(aBlockIsWaitedOutAndTheLongestHolds);
    CPPUNIT_TEST(withoutAKnownLimitNothingWaits);
    CPPUNIT_TEST(aClockThatGoesBackGivesNothing);
    CPPUNIT_TEST(afterTheClockWasSetBackItFillsFromThenOn);
    CPPUNIT_TEST_SUITE_END();

public:
    void aFullBucketLetsABurstThroughAndThenFillsByItself()
    {
        RateBucket bucket({.capacity = 3000, .restorePerSecond = 2000, .cost = 1000}, start);

        for (int i = 0; i < 3; ++i) {
            CPPUNIT_ASSERT(bucket.waitFor(start) == 0us);
            bucket.take(start);
        }

        CPPUNIT_ASSERT(bucket.waitFor(start) == 500ms);
        CPPUNIT_ASSERT(bucket.waitFor(start + 499'999us) == 1us);
        CPPUNIT_ASSERT(bucket.waitFor(start + 500ms) == 0us);
        bucket.take(start + 10s);
        CPPUNIT_ASSERT(bucket.waitFor(start + 10s) == 0us);
    }

    void overNoWindowIsMoreTakenThanCapacityAndRateAllow()
    {
        for (unsigned seed = 1; seed <= 200; ++seed) {
            std::mt19937 random(seed);
            const auto any = [&](std::int64_t least, std::int64_t most) {
                return std::uniform_int_distribution<std::int64_t>(least, most)(random);
            };
            const std::int64_t cost = any(1, 20'000);
            const RateBucket::Rate rate{cost + any(0, 100'000), any(1, 200'000), cost};
            RateBucket bucket(rate, start);
            std::vector<Time> taken;
            for (Time now = start; taken.size() < 40;
                 now = now + std::chrono::microseconds(any(0, 300'000))) {
                now = now + bucket.waitFor(now);
                CPPUNIT_ASSERT(bucket.waitFor(now) == 0us);
                bucket.take(now);
                taken.push_back(now);
            }

            for (std::size_t first = 0; first < taken.size(); ++first)
                for (std::size_t last = first; last < taken.size(); ++last) {
                    const auto span =
                        static_cast<long double>((taken[last] - taken[first]).count());
                    const auto used = static_cast<long double>(last - first + 1) * rate.cost;
                    CPPUNIT_ASSERT(used <=
                                   rate.capacity + span * rate.restorePerSecond / 1e6L + 1e-6L);
                }
        }
    }

    void noFractionIsLostHoweverOftenItIsAsked()
    {
        const RateBucket::Rate rate{1'000'000, 7'001, 7};
        RateBucket bucket(rate, start);
        for (int i = 0; i < 100'000; ++i)
            bucket.take(start); // 700 of 1,000 are gone
        Time now = start;
        for (int i = 0; i < 1000; ++i) {
            now = now + 1ms; // makes 7.001
            bucket.take(now);
        }

        CPPUNIT_ASSERT(bucket.waitFor(now) == 0us);
        const RateBucket untouched({300'001, 1, 300'001}, start);
        CPPUNIT_ASSERT(untouched.waitFor(start) == 0us);
        RateBucket exact(rate, start);
        for (int i = 0; i < 142'857; ++i)
            exact.take(start); // 1 is left
        Time later = start;
        int calls = 0;
        for (int i = 0; i < 10'000; ++i) {
            later = later + 100us; // makes 0.7001
            if (exact.waitFor(later) == 0us) {
                exact.take(later);
                ++calls;
            }
        }
        CPPUNIT_ASSERT_EQUAL(1000, calls); // (1 + 7,001) / 7
    }

    void ratesBelowOneASecondAreExact()
    {
        RateBucket bucket({.capacity = 1000, .restorePerSecond = 3, .cost = 1000}, start);
        bucket.take(start);

        CPPUNIT_ASSERT(bucket.waitFor(start) == 333'333'334us);
        CPPUNIT_ASSERT(bucket.waitFor(start + 333'333'334us) == 0us);
        CPPUNIT_ASSERT(bucket.waitFor(start + 333'333'333us) > 0us);
    }

    void aCostBeyondTheCapacityNeedsAFullBucket()
    {
        RateBucket bucket({.capacity = 1000, .restorePerSecond = 1000, .cost = 3000}, start);

        CPPUNIT_ASSERT(bucket.waitFor(start) == 0us);
        bucket.take(start);

        CPPUNIT_ASSERT(bucket.waitFor(start) == 3s);
    }

    void theChannelsWordReplacesOurs()
    {
        RateBucket bucket({.capacity = 10'000, .restorePerSecond = 1000, .cost = 1000}, start);

        bucket.learn(start, 500, 2000, 100);
        CPPUNIT_ASSERT(bucket.waitFor(start) == 5s);
        bucket.learn(start, 9000, 2000, 100);
        bucket.take(start);
        bucket.take(start);
        CPPUNIT_ASSERT(bucket.waitFor(start) == 10s);
        bucket.learn(start, 9000, 0, 0); // says nothing

        CPPUNIT_ASSERT(bucket.waitFor(start) == 10s);
    }

    void aBlockIsWaitedOutAndTheLongestHolds()
    {
        RateBucket bucket({.capacity = 1000, .restorePerSecond = 1000, .cost = 1000}, start);

        bucket.block(start + 30s);
        bucket.block(start + 10s);

        CPPUNIT_ASSERT(bucket.waitFor(start) == 30s);
        CPPUNIT_ASSERT(bucket.waitFor(start + 30s) == 0us);
    }

    void withoutAKnownLimitNothingWaits()
    {
        RateBucket bucket({}, start);
        for (int i = 0; i < 100; ++i)
            bucket.take(start);

        CPPUNIT_ASSERT(bucket.waitFor(start) == 0us);
        bucket.block(start + 1s);
        CPPUNIT_ASSERT(bucket.waitFor(start) == 1s);
    }

    void afterTheClockWasSetBackItFillsFromThenOn()
    {
        const Time begin{1'000'000'000};
        RateBucket bucket({.capacity = 1000, .restorePerSecond = 1000, .cost = 1000}, begin);
        bucket.take(begin);
        bucket.block(begin + std::chrono::hours(1));
        const Time before = begin - std::chrono::minutes(10);

        bucket.clockSetBack(before);

        CPPUNIT_ASSERT(bucket.waitFor(before) == std::chrono::seconds(1));
        CPPUNIT_ASSERT(bucket.waitFor(before + std::chrono::seconds(1)).count() == 0);
    }

    void aClockThatGoesBackGivesNothing()
    {
        RateBucket bucket({.capacity = 1000, .restorePerSecond = 1000, .cost = 1000}, start);
        bucket.take(start);

        CPPUNIT_ASSERT(bucket.waitFor(start - 1h) == 1s);
    }

private:
    static constexpr Time start{1'795'176'000'000'000};
};

CPPUNIT_TEST_SUITE_REGISTRATION(RateBucketTest);
