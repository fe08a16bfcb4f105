#include "store/StatementText.h"

#include "store/StoreError.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub::store;

class StatementTextTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StatementTextTest);
    CPPUNIT_TEST(parametersHaveTheirNumberOnBothEngines);
    CPPUNIT_TEST(rowsAreATupleForSqliteAndArraysForPostgres);
    CPPUNIT_TEST(anUpdateByRowsHasParametersForSqliteAndAJoinForPostgres);
    CPPUNIT_TEST(aQueryForEachRowHasParametersForSqliteAndAJoinForPostgres);
    CPPUNIT_TEST(eachEngineGetsItsOwnBlocks);
    CPPUNIT_TEST(aBlockMayHoldMarkersAndBraces);
    CPPUNIT_TEST(quotedTextAndCommentsAreNeverTouched);
    CPPUNIT_TEST(functionBodiesOfPostgresAreNeverTouched);
    CPPUNIT_TEST(unknownAndUnfinishedMarkersAreRefused);
    CPPUNIT_TEST_SUITE_END();

    static std::string sqlite(std::string_view text) { return statementText(text, Engine::Sqlite); }
    static std::string postgres(std::string_view text)
    {
        return statementText(text, Engine::Postgres);
    }

    void parametersHaveTheirNumberOnBothEngines()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a = ?2 AND b = ?1"), sqlite("a = $2 AND b = $1"));
        CPPUNIT_ASSERT_EQUAL(std::string("a = $2 AND b = $1"), postgres("a = $2 AND b = $1"));
    }

    void rowsAreATupleForSqliteAndArraysForPostgres()
    {
        constexpr const char* text = "INSERT INTO t (a, b) {rows} ON CONFLICT DO NOTHING";

        CPPUNIT_ASSERT_EQUAL(
            std::string("INSERT INTO t (a, b) VALUES (?1,?2) ON CONFLICT DO NOTHING"),
            statementText(text, Engine::Sqlite, 2));
        CPPUNIT_ASSERT_EQUAL(
            std::string("INSERT INTO t (a, b) SELECT unnest($1) AS column1,unnest($2) "
                        "AS column2 ON CONFLICT DO NOTHING"),
            statementText(text, Engine::Postgres, 2));
    }

    void anUpdateByRowsHasParametersForSqliteAndAJoinForPostgres()
    {
        constexpr const char* text = "UPDATE t SET a = {2} {from_rows} WHERE t.id = {1}";

        CPPUNIT_ASSERT_EQUAL(std::string("UPDATE t SET a = ?2  WHERE t.id = ?1"),
                             statementText(text, Engine::Sqlite, 2));
        CPPUNIT_ASSERT_EQUAL(std::string("UPDATE t SET a = v.column2 FROM (SELECT unnest($1) AS "
                                         "column1,unnest($2) AS column2) AS v WHERE t.id = "
                                         "v.column1"),
                             statementText(text, Engine::Postgres, 2));
    }

    void aQueryForEachRowHasParametersForSqliteAndAJoinForPostgres()
    {
        constexpr const char* text = "SELECT t.a FROM {each_row} t WHERE t.id = {2}";

        CPPUNIT_ASSERT_EQUAL(std::string("SELECT t.a FROM  t WHERE t.id = ?2"),
                             statementText(text, Engine::Sqlite, 2));
        CPPUNIT_ASSERT_EQUAL(std::string("SELECT t.a FROM (SELECT unnest($1) AS column1,unnest($2) "
                                         "AS column2) AS v CROSS JOIN t WHERE t.id = v.column2"),
                             statementText(text, Engine::Postgres, 2));
    }

    void eachEngineGetsItsOwnBlocks()
    {
        constexpr const char* text = "SELECT {sqlite:1}{postgres:2} {lock} {skip_locked} {bytes}";

        CPPUNIT_ASSERT_EQUAL(std::string("SELECT 1   BLOB"), sqlite(text));
        CPPUNIT_ASSERT_EQUAL(std::string("SELECT 2 FOR UPDATE FOR UPDATE SKIP LOCKED BYTEA"),
                             postgres(text));
    }

    void aBlockMayHoldMarkersAndBraces()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("x BLOB '}' y"), sqlite("x{sqlite: {bytes} '}'} y"));
        CPPUNIT_ASSERT_EQUAL(std::string("x y"), postgres("x{sqlite: {bytes} '}'} y"));
    }

    void quotedTextAndCommentsAreNeverTouched()
    {
        constexpr const char* text = "SELECT '$1 {x} it''s' AS \"{y}\" -- {z} isn't\n, $1";

        CPPUNIT_ASSERT_EQUAL(std::string("SELECT '$1 {x} it''s' AS \"{y}\" -- {z} isn't\n, ?1"),
                             sqlite(text));
        CPPUNIT_ASSERT_EQUAL(std::string(text), postgres(text));
    }

    void functionBodiesOfPostgresAreNeverTouched()
    {
        constexpr const char* text = "AS $$ BEGIN x := $1; y := '{}'; END $$;";

        CPPUNIT_ASSERT_EQUAL(std::string(text), postgres(text));
    }

    void unknownAndUnfinishedMarkersAreRefused()
    {
        for (const char* text :
             {"SELECT {rwos}", "SELECT {lock", "SELECT 'open", "{rows}", "UPDATE t {from_rows}"})
            CPPUNIT_ASSERT_THROW_MESSAGE(text, sqlite(text), StoreError);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StatementTextTest);
