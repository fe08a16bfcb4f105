#include "store/Database.h"

#include "core/Error.h"
#include "store/Connection.h"
#include "support/Engines.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
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
constexpr Sql backend{"SELECT pg_backend_pid()"};
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

class DatabaseUrlTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DatabaseUrlTest);
    CPPUNIT_TEST(aFileIsSqlite);
    CPPUNIT_TEST(aUrlIsPostgresAndItsPasswordMayHoldAnything);
    CPPUNIT_TEST(anythingElseIsRefusedWithTheRightForm);
    CPPUNIT_TEST(theDirectoryOfASqliteFileIsMade);
    CPPUNIT_TEST_SUITE_END();

public:
    void aFileIsSqlite()
    {
        const auto url = DatabaseUrl::parse("sqlite:var/spokehub.db");

        CPPUNIT_ASSERT(url.engine == Engine::Sqlite);
        CPPUNIT_ASSERT_EQUAL(std::string("var/spokehub.db"), url.sqliteFile);
    }

    void aUrlIsPostgresAndItsPasswordMayHoldAnything()
    {
        const auto url =
            DatabaseUrl::parse("postgresql://me:a%20'b%5C@db.example:5433/shop?application_name=x");

        CPPUNIT_ASSERT(url.engine == Engine::Postgres);
        for (const char* part :
             {"user='me'", "password='a \\'b\\\\'", "host='db.example'", "port='5433'",
              "dbname='shop'", "application_name='x'", "timezone=UTC"})
            CPPUNIT_ASSERT_MESSAGE(url.conninfo, url.conninfo.find(part) != std::string::npos);
    }

    void anythingElseIsRefusedWithTheRightForm()
    {
        for (const char* text :
             {"", "sqlite:", "mysql://x", "spokehub.db", "postgresql://host/x?nonsense=1"})
        {
            try {
                DatabaseUrl::parse(text);
                CPPUNIT_FAIL(text);
            } catch (const Error& error) {
                CPPUNIT_ASSERT(error.refusal() == Refusal::BadRequest);
                CPPUNIT_ASSERT(std::string(error.what()).find("@host:port/database") !=
                               std::string::npos);
            }
        }
    }

    void theDirectoryOfASqliteFileIsMade()
    {
        TestDatabase database(TestDatabase::Content::Empty);
        const auto directory =
            std::filesystem::path(database->url().sqliteFile).parent_path() / "var" / "deeper";

        Database made("sqlite:" + (directory / "hub.db").string());

        CPPUNIT_ASSERT(std::filesystem::exists(directory / "hub.db"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DatabaseUrlTest);
