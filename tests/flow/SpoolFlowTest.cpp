// PostgreSQL goes away in every way that it can: webhooks are taken all the same, and each has its
// one effect when it is back.
#include "support/CrashingHub.h"
#include "support/HubProcess.h"
#include "support/OwnPostgres.h"
#include "support/Paths.h"
#include "support/RunningHub.h"
#include "support/SandboxOrders.h"
#include "support/Skip.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <future>
#include <optional>
#include <thread>
#include <vector>

using namespace spokehub;
using namespace spokehub::test;

class SpoolFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SpoolFlowTest);
    CPPUNIT_TEST(ordersComeInWhileTheServerIsStopped);
    CPPUNIT_TEST(aRestartUnderLoadLosesNothing);
    CPPUNIT_TEST(terminatedSessionsAreNotNoticedOutside);
    CPPUNIT_TEST(ordersComeInWhileTheServerIsReadOnly);
    CPPUNIT_TEST(ordersComeInWhileTheServerHasNoConnections);
    CPPUNIT_TEST(ordersComeInWhileTheServerHangs);
    CPPUNIT_TEST(aKilledHubsSpoolDrainsAtTheNextStart);
    CPPUNIT_TEST(aFullSpoolIsA503ThatPasses);
    CPPUNIT_TEST(aHubThatIsStartedBeforeItsServerWaitsForIt);
    CPPUNIT_TEST(aHubThatWaitsForItsServerEndsWhenTold);
    CPPUNIT_TEST(aHubThatItsServerRefusesEndsAndSaysWhy);
    CPPUNIT_TEST_SUITE_END();

