#include "store/Batcher.h"

#include "support/Engines.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <latch>
#include <string>
#include <thread>

using namespace spokehub;
using namespace spokehub::store;
using spokehub::test::TestDatabase;

namespace
{

constexpr Sql insertThings{"INSERT INTO thing (id) {rows}"};

struct Add
{
    std::int64_t id;
    bool refuse = false;
};

/// Answers ten times the id; refuses what asks for it; a doubled id fails the whole transaction.
std::vector<Outcome<std::int64_t>> add(Tx& tx, std::span<const Add> requests)
{
    RowSet rows(1);
    std::vector<Outcome<std::int64_t>> outcomes;
    for (const Add& request : requests) {
        if (request.refuse) {
            outcomes.push_back(refused<std::int64_t>(Error(Refusal::Conflict, "refused")));
            continue;
        }
        rows.add({request.id});
        outcomes.emplace_back(request.id * 10);
    }
    tx.writeRows(insertThings, rows);
    return outcomes;
}

} // namespace

class BatcherTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BatcherTest);
    CPPUNIT_TEST(everyCallerGetsItsOwnResult);
    CPPUNIT_TEST(manyCallersShareCommits);
    CPPUNIT_TEST(aRefusedRequestDisturbsNobody);
    CPPUNIT_TEST(aPoisonousRequestFailsAlone);
    CPPUNIT_TEST(severalPoisonousRequestsFailAlone);
    CPPUNIT_TEST(aFullQueueRefuses);
    CPPUNIT_TEST(callAllWaitsForRoomAndKeepsTheOrder);
    CPPUNIT_TEST(requestsAreAppliedInTheirOrder);
    CPPUNIT_TEST(stopDrainsAndThenRefuses);
    CPPUNIT_TEST(whatWaitsInAWriterThatNeverStartedIsRefused);
    CPPUNIT_TEST(aBatcherThatHasNotJoinedIsRefused);
    CPPUNIT_TEST(anApplyThatForgetsAnOutcomeFails);
    CPPUNIT_TEST(anAnswerThatThrowsHarmsNobody);
    CPPUNIT_TEST(nobodyWaitsOnALaneForALane);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<TestDatabase> database;
    std::optional<Writer> writer;

    void setUp() override
    {
        database.emplace();
        database->run("CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY)");
        writer.emplace(**database);
    }

    void tearDown() override
    {
        writer.reset();
        database.reset();
    }

    void everyCallerGetsItsOwnResult()
    {
        Batcher<Add, std::int64_t> batcher(*writer, add);
        writer->join(batcher);
        writer->start();

        std::vector<std::int64_t> results(20);
        std::vector<std::thread> callers;
        for (std::int64_t i = 0; i < 20; ++i)
            callers.emplace_back(
                [&, i] { results[static_cast<std::size_t>(i)] = batcher.call({i}); });
        for (std::thread& caller : callers)
            caller.join();

        for (std::int64_t i = 0; i < 20; ++i)
            CPPUNIT_ASSERT_EQUAL(i * 10, results[static_cast<std::size_t>(i)]);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, database->count("thing"));
    }

    void manyCallersShareCommits()
    {
        Batcher<Add, std::int64_t> batcher(*writer, add);
        writer->join(batcher);
        writer->start();

        std::vector<std::thread> callers;
        for (std::int64_t caller = 0; caller < 64; ++caller)
            callers.emplace_back([&, caller] {
                for (std::int64_t i = 0; i < 20; ++i)
                    batcher.call({caller * 100 + i});
            });
        for (std::thread& caller : callers)
            caller.join();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1280}, database->count("thing"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1280}, writer->figures().requests);
        CPPUNIT_ASSERT(writer->figures().commits < 640);
    }

    void aRefusedRequestDisturbsNobody()
    {
        Batcher<Add, std::int64_t> batcher(*writer, add);
        writer->join(batcher);
        writer->start();

        auto outcomes = batcher.callAll({{1}, {2, true}, {3}});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, outcomes.at(0).value());
        CPPUNIT_ASSERT_THROW(outcomes.at(1).value(), Error);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{30}, outcomes.at(2).value());
        CPPUNIT_ASSERT_THROW(batcher.call({4, true}), Error);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, writer->figures().poisoned);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, database->count("thing"));
    }

    void aPoisonousRequestFailsAlone()
    {
        database->run("INSERT INTO thing (id) VALUES (7)");
        Batcher<Add, std::int64_t> batcher(*writer, add);
        writer->join(batcher);
        std::vector<Add> requests;
        for (std::int64_t i = 0; i < 20; ++i)
            requests.push_back({i});

        writer->start();
        auto outcomes = batcher.callAll(requests);

        for (std::size_t i = 0; i < 20; ++i)
            CPPUNIT_ASSERT_EQUAL(i != 7, outcomes.at(i).ok());
        try {
            outcomes.at(7).value();
        } catch (const StoreError& error) {
            CPPUNIT_ASSERT(error.failure() == Failure::Unique);
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, database->count("thing"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, writer->figures().poisoned);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, batcher.call({20}));
    }

    void severalPoisonousRequestsFailAlone()
    {
        database->run("INSERT INTO thing (id) VALUES (0), (99), (150)");
        Batcher<Add, std::int64_t> batcher(*writer, add);
        writer->join(batcher);
        std::vector<Add> requests;
        for (std::int64_t i = 0; i < 200; ++i)
            requests.push_back({i});

        writer->start();
        auto outcomes = batcher.callAll(requests);

        for (std::size_t i = 0; i < 200; ++i)
            CPPUNIT_ASSERT_EQUAL(i != 0 && i != 99 && i != 150, outcomes.at(i).ok());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, database->count("thing"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, writer->figures().poisoned);
    }

    void aFullQueueRefuses()
    {
        Batcher<Add, std::int64_t> batcher(*writer, add, Writer::ledgerLane, 2);
        writer->join(batcher);
        std::latch answered(2);
        const auto done = [&](Outcome<std::int64_t>) { answered.count_down(); };
        batcher.submit({1}, done);
        batcher.submit({2}, done);

        try {
            batcher.submit({3}, done);
            CPPUNIT_FAIL("a full queue took a request");
        } catch (const Error& error) {
            CPPUNIT_ASSERT(error.refusal() == Refusal::Unavailable);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, batcher.waiting());

        writer->start();
        answered.wait();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, batcher.waiting());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{40}, batcher.call({4}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, database->count("thing"));
    }

    void callAllWaitsForRoomAndKeepsTheOrder()
    {
        Batcher<Add, std::int64_t> batcher(*writer, add, Writer::ledgerLane, 3);
        writer->join(batcher);
        writer->start();
        std::vector<Add> requests;
        for (std::int64_t i = 0; i < 100; ++i)
            requests.push_back({i});

        auto outcomes = batcher.callAll(requests);

        for (std::int64_t i = 0; i < 100; ++i)
            CPPUNIT_ASSERT_EQUAL(i * 10, outcomes.at(static_cast<std::size_t>(i)).value());
        CPPUNIT_ASSERT(batcher.callAll({}).empty());
    }

    void requestsAreAppliedInTheirOrder()
    {
        std::vector<std::int64_t> seen;
        Batcher<Add, std::int64_t> batcher(
            *writer,
            [&](Tx&, std::span<const Add> requests) {
                std::vector<Outcome<std::int64_t>> outcomes;
                for (const Add& request : requests) {
                    seen.push_back(request.id);
                    outcomes.emplace_back(request.id);
                }
                return outcomes;
            },
            Writer::intakeLane);
        writer->join(batcher);
        writer->start();
        std::vector<Add> requests;
        for (std::int64_t i = 0; i < 1000; ++i)
            requests.push_back({i});

        batcher.callAll(requests);

        CPPUNIT_ASSERT_EQUAL(std::size_t{1000}, seen.size());
        CPPUNIT_ASSERT(std::is_sorted(seen.begin(), seen.end()));
    }

    void stopDrainsAndThenRefuses()
    {
        Batcher<Add, std::int64_t> batcher(*writer, add);
        writer->join(batcher);
        int answered = 0;
        for (std::int64_t i = 0; i < 1000; ++i)
            batcher.submit(
                {i}, [&](Outcome<std::int64_t> outcome) { answered += outcome.ok() ? 1 : 0; });

        writer->start();
        writer->stop();

        CPPUNIT_ASSERT_EQUAL(1000, answered);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1000}, database->count("thing"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, database->count("writer_mark"));
        CPPUNIT_ASSERT_THROW(batcher.call({1}), Error);
        CPPUNIT_ASSERT(!batcher.callAll({{1}}).at(0).ok());
    }

    void whatWaitsInAWriterThatNeverStartedIsRefused()
    {
        int refusals = 0;
        {
            Batcher<Add, std::int64_t> batcher(*writer, add);
            writer->join(batcher);
            batcher.submit(
                {1}, [&](Outcome<std::int64_t> outcome) { refusals += outcome.ok() ? 0 : 1; });
        }

        CPPUNIT_ASSERT_EQUAL(1, refusals);
    }

    void aBatcherThatHasNotJoinedIsRefused()
    {
        Batcher<Add, std::int64_t> batcher(*writer, add);

        CPPUNIT_ASSERT_THROW(batcher.call({1}), std::logic_error);
    }

    void anApplyThatForgetsAnOutcomeFails()
    {
        Batcher<Add, std::int64_t> batcher(*writer, [](Tx& tx, std::span<const Add> requests) {
            auto outcomes = add(tx, requests);
            outcomes.pop_back();
            return outcomes;
        });
        writer->join(batcher);
        writer->start();

        CPPUNIT_ASSERT_THROW(batcher.call({1}), std::logic_error);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, database->count("thing"));
    }

    void anAnswerThatThrowsHarmsNobody()
    {
        Batcher<Add, std::int64_t> batcher(*writer, add);
        writer->join(batcher);
        std::promise<std::int64_t> second;
        batcher.submit({1}, [](Outcome<std::int64_t>) {
            throw std::runtime_error("from a callback, as the test wants");
        });
        batcher.submit({2},
                       [&](Outcome<std::int64_t> outcome) { second.set_value(outcome.value()); });
        writer->start();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, second.get_future().get());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{30}, batcher.call({3}));
    }

    void nobodyWaitsOnALaneForALane()
    {
        Batcher<Add, std::int64_t> batcher(*writer, add);
        writer->join(batcher);
        std::promise<std::string> said;
        batcher.submit({1}, [&](Outcome<std::int64_t>) {
            try {
                batcher.call({2});
            } catch (const std::logic_error& error) {
                said.set_value(error.what());
            }
        });
        writer->start();

        CPPUNIT_ASSERT_EQUAL(std::string("a lane of the Writer cannot wait for a lane"),
                             said.get_future().get());
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(BatcherTest);
