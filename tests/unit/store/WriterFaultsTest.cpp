#include "support/Engines.h"
#include "support/FaultProxy.h"
#include "unit/store/WriterFixture.h"

#include <atomic>
#include <latch>
#include <string>

using namespace spokehub;
using namespace spokehub::store;
using namespace std::chrono_literals;
using spokehub::test::FaultProxy;

namespace
{

constexpr Sql touchThing{"UPDATE thing SET touched = touched + 1 WHERE id = $1"};
constexpr Sql backend{"SELECT pg_backend_pid()"};

} // namespace

/// What only a real server can do to the Writer.
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
        const auto touchBoth = [&](Tx& tx, std::span<const std::int64_t> ids) {
            tx.execute(touchThing, {ids.front()});
            if (++times <= 2)
                bothHoldOne.arrive_and_wait();
            tx.execute(touchThing, {3 - ids.front()});
            return ok(ids);
        };
        Numbers one(writer, touchBoth, Writer::ledgerLane);
        Numbers other(writer, touchBoth, Writer::intakeLane);
        writer.join(one);
        writer.join(other);
        writer.start();

        auto second = std::async(std::launch::async, [&] { return other.call(2); });
        one.call(1);
        second.get();

        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, writer.figures().retries);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, database->count("thing", "touched = 2"));
    }
};

SPOKEHUB_TEST_ON_POSTGRES(WriterFaultsTest);
