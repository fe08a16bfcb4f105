#include "store/Statistics.h"
#include "support/Engines.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub::store;
using namespace spokehub::test;

class StatisticsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StatisticsTest);
    CPPUNIT_TEST(aTableIsKnownOnceItHasGrownAndAgainWhenItHasDoubled);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { database.emplace(); }
    void tearDown() override { database.reset(); }

    void aTableIsKnownOnceItHasGrownAndAgainWhenItHasDoubled()
    {
        database->run("CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY)");
        CPPUNIT_ASSERT_EQUAL_MESSAGE("never analysed", std::int64_t{-1}, known());

        CPPUNIT_ASSERT_EQUAL_MESSAGE("a few rows", std::int64_t{-1}, knownAfter(1, 100));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("grown", std::int64_t{200}, knownAfter(101, 200));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("little more", std::int64_t{200}, knownAfter(201, 400));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("doubled", std::int64_t{401}, knownAfter(401, 401));
    }

private:
    /// What the planner takes the table to hold, after these rows and a renewal.
    std::int64_t knownAfter(int from, int to)
    {
        // Counts reach the others at once only where they are told to.
        database->run("INSERT INTO thing SELECT generate_series(" + std::to_string(from) + ", " +
                      std::to_string(to) + "); SELECT pg_stat_force_next_flush()");
        Statistics(**database).renew();
        return known();
    }

    std::int64_t known()
    {
        return database->number(
            "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE relname = 'thing'");
    }

    std::optional<TestDatabase> database;
};

SPOKEHUB_TEST_ON_POSTGRES(StatisticsTest);
