#include "sync/Lane.h"
#include "store/Connection.h"
#include "support/Engines.h"
#include "support/TestLane.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::sync;
using namespace spokehub::test;
using spokes::DocumentKind;
using stock::Adjust;

class LaneTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LaneTest);
    CPPUNIT_TEST(aChangeOfStockIsPushedOnce);
    CPPUNIT_TEST(whileTheChannelIsDownChangesBecomeOnePush);
    CPPUNIT_TEST(anEqualQuantityIsNotSent);
    CPPUNIT_TEST(afterAnUnknownOutcomeTheValueIsSentAgainAndTheSpokeIsTold);
    CPPUNIT_TEST(aFailureIsTriedAgainWithGrowingWaitsAndThenFails);
    CPPUNIT_TEST(aThrottledChannelWaitsAndNothingIsCounted);
    CPPUNIT_TEST(refusedCredentialsPauseTheChannelAndTheWorkWaits);
    CPPUNIT_TEST(aConflictReadsTheOrdersFirstAndGivesUpAfterThree);
    CPPUNIT_TEST(aConflictThatAnOrderExplainsIsSolvedByIt);
    CPPUNIT_TEST(untilAGapIsExplainedNoMoreThanWhatIsThereIsOffered);
    CPPUNIT_TEST(anOrderThatComesDuringThePushExplainsItsGap);
    CPPUNIT_TEST(aGapThatNoOrderExplainsEnds);
    CPPUNIT_TEST(whatAnAttemptOfUnknownOutcomeDidIsNoGap);
    CPPUNIT_TEST(oneRejectedItemFailsAlone);
    CPPUNIT_TEST(manyZerosTripTheWireAndAResumeLetsThemThrough);
    CPPUNIT_TEST(retriedZerosAreNotCountedTwice);
    CPPUNIT_TEST(aResumeForAnotherReasonApprovesNoZeros);
    CPPUNIT_TEST(aShipmentIsToldAndTied);
    CPPUNIT_TEST(whatCannotBeSettledRunsAgain);
    CPPUNIT_TEST(aChannelThatOnlyListensIsNotPushedTo);
    CPPUNIT_TEST(whatPeopleAskRunsFirstAlsoWhenPaused);
    CPPUNIT_TEST(aLaneOfAnotherHubIsLeftAlone);
    CPPUNIT_TEST(aParkedSpokePausesItsChannelUntilItIsResumed);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { at.emplace(); }
    void tearDown() override { at.reset(); }

    void aChangeOfStockIsPushedOnce()
    {
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 5 AND gap = 0"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 3"));
        CPPUNIT_ASSERT_EQUAL(0, at->lane().runOnce());
    }

    void whileTheChannelIsDownChangesBecomeOnePush()
    {
        at->spoke().onPush = [](const std::string&) {
            return FakeSpoke::ended(Class::Retry, "it is down");
        };
        at->run();
        for (int i = 0; i < 10; ++i)
            at->adjust(1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, at->spoke().pushed.size());
        at->spoke().onPush = nullptr;
        at->later(std::chrono::seconds(2));

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{15}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 3"));
    }

    void anEqualQuantityIsNotSent()
    {
        at->run();
        at->adjust(2);
        at->adjust(-2);

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 3"));
    }

    void afterAnUnknownOutcomeTheValueIsSentAgainAndTheSpokeIsTold()
    {
        at->run(); // 5
        at->spoke().onPush = [](const std::string&) { return spokes::Answer{}; };
        at->adjust(-3);
        at->run(); // 2, perhaps
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("task", "state = 1 AND class = 5 AND attempts = 1"));
        at->spoke().onPush = nullptr;
        at->adjust(3);
        at->later(std::chrono::seconds(2));

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::string("unknown_outcome"), at->textPushed("previous"));
    }

    void aFailureIsTriedAgainWithGrowingWaitsAndThenFails()
    {
        at->spoke().onPush = [](const std::string& batch) {
            return FakeSpoke::each(batch, R"("class": "retry", "reason": "500")");
        };

        for (int attempt = 1; attempt <= 4; ++attempt) {
            at->run();
            CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(attempt), at->spoke().pushed.size());
            at->later(std::chrono::hours(1));
        }
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            at->store.count("task", "state = 4 AND class = 1 AND attempts = 4 AND reason = '500'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("channel", "last_error = 'retry: 500'"));
    }

    void aThrottledChannelWaitsAndNothingIsCounted()
    {
        at->spoke().onPush = [](const std::string&) {
            spokes::Answer answer = FakeSpoke::ended(Class::RateLimited);
            answer.verdict.retryAfter = std::chrono::seconds(30);
            return answer;
        };
        at->run();
        at->later(std::chrono::seconds(29));
        CPPUNIT_ASSERT_EQUAL(0, at->lane().runOnce());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, at->spoke().pushed.size());
        at->spoke().onPush = nullptr;
        at->later(std::chrono::seconds(1));

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("task", "state = 3 AND attempts = 0"));
    }

    void refusedCredentialsPauseTheChannelAndTheWorkWaits()
    {
        at->spoke().onPush = [](const std::string&) {
            return FakeSpoke::ended(Class::Auth, "401");
        };
        at->run();
        at->later(std::chrono::hours(1));
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            at->store.count(
                "channel",
                "paused = 1 AND paused_reason = 'the channel refuses our credentials: 401'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("task", "state = 1 AND attempts = 0"));
        at->spoke().onPush = nullptr;
        at->resume();
        at->run();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 3"));
    }

    void aConflictReadsTheOrdersFirstAndGivesUpAfterThree()
    {
        at->run();
        at->spoke().onPush = [](const std::string& batch) {
            return FakeSpoke::each(batch, R"("class": "conflict", "observed": 9)");
        };
        at->adjust(1);
        at->spoke().pulled.clear();

        for (int i = 0; i < 12; ++i) {
            at->later(std::chrono::seconds(1));
            at->run();
        }

        CPPUNIT_ASSERT_EQUAL(std::size_t{1 + 4}, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("task", "state = 4 AND class = 4 AND conflicts = 4"));
        CPPUNIT_ASSERT(at->spoke().pulled.size() >= 3);
        CPPUNIT_ASSERT_EQUAL(std::string("orders"), at->spoke().pulled.front());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, at->numberPushed("expected"));
    }

    void aConflictThatAnOrderExplainsIsSolvedByIt()
    {
        at->run(); // 5 are shown
        at->spoke().onPull = [](const std::string& stream, const std::string&,
                                const spokes::DocumentSink& sink) {
            if (stream == "orders")
                sink(DocumentKind::Fact, orderDocument("1", {{"11", "LEG-S", 2, "808"}}));
            return spokes::Verdict{};
        };
        bool conflict = true;
        at->spoke().onPush = [&conflict](const std::string& batch) {
            const bool first = std::exchange(conflict, false);
            return FakeSpoke::each(batch, first ? R"("class": "conflict", "observed": 3)"
                                                : R"("class": "done")");
        };
        at->adjust(10); // 15, while the channel has sold 2 already

        for (int i = 0; i < 4; ++i) {
            at->later(std::chrono::seconds(1));
            at->run();
        }

        CPPUNIT_ASSERT_EQUAL(std::int64_t{13}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("listing", "pushed = 13 AND gap = 0"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 3"));
    }

    void untilAGapIsExplainedNoMoreThanWhatIsThereIsOffered()
    {
        at->run(); // 5 are shown
        at->later(std::chrono::seconds(1));
        at->observe(2); // three are gone, and nobody knows why

        for (int i = 0; i < 4; ++i) {
            at->run();
            at->later(std::chrono::seconds(1));
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 2 AND gap = 3"));
        at->adjust(4); // what we raise ourselves is offered
        at->run();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, at->quantityPushed());
        at->store.record({orderDocument("1", {{"11", "LEG-S", 3, "808"}})}); // it was an order
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 6 AND gap = 0"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6},
                             at->store.onHand("LEG-S") - at->store.reserved("LEG-S"));
    }

    void anOrderThatComesDuringThePushExplainsItsGap()
    {
        at->run(); // 5 are shown
        at->later(std::chrono::seconds(1));
        at->observe(2);
        bool first = true;
        at->spoke().onPush = [&](const std::string& batch) {
            if (std::exchange(first, false))
                at->store.record({orderDocument("1", {{"11", "LEG-S", 3, "808"}})});
            return FakeSpoke::each(batch, R"("class": "done")");
        };

        for (int i = 0; i < 4; ++i) {
            at->run();
            at->later(std::chrono::seconds(1));
        }

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 2 AND gap = 0"));
    }

    void aGapThatNoOrderExplainsEnds()
    {
        at->run(); // 5 are shown
        at->later(std::chrono::seconds(1));
        at->observe(2); // staff of the shop changed the number
        for (int i = 0; i < 4; ++i) {
            at->run();
            at->later(std::chrono::seconds(1));
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 2 AND gap = 3"));

        at->later(Lane::ordersLate - std::chrono::minutes(1));
        at->lane().pullNow("orders");
        at->run();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 2 AND gap = 3"));
        at->later(std::chrono::minutes(1));
        at->lane().pullNow("orders");
        at->run();
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 5 AND gap = 0"));
    }

    void whatAnAttemptOfUnknownOutcomeDidIsNoGap()
    {
        at->run(); // 5 are shown
        at->spoke().onPush = [](const std::string&) { return spokes::Answer{}; };
        at->adjust(-3);
        at->run(); // 2 are shown, and nobody heard of it
        bool conflict = true;
        at->spoke().onPush = [&conflict](const std::string& batch) {
            const bool first = std::exchange(conflict, false);
            return FakeSpoke::each(batch, first ? R"("class": "conflict", "observed": 2)"
                                                : R"("class": "done")");
        };
        at->adjust(2);

        for (int i = 0; i < 4; ++i) {
            at->later(std::chrono::seconds(2));
            at->run();
        }

        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, at->quantityPushed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, at->numberPushed("expected"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("listing", "pushed = 4 AND gap = 0"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 3"));
    }

    void oneRejectedItemFailsAlone()
    {
        at->store.stocked("TOP-S", 3);
        at->store.listing(at->store.shop(), "809", "TOP-S");
        at->spoke().onPush = [](const std::string& batch) {
            spokes::Answer answer =
                FakeSpoke::each(batch, R"("class": "retry", "reason": "its call was refused")");
            answer.documents[0] = {
                DocumentKind::Result,
                R"({"item": "0", "class": "rejected", "reason": "no such item"})"};
            return answer;
        };

        at->lane().runOnce();
        at->spoke().onPush = nullptr;
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("task", "state = 4 AND reason = 'no such item'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("task", "state = 3 AND attempts = 0"));
    }

    void manyZerosTripTheWireAndAResumeLetsThemThrough()
    {
        at->manyListings(20);
        at->run();
        const auto before = at->spoke().pushed.size();
        at->zeroAll(20);

        at->run();
        CPPUNIT_ASSERT_EQUAL(before, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "trip wire: 20 of 21 listings would be set to zero, more than 30 percent; resume "
                "the channel to approve"),
            at->store.database.text("SELECT paused_reason FROM channel WHERE name = 'shop'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, at->store.count("task", "state = 1"));
        at->resume();
        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, at->store.count("listing", "pushed = 0"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                             at->store.count("channel", "paused = 1 OR approved = 1"));
        for (int i = 0; i < 20; ++i)
            at->store.run(Adjust{.sku = "V" + std::to_string(i), .onHand = 1, .reason = {}});
        at->run();
        at->later(std::chrono::hours(1));
        at->zeroAll(20);
        at->run();
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the approval is used up", std::int64_t{1},
                                     at->store.count("channel", "paused = 1"));
    }

    void retriedZerosAreNotCountedTwice()
    {
        at->manyListings(39);
        at->run();
        at->zeroAll(8);
        at->spoke().onPush = [](const std::string&) { return FakeSpoke::ended(Class::Retry); };

        for (int i = 0; i < 3; ++i) {
            at->run();
            at->later(std::chrono::seconds(60));
        }

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, at->store.count("channel", "paused = 1"));
    }

    void aResumeForAnotherReasonApprovesNoZeros()
    {
        at->manyListings(20);
        at->run();
        at->store.commands.run(
            [&](store::Tx& tx) { at->store.channels.pause(tx, at->store.shop(), "by hand"); });
        at->resume();
        at->zeroAll(20);

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("channel", "paused = 1"));
    }

    void aParkedSpokePausesItsChannelUntilItIsResumed()
    {
        at->run();
        at->spoke().pushed.clear();
        at->spoke().parkedFor = "five crashes";
        at->adjust(1);
        at->run();

        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            at->store.count("channel", "paused = 1 AND paused_reason = 'parked: five crashes'"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             at->store.count("task", "state = 1 AND attempts = 0"));
        at->resume();
        at->run();
        CPPUNIT_ASSERT_EQUAL(std::string(), at->spoke().parkedFor);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, at->store.count("channel", "paused = 1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 3"));
    }

    void aShipmentIsToldAndTied()
    {
        at->store.record({orderDocument("1", {{"11", "LEG-S", 2}})});
        at->run();
        at->store.commands.run([&](store::Tx& tx) {
            const auto shipped = at->store.orderCommands.ship(
                tx, at->store.acme, at->store.order("1"),
                {.lines = {}, .carrier = "DHL", .trackingNumber = "T1"}, "req_1");
            at->store.tasks.planShipment(tx, mainTenant, shipped.channel, shipped.shipment);
            at->store.tasks.planShipment(tx, mainTenant, shipped.channel, 7); // there is none
        });
        at->spoke().onPush = [](const std::string& batch) {
            return FakeSpoke::each(batch, R"("class": "done", "external_id": "f1")");
        };

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::string("1"), at->textPushed("order_id"));
        CPPUNIT_ASSERT_EQUAL(std::string("T1"), at->textPushed("tracking_number"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("shipment", "external_id = 'f1'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "kind = 2 AND state = 3"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "kind = 2 AND state = 4"));
    }

    void whatCannotBeSettledRunsAgain()
    {
        at->spoke().onPush = [&](const std::string& batch) {
            at->refuseToSettle(true);
            return FakeSpoke::each(batch, R"("class": "done")");
        };
        CPPUNIT_ASSERT_THROW(at->run(), store::StoreError);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 2"));
        at->spoke().onPush = nullptr;
        at->refuseToSettle(false);

        at->run();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 3"));
        CPPUNIT_ASSERT_EQUAL(std::string("unknown_outcome"), at->textPushed("previous"));
    }

    void aChannelThatOnlyListensIsNotPushedTo()
    {
        at->store.config.channels.front().push = false;

        at->run();

        CPPUNIT_ASSERT(at->spoke().pushed.empty());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, at->store.count("task", "state = 1"));
    }

    void whatPeopleAskRunsFirstAlsoWhenPaused()
    {
        at->store.commands.run(
            [&](store::Tx& tx) { at->store.channels.pause(tx, at->store.shop(), "by hand"); });
        bool asked = false;
        auto done = at->lane().ask([&](spokes::Channel& channel, const spokes::Call&) {
            asked = channel.name() == "shop";
        });
        auto broken = at->lane().ask([](spokes::Channel&, const spokes::Call&) {
            throw Error(Refusal::Conflict, "not now");
        });

        CPPUNIT_ASSERT_EQUAL(2, at->lane().runOnce());

        done.get();
        CPPUNIT_ASSERT(asked);
        CPPUNIT_ASSERT_THROW(broken.get(), Error);
        CPPUNIT_ASSERT(at->spoke().pushed.empty());
    }

    void aLaneOfAnotherHubIsLeftAlone()
    {
        const std::string taken = "UPDATE lane SET owner = 78, fence = fence + 1, expires_at = ";
        if (test::engine() == store::Engine::Sqlite)
        { // there is one hub: what is there is an earlier life
            at->store.database.run(taken + "0");
            at->later(std::chrono::minutes(2));
            at->run();
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, at->spoke().pushed.size());
            return;
        }
        const auto other = at->store.database->connect(); // another hub, present
        other->runText("SELECT pg_advisory_lock(78)", {}, nullptr);
        at->store.database.run(taken + "9000000000000000");
        at->later(std::chrono::minutes(2));

        bool owners = false;
        bool ours = false;
        const auto waits =
            at->lane().ask([&](spokes::Channel&, const spokes::Call&) { owners = true; });
        const auto done =
            at->lane().ask([&](spokes::Channel&, const spokes::Call&) { ours = true; }, false);

        CPPUNIT_ASSERT_EQUAL(1, at->lane().runOnce());
        CPPUNIT_ASSERT(ours && !owners);
        CPPUNIT_ASSERT(at->spoke().pushed.empty());
        other->runText("SELECT pg_advisory_unlock(78)", {}, nullptr);
        at->run();

        CPPUNIT_ASSERT(owners);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, at->spoke().pushed.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{77}, at->store.number("SELECT owner FROM lane"));
    }

private:
    std::optional<TestLane> at;
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(LaneTest);
