#include "store/Nodes.h"
#include "support/Engines.h"
#include "support/TestClock.h"
#include "support/TestDatabase.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::test;

class NodesTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(NodesTest);
    CPPUNIT_TEST(noRunGivesAnIdOfAnEarlierOneWhateverTheClockSays);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { database.emplace(); }
    void tearDown() override { database.reset(); }

    void noRunGivesAnIdOfAnEarlierOneWhateverTheClockSays()
    {
        constexpr std::chrono::hours steps[] = {std::chrono::hours(0),  -std::chrono::hours(24),
                                                std::chrono::hours(0),  std::chrono::hours(0),
                                                std::chrono::hours(48), -std::chrono::hours(1)};
        store::Writer writer(**database);
        store::Commands commands(writer);
        writer.start();
        TestClock clock;
        Id last = 0;
        std::int64_t boot = 0;
        for (const auto step : steps) {
            clock.advance(step);
            store::Nodes nodes(**database, ++boot, clock);
            IdGenerator ids(clock, nodes.number(), nodes.highWater());
            for (int i = 0; i < 100; ++i) {
                const Id id = ids.next();
                CPPUNIT_ASSERT(id > last);
                last = id;
            }
            clock.advance(-std::chrono::hours(1)); // while it runs
            nodes.renew(commands);
        }
    }

private:
    std::optional<TestDatabase> database;
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(NodesTest);
