#include "sync/Arrivals.h"

#include "core/Error.h"
#include "store/Connection.h"
#include "support/Engines.h"
#include "support/FaultProxy.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <future>

using namespace spokehub;
using namespace spokehub::sync;
using namespace spokehub::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// With a database that goes away and comes back.
class ArrivalsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ArrivalsTest);
    CPPUNIT_TEST(whileTheDatabaseIsThereTheSpoolStaysEmpty);
    CPPUNIT_TEST(whileItIsAwayMessagesAreDurableInTheSpoolAndDrainInOrder);
    CPPUNIT_TEST(whatEndsInBothIsOneMessage);
    CPPUNIT_TEST(aDatabaseThatDoesNotAnswerIsNotWaitedFor);
    CPPUNIT_TEST(whatIsNoTextIsRefusedAtOnce);
    CPPUNIT_TEST_SUITE_END();

public:
    struct Hub
    {
        Hub()
        {
            std::string name = (fs::temp_directory_path() / "spokehub-spool-XXXXXX").string();
            CPPUNIT_ASSERT(::mkdtemp(name.data()) != nullptr);
            directory = name;
            spool.emplace(store::SpoolOptions{.directory = directory}, at.clock);
            arrivals.emplace(ways(), *spool, signal);
            writer.start();
        }
        /// Recorded, and no more.
        Arrivals::Ways ways()
        {
            return {.take = [this](auto message,
                                   auto done) { inbox.keep(std::move(message), std::move(done)); },
                    .takeAll =
                        [this](std::vector<NewMessage> messages) {
                            std::vector<store::Outcome<Kept>> outcomes;
                            for (NewMessage& message : messages) {
                                std::promise<store::Outcome<Kept>> kept;
                                inbox.keep(std::move(message), [&kept](auto outcome) {
                                    kept.set_value(std::move(outcome));
                                });
                                outcomes.push_back(kept.get_future().get());
                            }
                            return outcomes;
                        },
                    .rushed = nullptr};
        }
        ~Hub()
        {
            writer.stop();
            spool.reset();
            fs::remove_all(directory);
        }

        TestStore at;
        FaultProxy proxy{at.database.url()};
        store::Database behind{proxy.url()};
        store::Writer writer{behind, {.retryWaitMax = 5ms, .reconnectMax = 20ms}};
        Signal signal;
        Inbox inbox{writer, at.ids, signal};
        fs::path directory;
        std::optional<store::Spool> spool;
        std::optional<Arrivals> arrivals;
    };
    std::optional<Hub> hub;

    void setUp() override { hub.emplace(); }
    void tearDown() override { hub.reset(); }

    NewMessage message(const std::string& id)
    {
        return {.tenant = mainTenant,
                .channel = hub->at.shop().id,
                .messageId = id,
                .topic = "orders/create",
                .body = "body of " + id,
                .occurredAt = hub->at.clock.now(),
                .receivedAt = hub->at.clock.now()};
    }

    std::future<bool> begin(const std::string& id)
    {
        const auto promise = std::make_shared<std::promise<bool>>();
        hub->arrivals->keep(message(id), [promise](const store::Outcome<Kept>& outcome) {
            promise->set_value(outcome.ok());
        });
        return promise->get_future();
    }
    bool keep(const std::string& id) { return begin(id).get(); }

    std::int64_t spooled() { return hub->spool->figures().records; }
    std::string inboxed()
    {
        std::string ids;
        for (const auto& each : hub->at.inbox.due(*hub->at.database, hub->at.clock.now(),
                                                  hub->at.clock.now() + 1s, 1000))
            ids += each.messageId + "=" + each.body + ";";
        return ids;
    }

    void whileTheDatabaseIsThereTheSpoolStaysEmpty()
    {
        CPPUNIT_ASSERT(keep("m1"));

        CPPUNIT_ASSERT_EQUAL(std::string("m1=body of m1;"), inboxed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, spooled());
        CPPUNIT_ASSERT_EQUAL(0, hub->arrivals->drain());
    }

    void whileItIsAwayMessagesAreDurableInTheSpoolAndDrainInOrder()
    {
        keep("m1");
        hub->proxy.goAway();
        for (const char* id : {"m2", "m3", "m4"})
            CPPUNIT_ASSERT(keep(id));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, spooled());
        CPPUNIT_ASSERT_EQUAL(0, hub->arrivals->drain());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, spooled());

        hub->proxy.comeBack();

        CPPUNIT_ASSERT_EQUAL(3, hub->arrivals->drain());
        CPPUNIT_ASSERT_EQUAL(
            std::string("m1=body of m1;m2=body of m2;m3=body of m3;m4=body of m4;"), inboxed());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, spooled());
        CPPUNIT_ASSERT(keep("m5")); // in the database again
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, spooled());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, hub->at.count("inbox_message"));
    }

    void whatEndsInBothIsOneMessage()
    {
        keep("m1");
        hub->proxy.goAway();
        keep("m1");
        keep("m2");
        keep("m2");
        hub->proxy.comeBack();

        CPPUNIT_ASSERT_EQUAL(3, hub->arrivals->drain());

        CPPUNIT_ASSERT_EQUAL(std::string("m1=body of m1;m2=body of m2;"), inboxed());
    }

    void aDatabaseThatDoesNotAnswerIsNotWaitedFor()
    {
        hub->at.database.run("CREATE TABLE held (id BIGINT PRIMARY KEY); "
                             "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                             "PERFORM 1 FROM held FOR UPDATE; RETURN NEW; END $$; "
                             "CREATE TRIGGER hold BEFORE INSERT ON inbox_message FOR EACH ROW "
                             "EXECUTE FUNCTION hold(); INSERT INTO held VALUES (1)");
        const auto locker = hub->at.database->connect();
        locker->runText("BEGIN; SELECT 1 FROM held FOR UPDATE", {}, nullptr);
        auto first = begin("m1");
        hub->arrivals->hurry(1h);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, spooled()); // it has time left

        hub->arrivals->hurry(0ms);

        CPPUNIT_ASSERT(first.get());
        CPPUNIT_ASSERT(keep("m2")); // without asking the database
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, spooled());
        locker->runText("ROLLBACK", {}, nullptr);
        CPPUNIT_ASSERT_EQUAL(2, hub->arrivals->drain());
        CPPUNIT_ASSERT_EQUAL(std::string("m1=body of m1;m2=body of m2;"), inboxed());
    }

    void whatIsNoTextIsRefusedAtOnce()
    {
        using namespace std::string_literals;
        for (const std::string& id : {"a\0b"s, "\xff"s})
            try {
                keep(id);
                CPPUNIT_FAIL("it was taken");
            } catch (const Error& error) {
                CPPUNIT_ASSERT(error.refusal() == Refusal::BadRequest);
            }
    }
};

SPOKEHUB_TEST_ON_POSTGRES(ArrivalsTest);
