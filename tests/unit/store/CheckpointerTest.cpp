#include "store/Checkpointer.h"

#include "store/Connection.h"
#include "support/Engines.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <fstream>
#include <thread>

using namespace spokehub::store;
using spokehub::test::TestDatabase;

class CheckpointerTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CheckpointerTest);
    CPPUNIT_TEST(aShortLogIsLeftAlone);
    CPPUNIT_TEST(aLogThatIsTooLongIsCopiedByTheWriter);
    CPPUNIT_TEST(whenFewPagesAreLeftTheWriterCopiesThem);
    CPPUNIT_TEST(aWriterBeginsItsLogAnewSoonAfterItWasLong);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<TestDatabase> database;

    void setUp() override
    {
        database.emplace(TestDatabase::Content::Empty);
        database->run("CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, body BLOB)");
    }

    void tearDown() override { database.reset(); }

    Checkpointer checkpointer() { return Checkpointer(database->url().substr(7)); } // "sqlite:"

    void aShortLogIsLeftAlone()
    {
        CPPUNIT_ASSERT(!checkpointer().committed(Checkpointer::beginAt - 1));
    }

    void aLogThatIsTooLongIsCopiedByTheWriter()
    {
        CPPUNIT_ASSERT(checkpointer().committed(Checkpointer::logMost));
    }

    void whenFewPagesAreLeftTheWriterCopiesThem()
    {
        Checkpointer beside(database->url().substr(7));
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!beside.committed(Checkpointer::beginAt)) {
            CPPUNIT_ASSERT(std::chrono::steady_clock::now() < deadline);
            std::this_thread::yield();
        }
        CPPUNIT_ASSERT(!beside.committed(Checkpointer::beginAt - 1));
    }

    void aWriterBeginsItsLogAnewSoonAfterItWasLong()
    {
        const auto writer = (*database)->connect();
        writer->runText(
            "INSERT INTO thing WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
            "FROM n WHERE i < 2500) SELECT i, zeroblob(8000) FROM n",
            {}, nullptr);
        CPPUNIT_ASSERT(pagesInLog() > Checkpointer::beginAt);

        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (pagesInLog() >= Checkpointer::beginAt) {
            CPPUNIT_ASSERT(std::chrono::steady_clock::now() < deadline);
            writer->runText("REPLACE INTO thing VALUES (1, NULL)", {}, nullptr);
        }
    }

private:
    /// The last frame that the log's shared index knows (its header: 32 bit at byte 16); any pragma
    /// that tells it copies as well.
    std::int64_t pagesInLog() const
    {
        std::ifstream index(database->url().substr(7) + "-shm", std::ios::binary);
        std::uint32_t frame = 0;
        index.seekg(16).read(reinterpret_cast<char*>(&frame), sizeof frame);
        return frame;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CheckpointerTest);
