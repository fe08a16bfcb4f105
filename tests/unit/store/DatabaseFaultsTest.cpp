#include "support/Engines.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>

using namespace spokehub;
using namespace spokehub::store;
using namespace std::chrono_literals;
using spokehub::test::TestDatabase;

namespace
{

constexpr Sql backend{"SELECT pg_backend_pid()"};

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

/// What only a real server can do to readers.
class DatabaseFaultsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DatabaseFaultsTest);
    CPPUNIT_TEST(aReaderThatDiedIdleIsReplacedUnnoticed);
    CPPUNIT_TEST(aReaderThatDiesInUseFailsThatReadAlone);
    CPPUNIT_TEST(aReaderThatIsTooOldIsReplaced);
    CPPUNIT_TEST(aServerThatIsNotThereIsAConnectionLost);
    CPPUNIT_TEST(aStatementHasATimeLimit);
    CPPUNIT_TEST(sessionsSpeakUtcAndAreNamed);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<TestDatabase> database;

    void setUp() override { database.emplace(TestDatabase::Content::Empty); }
    void tearDown() override { database.reset(); }

    std::int64_t readerPid()
    {
        std::int64_t pid = 0;
        (*database)->read([&](Session& session) { pid = numberOf(session, backend); });
        return pid;
    }

    void terminate(std::int64_t pid)
    {
        database->run("SELECT pg_terminate_backend(" + std::to_string(pid) + ", 5000)");
    }

    void aReaderThatDiedIdleIsReplacedUnnoticed()
    {
        const std::int64_t first = readerPid();
        CPPUNIT_ASSERT_EQUAL(first, readerPid());

        terminate(first);
        const std::int64_t second = readerPid();
        terminate(second);
        std::int64_t third = 0;
        (*database)->point([&](Session& session) { third = numberOf(session, backend); });

        CPPUNIT_ASSERT(second != first && third != second);
    }

    void aReaderThatDiesInUseFailsThatReadAlone()
    {
        int runs = 0;
        const auto dying = failureOf([&] {
            (*database)->read([&](Session& session) {
                ++runs;
                terminate(numberOf(session, backend));
                numberOf(session, backend);
            });
        });

        CPPUNIT_ASSERT(dying == Failure::ConnectionLost);
        CPPUNIT_ASSERT_EQUAL(1, runs); // it had answered once: repeating is the caller's decision
        CPPUNIT_ASSERT(readerPid() > 0);
    }

    void aReaderThatIsTooOldIsReplaced()
    {
        Database impatient(database->url(), {.readerAgeMax = 0s});
        std::set<std::int64_t> pids;
        for (int i = 0; i < 3; ++i)
            impatient.read([&](Session& session) { pids.insert(numberOf(session, backend)); });

        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, pids.size());
    }

    void aServerThatIsNotThereIsAConnectionLost()
    {
        Database nowhere("postgresql://nobody@127.0.0.1:1/none");

        CPPUNIT_ASSERT(failureOf([&] { nowhere.read([](Session&) {}); }) ==
                       Failure::ConnectionLost);
    }

    void aStatementHasATimeLimit()
    {
        Database hasty(database->url(), {.statementTimeout = 20ms});
        constexpr Sql slow{"SELECT 1 FROM pg_sleep(30)"};

        CPPUNIT_ASSERT(failureOf([&] {
                           hasty.read([&](Session& session) { numberOf(session, slow); });
                       }) == Failure::Busy);
    }

    void sessionsSpeakUtcAndAreNamed()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("UTC"),
                             database->text("SELECT current_setting('TimeZone')"));
        CPPUNIT_ASSERT_EQUAL(std::string("spokehub"),
                             database->text("SELECT current_setting('application_name')"));
    }
};

SPOKEHUB_TEST_ON_POSTGRES(DatabaseFaultsTest);
