#include "store/SqliteLog.h"

#include "store/Connection.h"
#include "store/SqliteConnection.h"
#include "support/Syncs.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <string>

using namespace spokehub::store;
using namespace spokehub::test;

class SqliteLogTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SqliteLogTest);
    CPPUNIT_TEST(whatIsCommittedStandsInTheFiles);
    CPPUNIT_TEST(whatIsCommittedIsReadAlsoWhenNothingIsSynced);
    CPPUNIT_TEST(eachCommitIsSyncedOnce);
    CPPUNIT_TEST(aTransactionReadsWhatItHasPutIntoTheLog);
    CPPUNIT_TEST(whatIsRolledBackIsSeenByNobody);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        database.emplace(TestDatabase::Content::Empty);
        database->run("CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, body BLOB)");
        file = database->url().substr(std::string("sqlite:").size());
        writer = openSqlite(file, false, nullptr);
    }

    void tearDown() override
    {
        writer.reset();
        database.reset();
    }

    void whatIsCommittedStandsInTheFiles()
    {
        for (int i = 0; i < 20; ++i) {
            put(i * 100, 100);
            const std::string copy = file + ".copy"; // as after a crash
            std::filesystem::copy_file(file, copy, overwrite);
            std::filesystem::copy_file(file + "-wal", copy + "-wal", overwrite);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{i * 100 + 100}, countIn(copy));
        }
    }

    void whatIsCommittedIsReadAlsoWhenNothingIsSynced()
    {
        writer->runText("PRAGMA synchronous = OFF", {}, nullptr);
        for (int i = 0; i < 20; ++i) {
            put(i * 100, 100);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{i * 100 + 100}, database->count("thing"));
        }
    }

    void eachCommitIsSyncedOnce()
    {
        put(0, 1); // the first one writes the log's head as well
        const auto before = syncs();
        for (int i = 1; i <= 10; ++i)
            put(i, 1);
        CPPUNIT_ASSERT_EQUAL(before + 10, syncs());
    }

    void aTransactionReadsWhatItHasPutIntoTheLog()
    {
        writer->runText("PRAGMA cache_size = 10", {}, nullptr); // more than that spills
        writer->begin(false);
        insert(0, 2000);
        writer->runText("UPDATE thing SET body = zeroblob(600) WHERE id % 3 = 0", {}, nullptr);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2000}, count(*writer));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, database->count("thing"));
        writer->commit();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2000}, database->count("thing"));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), database->text("PRAGMA integrity_check"));
    }

    void whatIsRolledBackIsSeenByNobody()
    {
        put(0, 5);
        writer->runText("PRAGMA cache_size = 10", {}, nullptr);
        writer->begin(false);
        insert(100, 2000);
        writer->rollback();
        put(5000, 5);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, database->count("thing"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, database->count("thing", "id BETWEEN 100 AND 4999"));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), database->text("PRAGMA integrity_check"));
    }

private:
    static constexpr auto overwrite = std::filesystem::copy_options::overwrite_existing;

    void insert(int first, int rows)
    {
        static constexpr Sql sql{"INSERT INTO thing (id, body) VALUES ($1, zeroblob(500))"};
        for (int i = first; i < first + rows; ++i) {
            const Param id = i;
            writer->run(sql, {&id, 1}, nullptr);
        }
    }

    void put(int first, int rows)
    {
        writer->begin(false);
        insert(first, rows);
        writer->commit();
    }

    static std::int64_t count(Connection& connection)
    {
        std::int64_t found = 0;
        const RowVisitor keep = [&](const Row& row) { found = row.integer(0); };
        connection.runText("SELECT COUNT(*) FROM thing", {}, &keep);
        return found;
    }

    static std::int64_t countIn(const std::string& where)
    {
        return count(*openSqlite(where, false, nullptr));
    }

    std::optional<TestDatabase> database;
    std::string file;
    std::unique_ptr<Connection> writer;
};

CPPUNIT_TEST_SUITE_REGISTRATION(SqliteLogTest);
