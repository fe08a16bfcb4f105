#include "ops/Scheduler.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace std::chrono_literals;

class SchedulerTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SchedulerTest);
    CPPUNIT_TEST(aWorkerIsAskedAgainAtOnceWhileItFindsSomethingToDo);
    CPPUNIT_TEST(aFailureIsWaitedOut);
    CPPUNIT_TEST(aRaisedSignalWakesAWorkerOnItsThread);
    CPPUNIT_TEST_SUITE_END();

public:
    void aWorkerIsAskedAgainAtOnceWhileItFindsSomethingToDo()
    {
        int left = 2;
        ops::Worker worker(
            "test", [&] { return left-- > 0 ? 1 : 0; }, signal, 700ms);

        CPPUNIT_ASSERT(worker.turn() == 0ms);
        CPPUNIT_ASSERT(worker.turn() == 0ms);
        CPPUNIT_ASSERT(worker.turn() == 700ms);
    }

    void aFailureIsWaitedOut()
    {
        const test::QuietLog quiet;
        ops::Worker worker(
            "test", []() -> int { throw std::runtime_error("for the test"); }, signal, 700ms);

        CPPUNIT_ASSERT(worker.turn() == 500ms);
    }

    void aRaisedSignalWakesAWorkerOnItsThread()
    {
        std::promise<void> woken;
        int turns = 0;
        ops::Scheduler scheduler;

        scheduler.add(
            "test",
            [&] {
                if (++turns == 1)
                    signal.raise(); // while it is busy: not lost
                else if (turns == 2)
                    woken.set_value();
                return 0;
            },
            signal, 1h);

        CPPUNIT_ASSERT(woken.get_future().wait_for(10s) == std::future_status::ready);
        scheduler.stop();
        CPPUNIT_ASSERT_EQUAL(2, turns);
    }

private:
    sync::Signal signal;
};

CPPUNIT_TEST_SUITE_REGISTRATION(SchedulerTest);
