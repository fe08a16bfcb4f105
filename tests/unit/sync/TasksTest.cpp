#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::sync;
using namespace spokehub::test;
using stock::Adjust;

class TasksTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TasksTest);
    CPPUNIT_TEST(aChangeOfStockPlansEveryListingThatShowsIt);
    CPPUNIT_TEST(manyChangesAreOneTask);
    CPPUNIT_TEST(urgentTasksAreClaimedFirstAndOneKindAtATime);
    CPPUNIT_TEST(aTaskPlannedWhileItRunsRunsAgain);
    CPPUNIT_TEST(attemptsOfAnOlderGenerationAreForgotten);
    CPPUNIT_TEST(aLostLeaseClaimsAndSettlesNothing);
    CPPUNIT_TEST(whatAnEarlierOwnerLeftRunningIsTakenOver);
    CPPUNIT_TEST(aNewGenerationRearmsWhatFailedUnlessAPersonMustAct);
    CPPUNIT_TEST(failedTasksAreRetriedByHandAloneOrAsAGroup);
    CPPUNIT_TEST(aTaskWaitsUntilItIsDue);
    CPPUNIT_TEST(aChannelsListingsArePlannedAsBulkAndNeverSlowDownWhatIsUrgent);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        store.emplace();
        leg = store->stocked("LEG-S", 5);
        listing = store->listing(store->shop(), "808", "LEG-S");
        lease = {mainTenant, store->shop().id, 77, 1};
        store->database.run(
            "INSERT INTO lane (tenant_id, channel_id, owner, fence, expires_at) VALUES (1, " +
            std::to_string(lease.channel) + ", 77, 1, 0)");
    }
    void tearDown() override { store.reset(); }

    void aChangeOfStockPlansEveryListingThatShowsIt()
    {
        const Id top = store->stocked("TOP-S", 5);
        store->bundle("SET-S", {{leg, 1}, {top, 1}});
        store->listing(store->market(), "m1", "LEG-S");
        store->listing(store->market(), "m2", "SET-S");
        store->listing(store->market(), "m3", "TOP-S");
        finishAll();

        store->run(Adjust{.sku = "LEG-S", .onHand = 1, .reason = {}});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->count("task", "state = 1 AND queue = 0"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("task", "state = 3"));
        store->run(Adjust{.sku = "LEG-S", .reason = {}}); // a read
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->count("task", "state = 1"));
    }

    void manyChangesAreOneTask()
    {
        for (int i = 0; i < 20; ++i)
            store->run(Adjust{.sku = "LEG-S", .onHand = 1, .reason = {}});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("task"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{21}, generation());
    }

    void urgentTasksAreClaimedFirstAndOneKindAtATime()
    {
        store->clock.advance(std::chrono::seconds(1));
        plan([&](store::Tx& tx) { store->tasks.planShipment(tx, mainTenant, lease.channel, 5); });
        store->stocked("TOP-S", 5);
        store->listing(store->shop(), "809", "TOP-S");
        store->database.run("UPDATE task SET queue = 1 WHERE subject_id = " +
                            std::to_string(listing));

        CPPUNIT_ASSERT(claim().front().kind == TaskKind::Shipment);
        const auto second = claim();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, second.size());
        CPPUNIT_ASSERT(second.front().kind == TaskKind::Stock && second.front().subject != listing);
        CPPUNIT_ASSERT_EQUAL(listing, claim().front().subject);
        CPPUNIT_ASSERT(claim().empty());

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->count("task", "state = 2"));
    }

    void aTaskPlannedWhileItRunsRunsAgain()
    {
        const auto tasks = claim();
        store->run(Adjust{.sku = "LEG-S", .onHand = 1, .reason = {}});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, state());

        settle(tasks, TaskState::Done);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, state());
        settle(claim(), TaskState::Done);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, state());
        CPPUNIT_ASSERT(claim().empty());
    }

    void attemptsOfAnOlderGenerationAreForgotten()
    {
        const auto tasks = claim();
        store->run(Adjust{.sku = "LEG-S", .onHand = 1, .reason = {}});

        settle(tasks, TaskState::Failed, Class::Retry, 10);

        const auto again = claim();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, again.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, again.front().attempts);
        settle(again, TaskState::Pending, Class::Retry, 1);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, claim().front().attempts);
    }

    void aLostLeaseClaimsAndSettlesNothing()
    {
        const auto tasks = claim();
        store->database.run("UPDATE lane SET owner = 78, fence = 2");

        CPPUNIT_ASSERT(!settle(tasks, TaskState::Done));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, state());
        store->database.run("UPDATE task SET state = 1");
        CPPUNIT_ASSERT(claim().empty());

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, state());
    }

    void whatAnEarlierOwnerLeftRunningIsTakenOver()
    {
        claim();

        plan([&](store::Tx& tx) { store->tasks.takeOver(tx, lease, store->clock.now()); });

        const auto again = claim();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, again.size());
        CPPUNIT_ASSERT(again.front().lastClass == Class::UnknownOutcome);
    }

    void aNewGenerationRearmsWhatFailedUnlessAPersonMustAct()
    {
        for (const Class kind : {Class::Retry, Class::Rejected, Class::Bug, Class::Unsupported}) {
            settle(claim(), TaskState::Failed, kind, 10);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, state());
            store->run(Adjust{.sku = "LEG-S", .onHand = 1, .reason = {}});
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, state());
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->number("SELECT attempts FROM task"));
        }
        for (const Class kind : {Class::Config, Class::Unmatched}) {
            settle(claim(), TaskState::Failed, kind, 1);
            store->run(Adjust{.sku = "LEG-S", .onHand = 1, .reason = {}});
            CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, state());
            retry();
        }
    }

    void failedTasksAreRetriedByHandAloneOrAsAGroup()
    {
        CPPUNIT_ASSERT_EQUAL("there is no task " + showId("tsk", 7),
                             store->refusalOf([&] { retry(7); }));
        settle(claim(), TaskState::Failed, Class::Config, 3);
        retry();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, claim().front().attempts);
        store->refusalOf([&] { retry(); });
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Conflict);

        store->database.run("UPDATE task SET state = 4, class = 8");
        const auto retryAll = [&](const Tasks::Group& group) {
            return store->commands.run(
                [&](store::Tx& tx) { return store->tasks.retryAll(tx, store->acme, group); });
        };
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, retryAll({store->market().id, {}}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, retryAll({{}, Class::Rejected}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, retryAll({lease.channel, Class::Config}));

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, state());
    }

    void aTaskWaitsUntilItIsDue()
    {
        settle(claim(), TaskState::Pending, Class::Retry, 1, std::chrono::seconds(30));

        CPPUNIT_ASSERT(claim().empty() && !anyDue());
        store->run(Adjust{.sku = "LEG-S", .onHand = 1, .reason = {}});
        CPPUNIT_ASSERT_MESSAGE("a new generation does not shorten the wait", !anyDue());
        store->clock.advance(std::chrono::seconds(30));

        CPPUNIT_ASSERT(anyDue());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, claim().size());
    }

    void aChannelsListingsArePlannedAsBulkAndNeverSlowDownWhatIsUrgent()
    {
        store->stocked("TOP-S", 5);
        store->listing(store->shop(), "809", "TOP-S");
        finishAll();
        store->run(Adjust{.sku = "LEG-S", .onHand = 1, .reason = {}});

        plan([&](store::Tx& tx) { store->tasks.planChannel(tx, mainTenant, lease.channel); });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("task", "state = 1 AND queue = 0"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("task", "state = 1 AND queue = 1"));
        store->run(Adjust{.sku = "TOP-S", .onHand = 1, .reason = {}});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("task", "state = 1 AND queue = 0"));
    }

