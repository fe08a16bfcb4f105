#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

#include <future>

using namespace spokehub;
using namespace spokehub::sync;
using namespace spokehub::test;

class InboxTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(InboxTest);
    CPPUNIT_TEST(aDeliveryIsKeptOnceHoweverOftenItComes);
    CPPUNIT_TEST(aDeliveryTwiceInOneBatchIsOneRow);
    CPPUNIT_TEST(anyBytesAreKept);
    CPPUNIT_TEST(whatIsDueComesOldestFirstAndBounded);
    CPPUNIT_TEST(aSettledMessageIsNotDue);
    CPPUNIT_TEST(aMessageIsReplayed);
    CPPUNIT_TEST(anUnfitDocumentIsKeptOnceAsFailed);
    CPPUNIT_TEST(oldBodiesOfWhatIsDoneAreDroppedAndTheirKeysStay);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    void aDeliveryIsKeptOnceHoweverOftenItComes()
    {
        CPPUNIT_ASSERT(keep("m1"));
        CPPUNIT_ASSERT(keep("m1", "another body"));
        keep("m2");
        keep("m1", "of another channel", store->market());

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->count("inbox_message"));
        CPPUNIT_ASSERT_EQUAL(std::string("body"), due().at(0).body);
    }

    void aDeliveryTwiceInOneBatchIsOneRow()
    {
        std::vector<std::promise<void>> kept(64);
        for (std::size_t i = 0; i < kept.size(); ++i)
            store->inbox.keep(message(i % 2 == 0 ? "m1" : "m2"),
                              [&promise = kept[i]](store::Outcome<Kept> outcome) {
                                  CPPUNIT_ASSERT(outcome.ok());
                                  promise.set_value();
                              });
        for (auto& promise : kept)
            promise.get_future().wait();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("inbox_message"));
    }

    void anyBytesAreKept()
    {
        const std::string bytes("\0\xff not utf-8 \0", 14);

        keep("m1", bytes);

        CPPUNIT_ASSERT(due().at(0).body == bytes);
    }

    void whatIsDueComesOldestFirstAndBounded()
    {
        for (int i = 0; i < 5; ++i)
            keep("m" + std::to_string(i));
        settle({.id = due().at(0).id,
                .state = MessageState::Pending,
                .attempts = 1,
                .nextAttemptAt = store->clock.now() + std::chrono::seconds(10)});

        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, due().size());
        CPPUNIT_ASSERT_EQUAL(std::string("m1"), due().at(0).messageId);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, due(2).size());
        store->clock.advance(std::chrono::seconds(10));
        CPPUNIT_ASSERT_EQUAL(std::string("m0"), due().at(4).messageId);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, due().at(4).attempts);
    }

    void aSettledMessageIsNotDue()
    {
        keep("m1");
        keep("m2");

        settle({.id = due().at(0).id, .state = MessageState::Done});
        settle({.id = due().at(0).id, .state = MessageState::Failed, .reason = "broken"});

        CPPUNIT_ASSERT(due().empty());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("inbox_message", "state = 3 AND reason = 'broken'"));
    }

    void aMessageIsReplayed()
    {
        keep("m1");
        const Id id = due().at(0).id;
        settle({.id = id, .state = MessageState::Failed, .reason = "broken", .attempts = 5});

        store->commands.run([&](store::Tx& tx) { store->inbox.replay(tx, store->acme, id); });

        CPPUNIT_ASSERT_EQUAL(id, due().at(0).id);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, due().at(0).attempts);
        CPPUNIT_ASSERT_EQUAL("there is no message " + showId("msg", 7), store->refusalOf([&] {
            store->commands.run([&](store::Tx& tx) { store->inbox.replay(tx, store->acme, 7); });
        }));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::NotFound);
        store->refusalOf([&] {
            store->commands.run([&](store::Tx& tx) { store->inbox.replay(tx, {2, "test"}, id); });
        });
        CPPUNIT_ASSERT_MESSAGE("another tenant's", store->lastRefusal == Refusal::NotFound);
    }

    void anUnfitDocumentIsKeptOnceAsFailed()
    {
        for (const char* reason : {"first", "second"})
            store->commands.run(
                [&](store::Tx& tx) { store->inbox.keepFailed(tx, message("pull:1"), reason); });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("inbox_message", "state = 3 AND reason = 'second'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("inbox_message"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("inbox_body"));
    }

    void oldBodiesOfWhatIsDoneAreDroppedAndTheirKeysStay()
    {
        for (const char* id : {"m1", "m2", "m3"})
            keep(id);
        const Id done = due().at(0).id;
        const Id failed = due().at(1).id;
        settle({.id = done, .state = MessageState::Done});
        settle({.id = failed, .state = MessageState::Failed, .reason = "broken"});

        store->inbox.forget(store->commands, store->clock.now());
        CPPUNIT_ASSERT_EQUAL_MESSAGE("young", std::int64_t{3}, store->count("inbox_body"));
        store->inbox.forget(store->commands, store->clock.now() + std::chrono::seconds(1));

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("inbox_body"));
        keep("m1");
        CPPUNIT_ASSERT_EQUAL_MESSAGE("known", std::int64_t{3}, store->count("inbox_message"));
        CPPUNIT_ASSERT_EQUAL("message " + showId("msg", done) +
                                 " cannot be replayed: its body was dropped after the time that "
                                 "inbox.keep sets, or erased with the data of a person",
                             store->refusalOf([&] {
                                 store->commands.run([&](store::Tx& tx) {
                                     store->inbox.replay(tx, store->acme, done);
                                 });
                             }));
        store->commands.run([&](store::Tx& tx) { store->inbox.replay(tx, store->acme, failed); });
    }

private:
    NewMessage message(const std::string& id, const std::string& body = "body",
                       spokes::Channel* channel = nullptr)
    {
        return {.tenant = mainTenant,
                .channel = channel != nullptr ? channel->id : store->shop().id,
                .messageId = id,
                .topic = "orders/create",
                .body = body,
                .occurredAt = store->clock.now(),
                .receivedAt = store->clock.now()};
    }

    bool keep(const std::string& id, const std::string& body = "body")
    {
        return keep(id, body, store->shop());
    }

    bool keep(const std::string& id, const std::string& body, spokes::Channel& channel)
    {
        std::promise<bool> kept;
        store->inbox.keep(message(id, body, &channel),
                          [&kept](store::Outcome<Kept> outcome) { kept.set_value(outcome.ok()); });
        return kept.get_future().get();
    }

    std::vector<PendingMessage> due(int most = 100)
    {
        return store->inbox.due(*store->database, store->clock.now(),
                                store->clock.now() + std::chrono::hours(1), most);
    }

    void settle(Inbox::Settled settled)
    {
        settled.tenant = mainTenant;
        store->commands.run([&](store::Tx& tx) {
            store->inbox.settle(tx, {&settled, 1}, store->clock.now());
        });
    }

    std::optional<TestStore> store;
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(InboxTest);
