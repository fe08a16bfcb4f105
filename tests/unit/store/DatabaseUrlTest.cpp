#include "core/Error.h"
#include "store/Database.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>

using namespace spokehub;
using namespace spokehub::store;
using spokehub::test::TestDatabase;

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