public:
    static constexpr std::int64_t opening = 100'000;

    static std::optional<OwnPostgres>& server()
    {
        static std::optional<OwnPostgres> made;
        return made;
    }

    /// Makes the server before the first test and ends it after the last one.
    static inline int testsLeft = 11;

    std::string database;
    std::optional<HubProcess> hub;

    void tearDown() override
    {
        hub.reset();
        if (--testsLeft == 0)
            server().reset();
    }

    /// False when no server is installed.
    bool start(const std::string& inbox = "{}")
    {
        if (!OwnPostgres::possible()) {
            skip("faults of PostgreSQL: no server is installed");
            return false;
        }
        if (!server())
            server().emplace();
        database = "spool_" + std::to_string(testsLeft);
        const std::string yaml =
            "server: { listen: \"127.0.0.1:PORT\" }\n"
            "database: { url: \"env:DATABASE_URL\" }\n"
            "spokes: { directories: [\"" +
            std::string(binaryDir) +
            "/spokes\"] }\n"
            "api_keys: [{ name: admin, key: \"env:ADMIN_KEY\", role: admin }]\n"
            "inbox: " +
            inbox +
            "\n"
            "channels:\n"
            "  - { name: shop, spoke: sandbox, settings: { shop: spool }, secrets: { "
            "webhook_secret: \"env:SECRET\" } }\n";
        hub.emplace(yaml, HubProcess::Environment{{"DATABASE_URL", server()->fresh(database)},
                                                  {"ADMIN_KEY", RunningHub::key},
                                                  {"SECRET", RunningHub::secret}});
        hub->start();
        const std::string sku =
            R"({"product_title": "Leggings", "category": "leggings", "sku_code": "LEG-S", "size": "S", "color": "BK", "price_cents": 6500, "cost_cents": 2000, "qty_on_hand": 100000, "reorder_level": 1})";
        CPPUNIT_ASSERT_EQUAL(201, call("POST", "/admin/skus", sku).status);
        return true;
    }

    Reply call(const std::string& method, const std::string& target, const std::string& body = "")
    {
        return HttpClient(hub->port())
            .request(method, target, body,
                     {{"X-Api-Key", RunningHub::key}, {"Content-Type", "application/json"}});
    }

    /// Paid, and placed after the channel was connected.
    static Reply send(HttpClient& client, int number)
    {
        const SandboxOrder order{
            .number = number, .payment = "paid", .placedAt = "2099-01-01T00:00:00Z"};
        return deliver(client, "shop", "orders/create", order.text(),
                       "delivery-" + std::to_string(number));
    }

    void sendAll(int from, int to)
    {
        HttpClient client(hub->port());
        for (int number = from; number < to; ++number) {
            const Reply reply = send(client, number);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 200, reply.status);
        }
    }

    std::int64_t number(const std::string& sql) { return server()->number(sql, database); }

    std::int64_t measured(const std::string& name)
    {
        const std::string all = call("GET", "/metrics").body;
        const auto at = all.find("\n" + name + " ");
        CPPUNIT_ASSERT_MESSAGE(all, at != std::string::npos);
        return std::stoll(all.substr(at + name.size() + 2));
    }

    /// Every order has come, with its one effect, and nothing is left in the spool.
    void assertApplied(int orders)
    {
        eventually("the spool is empty",
                   [this] { return measured("spokehub_spool_messages") == 0; });
        eventually("all is applied", [&] {
            return number("SELECT count(*) FROM sales_order") == orders &&
                   number("SELECT count(*) FROM inbox_message WHERE state = 1") == 0;
        });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{orders}, number("SELECT reserved FROM stock_level"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{orders}, number("SELECT count(*) FROM inbox_message"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, measured("spokehub_spool_bytes"));
    }

    /// Senders that send different orders until they are told to stop, each of which must be taken.
    class Load
    {
    public:
        explicit Load(SpoolFlowTest& test)
        {
            for (int i = 0; i < 4; ++i)
                _senders.emplace_back([this, &test] {
                    HttpClient client(test.hub->port());
                    while (!_over)
                        if (send(client, _next++).status != 200)
                            ++_refused;
                });
        }
        ~Load() { end(); }

        int sent() const { return _next; }
        void more(int orders)
        {
            eventually("orders go on", [this, goal = sent() + orders] { return _next >= goal; });
        }
        /// How many orders; all of them were taken.
        int end()
        {
            _over = true;
            for (std::thread& sender : _senders)
                if (sender.joinable())
                    sender.join();
            return _next;
        }
        int refused() const { return _refused; }

    private:
        std::atomic<bool> _over = false;
        std::atomic<int> _next = 0;
        std::atomic<int> _refused = 0;
        std::vector<std::thread> _senders;
    };

    void ordersComeInWhileTheServerIsStopped()
    {
        if (!start())
            return;
        sendAll(0, 5);
        server()->halt();

        sendAll(5, 60);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{55}, measured("spokehub_spool_messages"));
        CPPUNIT_ASSERT(measured("spokehub_spool_bytes") > 55 * 100);
        const Reply ready = call("GET", "/health/ready");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(ready.body, 200, ready.status);
        const auto document = JsonDocument::parse(ready.body);
        CPPUNIT_ASSERT(!document->root()["database"].boolean().value_or(true));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{55}, document->root()["spool"].integerOr("messages", -1));
        CPPUNIT_ASSERT_EQUAL(
            503,
            call("POST", "/api/v1/stock/reserve", R"({"sku": "LEG-S", "quantity": 1})").status);

        server()->resume();
        assertApplied(60);
        sendAll(0, 70); // the shop repeats what it does not believe
        assertApplied(70);
    }

    void aRestartUnderLoadLosesNothing()
    {
        if (!start())
            return;
        Load load(*this);
        for (int i = 0; i < 2; ++i) {
            load.more(100);
            server()->halt();
            load.more(100);
            server()->resume();
        }
        load.more(100);

        const int orders = load.end();

        CPPUNIT_ASSERT_EQUAL(0, load.refused());
        assertApplied(orders);
    }

    void terminatedSessionsAreNotNoticedOutside()
    {
        if (!start())
            return;
        Load load(*this);
        for (int i = 0; i < 10; ++i) {
            load.more(30);
            server()->run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
                database + "'");
        }
        load.more(100);

        const int orders = load.end();

        CPPUNIT_ASSERT_EQUAL(0, load.refused());
        assertApplied(orders);
    }

    void ordersComeInWhileTheServerIsReadOnly()
    {
        if (!start())
            return;
        sendAll(0, 5);
        server()->run("ALTER SYSTEM SET default_transaction_read_only = on");
        server()->run("SELECT pg_reload_conf()");

        sendAll(5, 60);
        eventually("the hub has noticed", [this] {
            static int next = 60;
            sendAll(next, next + 1);
            ++next;
            return measured("spokehub_spool_messages") > 0;
        });
        server()->run("ALTER SYSTEM RESET default_transaction_read_only");
        server()->run("SELECT pg_reload_conf()");

        eventually("the spool is empty",
                   [this] { return measured("spokehub_spool_messages") == 0; });
        assertApplied(static_cast<int>(number("SELECT count(*) FROM inbox_message")));
        CPPUNIT_ASSERT(number("SELECT count(*) FROM sales_order") >= 61);
    }

    void ordersComeInWhileTheServerHasNoConnections()
    {
        if (!start())
            return;
        sendAll(0, 5);
        server()->run("ALTER ROLE hub CONNECTION LIMIT 0");
        server()->run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" +
            database + "'");

        sendAll(5, 60);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{55}, measured("spokehub_spool_messages"));

        server()->run("ALTER ROLE hub CONNECTION LIMIT -1");
        assertApplied(60);
    }

    /// The processes of the server stand still: it neither answers nor breaks the connection.
    void ordersComeInWhileTheServerHangs()
    {
        if (!start())
            return;
        sendAll(0, 5);
        std::vector<pid_t> stopped;
        for (std::int64_t pid = 0; (pid = nextBackend(pid)) != 0;)
            stopped.push_back(static_cast<pid_t>(pid));
        CPPUNIT_ASSERT(!stopped.empty());
        stopped.push_back(parentOf(stopped.front())); // which makes new ones
        {
            const StandStill standStill(stopped);
            sendAll(5, 30);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{25}, measured("spokehub_spool_messages"));
        }
        assertApplied(30);
    }

    /// These processes do nothing until this goes out of scope.
    class StandStill
    {
    public:
        explicit StandStill(std::vector<pid_t> pids) : _pids(std::move(pids)) { tell(SIGSTOP); }
        ~StandStill() { tell(SIGCONT); }
        StandStill(const StandStill&) = delete;
        StandStill& operator=(const StandStill&) = delete;

    private:
        void tell(int signal) const
        {
            for (const pid_t pid : _pids)
                ::kill(pid, signal);
        }

        const std::vector<pid_t> _pids;
    };

    static pid_t parentOf(pid_t child)
    {
        std::ifstream status("/proc/" + std::to_string(child) + "/status");
        std::string word;
        pid_t parent = 0;
        while (status >> word)
            if (word == "PPid:")
                status >> parent;
        CPPUNIT_ASSERT(parent > 1);
        return parent;
    }

    std::int64_t nextBackend(std::int64_t after)
    {
        return number("SELECT coalesce(min(pid), 0)::bigint FROM pg_stat_activity WHERE usename = "
                      "'hub' AND datname = '" +
                      database + "' AND pid > " + std::to_string(after));
    }

    void aKilledHubsSpoolDrainsAtTheNextStart()
    {
        if (!start())
            return;
        sendAll(0, 5);
        server()->halt();
        sendAll(5, 60);
        hub->kill();
        server()->resume();

        hub->start();

        assertApplied(60);
    }

    void aFullSpoolIsA503ThatPasses()
    {
        if (!start("{ spool_max: 8KiB }"))
            return;
        server()->halt();
        HttpClient client(hub->port());
        int taken = 0;
        Reply refused = send(client, taken);
        while (refused.status == 200)
            refused = send(client, ++taken);

        CPPUNIT_ASSERT_EQUAL(503, refused.status);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), refused.header("Retry-After"));
        CPPUNIT_ASSERT_MESSAGE(refused.body,
                               refused.body.find("the spool is full") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(503, call("GET", "/health/ready").status);
        CPPUNIT_ASSERT(taken > 10);

        server()->resume();
        eventually("it is taken", [&] { return send(client, taken).status == 200; });
        assertApplied(taken + 1);
    }

    /// Started while its server is halted.
    std::future<bool> startTooEarly()
    {
        CPPUNIT_ASSERT_EQUAL(0, hub->terminate());
        server()->halt();
        auto started = std::async(std::launch::async, [this] { return hub->tryStart(); });
        eventually("it waits",
                   [this] { return hub->log().find("the hub waits for it") != std::string::npos; });
        return started;
    }

    void aHubThatIsStartedBeforeItsServerWaitsForIt()
    {
        if (!start())
            return;
        auto started = startTooEarly();
        server()->resume();
        const bool serves = started.get();
        CPPUNIT_ASSERT_MESSAGE(hub->log(), serves);
        sendAll(0, 5);
        assertApplied(5);
    }

    void aHubThatWaitsForItsServerEndsWhenTold()
    {
        if (!start())
            return;
        auto started = startTooEarly();
        hub->signal(SIGTERM);
        CPPUNIT_ASSERT(!started.get());
        server()->resume();
    }

    void aHubThatItsServerRefusesEndsAndSaysWhy()
    {
        if (!start())
            return;
        CPPUNIT_ASSERT_EQUAL(0, hub->terminate());
        server()->run("DROP DATABASE " + database);
        CPPUNIT_ASSERT(!hub->tryStart());
        CPPUNIT_ASSERT_MESSAGE(hub->log(), hub->log().find("\"" + database + "\" does not exist") !=
                                               std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SpoolFlowTest);
