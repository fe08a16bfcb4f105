// Spokes that misbehave, beside channels that must not notice.
#include "support/HubProcess.h"
#include "support/Paths.h"
#include "support/RunningHub.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class IsolatedFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(IsolatedFlowTest);
    CPPUNIT_TEST(aMessageThatCrashesItsSpokeFailsAndOthersKeepTheirPace);
    CPPUNIT_TEST(aWebhookThatCrashesItsSpokeIsToldToComeBack);
    CPPUNIT_TEST(aSpokeThatKeepsCrashingIsParkedUntilItsChannelIsResumed);
    CPPUNIT_TEST(aSpokeThatHangsHoldsUpNobodyElse);
    CPPUNIT_TEST(brokenFilesAreNamedAndTheOthersServed);
    CPPUNIT_TEST(aSpokeInTheHubEndsItTwiceOverAMessageAndNotAThirdTime);
    CPPUNIT_TEST_SUITE_END();

public:
    std::unique_ptr<RunningHub> hub;
    int deliveries = 0;

    void tearDown() override { hub.reset(); }

    static std::string channels(const std::string& isolation)
    {
        return "channels:\n"
               "  - { name: bad, spoke: unruly, isolation: " +
               isolation +
               ", secrets: { word: \"env:SECRET\" } }\n"
               "  - { name: shop, spoke: sandbox, settings: { shop: isolated-flow }, secrets: { "
               "webhook_secret: \"env:SECRET\" } }\n";
    }

    void start()
    {
        hub = std::make_unique<RunningHub>(channels("process"), "",
                                           std::vector<std::string>{"spokes", "test-spokes"});
    }

    /// Its topic is what goes wrong when it is translated, its body when it is accepted.
    Reply deliver(const std::string& topic, const std::string& body = "{}")
    {
        return HttpClient(hub->port())
            .post("/webhooks/bad/" + topic, body, {{"X-Id", "d-" + std::to_string(++deliveries)}});
    }

    int order(int number)
    {
        const std::string id = std::to_string(number);
        const std::string body =
            R"({"type": "order", "order_id": "O-)" + id +
            R"(", "updated_at": "2099-01-01T00:00:00Z", "number": "#)" + id +
            R"(", "placed_at": "2099-01-01T00:00:00Z", "currency": "USD", "status": {"paid": true, "payment": "paid"}, )"
            R"("totals": {"total": 6500}, "lines": [{"line_id": "1", "sku": "LEG-S", "title": "Leggings", "quantity": 1, "open": 1, "unit_price": 6500}]})";
        return HttpClient(hub->port())
            .post("/webhooks/shop/orders/create", body,
                  {{"X-Sandbox-Signature", signature(body)}, {"X-Sandbox-Id", "o-" + id}})
            .status;
    }

    std::string ofChannel(const std::string& member)
    {
        return std::string(hub->getJson("/api/v1/channels/bad").root().textOr(member));
    }

    std::string reasonOfTheFailed()
    {
        const auto failed = hub->getJson("/api/v1/inbox?state=failed");
        std::string reason;
        failed.root()["data"].each([&](Json message) {
            reason = message.textOr("reason");
            return false;
        });
        return reason;
    }

    void aMessageThatCrashesItsSpokeFailsAndOthersKeepTheirPace()
    {
        start();
        CPPUNIT_ASSERT_EQUAL(200, deliver("crash").status);

        for (int i = 0; i < 20; ++i)
            CPPUNIT_ASSERT_EQUAL(200, order(i));
        eventually("the orders are there",
                   [this] { return hub->database().count("sales_order") == 20; });

        eventually("the message failed",
                   [this] { return hub->database().count("inbox_message", "state = 3") == 1; });
        CPPUNIT_ASSERT_EQUAL(
            std::string("bug: it was in hand at two crashes of its spoke and is not tried again: "
                        "the spoke did not survive translate: its process ended with signal 11 "
                        "(Segmentation fault)"),
            reasonOfTheFailed());
        CPPUNIT_ASSERT_EQUAL(std::string("running"), ofChannel("state"));
        eventually("the spoke is there again", [this] { return deliver("x").status == 200; });
        hub->settle();
    }

    void aWebhookThatCrashesItsSpokeIsToldToComeBack()
    {
        start();

        const auto reply = deliver("x", "crash");

        CPPUNIT_ASSERT_EQUAL(503, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("5"), reply.header("retry-after"));
        CPPUNIT_ASSERT_EQUAL(200, order(1));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                             hub->database().count("inbox_message", "topic = 'x'"));
    }

    void aSpokeThatKeepsCrashingIsParkedUntilItsChannelIsResumed()
    {
        start();
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT_EQUAL(200, deliver("crash").status);

        eventually("it is parked", [this] { return ofChannel("state") == "parked"; });
        CPPUNIT_ASSERT_EQUAL(
            std::string("parked: the spoke is parked after 5 crashes in a row, the last in "
                        "translate: its process ended with signal 11 (Segmentation fault)"),
            ofChannel("paused_reason"));
        CPPUNIT_ASSERT_EQUAL(200, deliver("x").status); // webhooks are still taken
        eventually("two messages have failed",
                   [this] { return hub->database().count("inbox_message", "state = 3") == 2; });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
                             hub->database().count("inbox_message", "state = 1")); // and kept
        CPPUNIT_ASSERT_EQUAL(200, order(1));

        hub->postJson("/api/v1/channels/bad/resume");
        eventually("it runs again", [this] { return ofChannel("state") == "running"; });
        CPPUNIT_ASSERT_EQUAL(200, deliver("x").status);
    }

    void aSpokeThatHangsHoldsUpNobodyElse()
    {
        start();
        CPPUNIT_ASSERT_EQUAL(200, deliver("hang").status);

        for (int i = 0; i < 20; ++i)
            CPPUNIT_ASSERT_EQUAL(200, order(i));
        eventually("the orders are there",
                   [this] { return hub->database().count("sales_order") == 20; });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             hub->database().count("inbox_message", "state = 1")); // it hangs yet
    }

    void brokenFilesAreNamedAndTheOthersServed()
    {
        hub = std::make_unique<RunningHub>(
            "channels:\n"
            "  - { name: bad, spoke: broken }\n"
            "  - { name: shop, spoke: sandbox, settings: { shop: isolated-flow }, secrets: { "
            "webhook_secret: \"env:SECRET\" } }\n",
            "", std::vector<std::string>{"broken-spokes", "spokes"});

        CPPUNIT_ASSERT_EQUAL(200, order(1));
        CPPUNIT_ASSERT_EQUAL(std::string("not_open"), ofChannel("state"));
        const std::string problem = ofChannel("problem");
        CPPUNIT_ASSERT(problem.starts_with("there is no spoke broken in spokes.directories; "));
        for (const char* file : {"crash", "constructor", "exit", "json", "major", "older", "small"})
            CPPUNIT_ASSERT_MESSAGE(file, problem.find(std::string("/") + file +
                                                      ".so is not used: ") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(503, deliver("x").status);
    }

    void aSpokeInTheHubEndsItTwiceOverAMessageAndNotAThirdTime()
    {
        for (const char* fault : {"crash", "exit"})
            endsItTwice(fault);
    }

    static void endsItTwice(const std::string& fault)
    {
        TestDatabase database;
        HubProcess process("server: { listen: \"127.0.0.1:PORT\" }\n"
                           "database: { url: \"env:DATABASE_URL\" }\n"
                           "spokes: { directories: [\"" +
                               std::string(binaryDir) + "/spokes\", \"" + binaryDir +
                               "/test-spokes\"] }\n"
                               "sync: { base: 20ms, cap: 100ms }\n" +
                               channels("none"),
                           {{"DATABASE_URL", database.url()}, {"SECRET", RunningHub::secret}});
        const auto deliver = [&] {
            process.start();
            try {
                HttpClient(process.port()).post("/webhooks/bad/" + fault, "{}", {{"X-Id", "d"}});
            } catch (const std::exception&) { // the hub ended before it could answer
            }
            process.end();
        };
        deliver();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, database.count("inbox_message"));
        deliver(); // as it was not acknowledged; now it is recorded before the spoke is asked
        CPPUNIT_ASSERT_EQUAL_MESSAGE(fault + ": " + process.log(), std::int64_t{1},
                                     database.count("inbox_message"));

        process.start();

        eventually("the message failed",
                   [&] { return database.count("inbox_message", "state = 3") == 1; });
        CPPUNIT_ASSERT_EQUAL(
            std::string("bug: it was in hand at two crashes of its spoke and is not tried again"),
            database.text("SELECT reason FROM inbox_message WHERE state = 3"));
        CPPUNIT_ASSERT_EQUAL(0, process.terminate());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IsolatedFlowTest);
