#include "store/Migrator.h"

#include "core/Error.h"
#include "store/StoreError.h"
#include "support/Engines.h"
#include "support/Paths.h"
#include "support/TestClock.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <fstream>
#include <thread>

using namespace spokehub;
using namespace spokehub::store;
using spokehub::test::TestClock;
using spokehub::test::TestDatabase;

namespace
{

namespace fs = std::filesystem;

const fs::path realMigrations = fs::path(spokehub::test::sourceDir) / "migrations";

template <class Action>
std::string refusalOf(const Action& action)
{
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was refused";
}

void assertContains(const std::string& part, const std::string& whole)
{
    CPPUNIT_ASSERT_MESSAGE(whole, whole.find(part) != std::string::npos);
}

} // namespace

class MigratorTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MigratorTest);
    CPPUNIT_TEST(upAppliesWhatIsPendingInOrderAndOnce);
    CPPUNIT_TEST(thePlannerIsToldAlsoByTheNextRunner);
    CPPUNIT_TEST(downUndoesDownToAVersion);
    CPPUNIT_TEST(theRealMigrationsGoUpDownAndUpAgain);
    CPPUNIT_TEST(aFailedMigrationLeavesNothingBehind);
    CPPUNIT_TEST(anEditedMigrationIsRefused);
    CPPUNIT_TEST(aNewerDatabaseIsRefused);
    CPPUNIT_TEST(twoRunnersAtOnceApplyEachMigrationOnce);
    CPPUNIT_TEST(aHubThatMayNotMigrateNamesWhatIsPending);
    CPPUNIT_TEST(filesThatAreNotPairsInLineAreRefused);
    CPPUNIT_TEST(triggersAndFunctionsNeedNoSpecialForm);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<TestDatabase> database;
    fs::path directory;
    TestClock clock;

    void setUp() override
    {
        database.emplace(TestDatabase::Content::Empty);
        std::string made = (fs::temp_directory_path() / "spokehub-migrations-XXXXXX").string();
        directory = mkdtemp(made.data());
        write("0001_first.up.sql",
              "CREATE TABLE first (id BIGINT); CREATE TABLE second (body {bytes});");
        write("0001_first.down.sql", "DROP TABLE first; DROP TABLE second;");
        write("0002_third.up.sql",
              "-- a comment; it's fine\nCREATE TABLE third (id BIGINT);\n-- and an end\n");
        write("0002_third.down.sql", "DROP TABLE third;");
    }

    void tearDown() override
    {
        database.reset();
        fs::remove_all(directory);
    }

    void write(const std::string& name, const std::string& content)
    {
        std::ofstream(directory / name) << content;
    }

    Migrator migrator() { return Migrator(**database, directory, clock); }

    bool has(const std::string& table)
    {
        const bool sqlite = (*database)->engine() == Engine::Sqlite;
        return database->number(sqlite ? "SELECT count(*) FROM sqlite_master WHERE name = '" +
                                             table + "'"
                                       : "SELECT count(to_regclass('" + table + "'))") == 1;
    }

    void upAppliesWhatIsPendingInOrderAndOnce()
    {
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, migrator().pending().size());

        CPPUNIT_ASSERT_EQUAL(2, migrator().up());
        CPPUNIT_ASSERT_EQUAL(0, migrator().up());

        CPPUNIT_ASSERT_EQUAL(2, migrator().current());
        CPPUNIT_ASSERT(has("first") && has("second") && has("third"));
        CPPUNIT_ASSERT_EQUAL(std::string("0002_third"),
                             database->text("SELECT name FROM schema_migration WHERE version = 2"));
        CPPUNIT_ASSERT_EQUAL(
            TestClock::start.micros,
            database->number("SELECT applied_at FROM schema_migration WHERE version = 1"));
    }

    /// One that was killed after its last migration has not told it.
    void thePlannerIsToldAlsoByTheNextRunner()
    {
        if (spokehub::test::engine() != Engine::Sqlite)
            return; // PostgreSQL counts what is there
        migrator().up();
        const std::string count = "SELECT COUNT(*) FROM sqlite_stat1";
        const std::int64_t told = database->number(count);
        CPPUNIT_ASSERT(told > 0);
        database->run("DELETE FROM sqlite_stat1");

        CPPUNIT_ASSERT_EQUAL(0, migrator().up());

        CPPUNIT_ASSERT_EQUAL(told, database->number(count));
    }

    void downUndoesDownToAVersion()
    {
        migrator().up();

        CPPUNIT_ASSERT_EQUAL(1, migrator().down(1));
        CPPUNIT_ASSERT(has("first") && !has("third"));
        CPPUNIT_ASSERT_EQUAL(std::string("0002_third"), migrator().pending().at(0));

        CPPUNIT_ASSERT_EQUAL(1, migrator().down(0));
        CPPUNIT_ASSERT(!has("first") && !has("second"));
        CPPUNIT_ASSERT_EQUAL(0, migrator().current());
        CPPUNIT_ASSERT_EQUAL(std::string("nothing was refused"),
                             refusalOf([&] { migrator().down(0); }));
    }

    void theRealMigrationsGoUpDownAndUpAgain()
    {
        const std::string things =
            (*database)->engine() == Engine::Sqlite
                ? "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND tbl_name "
                  "<> 'schema_migration'"
                : "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = "
                  "'public'::regnamespace AND relname NOT "
                  "LIKE 'schema_migration%') + (SELECT count(*) FROM pg_proc WHERE pronamespace = "
                  "'public'::regnamespace)";
        Migrator real(**database, realMigrations, clock);

        const int applied = real.up();
        const std::int64_t made = database->number(things);
        const int undone = real.down(0);
        const std::int64_t left = database->number(things);

        CPPUNIT_ASSERT(applied >= 1);
        CPPUNIT_ASSERT_EQUAL(applied, undone);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, left);
        CPPUNIT_ASSERT_EQUAL(applied, real.up());
        CPPUNIT_ASSERT_EQUAL(made, database->number(things));
    }

    void aFailedMigrationLeavesNothingBehind()
    {
        write("0002_third.up.sql", "CREATE TABLE third (id BIGINT); CREATE TABLE wrong (;");

        try {
            migrator().up();
            CPPUNIT_FAIL("a broken migration was applied");
        } catch (const StoreError& error) {
            assertContains("migration 0002_third: ", error.what());
        }

        CPPUNIT_ASSERT(has("first") && !has("third"));
        CPPUNIT_ASSERT_EQUAL(1, migrator().current());
    }

    void anEditedMigrationIsRefused()
    {
        migrator().up();
        write("0001_first.down.sql", "DROP TABLE second; DROP TABLE first;");

        assertContains("migration 0001_first was edited", refusalOf([&] { migrator().up(); }));
        assertContains("migration 0001_first was edited", refusalOf([&] { migrator().current(); }));
        assertContains("migration 0001_first was edited", refusalOf([&] { migrator().down(0); }));
        CPPUNIT_ASSERT(has("third"));
    }

    void aNewerDatabaseIsRefused()
    {
        migrator().up();
        fs::remove(directory / "0002_third.up.sql");
        fs::remove(directory / "0002_third.down.sql");

        assertContains("0002_third, and this Spokehub knows only 1",
                       refusalOf([&] { migrator().up(); }));
        assertContains("newer one", refusalOf([&] { migrator().requireCurrent(); }));
        CPPUNIT_ASSERT(has("third"));
    }

    void twoRunnersAtOnceApplyEachMigrationOnce()
    {
        Database other(database->url());
        int theirs = 0;
        std::thread runner([&] { theirs = Migrator(other, realMigrations, clock).up(); });
        const int ours = Migrator(**database, realMigrations, clock).up();
        runner.join();

        const int current = Migrator(**database, realMigrations, clock).current();
        CPPUNIT_ASSERT_EQUAL(current, ours + theirs);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{current}, database->count("schema_migration"));
    }

    void aHubThatMayNotMigrateNamesWhatIsPending()
    {
        assertContains("0001_first, 0002_third", refusalOf([&] { migrator().requireCurrent(); }));

        migrator().up();

        CPPUNIT_ASSERT_EQUAL(std::string("nothing was refused"),
                             refusalOf([&] { migrator().requireCurrent(); }));
    }

    void filesThatAreNotPairsInLineAreRefused()
    {
        write("0004_gap.up.sql", "SELECT 1;");
        assertContains("0004_gap is out of line: the next file must be number 3",
                       refusalOf([&] { migrator(); }));
        fs::remove(directory / "0004_gap.up.sql");

        write("0003_single.up.sql", "SELECT 1;");
        assertContains("0003_single needs both", refusalOf([&] { migrator(); }));
        fs::remove(directory / "0003_single.up.sql");

        write("0003_plain.sql", "SELECT 1;");
        assertContains("0003_plain.sql must end in", refusalOf([&] { migrator(); }));
        fs::remove_all(directory);
        assertContains("cannot read the migrations directory", refusalOf([&] { migrator(); }));
    }

    void triggersAndFunctionsNeedNoSpecialForm()
    {
        write("0003_guard.up.sql", "{postgres:CREATE FUNCTION no() RETURNS trigger LANGUAGE "
                                   "plpgsql AS $$\nBEGIN\n RAISE EXCEPTION 'no';\n"
                                   "END;\n$$; CREATE TRIGGER guard BEFORE UPDATE ON first FOR EACH "
                                   "ROW EXECUTE FUNCTION no();}\n"
                                   "{sqlite:CREATE TRIGGER guard BEFORE UPDATE ON first BEGIN\n "
                                   "SELECT RAISE(ABORT, 'no');\nEND;}\n");
        write("0003_guard.down.sql", "DROP TRIGGER guard{postgres: ON first; DROP FUNCTION no()};");
        migrator().up();
        database->run("INSERT INTO first (id) VALUES (1)");

        try {
            database->run("UPDATE first SET id = 2");
            CPPUNIT_FAIL("the trigger let it through");
        } catch (const StoreError& error) {
            CPPUNIT_ASSERT(error.failure() == Failure::Check);
        }
        CPPUNIT_ASSERT_EQUAL(3, migrator().down(0));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(MigratorTest);
