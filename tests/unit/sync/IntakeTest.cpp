#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

#include <future>

using namespace spokehub;
using namespace spokehub::sync;
using namespace spokehub::test;
using spokes::DocumentKind;

class IntakeTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(IntakeTest);
    CPPUNIT_TEST(aMessageIsTranslatedAppliedAndSettled);
    CPPUNIT_TEST(aNewMessageIsAppliedInTheTransactionThatRecordsIt);
    CPPUNIT_TEST(aSecondDeliveryOfANewMessageHasNoEffect);
    CPPUNIT_TEST(whatIsNotUnderstoodAtOnceIsRecorded);
    CPPUNIT_TEST(whatTheStoreRefusesAtOnceIsRecorded);
    CPPUNIT_TEST(anIsolatedSpokeIsAskedAboutWhatIsRecorded);
    CPPUNIT_TEST(inARushMessagesAreRecordedFirst);
    CPPUNIT_TEST(ofManyAtOnceEachIsAppliedOrRecorded);
    CPPUNIT_TEST(behindABacklogMessagesWaitTheirTurn);
    CPPUNIT_TEST(messagesOfOneOrderInOneBatchAreApplied);
    CPPUNIT_TEST(aPoisonMessageFailsAloneWithItsReason);
    CPPUNIT_TEST(whatTheStoreRefusesIsTriedAgainAndThenFails);
    CPPUNIT_TEST(onePoisonInAThousandCostsTheOthersLittle);
    CPPUNIT_TEST(aClockThatIsSetBackPutsNothingOff);
    CPPUNIT_TEST(whatTheSpokeMayUnderstandLaterIsAskedAgain);
    CPPUNIT_TEST(aSpokeThatCannotBeAskedNowIsNoAttempt);
    CPPUNIT_TEST(eachPartOfTheChannelsHasItsOwnTurn);
    CPPUNIT_TEST(aReplayedMessageHasNoSecondEffect);
    CPPUNIT_TEST(aFailedMessageIsAppliedWhenItIsReplayed);
    CPPUNIT_TEST(aMessageOfAChannelThatIsNotOpenFails);
    CPPUNIT_TEST(anOwnDocumentNeedsNoSpoke);
    CPPUNIT_TEST(thinMessagesPlanOneFetchForEachThing);
    CPPUNIT_TEST(anAppThatIsRemovedPausesItsChannel);
    CPPUNIT_TEST(aNewListingReleasesTheLinesThatWaitedForIt);
    CPPUNIT_TEST(aLevelThatDriftedPlansItsListing);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    void aMessageIsTranslatedAppliedAndSettled()
    {
        store->stocked("LEG-S", 5);
        keep("m1", orderDocument("1", {{"11", "LEG-S", 2}}));

        CPPUNIT_ASSERT_EQUAL(1, store->intake.runOnce());
        CPPUNIT_ASSERT_EQUAL(0, store->intake.runOnce());

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("inbox_message", "state = 2 AND attempts = 1"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            store->count("stock_movement",
                         "actor = 'channel:shop' AND cause LIKE 'msg\\_%' ESCAPE '\\'"));
    }

    void aNewMessageIsAppliedInTheTransactionThatRecordsIt()
    {
        store->stocked("LEG-S", 5);
        const auto before = store->writer.figures().commits;

        CPPUNIT_ASSERT(take("m1", orderDocument("1", {{"11", "LEG-S", 2}})).get());

        CPPUNIT_ASSERT_EQUAL(before + 1, store->writer.figures().commits);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("inbox_message", "state = 2 AND attempts = 1 AND "
                                                           "settled_at IS NOT NULL"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("inbox_body"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            store->count("stock_movement",
                         "actor = 'channel:shop' AND cause LIKE 'msg\\_%' ESCAPE '\\'"));
        CPPUNIT_ASSERT_EQUAL(0, store->intake.runOnce());
    }

    void aSecondDeliveryOfANewMessageHasNoEffect()
    {
        store->stocked("LEG-S", 5);
        const auto order = orderDocument("1", {{"11", "LEG-S", 2}});
        auto first = take("m1", order);
        auto second = take("m1", order);

        CPPUNIT_ASSERT(first.get() && second.get());
        CPPUNIT_ASSERT(take("m1", orderDocument("2", {{"11", "LEG-S", 1}})).get());

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("inbox_message"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("inbox_body"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("sales_order"));
    }

    void whatIsNotUnderstoodAtOnceIsRecorded()
    {
        store->spoke(store->shop()).onTranslate = [](const spokes::StoredMessage&) {
            return FakeSpoke::ended(Class::Rejected, "it is not JSON");
        };
        CPPUNIT_ASSERT(take("m1", "?").get());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("inbox_message", "state = 1"));

        store->intake.runOnce();

        CPPUNIT_ASSERT_EQUAL(std::string("rejected: it is not JSON"), reasonOf("m1"));
    }

    void whatTheStoreRefusesAtOnceIsRecorded()
    {
        store->stocked("LEG-S", 5);
        refuseOrder("bad");

        auto bad = take("m1", orderDocument("bad", {{"11", "LEG-S", 1}}));
        auto good = take("m2", orderDocument("good", {{"11", "LEG-S", 1}}));

        CPPUNIT_ASSERT(bad.get() && good.get());
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            store->count("inbox_message", "message_id = 'm1' AND state = 1 AND attempts = 0"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT(store->intake.runOnce() > 0);
        CPPUNIT_ASSERT(reasonOf("m1").find("refused for the test") != std::string::npos);
    }

    void anIsolatedSpokeIsAskedAboutWhatIsRecorded()
    {
        store->stocked("LEG-S", 5);
        store->shop().isolated = true;

        CPPUNIT_ASSERT(take("m1", orderDocument("1", {{"11", "LEG-S", 2}})).get());

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("inbox_message", "state = 1"));
        CPPUNIT_ASSERT_EQUAL(1, store->intake.runOnce());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
    }

    void inARushMessagesAreRecordedFirst()
    {
        store->stocked("LEG-S", 500);
        std::promise<void> busy;
        std::promise<void> goOn;
        store->commands.submit(
            [&](store::Tx&) {
                busy.set_value();
                goOn.get_future().wait();
            },
            [](const std::exception_ptr&) {});
        busy.get_future().wait();
        std::vector<std::future<bool>> taken;
        for (std::size_t i = 0; i <= Intake::freshMax; ++i)
            taken.push_back(take("m" + std::to_string(i),
                                 orderDocument(std::to_string(i), {{"11", "LEG-S", 1}})));
        goOn.set_value();
        for (auto& each : taken)
            CPPUNIT_ASSERT(each.get());

        CPPUNIT_ASSERT_EQUAL(static_cast<std::int64_t>(Intake::freshMax),
                             store->count("inbox_message", "state = 2"));
        CPPUNIT_ASSERT_EQUAL(1, store->intake.runOnce());
        CPPUNIT_ASSERT_EQUAL(static_cast<std::int64_t>(Intake::freshMax) + 1,
                             store->reserved("LEG-S"));
    }

    void ofManyAtOnceEachIsAppliedOrRecorded()
    {
        store->stocked("LEG-S", 500);
        refuseOrder("bad");
        const auto before = store->writer.figures().commits;
        std::vector<NewMessage> messages;
        for (const char* order : {"1", "2", "bad", "2"})
            messages.push_back(message(std::string("m-") + order,
                                       orderDocument(order, {{"11", "LEG-S", 1}}),
                                       "orders/create"));
        messages.push_back(message("m-odd", "?", "orders/create"));

        const auto outcomes = store->intake.takeAll(std::move(messages));

        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, outcomes.size());
        for (const auto& outcome : outcomes)
            CPPUNIT_ASSERT(outcome.ok());
        CPPUNIT_ASSERT(store->writer.figures().commits - before < 10);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("inbox_message", "state = 2"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
                             store->count("inbox_message", "state = 1")); // bad, odd
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT(store->intake.takeAll({}).empty());
    }

    void behindABacklogMessagesWaitTheirTurn()
    {
        store->stocked("LEG-S", 500);
        for (int i = 0; i <= Intake::batchMax / 2; ++i)
            keep("m" + std::to_string(i), orderDocument(std::to_string(i), {{"11", "LEG-S", 1}}));
        store->intake.runOnce();

        CPPUNIT_ASSERT(take("late", orderDocument("late", {{"11", "LEG-S", 1}})).get());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("inbox_message", "state = 1"));
        CPPUNIT_ASSERT_EQUAL(1, store->intake.runOnce());

        CPPUNIT_ASSERT(take("later", orderDocument("later", {{"11", "LEG-S", 1}})).get());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("inbox_message", "state = 1"));
    }

    void messagesOfOneOrderInOneBatchAreApplied()
    {
        store->stocked("LEG-S", 500);
        for (int i = 0; i < 100; ++i) {
            const std::string order = std::to_string(i);
            keep("paid" + order, eventDocument("paid", order, "p", 1));
            keep("create" + order, orderDocument(order, {{"11", "LEG-S", 2}}));
            keep("again" + order, orderDocument(order, {{"11", "LEG-S", 2}}));
        }

        CPPUNIT_ASSERT_EQUAL(256, store->intake.runOnce());
        CPPUNIT_ASSERT_EQUAL(44, store->intake.runOnce());

        CPPUNIT_ASSERT_EQUAL(std::int64_t{100},
                             store->count("sales_order", "status = 'confirmed'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{300}, store->count("inbox_message", "state = 2"));
        store->checkSums();
    }

    void aPoisonMessageFailsAloneWithItsReason()
    {
        store->stocked("LEG-S", 5);
        keep("m1", orderDocument("1", {{"11", "LEG-S", 1}}));
        keep("m2", "{\"type\": \"order\", \"order_id\": \"2\"}");
        keep("m3", "\0\xff");
        keep("m4", orderDocument("4", {{"11", "LEG-S", 1}}));
        store->spoke(store->shop()).onTranslate = [](const spokes::StoredMessage& message) {
            if (message.messageId == "m3")
                return FakeSpoke::ended(Class::Rejected, "it is not JSON");
            return asFact(message);
        };

        store->intake.runOnce();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::string("bug: fact: lines is missing or not a list"),
                             reasonOf("m2"));
        CPPUNIT_ASSERT_EQUAL(std::string("rejected: it is not JSON"), reasonOf("m3"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("inbox_message", "state = 3"));
    }

    void whatTheStoreRefusesIsTriedAgainAndThenFails()
    {
        store->stocked("LEG-S", 5);
        refuseOrder("bad");
        keep("m1", orderDocument("bad", {{"11", "LEG-S", 1}}));
        keep("m2", orderDocument("good", {{"11", "LEG-S", 1}}));

        for (int attempt = 1; attempt <= 3; ++attempt) {
            CPPUNIT_ASSERT(store->intake.runOnce() > 0);
            CPPUNIT_ASSERT_EQUAL(
                std::int64_t{attempt},
                store->number("SELECT attempts FROM inbox_message WHERE message_id = 'm1'"));
            CPPUNIT_ASSERT_EQUAL(0, store->intake.runOnce());
            store->clock.advance(std::chrono::minutes(10));
        }

        CPPUNIT_ASSERT_EQUAL(0, store->intake.runOnce());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("inbox_message", "message_id = 'm1' AND state = 3"));
        CPPUNIT_ASSERT(reasonOf("m1").find("refused for the test") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("LEG-S"));
        store->checkSums();
    }

    void onePoisonInAThousandCostsTheOthersLittle()
    {
        store->stocked("LEG-S", 2000);
        refuseOrder("500");
        for (int i = 0; i < 1000; ++i)
            keep("m" + std::to_string(i), orderDocument(std::to_string(i), {{"11", "LEG-S", 1}}));
        const auto before = store->writer.figures().commits;

        while (store->intake.runOnce() > 0) {
        }

        CPPUNIT_ASSERT_EQUAL(std::int64_t{999}, store->count("inbox_message", "state = 2"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{999}, store->reserved("LEG-S"));
        // Four batches, the halves of one of them down to the guilty message, and its postponement.
        CPPUNIT_ASSERT(store->writer.figures().commits - before <= 4 + 8 + 1);
    }

    void aClockThatIsSetBackPutsNothingOff()
    {
        refuseOrder("bad");
        keep("m1", orderDocument("bad", {{"11", "LEG-S", 1}}));
        CPPUNIT_ASSERT(store->intake.runOnce() > 0);
        CPPUNIT_ASSERT_EQUAL(0, store->intake.runOnce());

        store->clock.advance(-std::chrono::hours(24));

        CPPUNIT_ASSERT(store->intake.runOnce() > 0);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{2},
            store->number("SELECT attempts FROM inbox_message WHERE message_id = 'm1'"));
    }

    void whatTheSpokeMayUnderstandLaterIsAskedAgain()
    {
        keep("m1", "{}");
        store->spoke(store->shop()).onTranslate = [](const spokes::StoredMessage&) {
            return FakeSpoke::ended(Class::Retry, "it crashed");
        };

        for (int attempt = 1; attempt <= 2; ++attempt) {
            store->intake.runOnce();
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                                 store->count("inbox_message", "state = 1 AND attempts = " +
                                                                   std::to_string(attempt)));
            store->clock.advance(std::chrono::minutes(10));
        }
        store->intake.runOnce();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("inbox_message", "state = 3 AND attempts = 3"));
        CPPUNIT_ASSERT_EQUAL(std::string("retry: it crashed"), reasonOf("m1"));
    }

    void aSpokeThatCannotBeAskedNowIsNoAttempt()
    {
        keep("m1", "{}");
        store->spoke(store->shop()).onTranslate = [](const spokes::StoredMessage&) {
            auto answer = FakeSpoke::ended(Class::RateLimited, "it is parked");
            answer.verdict.retryAfter = std::chrono::seconds(5);
            return answer;
        };

        for (int i = 0; i < 5; ++i) {
            CPPUNIT_ASSERT_EQUAL(1, store->intake.runOnce());
            CPPUNIT_ASSERT_EQUAL(0, store->intake.runOnce());
            store->clock.advance(std::chrono::seconds(5));
        }

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("inbox_message", "state = 1 AND attempts = 0"));
    }

    void eachPartOfTheChannelsHasItsOwnTurn()
    {
        store->stocked("LEG-S", 5);
        keep("m1", orderDocument("1", {{"11", "LEG-S", 1}}));
        const Id shop = store->shop().id;

        CPPUNIT_ASSERT_EQUAL(0, store->intake.runOnce({.except = {shop}}));
        CPPUNIT_ASSERT_EQUAL(0, store->intake.runOnce({.only = {shop + 1}}));
        CPPUNIT_ASSERT_EQUAL(1, store->intake.runOnce({.only = {shop, shop + 1}}));
    }

    void aReplayedMessageHasNoSecondEffect()
    {
        store->stocked("LEG-S", 5);
        keep("m1", orderDocument("1", {{"11", "LEG-S", 2}}));
        store->intake.runOnce();

        replay("m1");
        CPPUNIT_ASSERT_EQUAL(1, store->intake.runOnce());

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("stock_movement"));
    }

    void aFailedMessageIsAppliedWhenItIsReplayed()
    {
        store->stocked("LEG-S", 5);
        keep("m1", orderDocument("1", {{"11", "LEG-S", 2}}));
        store->spoke(store->shop()).onTranslate = [](const spokes::StoredMessage&) {
            return FakeSpoke::ended(Class::Bug);
        };
        store->intake.runOnce();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("sales_order"));
        store->spoke(store->shop()).onTranslate = asFact;

        replay("m1");
        store->intake.runOnce();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::string(), reasonOf("m1"));
    }

    void aMessageOfAChannelThatIsNotOpenFails()
    {
        keep("m1", orderDocument("1", {{"11", "LEG-S", 2}}));
        store->shop().spoke.reset();
        store->shop().problem = "its settings are wrong";

        store->intake.runOnce();

        CPPUNIT_ASSERT_EQUAL(std::string("its channel is not open: its settings are wrong"),
                             reasonOf("m1"));
    }

    void anOwnDocumentNeedsNoSpoke()
    {
        store->stocked("LEG-S", 5);
        store->shop().spoke.reset();
        keep("m1", orderDocument("1", {{"11", "LEG-S", 2}}), ownTopic(DocumentKind::Fact));
        keep("m2", R"({"external_id": "808", "sku": "LEG-S"})", ownTopic(DocumentKind::Listing));
        keep("m3", R"({"stock_id": "808", "quantity": 4})", ownTopic(DocumentKind::Level));

        store->intake.runOnce();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->count("inbox_message", "state = 2"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("listing", "variant_id IS NOT NULL"));
    }

    void thinMessagesPlanOneFetchForEachThing()
    {
        const auto fetch = [](const std::string& id) {
            return spokes::Document{DocumentKind::Fetch,
                                    R"({"stream": "orders", "id": ")" + id + "\"}"};
        };
        store->spoke(store->shop()).onTranslate = [&](const spokes::StoredMessage& message) {
            spokes::Answer answer;
            answer.documents = {fetch("1")};
            if (message.messageId == "m2")
                answer.documents.push_back(fetch("2"));
            return answer;
        };
        keep("m1", "{}");
        keep("m2", "{}");

        store->intake.runOnce();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
                             store->count("task", "kind = 3 AND state = 1 AND queue = 0"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("task", R"(detail = '{"stream": "orders", "id": "2"}')"));
    }

    void anAppThatIsRemovedPausesItsChannel()
    {
        store->spoke(store->shop()).onTranslate = [](const spokes::StoredMessage&) {
            spokes::Answer answer;
            answer.documents = {
                {DocumentKind::Notice, R"({"kind": "uninstalled", "message": "gone"})"}};
            return answer;
        };
        keep("m1", "{}");

        store->intake.runOnce();

        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            store->count("channel", "name = 'shop' AND paused = 1 AND paused_reason = 'gone'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                             store->count("channel", "name = 'market' AND paused = 1"));
    }

    void aNewListingReleasesTheLinesThatWaitedForIt()
    {
        keep("m1", orderDocument("1", {{"11", "LEG-S", 2}}));
        store->intake.runOnce();
        store->stocked("LEG-S", 5);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->reserved("LEG-S"));

        keep("m2", R"({"external_id": "808", "sku": "LEG-S"})", ownTopic(DocumentKind::Listing));
        store->intake.runOnce();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("task", "kind = 1"));
        store->checkSums();
    }

    void aLevelThatDriftedPlansItsListing()
    {
        store->stocked("LEG-S", 5);
        store->listing(store->shop(), "808", "LEG-S");
        store->database.run("UPDATE listing SET pushed = 5, pushed_at = 1, sold = 1");
        store->database.run("UPDATE task SET state = 3");
        const auto level = [&](const std::string& id, int quantity) {
            store->clock.advance(std::chrono::seconds(1));
            keep(id, R"({"stock_id": "808", "quantity": )" + std::to_string(quantity) + "}",
                 ownTopic(DocumentKind::Level));
            store->intake.runOnce();
            return store->count("task", "state = 1 AND queue = 1");
        };

        CPPUNIT_ASSERT_EQUAL_MESSAGE("an echo", std::int64_t{0}, level("m1", 5));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("what its own order left", std::int64_t{0}, level("m2", 4));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("drift", std::int64_t{1}, level("m3", 3));
    }

