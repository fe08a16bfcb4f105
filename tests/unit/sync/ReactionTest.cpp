#include "sync/Reaction.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>

using namespace spokehub;
using namespace spokehub::sync;
using namespace std::chrono_literals;

class ReactionTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ReactionTest);
    CPPUNIT_TEST(eachClassHasItsOneReaction);
    CPPUNIT_TEST(theLastAttemptFails);
    CPPUNIT_TEST(aConflictIsTriedThreeTimes);
    CPPUNIT_TEST(anUnknownOutcomeIsRememberedUntilTheTaskEnds);
    CPPUNIT_TEST(theChannelsWishToWaitIsHonoured);
    CPPUNIT_TEST(whatAnotherItemOfTheCallIsToBlameForIsNotCounted);
    CPPUNIT_TEST(waitsDoubleUpToTheCapEachShortenedByChance);
    CPPUNIT_TEST_SUITE_END();

public:
    void eachClassHasItsOneReaction()
    {
        struct Row
        {
            Class kind;
            TaskState state;
            std::int64_t attempts, conflicts;
            std::chrono::microseconds wait;
            bool pullOrders, pauseChannel, blockChannel;
        };
        const auto again = std::chrono::microseconds(2s); // base * 2^2 / 2
        const Row rows[] = {
            {Class::Done, TaskState::Done, 2, 0, 0s, false, false, false},
            {Class::Retry, TaskState::Pending, 3, 1, again, false, false, false},
            {Class::RateLimited, TaskState::Pending, 2, 1, 1s, false, false, true},
            {Class::Auth, TaskState::Pending, 2, 1, 0s, false, true, false},
            {Class::Conflict, TaskState::Pending, 2, 2, 0s, true, false, false},
            {Class::UnknownOutcome, TaskState::Pending, 3, 1, again, false, false, false},
            {Class::Unmatched, TaskState::Failed, 3, 1, 0s, false, false, false},
            {Class::Rejected, TaskState::Failed, 3, 1, 0s, false, false, false},
            {Class::Config, TaskState::Failed, 3, 1, 0s, false, false, false},
            {Class::Unsupported, TaskState::Failed, 3, 1, 0s, false, false, false},
            {Class::Bug, TaskState::Failed, 3, 1, 0s, false, false, false},
            {Class::Cancelled, TaskState::Pending, 2, 1, 0s, false, false, false},
        };

        std::set<Class> seen;
        for (const Row& row : rows) {
            const std::string word(toText(row.kind));
            const Reaction reaction = reactTo({.kind = row.kind}, task(2, 1), policy, 0);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(word, std::string(name(row.state)),
                                         std::string(name(reaction.state)));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(word, row.attempts, reaction.attempts);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(word, row.conflicts, reaction.conflicts);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(word, row.wait.count(), reaction.wait.count());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(word, row.pullOrders, reaction.pullOrders);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(word, row.pauseChannel, reaction.pauseChannel);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(word, row.blockChannel, reaction.blockChannel);
            seen.insert(row.kind);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{12}, seen.size());
    }

    void theLastAttemptFails()
    {
        CPPUNIT_ASSERT(reactTo({.kind = Class::Retry}, task(8, 0), policy, 0).state ==
                       TaskState::Pending);
        const Reaction last = reactTo({.kind = Class::UnknownOutcome}, task(9, 0), policy, 0);

        CPPUNIT_ASSERT(last.state == TaskState::Failed);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, last.attempts);
    }

    void aConflictIsTriedThreeTimes()
    {
        for (const std::int64_t before : {0, 1, 2})
            CPPUNIT_ASSERT(reactTo({.kind = Class::Conflict}, task(0, before), policy, 0).state ==
                           TaskState::Pending);
        CPPUNIT_ASSERT(reactTo({.kind = Class::Conflict}, task(0, 3), policy, 0).state ==
                       TaskState::Failed);
    }

    void anUnknownOutcomeIsRememberedUntilTheTaskEnds()
    {
        Task doubtful = task(0, 0);
        doubtful.lastClass = Class::UnknownOutcome;
        const auto remembered = [&](Class kind) {
            return reactTo({.kind = kind}, doubtful, policy, 0).kind;
        };

        CPPUNIT_ASSERT(remembered(Class::Conflict) == Class::UnknownOutcome);
        CPPUNIT_ASSERT(remembered(Class::RateLimited) == Class::UnknownOutcome);
        CPPUNIT_ASSERT(remembered(Class::Retry) == Class::UnknownOutcome);
        CPPUNIT_ASSERT(remembered(Class::Done) == Class::Done);
        CPPUNIT_ASSERT(remembered(Class::Rejected) == Class::Rejected);
        CPPUNIT_ASSERT(reactTo({.kind = Class::Conflict}, task(0, 0), policy, 0).kind ==
                       Class::Conflict);
    }

    void theChannelsWishToWaitIsHonoured()
    {
        const auto waits = [](Class kind, std::chrono::milliseconds after) {
            return reactTo({.kind = kind, .reason = {}, .retryAfter = after}, task(0, 0), policy, 0)
                .wait;
        };

        CPPUNIT_ASSERT(waits(Class::RateLimited, 7s) == 7s);
        CPPUNIT_ASSERT(waits(Class::Retry, 7s) == 7s);
        CPPUNIT_ASSERT(waits(Class::Retry, 1ms) == 500ms);
    }

    void whatAnotherItemOfTheCallIsToBlameForIsNotCounted()
    {
        const Ended ended{.kind = Class::Retry, .reason = {}, .retryAfter = {}, .counted = false};
        const Reaction reaction = reactTo(ended, task(9, 0), policy, 0);

        CPPUNIT_ASSERT(reaction.state == TaskState::Pending);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, reaction.attempts);
        CPPUNIT_ASSERT(reaction.wait == 0s);
    }

    void waitsDoubleUpToTheCapEachShortenedByChance()
    {
        CPPUNIT_ASSERT(policy.waitAfter(1, 0) == 500ms);
        CPPUNIT_ASSERT(policy.waitAfter(1, 1023) == 999ms);
        CPPUNIT_ASSERT(policy.waitAfter(4, 0) == 4s);
        CPPUNIT_ASSERT(policy.waitAfter(11, 0) == 300s);
        CPPUNIT_ASSERT(policy.waitAfter(1'000'000, 1023) < 600s);
        for (int attempt = 1; attempt < 40; ++attempt)
            for (const int random : {0, 1, 511, 1023}) {
                const auto full = policy.waitAfter(attempt, 0) * 2;
                const auto wait = policy.waitAfter(attempt, random);
                CPPUNIT_ASSERT(wait >= full / 2 && wait < full && full <= policy.cap);
            }
    }

private:
    static Task task(std::int64_t attempts, std::int64_t conflicts)
    {
        Task task;
        task.attempts = attempts;
        task.conflicts = conflicts;
        return task;
    }

    static constexpr RetryPolicy policy{.attemptsMax = 10, .base = 1s, .cap = 600s};
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReactionTest);
