#include "store/Writer.h"

#include "support/Engines.h"
#include "unit/store/WriterFixture.h"

#include <latch>
#include <string>

using namespace spokehub;
using namespace spokehub::store;
using namespace std::chrono_literals;

namespace
{

constexpr Sql touchThing{"UPDATE thing SET touched = touched + 1 WHERE id = $1"};

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
    CPPUNIT_TEST(withoutThreadsWhoWaitsRunsWhatWaits);
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

    void withoutThreadsWhoWaitsRunsWhatWaits()
    {
        Writer writer(**database, {.threads = false});
        Numbers numbers(writer, [&](Tx& tx, std::span<const std::int64_t> ids) {
            insert(tx, ids);
            return ok(ids);
        });
        writer.join(numbers);
        writer.start();
        int answers = 0;
        const auto count = [&](const Outcome<int>&) { ++answers; };
        numbers.submit(1, count);
        CPPUNIT_ASSERT_EQUAL(0, answers);

        CPPUNIT_ASSERT_EQUAL(1, numbers.call(2));
        CPPUNIT_ASSERT_EQUAL(1, answers);
        numbers.submit(3, count);
        writer.work();

        CPPUNIT_ASSERT_EQUAL(2, answers);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, writer.figures().commits);
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
