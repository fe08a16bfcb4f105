#include "core/Metrics.h"

#include <cppunit/extensions/HelperMacros.h>

#include <thread>
#include <vector>

using namespace spokehub;
using namespace std::chrono_literals;

class MetricsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MetricsTest);
    CPPUNIT_TEST(aCounterIsShownWithItsHelpAndLabels);
    CPPUNIT_TEST(aGaugeGoesUpAndDown);
    CPPUNIT_TEST(aHistogramCountsIntoItsBuckets);
    CPPUNIT_TEST(theSameNameAndLabelsAreTheSameSeries);
    CPPUNIT_TEST(labelValuesAreEscaped);
    CPPUNIT_TEST(aMalformedNameAndAnotherKindAreRefused);
    CPPUNIT_TEST(whatIsOnlyKnownWhenAskedIsRefreshedFirst);
    CPPUNIT_TEST(aHandleFromNoMetricsMeasuresNothing);
    CPPUNIT_TEST(threadsLoseNoCount);
    CPPUNIT_TEST_SUITE_END();

    void aCounterIsShownWithItsHelpAndLabels()
    {
        Metrics metrics;
        metrics.counter("spokehub_webhooks_total", "Webhooks taken in", {{"channel", "shopify"}})
            .add(3);

        CPPUNIT_ASSERT_EQUAL(std::string("# HELP spokehub_webhooks_total Webhooks taken in\n"
                                         "# TYPE spokehub_webhooks_total counter\n"
                                         "spokehub_webhooks_total{channel=\"shopify\"} 3\n"),
                             metrics.expose());
    }

    void aGaugeGoesUpAndDown()
    {
        Metrics metrics;
        const Gauge waiting = metrics.gauge("waiting", "Tasks waiting");
        waiting.set(10'000'000'000);
        waiting.add(-1);

        CPPUNIT_ASSERT_EQUAL(std::string("# HELP waiting Tasks waiting\n"
                                         "# TYPE waiting gauge\n"
                                         "waiting 9999999999\n"),
                             metrics.expose());
    }

    void aHistogramCountsIntoItsBuckets()
    {
        Metrics metrics;
        const Histogram took = metrics.histogram("took_seconds", "Time of a push", {0.25, 0.5});
        took.observe(125ms);
        took.observe(375ms);
        took.observe(2s);

        CPPUNIT_ASSERT_EQUAL(std::string("# HELP took_seconds Time of a push\n"
                                         "# TYPE took_seconds histogram\n"
                                         "took_seconds_count 3\n"
                                         "took_seconds_sum 2.5\n"
                                         "took_seconds_bucket{le=\"0.25\"} 1\n"
                                         "took_seconds_bucket{le=\"0.5\"} 2\n"
                                         "took_seconds_bucket{le=\"+Inf\"} 3\n"),
                             metrics.expose());
    }

    void theSameNameAndLabelsAreTheSameSeries()
    {
        Metrics metrics;
        metrics.counter("n", "N", {{"a", "1"}}).add();
        metrics.counter("n", "N", {{"a", "1"}}).add();

        CPPUNIT_ASSERT(metrics.expose().find("n{a=\"1\"} 2\n") != std::string::npos);
    }

    void labelValuesAreEscaped()
    {
        Metrics metrics;
        metrics.counter("n", "N", {{"a", "x\"y\\z\n"}}).add();

        CPPUNIT_ASSERT(metrics.expose().find("n{a=\"x\\\"y\\\\z\\n\"} 1\n") != std::string::npos);
    }

    void aMalformedNameAndAnotherKindAreRefused()
    {
        Metrics metrics;
        metrics.counter("n", "N");

        CPPUNIT_ASSERT_THROW(metrics.counter("n-o", "N"), std::exception);
        CPPUNIT_ASSERT_THROW(metrics.counter("o", "O", {{"a-b", "1"}}), std::exception);
        CPPUNIT_ASSERT_THROW(metrics.gauge("n", "N"), std::exception);
    }

    void whatIsOnlyKnownWhenAskedIsRefreshedFirst()
    {
        Metrics metrics;
        const Gauge length = metrics.gauge("length", "Queue");
        metrics.beforeExpose([&] { length.set(7); });

        CPPUNIT_ASSERT(metrics.expose().find("length 7\n") != std::string::npos);
    }

    void aHandleFromNoMetricsMeasuresNothing()
    {
        Counter().add();
        Gauge().set(1);
        Histogram().observe(1s);
    }

    void threadsLoseNoCount()
    {
        Metrics metrics;
        const Counter counter = metrics.counter("n", "N");
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([counter] {
                for (int j = 0; j < 10'000; ++j)
                    counter.add();
            });
        for (auto& thread : threads)
            thread.join();

        CPPUNIT_ASSERT(metrics.expose().find("n 40000\n") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MetricsTest);
