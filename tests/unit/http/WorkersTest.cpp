#include "http/Workers.h"

#include "core/Log.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace spokehub;
using namespace spokehub::http;

class WorkersTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WorkersTest);
    CPPUNIT_TEST(everyJobRunsOnce);
    CPPUNIT_TEST(oneThreadKeepsTheOrder);
    CPPUNIT_TEST(whatFindsNoRoomIsRefusedAndUntouched);
    CPPUNIT_TEST(anExceptionStaysInside);
    CPPUNIT_TEST(stopRunsWhatWaitsAndTakesNothingNew);
    CPPUNIT_TEST(jobsFromManyThreadsAllRun);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyJobRunsOnce()
    {
        std::vector<std::atomic<int>> runs(1000);
        {
            Workers workers("test", 3, 1000);
            for (auto& run : runs)
                CPPUNIT_ASSERT(workers.submit([&run] { ++run; }));
        }
        for (const auto& run : runs)
            CPPUNIT_ASSERT_EQUAL(1, run.load());
    }

    void oneThreadKeepsTheOrder()
    {
        std::vector<int> order;
        {
            Workers workers("test", 1, 100);
            for (int i = 0; i < 100; ++i)
                workers.submit(
                    [&order, i, movable = std::make_unique<int>(i)] { order.push_back(*movable); });
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{100}, order.size());
        CPPUNIT_ASSERT(std::is_sorted(order.begin(), order.end()));
    }

    void whatFindsNoRoomIsRefusedAndUntouched()
    {
        Workers workers("test", 1, 1);
        std::promise<void> begun;
        std::promise<void> open;
        workers.submit([&begun, opened = open.get_future()] {
            begun.set_value();
            opened.wait();
        });
        begun.get_future().wait();
        CPPUNIT_ASSERT(workers.submit([] {}));

        struct Job
        {
            std::unique_ptr<int> held;
            void operator()() {}
        };
        Job refused{std::make_unique<int>(7)};
        const bool taken = workers.submit(std::move(refused));
        open.set_value();

        CPPUNIT_ASSERT(!taken);
        CPPUNIT_ASSERT_EQUAL(7, *refused.held);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, workers.figures().refused);
    }

    void anExceptionStaysInside()
    {
        Log::threshold(Level(static_cast<int>(Level::Error) + 1));
        std::promise<void> after;
        Workers workers("test", 1, 10);

        workers.submit([] { throw std::runtime_error("no"); });
        workers.submit([] { throw 7; });
        workers.submit([&after] { after.set_value(); });
        after.get_future().wait();

        Log::threshold(Level::Warning);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, workers.figures().failed);
    }

    void stopRunsWhatWaitsAndTakesNothingNew()
    {
        std::atomic<int> ran = 0;
        Workers workers("test", 2, 100);
        for (int i = 0; i < 100; ++i)
            workers.submit([&ran] { ++ran; });

        workers.stop();

        CPPUNIT_ASSERT_EQUAL(100, ran.load());
        CPPUNIT_ASSERT(!workers.submit([&ran] { ++ran; }));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, workers.figures().waiting);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{100}, workers.figures().done);
    }

    void jobsFromManyThreadsAllRun()
    {
        std::atomic<int> ran = 0;
        {
            Workers workers("test", 2, 100'000);
            std::vector<std::thread> callers;
            for (int i = 0; i < 4; ++i)
                callers.emplace_back([&] {
                    const std::function<void()> job = [&ran] { ++ran; };
                    for (int k = 0; k < 2000; ++k)
                        workers.submit(job);
                });
            for (std::thread& caller : callers)
                caller.join();
        }
        CPPUNIT_ASSERT_EQUAL(8000, ran.load());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WorkersTest);
