#include "store/Batcher.h"

#include "support/Engines.h"
#include "support/FaultProxy.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <latch>
#include <string>

using namespace spokehub;
using namespace spokehub::store;
using namespace std::chrono_literals;
using spokehub::test::FaultProxy;
using spokehub::test::TestDatabase;

namespace
{

using Outcomes = std::vector<Outcome<int>>;
using Numbers = Batcher<std::int64_t, int>;

constexpr Sql insertThings{"INSERT INTO thing (id) VALUES {rows}"};
constexpr Sql touchThing{"UPDATE thing SET touched = touched + 1 WHERE id = $1"};
constexpr Sql backend{"SELECT pg_backend_pid()"};

void insert(Tx& tx, std::span<const std::int64_t> ids)
{
    RowSet rows(1);
    for (const std::int64_t id : ids)
        rows.add({id});
    tx.writeRows(insertThings, rows);
}

Outcomes ok(std::span<const std::int64_t> ids)
{
    return Outcomes(ids.size(), Outcome<int>(1));
}

Failure failureOf(Numbers& numbers, std::int64_t id)
{
    try {
        numbers.call(id);
    } catch (const StoreError& error) {
        return error.failure();
    }
    CPPUNIT_FAIL("the request succeeded");
    throw std::logic_error("not reached");
}

class WriterFixture : public CppUnit::TestFixture
{
public:
    std::optional<TestDatabase> database;

    void setUp() override
    {
        database.emplace();
        database->run("CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, touched BIGINT NOT NULL "
                      "DEFAULT 0)");
    }
    void tearDown() override { database.reset(); }
};

} // namespace

class WriterTest : public WriterFixture
{
    CPPUNIT_TEST_SUITE(WriterTest);
    CPPUNIT_TEST(actionsRunAfterTheCommitAndBeforeTheAnswers);
    CPPUNIT_TEST(actionsOfAFailedTransactionAreDropped);
    CPPUNIT_TEST(anActionThatThrowsHarmsNobody);
    CPPUNIT_TEST(thePlannerIsAskedWhenVariantsChanged);
    CPPUNIT_TEST(whatThePlannerThrowsFailsTheRequest);
    CPPUNIT_TEST(everyQueueWithWorkHasItsShareOfEachTransaction);
    CPPUNIT_TEST(aConflictRepeatsTheBatch);
    CPPUNIT_TEST(conflictsWithoutEndFailTheRequest);
    CPPUNIT_TEST(aFullDiskIsNoReasonToLookForAGuiltyRequest);
    CPPUNIT_TEST_SUITE_END();

public:
    void actionsRunAfterTheCommitAndBeforeTheAnswers()
    {
        Writer writer(**database);
        std::string order;
        Numbers numbers(writer, [&](Tx& tx, std::span<const std::int64_t> ids) {
            insert(tx, ids);
            tx.afterCommit([&] { order += std::to_string(database->count("thing")) + " rows, "; });
            return ok(ids);
        });
        writer.join(numbers);
        std::latch answered(1);
        numbers.submit(1, [&](Outcome<int>) {
            order += "answer";
            answered.count_down();
        });
        writer.start();
        answered.wait();

        CPPUNIT_ASSERT_EQUAL(std::string("1 rows, answer"), order);
    }