private:
    /// The message's body is the document.
    static spokes::Answer asFact(const spokes::StoredMessage& message)
    {
        spokes::Answer answer;
        answer.documents.push_back({DocumentKind::Fact, std::string(message.body)});
        return answer;
    }

    NewMessage message(const std::string& id, const std::string& body, const std::string& topic)
    {
        if (auto& channel = store->shop(); channel.spoke)
            if (auto& translate = store->spoke(channel).onTranslate; !translate)
                translate = asFact;
        return {.tenant = mainTenant,
                .channel = store->shop().id,
                .messageId = id,
                .topic = topic,
                .body = body,
                .occurredAt = store->clock.now(),
                .receivedAt = store->clock.now()};
    }

    void keep(const std::string& id, const std::string& body,
              const std::string& topic = "orders/create")
    {
        store->keep(message(id, body, topic));
    }

    /// As it comes from outside; whether it is durable.
    std::future<bool> take(const std::string& id, const std::string& body)
    {
        const auto promise = std::make_shared<std::promise<bool>>();
        store->intake.take(
            std::make_shared<const NewMessage>(message(id, body, "orders/create")),
            [promise](const store::Outcome<Kept>& kept) { promise->set_value(kept.ok()); });
        return promise->get_future();
    }

    void replay(const std::string& messageId)
    {
        const Id id =
            store->number("SELECT id FROM inbox_message WHERE message_id = '" + messageId + "'");
        store->commands.run([&](store::Tx& tx) { store->inbox.replay(tx, store->acme, id); });
    }

    std::string reasonOf(const std::string& messageId)
    {
        return store->database.text("SELECT reason FROM inbox_message WHERE message_id = '" +
                                    messageId + "'");
    }

    /// The store takes everything but this order.
    void refuseOrder(const std::string& externalId)
    {
        if (test::engine() == store::Engine::Sqlite)
            store->database.run(
                "CREATE TRIGGER refused BEFORE INSERT ON sales_order WHEN NEW.external_id = '" +
                externalId + "' BEGIN SELECT RAISE(ABORT, 'refused for the test'); END");
        else
            store->database.run("ALTER TABLE sales_order ADD CONSTRAINT \"refused for the test\" "
                                "CHECK (external_id <> '" +
                                externalId + "')");
    }

    std::optional<TestStore> store;
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(IntakeTest);
