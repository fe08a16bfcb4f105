#include "core/Id.h"

#include "support/TestClock.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <vector>

using namespace spokehub;
using namespace std::chrono_literals;
using spokehub::test::TestClock;

class IdTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(IdTest);
    CPPUNIT_TEST(idsAscendWhenTheClockStandsGoesAndGoesBack);
    CPPUNIT_TEST(idsOfManyThreadsNeverRepeat);
    CPPUNIT_TEST(idsOfTwoNodesNeverMeet);
    CPPUNIT_TEST(idsStartAboveTheHighWaterMark);
    CPPUNIT_TEST(idsOfALaterTimeAreAboveItsBound);
    CPPUNIT_TEST(whatIsShownIsReadBack);
    CPPUNIT_TEST(shownIdsSortAsTheirNumbersDo);
    CPPUNIT_TEST(whatIsNoIdIsNotRead);
    CPPUNIT_TEST_SUITE_END();

public:
    TestClock clock;

    void idsAscendWhenTheClockStandsGoesAndGoesBack()
    {
        IdGenerator ids(clock, 3);
        Id last = 0;
        for (const auto step : {0us, 1000us, -3'600'000'000us, 0us, 7'200'000'000us}) {
            clock.advance(step);
            for (int i = 0; i < 10'000; ++i) // more than a millisecond's sequence holds
            {
                const Id next = ids.next();
                CPPUNIT_ASSERT(next > last);
                last = next;
            }
        }
    }

    void idsOfManyThreadsNeverRepeat()
    {
        IdGenerator ids(clock, 0);
        std::vector<std::vector<Id>> made(8);
        std::vector<std::thread> threads;
        for (auto& mine : made)
            threads.emplace_back([&] {
                for (int i = 0; i < 5000; ++i)
                    mine.push_back(ids.next());
            });
        for (std::thread& thread : threads)
            thread.join();

        std::vector<Id> all;
        for (const auto& mine : made)
            all.insert(all.end(), mine.begin(), mine.end());
        std::sort(all.begin(), all.end());
        CPPUNIT_ASSERT(std::adjacent_find(all.begin(), all.end()) == all.end());
    }

    void idsOfTwoNodesNeverMeet()
    {
        IdGenerator first(clock, 0);
        IdGenerator last(clock, IdGenerator::nodeMax);
        std::vector<Id> all;
        for (int i = 0; i < 10'000; ++i) {
            all.push_back(first.next());
            all.push_back(last.next());
        }

        std::sort(all.begin(), all.end());
        CPPUNIT_ASSERT(std::adjacent_find(all.begin(), all.end()) == all.end());
    }

    void idsStartAboveTheHighWaterMark()
    {
        clock.advance(24h);
        const Id before = IdGenerator(clock, 5).next();
        clock.set(TestClock::start); // a restart with a clock that is a day behind

        CPPUNIT_ASSERT(IdGenerator(clock, 5, before).next() > before);
    }

    void idsOfALaterTimeAreAboveItsBound()
    {
        const Id before = IdGenerator(clock, 511).next();
        clock.advance(1ms);
        const Id bound = IdGenerator::firstAt(clock.now());
        const Id after = IdGenerator(clock, 0).next();

        CPPUNIT_ASSERT(before < bound);
        CPPUNIT_ASSERT(bound <= after);
    }

    void whatIsShownIsReadBack()
    {
        for (const Id id : {Id{1}, IdGenerator(clock, 511).next(), std::numeric_limits<Id>::max()})
        {
            const std::string shown = showId("ord", id);

            CPPUNIT_ASSERT_EQUAL(std::size_t{17}, shown.size());
            CPPUNIT_ASSERT_EQUAL(id, readId("ord", shown).value());
            CPPUNIT_ASSERT_EQUAL(id, readId("ord", std::to_string(id)).value());
        }
    }

    void shownIdsSortAsTheirNumbersDo()
    {
        IdGenerator ids(clock, 1);
        std::string last;
        for (int i = 0; i < 1000; ++i) {
            const std::string shown = showId("x", ids.next());
            CPPUNIT_ASSERT(shown > last);
            last = shown;
        }
    }

    void whatIsNoIdIsNotRead()
    {
        const std::string shown = showId("ord", 12345);
        for (const std::string& text :
             {std::string(), std::string("ord_"), "var" + shown.substr(3), shown + "0",
              shown.substr(0, 16), std::string("ord_zzzzzzzzzzzzz"),
              std::string("ord_000000000000u"), std::string("0"), std::string("-1"),
              std::string("9223372036854775808"), std::string("12 ")})
            CPPUNIT_ASSERT_MESSAGE(text, !readId("ord", text));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IdTest);