    void actionsOfAFailedTransactionAreDropped()
    {
        database->run("INSERT INTO thing (id) VALUES (2)");
        Writer writer(**database);
        std::vector<std::size_t> told;
        Numbers numbers(writer, [&](Tx& tx, std::span<const std::int64_t> ids) {
            tx.afterCommit([&, count = ids.size()] { told.push_back(count); });
            insert(tx, ids);
            return ok(ids);
        });
        writer.join(numbers);
        for (const std::int64_t id : {1, 2})
            numbers.submit(id, [](Outcome<int>) {});
        writer.start();
        writer.stop();

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, told.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, told.front());
    }

    void anActionThatThrowsHarmsNobody()
    {
        Writer writer(**database);
        Numbers numbers(writer, [&](Tx& tx, std::span<const std::int64_t> ids) {
            tx.afterCommit([] { throw std::runtime_error("from an action, as the test wants"); });
            insert(tx, ids);
            return ok(ids);
        });
        writer.join(numbers);
        writer.start();

        CPPUNIT_ASSERT_EQUAL(1, numbers.call(1));
        CPPUNIT_ASSERT_EQUAL(1, numbers.call(2));
    }

    void thePlannerIsAskedWhenVariantsChanged()
    {
        Writer writer(**database);
        std::vector<std::pair<std::int64_t, std::int64_t>> asked;
        writer.beforeCommit([&](Tx& tx) {
            asked.insert(asked.end(), tx.changedVariants().begin(), tx.changedVariants().end());
            tx.write(touchThing, {1});
        });
        Numbers numbers(writer, [&](Tx& tx, std::span<const std::int64_t> ids) {
            insert(tx, ids);
            if (ids.front() == 1) {
                tx.changed(1, 70);
                tx.changed(1, 60);
                tx.changed(1, 70);
            }
            return ok(ids);
        });
        writer.join(numbers);
        writer.start();
        numbers.call(1);
        numbers.call(2);

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, asked.size());
        CPPUNIT_ASSERT(asked.front() == std::pair(std::int64_t{1}, std::int64_t{60}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, database->count("thing", "touched = 1"));
    }

    void whatThePlannerThrowsFailsTheRequest()
    {
        Writer writer(**database);
        writer.beforeCommit([](Tx&) { throw std::runtime_error("no plan"); });
        Numbers numbers(writer, [&](Tx& tx, std::span<const std::int64_t> ids) {
            insert(tx, ids);
            tx.changed(1, 1);
            return ok(ids);
        });
        writer.join(numbers);
        writer.start();

        CPPUNIT_ASSERT_THROW(numbers.call(1), std::runtime_error);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, database->count("thing"));
    }

    void everyQueueWithWorkHasItsShareOfEachTransaction()
    {
        Writer writer(**database, {.batchMax = 10});
        const auto apply = [](Tx& tx, std::span<const std::int64_t> ids) {
            insert(tx, ids);
            return ok(ids);
        };
        Numbers crowded(writer, apply);
        Numbers quiet(writer, apply);
        writer.join(crowded);
        writer.join(quiet);
        int before = 0;
        int whenQuietWasAnswered = -1;
        for (std::int64_t id = 0; id < 100; ++id)
            crowded.submit(id, [&](Outcome<int>) { ++before; });
        quiet.submit(1000, [&](Outcome<int>) { whenQuietWasAnswered = before; });

        writer.start();
        writer.stop();

        CPPUNIT_ASSERT_EQUAL(10, whenQuietWasAnswered);
        CPPUNIT_ASSERT_EQUAL(100, before);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{10}, writer.figures().commits);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{101}, database->count("thing"));
    }

    void aConflictRepeatsTheBatch()
    {
        Writer writer(**database, {.retryWaitMax = 1ms});
        int times = 0;
        Numbers numbers(writer, [&](Tx& tx, std::span<const std::int64_t> ids) {
            insert(tx, ids);
            if (++times < 4)
                throw StoreError(Failure::Conflict, "40001", "as the test wants");
            return ok(ids);
        });
        writer.join(numbers);
        writer.start();

        CPPUNIT_ASSERT_EQUAL(1, numbers.call(1));
        CPPUNIT_ASSERT_EQUAL(4, times);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, writer.figures().retries);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, writer.figures().poisoned);
    }

    void conflictsWithoutEndFailTheRequest()
    {
        Writer writer(**database, {.conflictRetriesMax = 2, .retryWaitMax = 1ms});
        int times = 0;
        Numbers numbers(writer, [&](Tx& tx, std::span<const std::int64_t> ids) {
            insert(tx, ids);
            ++times;
            throw StoreError(Failure::Conflict, "40001", "as the test wants");
            return ok(ids);
        });
        writer.join(numbers);
        writer.start();

        CPPUNIT_ASSERT(failureOf(numbers, 1) == Failure::Conflict);
        CPPUNIT_ASSERT_EQUAL(3, times);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, database->count("thing"));
    }

    void aFullDiskIsNoReasonToLookForAGuiltyRequest()
    {
        Writer writer(**database);
        int times = 0;
        Numbers numbers(writer, [&](Tx&, std::span<const std::int64_t> ids) {
            ++times;
            throw StoreError(Failure::Full, "53100", "as the test wants");
            return ok(ids);
        });
        writer.join(numbers);
        int failed = 0;
        for (std::int64_t id = 0; id < 50; ++id)
            numbers.submit(id, [&](Outcome<int> outcome) { failed += outcome.ok() ? 0 : 1; });
        writer.start();
        writer.stop();

        CPPUNIT_ASSERT_EQUAL(1, times);
        CPPUNIT_ASSERT_EQUAL(50, failed);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(WriterTest);

class WriterFaultsTest : public WriterFixture
{
    CPPUNIT_TEST_SUITE(WriterFaultsTest);
    CPPUNIT_TEST(aBatchWhoseSessionDiesIsRepeatedOnAnother);
    CPPUNIT_TEST(aCommitThatHappenedUnheardIsNotRepeated);
    CPPUNIT_TEST(aCommitThatDiedIsRepeated);
    CPPUNIT_TEST(aRefusedCommitFailsTheRequestAlone);
    CPPUNIT_TEST(whileTheServerIsAwayRequestsFailAndAfterwardsTheySucceed);
    CPPUNIT_TEST(whileACommitIsInDoubtOthersNeedNotWaitForIt);
    CPPUNIT_TEST(twoLanesThatLockEachOtherOutBothSucceed);
    CPPUNIT_TEST_SUITE_END();

public:
    static Outcomes insertOnce(Tx& tx, std::span<const std::int64_t> ids)
    {
        insert(tx, ids); // a second time it would violate the primary key
        return ok(ids);
    }

    void aBatchWhoseSessionDiesIsRepeatedOnAnother()
    {
        Writer writer(**database);
        int times = 0;
        Numbers numbers(writer, [&](Tx& tx, std::span<const std::int64_t> ids) {
            insert(tx, ids);
            if (++times == 1)
                tx.query(backend, {}, [&](const Row& row) {
                    database->run("SELECT pg_terminate_backend(" + std::to_string(row.integer(0)) +
                                  ", 5000)");
                });
            return ok(ids);
        });
        writer.join(numbers);
        writer.start();

        CPPUNIT_ASSERT_EQUAL(1, numbers.call(1));
        CPPUNIT_ASSERT_EQUAL(2, times);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, database->count("thing"));
    }

    void aCommitThatHappenedUnheardIsNotRepeated()
    {
        FaultProxy proxy(database->url());
        Database behind(proxy.url());
        Writer writer(behind);
        int actions = 0;
        Numbers numbers(writer, [&](Tx& tx, std::span<const std::int64_t> ids) {
            tx.afterCommit([&] { ++actions; });
            return insertOnce(tx, ids);
        });
        writer.join(numbers);
        writer.start();
        numbers.call(1);

        proxy.cutAtAnswer("COMMIT");

        CPPUNIT_ASSERT_EQUAL(1, numbers.call(2));
        CPPUNIT_ASSERT_EQUAL(1, numbers.call(3));
        CPPUNIT_ASSERT_EQUAL(3, actions);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, writer.figures().retries);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, database->count("thing"));
    }

    void aCommitThatDiedIsRepeated()
    {
        database->run(
            "CREATE SEQUENCE commits;"
            "CREATE FUNCTION die_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF nextval('commits') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END "
            "IF;"
            " RETURN NULL; END $$;"
            "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION die_once()");
        Writer writer(**database);
        Numbers numbers(writer, insertOnce);
        writer.join(numbers);
        writer.start();

        CPPUNIT_ASSERT_EQUAL(1, numbers.call(1));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, writer.figures().retries);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, database->count("thing"));
    }

    void aRefusedCommitFailsTheRequestAlone()
    {
        database->run(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.id = 2 THEN RAISE EXCEPTION 'not two'; END IF; RETURN NULL; END $$;"
            "CREATE CONSTRAINT TRIGGER no AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION no()");
        Writer writer(**database);
        Numbers numbers(writer, insertOnce);
        writer.join(numbers);
        writer.start();

        auto outcomes = numbers.callAll({1, 2, 3});

        CPPUNIT_ASSERT(outcomes.at(0).ok() && !outcomes.at(1).ok() && outcomes.at(2).ok());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, database->count("thing"));
    }

    void whileTheServerIsAwayRequestsFailAndAfterwardsTheySucceed()
    {
        FaultProxy proxy(database->url());
        Database behind(proxy.url());
        Writer writer(behind, {.retryWaitMax = 5ms, .reconnectMax = 30ms});
        Numbers numbers(writer, insertOnce);
        writer.join(numbers);
        writer.start();
        numbers.call(1);

        proxy.goAway();
        CPPUNIT_ASSERT(failureOf(numbers, 2) == Failure::ConnectionLost);
        CPPUNIT_ASSERT(failureOf(numbers, 3) == Failure::ConnectionLost);
        proxy.comeBack();

        CPPUNIT_ASSERT_EQUAL(1, numbers.call(4));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, database->count("thing"));
    }

    void whileACommitIsInDoubtOthersNeedNotWaitForIt()
    {
        FaultProxy proxy(database->url());
        Database behind(proxy.url());
        Writer writer(behind, {.retryWaitMax = 5ms, .reconnectMax = 10ms});
        std::promise<void> othersFailed;
        std::promise<bool> inDoubt;
        int times = 0;
        Numbers numbers(writer, [&](Tx& tx, std::span<const std::int64_t> ids) {
            insert(tx, ids);
            if (++times == 1) {
                tx.execute(touchThing, {1}); // the session is in use when the line is cut
                numbers.submit(2, [&](Outcome<int> outcome) {
                    CPPUNIT_ASSERT(!outcome.ok());
                    othersFailed.set_value();
                });
                proxy.goAway();
            }
            return ok(ids);
        });
        writer.join(numbers);
        numbers.submit(1, [&](Outcome<int> outcome) { inDoubt.set_value(outcome.ok()); });
        writer.start();

        othersFailed.get_future().get();
        proxy.comeBack();

        CPPUNIT_ASSERT(inDoubt.get_future().get());
        CPPUNIT_ASSERT_EQUAL(2, times);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, database->count("thing"));
    }

    void twoLanesThatLockEachOtherOutBothSucceed()
    {
        database->run("INSERT INTO thing (id) VALUES (1), (2)");
        Writer writer(**database, {.lanes = 2});
        std::latch bothHoldOne(2);
        std::atomic<int> times = 0;
        Numbers numbers(
            writer,
            [&](Tx& tx, std::span<const std::int64_t> ids) {
                tx.execute(touchThing, {ids.front()});
                if (++times <= 2)
                    bothHoldOne.arrive_and_wait();
                tx.execute(touchThing, {3 - ids.front()});
                return ok(ids);
            },
            [](const std::int64_t& id) { return static_cast<std::size_t>(id); });
        writer.join(numbers);
        writer.start();

        auto outcomes = numbers.callAll({1, 2});

        CPPUNIT_ASSERT(outcomes.at(0).ok() && outcomes.at(1).ok());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, writer.figures().retries);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, database->count("thing", "touched = 2"));
    }
};

SPOKEHUB_TEST_ON_POSTGRES(WriterFaultsTest);
