#include "store/Session.h"

#include "store/Connection.h"
#include "support/Engines.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <limits>
#include <memory>
#include <set>

using namespace spokehub;
using namespace spokehub::store;
using spokehub::test::TestDatabase;

namespace
{

constexpr Sql insertAll{"INSERT INTO thing (id, number, name, body) VALUES ($1, $2, $3, $4)"};
constexpr Sql selectOne{"SELECT number, name, body FROM thing WHERE id = $1"};
constexpr Sql insertRows{"INSERT INTO thing (id, number) {rows} ON CONFLICT DO NOTHING"};
constexpr Sql insertMany{"INSERT INTO thing (id, number, name, body) {rows}"};
constexpr Sql updateRows{"UPDATE thing SET number = thing.number + {2} {from_rows} "
                         "WHERE thing.id = {1}"};
constexpr Sql selectRows{"SELECT thing.id, thing.number, v.column2 FROM ({rows}) AS v "
                         "JOIN thing ON thing.id = v.column1 {postgres:FOR UPDATE OF thing}"};
constexpr Sql returning{
    "INSERT INTO thing (id, number) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id"};
constexpr Sql selectSum{"SELECT CAST(sum(number) AS BIGINT), count(*) FROM thing"};

/// What `action` throws, which must be a StoreError.
template <class Action>
StoreError failureOf(const Action& action)
{
    try {
        action();
    } catch (const StoreError& error) {
        return error;
    }
    CPPUNIT_FAIL("nothing was thrown");
    throw std::logic_error("not reached");
}

/// Tells kept statements from others.
class Counting final : public Connection
{
public:
    std::set<const char*> kept;
    int runs = 0;
    int texts = 0;

    Engine engine() const override { return Engine::Sqlite; }
    std::int64_t run(const Sql& sql, std::span<const Param>, const RowVisitor*) override
    {
        kept.insert(sql.text);
        return ++runs;
    }
    std::int64_t runRows(const Sql&, const RowSet&, const RowVisitor*) override { return 0; }
    std::int64_t runText(const std::string&, std::span<const Param>, const RowVisitor*) override
    {
        return ++texts;
    }
    void begin(bool) override {}
    void commit() override {}
    void rollback() noexcept override {}
    bool broken() const override { return false; }
};

} // namespace

class SessionTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SessionTest);
    CPPUNIT_TEST(integersKeepAll64Bits);
    CPPUNIT_TEST(textKeepsQuotesAndUtf8);
    CPPUNIT_TEST(bytesKeepNulAndEveryOtherByte);
    CPPUNIT_TEST(emptyIsNotNull);
    CPPUNIT_TEST(nullReadsAsNullZeroAndEmpty);
    CPPUNIT_TEST(textWithNulIsRefusedBeforeItIsSent);
    CPPUNIT_TEST(columnsOfAnotherTypeAreRefused);
    CPPUNIT_TEST(smallIntegersCountsAndComparisonsReadAsIntegers);
    CPPUNIT_TEST(sameStatementWithOtherTypesIsPreparedAgain);
    CPPUNIT_TEST(uniqueAndCheckFailuresAreToldApart);
    CPPUNIT_TEST(afterAFailureTheSessionStillWorks);
    CPPUNIT_TEST(mistakesInStatementsNameTheStatement);
    CPPUNIT_TEST(rowsOfAnyNumberAreInsertedUpdatedAndSelected);
    CPPUNIT_TEST(anEmptyRowSetDoesNothing);
    CPPUNIT_TEST(rowsThatConflictAreNotCounted);
    CPPUNIT_TEST(aRowOfAnotherShapeIsRefused);
    CPPUNIT_TEST(returningAnswersOnlyWhatWasWritten);
    CPPUNIT_TEST(listsTakeTextMadeAtRunTime);
    CPPUNIT_TEST(textMadeAtRunTimeIsKeptPreparedWhileThereIsRoom);
    CPPUNIT_TEST(theFirstFewOfAnIndexAreReadWithoutTheOthers);
    CPPUNIT_TEST(writesAreSeenByTheNextQuery);
    CPPUNIT_TEST(aFailedWriteFailsTheCommitAndNothingIsKept);
    CPPUNIT_TEST(aVisitThatThrowsLeavesTheSessionUsable);
    CPPUNIT_TEST(commitOfAFailedTransactionSaysSo);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<TestDatabase> database;
    std::unique_ptr<Connection> connection;
    std::optional<Tx> tx;

    void setUp() override
    {
        database.emplace(TestDatabase::Content::Empty);
        connection = (*database)->connect();
        connection->runText(
            "CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, number BIGINT, name TEXT, "
            "body {bytes}, small SMALLINT, CHECK (number > -9223372036854775808))",
            {}, nullptr);
        tx.emplace(*connection);
        connection->begin(false);
    }

    void tearDown() override
    {
        tx.reset();
        connection.reset();
        database.reset();
    }

    std::int64_t sum()
    {
        std::int64_t found = 0;
        tx->query(selectSum, {}, [&](const Row& row) { found = row.integer(0); });
        return found;
    }

    std::int64_t count()
    {
        std::int64_t found = 0;
        tx->query(selectSum, {}, [&](const Row& row) { found = row.integer(1); });
        return found;
    }

    void integersKeepAll64Bits()
    {
        const std::int64_t most = std::numeric_limits<std::int64_t>::max();
        for (const std::int64_t value :
             {most, -most, std::int64_t{0}, std::int64_t{-1}, std::int64_t{5'000'000'000}})
        {
            tx->execute(insertAll, {value, value, "", Bytes{}});

            std::int64_t read = 1;
            tx->query(selectOne, {value}, [&](const Row& row) { read = row.integer(0); });
            CPPUNIT_ASSERT_EQUAL(value, read);
        }
    }

    void textKeepsQuotesAndUtf8()
    {
        const std::string text = "it's \"quoted\" \\ $1 {rows} \n\t Grüße 日本 \xF0\x9F\x91\x96";

        tx->execute(insertAll, {1, 1, text, Bytes{}});

        std::string read;
        tx->query(selectOne, {1}, [&](const Row& row) { read = row.string(1); });
        CPPUNIT_ASSERT_EQUAL(text, read);
    }

    void bytesKeepNulAndEveryOtherByte()
    {
        std::string bytes;
        for (int i = 0; i < 1024; ++i)
            bytes += static_cast<char>(i);

        tx->execute(insertAll, {1, 1, "", Bytes{bytes}});

        std::string read;
        tx->query(selectOne, {1}, [&](const Row& row) { read = row.string(2); });
        CPPUNIT_ASSERT(bytes == read);
    }

    void emptyIsNotNull()
    {
        tx->execute(insertAll, {1, 0, std::string_view{}, Bytes{}});

        tx->query(selectOne, {1}, [](const Row& row) {
            CPPUNIT_ASSERT(!row.isNull(0) && !row.isNull(1) && !row.isNull(2));
            CPPUNIT_ASSERT_EQUAL(std::string(), row.string(1));
            CPPUNIT_ASSERT_EQUAL(std::string(), row.string(2));
        });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, count());
    }

    void nullReadsAsNullZeroAndEmpty()
    {
        tx->execute(insertAll,
                    {1, std::optional<std::int64_t>(), std::optional<std::string>(), Bytes{}});

        int rows = 0;
        tx->query(selectOne, {1}, [&](const Row& row) {
            ++rows;
            CPPUNIT_ASSERT(row.isNull(0) && row.isNull(1));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, row.integer(0));
            CPPUNIT_ASSERT_EQUAL(std::string(), row.string(1));
            CPPUNIT_ASSERT(!row.maybeInteger(0) && !row.maybeTime(0) && !row.maybeString(1));
        });
        CPPUNIT_ASSERT_EQUAL(1, rows);
    }

    void textWithNulIsRefusedBeforeItIsSent()
    {
        const std::string text("ab\0cd", 5);

        const StoreError error = failureOf([&] { tx->execute(insertAll, {1, 1, text, Bytes{}}); });

        CPPUNIT_ASSERT(error.failure() == Failure::Other);
        CPPUNIT_ASSERT(std::string(error.what()).find("parameter 3 is text with a NUL") == 0);
        tx->execute(insertAll, {1, 1, "ok", Bytes{}}); // the transaction never heard of it
    }

    void columnsOfAnotherTypeAreRefused()
    {
        tx->execute(insertAll, {1, 7, "seven", Bytes{}});

        failureOf([&] { tx->query(selectOne, {1}, [](const Row& row) { row.integer(1); }); });
        failureOf([&] { tx->query(selectOne, {1}, [](const Row& row) { row.text(0); }); });
    }

    void smallIntegersCountsAndComparisonsReadAsIntegers()
    {
        constexpr Sql insertSmall{"INSERT INTO thing (id, small) VALUES ($1, $2)"};
        constexpr Sql select{"SELECT small, count(*), 1, small < 0 FROM thing GROUP BY small"};
        tx->execute(insertSmall, {1, -300});

        int rows = 0;
        tx->query(select, {}, [&](const Row& row) {
            ++rows;
            CPPUNIT_ASSERT_EQUAL(std::int64_t{-300}, row.integer(0));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, row.integer(1));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, row.integer(2));
            CPPUNIT_ASSERT(row.boolean(3));
        });
        CPPUNIT_ASSERT_EQUAL(1, rows);
    }

    void sameStatementWithOtherTypesIsPreparedAgain()
    {
        constexpr Sql echo{"SELECT $1"};

        tx->query(echo, {41},
                  [](const Row& row) { CPPUNIT_ASSERT_EQUAL(std::int64_t{41}, row.integer(0)); });
        tx->query(echo, {"a"},
                  [](const Row& row) { CPPUNIT_ASSERT_EQUAL(std::string("a"), row.string(0)); });
        tx->query(echo, {42},
                  [](const Row& row) { CPPUNIT_ASSERT_EQUAL(std::int64_t{42}, row.integer(0)); });
    }

    void uniqueAndCheckFailuresAreToldApart()
    {
        tx->execute(insertAll, {1, 1, "", Bytes{}});
        connection->commit();

        connection->begin(false);
        const StoreError unique = failureOf([&] { tx->execute(insertAll, {1, 1, "", Bytes{}}); });
        connection->rollback();
        connection->begin(false);
        const StoreError check = failureOf([&] {
            tx->execute(insertAll, {2, std::numeric_limits<std::int64_t>::min(), "", Bytes{}});
        });

        CPPUNIT_ASSERT(unique.failure() == Failure::Unique);
        CPPUNIT_ASSERT(check.failure() == Failure::Check);
        CPPUNIT_ASSERT(!unique.breaksSession() && !check.breaksSession());
    }

    void afterAFailureTheSessionStillWorks()
    {
        tx->execute(insertAll, {1, 1, "", Bytes{}});
        connection->commit();
        for (int i = 0; i < 3; ++i) {
            connection->begin(false);
            failureOf([&] { tx->execute(insertAll, {1, 1, "", Bytes{}}); });
            connection->rollback();
        }
        connection->begin(false);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, tx->execute(insertAll, {2, 1, "", Bytes{}}));
        connection->commit();

        CPPUNIT_ASSERT(!connection->broken());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, database->count("thing"));
    }

    void mistakesInStatementsNameTheStatement()
    {
        constexpr Sql wrong{"SELECT nothing FROM nowhere"};

        const StoreError error = failureOf([&] { tx->query(wrong, {}, [](const Row&) {}); });

        CPPUNIT_ASSERT(error.failure() == Failure::Other);
        CPPUNIT_ASSERT(std::string(error.what()).find("SELECT nothing FROM nowhere") !=
                       std::string::npos);
    }

    void rowsOfAnyNumberAreInsertedUpdatedAndSelected()
    {
        std::int64_t id = 0;
        std::int64_t total = 0;
        for (const std::int64_t rows : {1, 3, 257, 1000}) {
            RowSet inserted(2);
            RowSet updated(2);
            for (std::int64_t i = 0; i < rows; ++i) {
                inserted.add({++id, id});
                updated.add({id, 1'000'000});
                total += id + 1'000'000;
            }

            CPPUNIT_ASSERT_EQUAL(rows, tx->executeRows(insertRows, inserted));
            CPPUNIT_ASSERT_EQUAL(rows, tx->executeRows(updateRows, updated));

            std::int64_t selected = 0;
            tx->queryRows(selectRows, updated, [&](const Row& row) {
                ++selected;
                CPPUNIT_ASSERT_EQUAL(row.integer(0) + 1'000'000, row.integer(1));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{1'000'000}, row.integer(2));
            });
            CPPUNIT_ASSERT_EQUAL(rows, selected);
            CPPUNIT_ASSERT_EQUAL(total, sum());
            CPPUNIT_ASSERT_EQUAL(id, count());
        }
    }

    void anEmptyRowSetDoesNothing()
    {
        const RowSet none(2);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, tx->executeRows(insertRows, none));
        tx->writeRows(insertRows, none);
        tx->queryRows(selectRows, none, [](const Row&) { CPPUNIT_FAIL("a row"); });
    }

    void rowsThatConflictAreNotCounted()
    {
        RowSet rows(2);
        for (int i = 1; i <= 70; ++i)
            rows.add({i, i});
        tx->executeRows(insertRows, rows);
        rows.add({71, 71});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, tx->executeRows(insertRows, rows));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{71}, count());
    }

    void aRowOfAnotherShapeIsRefused()
    {
        RowSet rows(2);
        rows.add({1, 1});

        failureOf([&] { rows.add({1}); });
        failureOf([&] { rows.add({1, "one"}); });
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows.rows());
    }

    void returningAnswersOnlyWhatWasWritten()
    {
        int first = 0;
        int second = 0;
        tx->query(returning, {1, 1}, [&](const Row&) { ++first; });
        tx->query(returning, {1, 2}, [&](const Row&) { ++second; });

        CPPUNIT_ASSERT_EQUAL(1, first);
        CPPUNIT_ASSERT_EQUAL(0, second);
    }

    void listsTakeTextMadeAtRunTime()
    {
        tx->execute(insertAll, {1, 10, "a", Bytes{}});
        tx->execute(insertAll, {2, 20, "b", Bytes{}});
        const std::vector<Param> params{15, "b"};

        int rows = 0;
        tx->queryText("SELECT id FROM thing WHERE number > $1 AND name = $2", params,
                      [&](const Row& row) {
                          ++rows;
                          CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, row.integer(0));
                      });

        CPPUNIT_ASSERT_EQUAL(1, rows);
    }

    void textMadeAtRunTimeIsKeptPreparedWhileThereIsRoom()
    {
        Counting counting;
        Session session(counting);
        const auto ask = [&](int text) {
            session.queryText("SELECT " + std::to_string(text), {}, [](const Row&) {});
        };

        for (int round = 0; round < 3; ++round)
            for (int text = 0; text < 70; ++text)
                ask(text);

        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, counting.kept.size());
        CPPUNIT_ASSERT_EQUAL(3 * 64, counting.runs);
        CPPUNIT_ASSERT_EQUAL(3 * 6, counting.texts);
    }

    void theFirstFewOfAnIndexAreReadWithoutTheOthers()
    {
        connection->runText("CREATE INDEX thing_order ON thing (name, number, id)", {}, nullptr);
        RowSet rows(4);
        for (int i = 0; i < 5000; ++i)
            rows.add({i, i, "a", Bytes{}});
        tx->writeRows(insertMany, rows);

        const std::vector<Param> params{"a", 100'000};
        const bool sqlite = connection->engine() == Engine::Sqlite;
        const std::string explain = sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ";
        std::string plan;
        tx->queryText(explain + "SELECT number FROM thing WHERE name = $1 AND number <= $2 "
                                "ORDER BY number, id LIMIT 5",
                      params, [&](const Row& row) { plan += row.string(sqlite ? 3 : 0) + "\n"; });

        CPPUNIT_ASSERT_MESSAGE(plan, plan.find("thing_order") != std::string::npos);
        for (const char* all : {"Bitmap", "Sort", "TEMP B-TREE"})
            CPPUNIT_ASSERT_MESSAGE(plan, plan.find(all) == std::string::npos);
    }

    void writesAreSeenByTheNextQuery()
    {
        RowSet rows(2);
        for (int i = 0; i < 600; ++i)
            rows.add({i + 10, 1});
        tx->write(insertAll, {1, 5, std::string("gone before it is sent"), Bytes{}});
        tx->writeRows(insertRows, rows);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{605}, sum());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{601}, count());
    }

    void aFailedWriteFailsTheCommitAndNothingIsKept()
    {
        const StoreError error = failureOf([&] {
            tx->write(insertAll, {1, 1, "", Bytes{}});
            tx->write(insertAll, {1, 2, "", Bytes{}});
            tx->write(insertAll, {2, 2, "", Bytes{}});
            connection->commit();
        });
        connection->rollback();

        CPPUNIT_ASSERT(error.failure() == Failure::Unique);
        CPPUNIT_ASSERT(!connection->broken());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, database->count("thing"));
    }

    void aVisitThatThrowsLeavesTheSessionUsable()
    {
        tx->execute(insertAll, {1, 1, "", Bytes{}});
        tx->execute(insertAll, {2, 2, "", Bytes{}});

        for (int i = 0; i < 2; ++i)
            CPPUNIT_ASSERT_THROW(
                tx->query(selectSum, {}, [](const Row&) { throw std::runtime_error("no"); }),
                std::runtime_error);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, sum());
    }

    void commitOfAFailedTransactionSaysSo()
    {
        tx->execute(insertAll, {1, 1, "", Bytes{}});
        failureOf([&] { tx->execute(insertAll, {1, 1, "", Bytes{}}); });
        if (tx->engine() == Engine::Sqlite)
            return connection
                ->rollback(); // SQLite undoes the statement alone; the transaction goes on

        const StoreError error = failureOf([&] { connection->commit(); });

        CPPUNIT_ASSERT_EQUAL(std::string("25P02"), error.code());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, database->count("thing"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(SessionTest);
