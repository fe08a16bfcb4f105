#include "store/Database.h"

#include "store/Connection.h"
#include "support/Engines.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <latch>
#include <thread>

using namespace spokehub;
using namespace spokehub::store;
using namespace std::chrono_literals;
using spokehub::test::TestDatabase;

namespace
{

constexpr Sql countThings{"SELECT count(*) FROM thing"};
constexpr Sql insertThing{"INSERT INTO thing (id) VALUES ($1)"};
constexpr const char* makeThing = "CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY)";

std::int64_t numberOf(Session& session, const Sql& sql)
{
    std::int64_t number = -1;
    session.query(sql, {}, [&](const Row& row) { number = row.integer(0); });
    return number;
}

template <class Action>
Failure failureOf(const Action& action)
{
    try {
        action();
    } catch (const StoreError& error) {
        return error.failure();
    }
    CPPUNIT_FAIL("nothing was thrown");
    throw std::logic_error("not reached");
}

} // namespace

class DatabaseTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DatabaseTest);
    CPPUNIT_TEST(aReadSeesOneState);
    CPPUNIT_TEST(readersCannotWrite);
    CPPUNIT_TEST(aReaderIsWaitedForButNotForEver);
    CPPUNIT_TEST(aReadThatThrowsGivesItsReaderBack);
    CPPUNIT_TEST(readersRunSideBySide);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<TestDatabase> database;

    void setUp() override
    {
        database.emplace(TestDatabase::Content::Empty,
                         DatabaseOptions{.readersMax = 2, .readerWaitMax = 30ms});
        database->run(makeThing);
    }
    void tearDown() override { database.reset(); }

    void aReadSeesOneState()
    {
        (*database)->read([&](Session& session) {
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, numberOf(session, countThings));
            database->run("INSERT INTO thing (id) VALUES (1)");
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, numberOf(session, countThings));
        });
        (*database)->point([&](Session& session) {
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, numberOf(session, countThings));
        });
    }

    void readersCannotWrite()
    {
        const auto write = [](Session& session) {
            session.query(insertThing, {1}, [](const Row&) {});
        };

        CPPUNIT_ASSERT(failureOf([&] { (*database)->read(write); }) == Failure::ReadOnly);
        CPPUNIT_ASSERT(failureOf([&] { (*database)->point(write); }) == Failure::ReadOnly);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, database->count("thing"));
    }

    void aReaderIsWaitedForButNotForEver()
    {
        (*database)->read([&](Session&) {
            (*database)->read([&](Session&) {
                const auto third = failureOf([&] { (*database)->read([](Session&) {}); });
                CPPUNIT_ASSERT(third == Failure::Busy);
            });
        });
        (*database)->read([](Session&) {});
    }

    void aReadThatThrowsGivesItsReaderBack()
    {
        for (int i = 0; i < 5; ++i)
            CPPUNIT_ASSERT_THROW((*database)->read([](Session& session) {
                numberOf(session, countThings);
                throw std::runtime_error("no");
            }),
                                 std::runtime_error);

        (*database)->read([&](Session& session) {
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, numberOf(session, countThings));
        });
    }

    void readersRunSideBySide()
    {
        std::latch bothRead(2); // passed only when neither waits for the other
        const auto read = [&] {
            (*database)->read([&](Session& session) {
                numberOf(session, countThings);
                bothRead.arrive_and_wait();
            });
        };

        std::thread other(read);
        read();
        other.join();
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(DatabaseTest);
