#include "sync/Dispatch.h"
#include "support/Engines.h"
#include "support/TestLane.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::test;

/// What the simulation found; more of it is in LaneTest.
class DispatchTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DispatchTest);
    CPPUNIT_TEST(anOrderThatNothingIsHeldForIsStillTakenOffWhatTheChannelShows);
    CPPUNIT_TEST(whatWeCancelIsNotExpectedToBeGivenBackThere);
    CPPUNIT_TEST(whatWasGivenBackAfterAnObservationIsNotMissingInIt);
    CPPUNIT_TEST(whatWasGivenBackBeforeAPushIsNotMissingInIt);
    CPPUNIT_TEST(whatWasSoldAfterAnObservationIsNotExpectedInIt);
    CPPUNIT_TEST(anOrderExplainsAGapWithAllThatWasSoldAlsoWhenSomeOfItCameBack);
    CPPUNIT_TEST(anOwnWriteWhoseAnswerWasLostIsNoGap);
    CPPUNIT_TEST(anUnknownOutcomeStaysUnknownUntilSomethingIsKnown);
    CPPUNIT_TEST(aClockThatIsSetBackPutsNothingOff);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { at.emplace(); }
    void tearDown() override { at.reset(); }

    void anOrderThatNothingIsHeldForIsStillTakenOffWhatTheChannelShows()
    {
        at->adjust(-5);
        at->run(); // none are left, none are shown
        at->store.record({orderDocument("1", {{"11", "LEG-S", 2, "808"}})}); // oversold
        at->run();
        const auto told = at->spoke().pushed.size();

        at->store.record(
            {orderDocument("1", {{"11", "LEG-S", 2, "808"}}, 1, R"({"cancelled": true})")});
        at->run(); // the channel puts two back on its shelf, which we do not have

        CPPUNIT_ASSERT_EQUAL(told + 1, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, at->numberPushed("expected"));
    }

    void whatWeCancelIsNotExpectedToBeGivenBackThere()
    {
        at->store.record({orderDocument("1", {{"11", "LEG-S", 2, "808"}})});
        at->run(); // three are shown

        at->store.commands.run([&](store::Tx& tx) {
            at->store.orderCommands.cancel(tx, at->store.acme, at->store.order("1"), "", "req_1");
        });
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, at->numberPushed("expected"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, at->quantityPushed());
    }

    void whatWasGivenBackAfterAnObservationIsNotMissingInIt()
    {
        at->store.record({orderDocument("1", {{"11", "LEG-S", 2, "808"}})});
        at->run(); // three are shown
        at->later(std::chrono::seconds(1));
        at->observe(3);

        at->store.record(
            {orderDocument("1", {{"11", "LEG-S", 2, "808"}}, 1, R"({"cancelled": true})")});
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, at->numberPushed("expected"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 5 AND gap = 0"));
    }

    void whatWasGivenBackBeforeAPushIsNotMissingInIt()
    {
        at->store.record({orderDocument("1", {{"11", "LEG-S", 2, "808"}})});
        at->run(); // three are shown; two come back there, and before we hear of it
        at->adjust(1);
        at->run(); // four
        at->store.record(
            {orderDocument("1", {{"11", "LEG-S", 2, "808"}}, 1, R"({"cancelled": true})")});
        at->later(std::chrono::seconds(1));
        at->observe(4);

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 6 AND gap = 0"));
    }

    void whatWasSoldAfterAnObservationIsNotExpectedInIt()
    {
        at->run(); // five are shown
        at->later(std::chrono::seconds(1));
        at->observe(5);

        at->store.record({orderDocument("1", {{"11", "LEG-S", 2, "808"}})});
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, at->numberPushed("expected"));
    }

    void anOrderExplainsAGapWithAllThatWasSoldAlsoWhenSomeOfItCameBack()
    {
        at->run(); // five are shown
        at->later(std::chrono::seconds(1));
        at->observe(2); // three were sold, and we did not hear of it
        for (int i = 0; i < 3; ++i) {
            at->run();
            at->later(std::chrono::seconds(1));
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "gap = 3"));

        at->store.record(
            {orderDocument("1", {{"11", "LEG-S", 3, "808"}}, 1),
             eventDocument(
                 "refund", "1", "r1", 1,
                 R"("lines": [{"line_id": "11", "quantity": 1, "disposition": "cancel"}])")});
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 3 AND gap = 0"));
    }

    void anOwnWriteWhoseAnswerWasLostIsNoGap()
    {
        at->run(); // five are shown
        at->adjust(-3);
        at->spoke().onPush = [](const std::string&) {
            return FakeSpoke::ended(Class::UnknownOutcome, "timeout");
        };
        at->run(); // two are shown now, but we do not know
        at->adjust(1);
        at->spoke().onPush = [](const std::string& batch) {
            return FakeSpoke::each(batch,
                                   R"("class": "conflict", "reason": "it shows 2", "observed": 2)");
        };
        at->later(std::chrono::seconds(2));
        at->lane().runOnce();
        at->spoke().onPush = nullptr;

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, at->numberPushed("expected"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 3 AND gap = 0"));
    }

    void anUnknownOutcomeStaysUnknownUntilSomethingIsKnown()
    {
        at->spoke().onPush = [](const std::string&) {
            return FakeSpoke::ended(Class::UnknownOutcome, "timeout");
        };
        at->run();
        for (const Class kind : {Class::RateLimited, Class::Retry}) {
            at->spoke().onPush = [kind](const std::string&) { return FakeSpoke::ended(kind); };
            at->later(std::chrono::seconds(10));
            at->run();
            CPPUNIT_ASSERT_EQUAL(std::string("unknown_outcome"), at->textPushed("previous"));
        }
        at->spoke().onPush = nullptr;
        at->later(std::chrono::seconds(10));

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::string("unknown_outcome"), at->textPushed("previous"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 3 AND class = 0"));
    }

    void aClockThatIsSetBackPutsNothingOff()
    {
        at->spoke().onPush = [](const std::string&) { return FakeSpoke::ended(Class::Retry); };
        at->run();
        at->spoke().onPush = nullptr;
        at->later(-std::chrono::hours(24));

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 3"));
        at->later(std::chrono::seconds(1));
        at->observe(9); // by the clock as it is now
        at->run();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, at->numberPushed("expected"));
    }

private:
    std::optional<TestLane> at;
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(DispatchTest);
