#include "core/Error.h"
#include "support/FreshDirectory.h"
#include "support/TestClock.h"
#include "support/TestStore.h"
#include "sync/Arrivals.h"

#include <cppunit/extensions/HelperMacros.h>

#include <future>
#include <optional>

using namespace spokehub;
using namespace spokehub::sync;
using namespace spokehub::test;

/// Arrivals where the spool is for rushes too, before a database that does what the test says.
class RushTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RushTest);
    CPPUNIT_TEST(ordinarilyTheDatabaseIsAsked);
    CPPUNIT_TEST(inARushTheSpoolTakesIt);
    CPPUNIT_TEST(untilItIsDrainedAllGoThroughIt);
    CPPUNIT_TEST(whatIsRefusedForNowStaysInIt);
    CPPUNIT_TEST(whenItIsFullTheDatabaseIsWaitedFor);
    CPPUNIT_TEST(whenNeitherTakesItItIsRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    const QuietLog quiet;
    TestClock clock;
    std::optional<FreshDirectory> directory;
    std::optional<store::Spool> spool;
    std::optional<Arrivals> arrivals;
    Signal spooled;
    bool rush = false;
    bool busy = false; // the database: it takes nothing for now
    std::string taken; // by the database, one by one
    std::string drained;

    void setUp() override
    {
        directory.emplace();
        open(1024 * 1024);
    }
    void tearDown() override
    {
        arrivals.reset();
        spool.reset();
        directory.reset();
    }

    void open(std::int64_t bytesMax)
    {
        arrivals.reset();
        spool.reset();
        spool.emplace(store::SpoolOptions{.directory = directory->path(), .bytesMax = bytesMax},
                      clock);
        arrivals.emplace(ways(), *spool, spooled);
    }

    Arrivals::Ways ways()
    {
        return {.take =
                    [this](auto message, auto done) {
                        if (busy)
                            throw Error(Refusal::Unavailable, "20000 requests wait already");
                        taken += message->messageId + ";";
                        done(store::Outcome<Kept>(Kept{}));
                    },
                .takeAll =
                    [this](const std::vector<NewMessage>& messages) {
                        std::vector<store::Outcome<Kept>> outcomes;
                        for (const NewMessage& message : messages) {
                            outcomes.push_back(
                                busy ? store::refused<Kept>(Error(Refusal::Unavailable, "busy"))
                                     : store::Outcome<Kept>(Kept{}));
                            drained += busy ? "" : message.messageId + "=" + message.body + ";";
                        }
                        return outcomes;
                    },
                .rushed = [this] { return rush; }};
    }

    /// Empty when it is durable; else why not.
    std::string keep(const std::string& id)
    {
        const auto promise = std::make_shared<std::promise<store::Outcome<Kept>>>();
        try {
            arrivals->keep(
                {.tenant = mainTenant, .channel = 7, .messageId = id, .body = "body of " + id},
                [promise](store::Outcome<Kept> outcome) {
                    promise->set_value(std::move(outcome));
                });
            promise->get_future().get().value();
            return "";
        } catch (const Error& error) {
            return error.what();
        }
    }

    void ordinarilyTheDatabaseIsAsked()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), keep("m1"));

        CPPUNIT_ASSERT_EQUAL(std::string("m1;"), taken);
        CPPUNIT_ASSERT(spool->drained());
        CPPUNIT_ASSERT(!spooled.take());
    }

    void inARushTheSpoolTakesIt()
    {
        rush = true;

        CPPUNIT_ASSERT_EQUAL(std::string(), keep("m1"));

        CPPUNIT_ASSERT_EQUAL(std::string(), taken);
        CPPUNIT_ASSERT(spooled.take());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, spool->figures().records);
        CPPUNIT_ASSERT_EQUAL(1, arrivals->drain());
        CPPUNIT_ASSERT_EQUAL(std::string("m1=body of m1;"), drained);
        CPPUNIT_ASSERT_EQUAL(0, arrivals->drain());
    }

    void untilItIsDrainedAllGoThroughIt()
    {
        rush = true;
        keep("m1");
        rush = false;
        keep("m2");
        CPPUNIT_ASSERT_EQUAL(std::string(), taken);

        CPPUNIT_ASSERT_EQUAL(2, arrivals->drain());

        keep("m3");
        CPPUNIT_ASSERT_EQUAL(std::string("m3;"), taken);
        CPPUNIT_ASSERT_EQUAL(std::string("m1=body of m1;m2=body of m2;"), drained);
    }

    void whatIsRefusedForNowStaysInIt()
    {
        rush = true;
        keep("m1");
        busy = true;
        CPPUNIT_ASSERT_EQUAL(0, arrivals->drain());
        busy = false;

        CPPUNIT_ASSERT_EQUAL(1, arrivals->drain());
        CPPUNIT_ASSERT_EQUAL(std::string("m1=body of m1;"), drained);
    }

    void whenItIsFullTheDatabaseIsWaitedFor()
    {
        open(120); // room for one
        rush = true;

        CPPUNIT_ASSERT_EQUAL(std::string(), keep("m1"));
        CPPUNIT_ASSERT_EQUAL(std::string(), keep("m2"));

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, spool->figures().records);
        CPPUNIT_ASSERT_EQUAL(std::string("m2;"), taken);
    }

    void whenNeitherTakesItItIsRefused()
    {
        open(120);
        rush = true;
        busy = true;
        keep("m1");

        CPPUNIT_ASSERT_EQUAL(std::string("20000 requests wait already"), keep("m2"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RushTest);