private:
    void plan(const std::function<void(store::Tx&)>& work)
    {
        store->commands.run([&](store::Tx& tx) { work(tx); });
    }

    void finishAll() { store->database.run("UPDATE task SET state = 3"); }

    std::vector<Task> claim()
    {
        return store->commands.run(
            [&](store::Tx& tx) { return store->tasks.claim(tx, lease, store->clock.now(), 100); });
    }

    bool settle(const std::vector<Task>& tasks, TaskState state, Class kind = Class::Done,
                std::int64_t attempts = 0, std::chrono::microseconds wait = {})
    {
        CPPUNIT_ASSERT(!tasks.empty());
        std::vector<Verdict> verdicts;
        for (const Task& task : tasks)
            verdicts.push_back(
                {&task, state, kind, "because", attempts, 0, store->clock.now() + wait});
        return store->commands.run([&](store::Tx& tx) {
            return store->tasks.settle(tx, lease, verdicts, store->clock.now());
        });
    }

    void retry(Id task = 0)
    {
        plan([&](store::Tx& tx) {
            store->tasks.retry(tx, store->acme,
                               task != 0 ? task : store->number("SELECT id FROM task"));
        });
    }

    bool anyDue()
    {
        bool due = false;
        store->database->point([&](store::Session& session) {
            due = store->tasks.anyDue(session, mainTenant, lease.channel, store->clock.now());
        });
        return due;
    }

    std::int64_t state()
    {
        return store->number("SELECT state FROM task WHERE subject_id = " +
                             std::to_string(listing));
    }
    std::int64_t generation()
    {
        return store->number("SELECT generation FROM task WHERE subject_id = " +
                             std::to_string(listing));
    }

    std::optional<TestStore> store;
    Id leg = 0;
    Id listing = 0;
    Lease lease;
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(TasksTest);
