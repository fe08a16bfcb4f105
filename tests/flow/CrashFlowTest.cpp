// The hub is killed while orders come in: what it acknowledged has its one effect afterwards.
#include "support/CrashingHub.h"
#include "support/Engines.h"
#include "support/Paths.h"
#include "support/RunningHub.h"
#include "support/SandboxOrders.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

using namespace spokehub;
using namespace spokehub::test;

class CrashFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CrashFlowTest);
    CPPUNIT_TEST(whatWasAcknowledgedHasItsOneEffect);
    CPPUNIT_TEST(aRushThatWasAcknowledgedHasItsOneEffect);
    CPPUNIT_TEST(itEndsCleanly);
    CPPUNIT_TEST(aSecondHubOnTheSameFileIsRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<TestDatabase> database;

    void setUp() override { database.emplace(); }
    void tearDown() override { database.reset(); }

    inline static const std::string yaml =
        "server: { listen: \"127.0.0.1:PORT\" }\n"
        "database: { url: \"env:DATABASE_URL\" }\n"
        "spokes: { directories: [\"" +
        std::string(binaryDir) +
        "/spokes\"] }\n"
        "api_keys: [{ name: admin, key: \"env:ADMIN_KEY\", role: admin }]\n"
        "channels:\n"
        "  - { name: shop, spoke: sandbox, settings: { shop: crash-in }, secrets: { "
        "webhook_secret: \"env:SECRET\" } }\n"
        "  - { name: corner, spoke: sandbox, settings: { shop: crash-out, catalog: [\"LEG-S=0\"] "
        "}, secrets: { webhook_secret: \"env:SECRET\" } }\n";

    std::map<std::string, std::string> environment() const
    {
        return {{"DATABASE_URL", database->url()},
                {"ADMIN_KEY", RunningHub::key},
                {"SECRET", RunningHub::secret}};
    }

    /// Paid, and placed after the channel was connected.
    static int send(HttpClient& client, int number)
    {
        const SandboxOrder order{
            .number = number, .payment = "paid", .placedAt = "2099-01-01T00:00:00Z"};
        return deliver(client, "shop", "orders/create", order.text(),
                       "delivery-" + std::to_string(number))
            .status;
    }

    void whatWasAcknowledgedHasItsOneEffect()
    {
        HubProcess hub(yaml, environment());
        hub.start();
        const HttpClient::Headers key = {{"X-Api-Key", RunningHub::key},
                                         {"Content-Type", "application/json"}};
        const std::string sku =
            R"({"product_title": "Leggings", "category": "leggings", "sku_code": "LEG-S", "size": "S", "color": "BK", "price_cents": 6500, "cost_cents": 2000, "qty_on_hand": 100000, "reorder_level": 1})";
        CPPUNIT_ASSERT_EQUAL(201, HttpClient(hub.port()).post("/admin/skus", sku, key).status);

        std::mutex mutex;
        std::set<int> acknowledged;
        int next = 0;
        for (int round = 0; round < 4; ++round) {
            std::atomic<bool> over = false;
            std::vector<std::thread> senders;
            for (int i = 0; i < 4; ++i)
                senders.emplace_back([&] {
                    while (!over) {
                        int number = 0;
                        {
                            const std::lock_guard lock(mutex);
                            number = next++;
                        }
                        try {
                            HttpClient client(hub.port());
                            if (send(client, number) == 200) {
                                const std::lock_guard lock(mutex);
                                acknowledged.insert(number);
                            }
                        } catch (const std::exception&) {
                            return; // the hub is dead
                        }
                    }
                });
            const std::size_t goal =
                acknowledged.size() + 40 + static_cast<std::size_t>(round) * 13;
            eventually("enough orders came in", [&] {
                const std::lock_guard lock(mutex);
                return acknowledged.size() >= goal;
            });
            hub.kill();
            over = true;
            for (std::thread& sender : senders)
                sender.join();
            hub.start();
        }
        {
            HttpClient client(hub.port());
            for (const int number :
                 acknowledged) // the shop repeats what it does not know to be taken
                CPPUNIT_ASSERT_EQUAL(200, send(client, number));
        }
        eventually("all is applied",
                   [&] { return database->count("inbox_message", "state = 1") == 0; });
        eventually("nothing runs", [&] { return database->count("task", "state IN (1, 2)") == 0; });

        for (const int number : acknowledged)
            CPPUNIT_ASSERT_EQUAL(
                std::int64_t{1},
                database->count("sales_order", "external_id = '" + std::to_string(number) + "'"));
        const auto orders = database->count("sales_order");
        CPPUNIT_ASSERT_EQUAL(orders, database->number("SELECT reserved FROM stock_level"));
        CPPUNIT_ASSERT_EQUAL(orders, database->count("order_line"));
        assertVerified(*database, hub.config(), "after four crashes");
    }

    /// SQLite acknowledges it from the spool: the hub is killed while messages are nowhere else.
    void aRushThatWasAcknowledgedHasItsOneEffect()
    {
        if (engine() != store::Engine::Sqlite)
            return; // PostgreSQL has no rush of its own
        HubProcess hub(yaml, environment());
        hub.start();
        std::mutex mutex;
        std::set<int> acknowledged;
        std::atomic<int> next = 0;
        std::atomic<bool> over = false;
        std::vector<std::thread> senders;
        for (int i = 0; i < 40; ++i)
            senders.emplace_back([&] {
                try {
                    for (HttpClient client(hub.port()); !over;) {
                        const int number = next++;
                        if (send(client, number) == 200) {
                            const std::lock_guard lock(mutex);
                            acknowledged.insert(number);
                        }
                    }
                } catch (const std::exception&) {
                    return; // the hub is dead
                }
            });
        const std::string gauge = "\nspokehub_spool_messages ";
        eventually("more come than it applies", [&] {
            const std::string metrics =
                HttpClient(hub.port()).get("/metrics", {{"X-Api-Key", RunningHub::key}}).body;
            const auto at = metrics.find(gauge);
            return at != std::string::npos && std::stod(metrics.substr(at + gauge.size())) > 100;
        });
        hub.kill();
        over = true;
        for (std::thread& sender : senders)
            sender.join();
        const auto beforeRestart = database->count("sales_order");
        CPPUNIT_ASSERT(beforeRestart < static_cast<std::int64_t>(acknowledged.size()));

        hub.start();

        eventually("what was acknowledged is applied", [&] {
            return database->count("sales_order") >=
                       static_cast<std::int64_t>(acknowledged.size()) &&
                   database->count("inbox_message", "state = 1") == 0;
        });
        for (const int number : acknowledged)
            CPPUNIT_ASSERT_EQUAL(
                std::int64_t{1},
                database->count("sales_order", "external_id = '" + std::to_string(number) + "'"));
        CPPUNIT_ASSERT_EQUAL(database->count("sales_order"), database->count("order_line"));
        eventually("nothing runs", [&] { return database->count("task", "state IN (1, 2)") == 0; });
        assertVerified(*database, hub.config(), "after a crash in a rush");
    }

    void aSecondHubOnTheSameFileIsRefused()
    {
        if (engine() != store::Engine::Sqlite)
            return; // several hubs may share a server
        HubProcess first(yaml, environment());
        first.start();
        HubProcess second(yaml, environment());

        CPPUNIT_ASSERT(!second.tryStart());

        const std::string said = second.log();
        CPPUNIT_ASSERT_MESSAGE(said, said.find("another hub has " +
                                               database->url().substr(sizeof "sqlite:" - 1) +
                                               " open; stop it first") != std::string::npos);
        CPPUNIT_ASSERT(first.alive());
    }

    void itEndsCleanly()
    {
        HubProcess hub(yaml, environment());
        hub.start();
        HttpClient client(hub.port());
        CPPUNIT_ASSERT_EQUAL(200, send(client, 1));
        CPPUNIT_ASSERT_EQUAL(0, hub.terminate());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, database->count("inbox_message"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(CrashFlowTest);
