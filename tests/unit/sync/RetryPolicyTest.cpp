#include "sync/RetryPolicy.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

using namespace spokehub::sync;
using namespace std::chrono_literals;

class RetryPolicyTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RetryPolicyTest);
    CPPUNIT_TEST(everyWaitIsBetweenHalfAndAllOfTheDoubledBaseAndNeverAboveTheCap);
    CPPUNIT_TEST(waitsGrowWithTheAttemptAndWithChance);
    CPPUNIT_TEST(theLastAttemptIsTheLast);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyWaitIsBetweenHalfAndAllOfTheDoubledBaseAndNeverAboveTheCap()
    {
        for (const RetryPolicy& policy : policies) {
            std::chrono::milliseconds full = std::min(policy.base, policy.cap);
            for (int attempt = 1; attempt <= 70; ++attempt) {
                for (int random = 0; random < 1024; random += 31) {
                    const auto wait = policy.waitAfter(attempt, random);
                    CPPUNIT_ASSERT(wait >= full / 2);
                    CPPUNIT_ASSERT(wait <= full);
                }
                full = std::min(full * 2, policy.cap);
            }
        }
    }

    void waitsGrowWithTheAttemptAndWithChance()
    {
        for (const RetryPolicy& policy : policies)
            for (int attempt = 1; attempt < 70; ++attempt)
                for (int random = 0; random < 1023; random += 31) {
                    const auto wait = policy.waitAfter(attempt, random);
                    CPPUNIT_ASSERT(policy.waitAfter(attempt + 1, random) >= wait);
                    CPPUNIT_ASSERT(policy.waitAfter(attempt, random + 1) >= wait);
                }
    }

    void theLastAttemptIsTheLast()
    {
        const RetryPolicy policy{.attemptsMax = 3};

        CPPUNIT_ASSERT(!policy.exhausted(2));
        CPPUNIT_ASSERT(policy.exhausted(3));
        CPPUNIT_ASSERT(policy.exhausted(4));
    }

private:
    const RetryPolicy policies[4] = {{10, 1s, 600s}, {5, 7ms, 60s}, {5, 1h, 24h}, {5, 10s, 1s}};
};

CPPUNIT_TEST_SUITE_REGISTRATION(RetryPolicyTest);
