// Several hubs on one PostgreSQL: nothing happens twice, a channel has one lane, and what a hub
// leaves behind another one takes over.
#include "support/CrashingHub.h"
#include "support/Engines.h"
#include "support/RunningHub.h"
#include "support/SandboxOrders.h"
#include "support/TwoShops.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

using namespace spokehub;
using namespace spokehub::test;
using namespace std::chrono_literals;

class SeveralHubsFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SeveralHubsFlowTest);
    CPPUNIT_TEST(hubsThatStartAtOnceMigrateOnce);
    CPPUNIT_TEST(whatAllOfThemAreToldHappensOnce);
    CPPUNIT_TEST(aChannelHasOneLaneThatKeepsItsRate);
    CPPUNIT_TEST(aSecretThatIsSetAtOneHoldsAtAllOfThem);
    CPPUNIT_TEST(aKilledHubsLanesMoveWithinTenSeconds);
    CPPUNIT_TEST(aHubThatWakesUpIsFencedOffAndWhatItSentIsSentAnew);
    CPPUNIT_TEST(theServerEndsTheTransactionOfAHubThatHangs);
    CPPUNIT_TEST_SUITE_END();

public:
    static constexpr std::int64_t opening = 1000;

    std::optional<TestDatabase> database;
    std::optional<standin::ShopifyStandIn> shop;
    std::filesystem::path directory;
    std::vector<std::unique_ptr<HubProcess>> hubs;

    void tearDown() override
    {
        hubs.clear();
        shop.reset();
        database.reset();
        std::error_code ignored;
        std::filesystem::remove_all(directory, ignored);
    }

    void prepare(TestDatabase::Content content = TestDatabase::Content::Migrated,
                 double points = 1'000'000, double restore = 1'000'000)
    {
        database.emplace(content);
        std::string name =
            (std::filesystem::temp_directory_path() / "spokehub-hubs-XXXXXX").string();
        CPPUNIT_ASSERT(::mkdtemp(name.data()) != nullptr);
        directory = name;
        shop.emplace(standin::StandInOptions{.secret = RunningHub::secret,
                                             .allowHttp = true,
                                             .capacity = points,
                                             .restorePerSecond = restore});
        shop->with([](standin::Shop& real) { return real.addVariant("LEG-S", opening).id; });
    }

    HubProcess& add()
    {
        std::string yaml = twoShopsYaml(*shop, "LEG-S", directory);
        yaml.insert(yaml.find(" }"), ", secret_key: \"env:SECRET_KEY\"");
        auto environment = twoShopsEnvironment(*shop, database->url());
        environment.emplace("SECRET_KEY", "Zmxvdy1zZWFsaW5nLWtleS1vZi10aGlydHktdHdvLWI=");
        hubs.push_back(std::make_unique<HubProcess>(yaml, environment));
        return *hubs.back();
    }

    static Reply post(const HubProcess& hub, const std::string& target,
                      const std::string& body = "{}")
    {
        return HttpClient(hub.port())
            .post(target, body,
                  {{"X-Api-Key", RunningHub::key}, {"Content-Type", "application/json"}});
    }

    static void adjust(const HubProcess& hub, int units)
    {
        CPPUNIT_ASSERT_EQUAL(
            200, post(hub, "/api/v1/stock/adjust",
                      R"({"sku": "LEG-S", "delta_on_hand": )" + std::to_string(units) + "}")
                     .status);
    }

    /// The first hub knows both shops and has told them.
    void open()
    {
        const HubProcess& hub = *hubs.front();
        CPPUNIT_ASSERT_EQUAL(
            201,
            post(
                hub, "/admin/skus",
                R"({"product_title": "Leggings", "category": "leggings", "sku_code": "LEG-S", "size": "S", "color": "BK", "price_cents": 6500, "cost_cents": 2000, "qty_on_hand": 1000, "reorder_level": 1})")
                .status);
        for (const char* channel : {"shopify", "corner"})
            post(hub, "/api/v1/channels/" + std::string(channel) + "/sync");
        eventually("the listings are matched",
                   [this] { return database->count("listing", "variant_id IS NOT NULL") == 2; });
        settle();
    }

    void settle()
    {
        eventually("nothing is left to do", [this] {
            return database->count("inbox_message", "state = 1") == 0 &&
                   database->count("task", "state IN (1, 2)") == 0;
        });
    }

    std::int64_t corner() const
    {
        std::stringstream text;
        text << std::ifstream(directory / "corner.json").rdbuf();
        const auto document = JsonDocument::parse(text.str());
        return document ? document->root()["stock"]["LEG-S"].integerOr("quantity", -1) : -1;
    }

    bool allShow(std::int64_t quantity)
    {
        return shop->available("LEG-S") == quantity && corner() == quantity;
    }

    std::int64_t owner(const std::string& channel)
    {
        return database->number("SELECT l.owner FROM lane l JOIN channel c ON c.id = l.channel_id "
                                "WHERE c.name = '" +
                                channel + "'");
    }

    void hubsThatStartAtOnceMigrateOnce()
    {
        prepare(TestDatabase::Content::Empty);
        for (int i = 0; i < 3; ++i)
            add();
        std::vector<std::thread> starts;
        std::atomic<int> started = 0;
        for (const auto& hub : hubs)
            starts.emplace_back([&] { started += hub->tryStart() ? 1 : 0; });
        for (std::thread& start : starts)
            start.join();

        CPPUNIT_ASSERT_EQUAL(3, started.load());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, database->count("channel"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, database->count("node"));
        CPPUNIT_ASSERT_EQUAL(database->number("SELECT MAX(version) FROM schema_migration"),
                             database->count("schema_migration"));
    }

    /// Every delivery goes to every hub, while one of them is killed and comes back.
    void whatAllOfThemAreToldHappensOnce()
    {
        prepare();
        for (int i = 0; i < 3; ++i)
            add().start();
        open();
        constexpr int orders = 60;
        std::vector<standin::Delivery> deliveries;
        shop->with([&](standin::Shop& real) {
            for (int i = 0; i < orders; ++i)
                real.place({{"LEG-S", 1}});
            deliveries.assign(real.waiting.begin(), real.waiting.end());
            real.waiting.clear();
            return 0;
        });

        std::vector<std::thread> senders;
        for (const auto& hub : hubs)
            senders.emplace_back([&] { sendAll(*hub, deliveries); });
        eventually("some came in",
                   [this] { return database->count("inbox_message") > orders / 4; });
        hubs.back()->kill();
        for (std::thread& sender : senders)
            sender.join();
        hubs.back()->start();
        settle();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{orders}, database->count("sales_order"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{orders},
                             database->number("SELECT reserved FROM stock_level"));
        CPPUNIT_ASSERT(allShow(opening - orders));
        assertVerified(*database, hubs.front()->config(), "three hubs, each told everything");
    }

    void sendAll(const HubProcess& hub, const std::vector<standin::Delivery>& deliveries)
    {
        try {
            HttpClient client(hub.port());
            for (const standin::Delivery& delivery : deliveries)
                client.post("/webhooks/shopify", delivery.body, shop->headers(delivery));
        } catch (const std::exception&) {
            return; // it was killed; the others have been told as well
        }
    }

    /// Two hubs that both pushed would spend the points of the shop twice as fast as it gives them.
    void aChannelHasOneLaneThatKeepsItsRate()
    {
        prepare(TestDatabase::Content::Migrated, 1000, 100);
        add().start();
        open();
        add().start();
        const std::int64_t first = owner("shopify");
        const std::size_t before = shop->calls("inventorySetQuantities").size();
        shop->setPoints(100); // as if they had been spent

        for (int i = 0; i < 20; ++i) {
            adjust(*hubs[0], -1);
            adjust(*hubs[1], -1);
            const std::int64_t left = opening - 2 * (i + 1);
            eventually("both shops are told", [&] { return allShow(left); });
        }
        settle();

        CPPUNIT_ASSERT(shop->calls("inventorySetQuantities").size() >= before + 20);
        CPPUNIT_ASSERT_EQUAL(first, owner("shopify"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, database->count("lane", "fence = 1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, database->count("channel", "last_error = ''"));
        assertVerified(*database, hubs.front()->config(), "two hubs that push");
    }

    void aSecretThatIsSetAtOneHoldsAtAllOfThem()
    {
        prepare();
        for (int i = 0; i < 2; ++i)
            add().start();
        const HubProcess& here = *hubs.front();
        const HubProcess& there = *hubs.back();
        int number = 100;
        const auto delivered = [&](const std::string& key) {
            const std::string body = SandboxOrder{.number = ++number}.text();
            return HttpClient(there.port())
                .post("/webhooks/corner/orders-create", body,
                      {{"Content-Type", "application/json"},
                       {"X-Sandbox-Signature", signature(body, key)},
                       {"X-Sandbox-Id", "m" + std::to_string(number)}})
                .status;
        };
        CPPUNIT_ASSERT_EQUAL(401, delivered("rotated"));

        const std::string secrets = "/api/v1/channels/corner/secrets";
        const Reply made = post(here, secrets, R"({"name": "webhook_secret", "value": "rotated"})");

        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 201, made.status);
        eventually("the other takes it", [&] { return delivered("rotated") == 200; });
        CPPUNIT_ASSERT_EQUAL(200, delivered(RunningHub::secret));
        const auto revoke = [&](const std::string& what) {
            return HttpClient(here.port())
                .request("DELETE", secrets + "/" + what, "", {{"X-Api-Key", RunningHub::key}})
                .status;
        };
        CPPUNIT_ASSERT_EQUAL(204, revoke("webhook_secret/configured"));
        eventually("the other refuses it", [&] { return delivered(RunningHub::secret) == 401; });
        CPPUNIT_ASSERT_EQUAL(204, revoke(memberOf(made, "id")));
        eventually("the other is closed", [&] { return delivered("rotated") == 503; });
    }

    void aKilledHubsLanesMoveWithinTenSeconds()
    {
        prepare();
        add().start();
        open();
        add().start();
        const std::int64_t first = owner("shopify");

        hubs[0]->kill();
        adjust(*hubs[1], -7);
        eventually("the other hub tells the shops", [this] { return allShow(opening - 7); });
        settle();

        CPPUNIT_ASSERT(owner("shopify") != first);
        CPPUNIT_ASSERT_EQUAL(owner("shopify"), owner("corner"));
        assertVerified(*database, hubs[1]->config(), "after one of two was killed");
    }

    void aHubThatWakesUpIsFencedOffAndWhatItSentIsSentAnew()
    {
        prepare();
        add().start();
        open();
        add().start();
        const std::int64_t first = owner("shopify");
        const std::size_t calls = shop->calls("inventorySetQuantities").size();
        shop->fail(standin::Fault::Hang, 1, "inventorySetQuantities"); // done there, never answered
        adjust(*hubs[1], -5);
        eventually("the first hub is telling the shop",
                   [&] { return shop->calls("inventorySetQuantities").size() == calls + 1; });

        hubs[0]->signal(SIGSTOP); // in the middle of its call
        adjust(*hubs[1], -6);
        untilTheLaneIsFree(first);
        eventually("the second hub tells the shop", [this] { return allShow(opening - 11); });
        const std::int64_t second = owner("shopify");
        hubs[0]->signal(SIGCONT);
        eventually("the first hub is awake", [this] { return isReady(*hubs[0]); });
        adjust(*hubs[0], -1);
        eventually("the shops hear what it took in", [this] { return allShow(opening - 12); });
        settle();

        CPPUNIT_ASSERT_EQUAL(second, owner("shopify"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{2},
            database->count("listing", "pushed = " + std::to_string(opening - 12)));
        assertVerified(*database, hubs[1]->config(), "after one of two had slept");
    }

    void theServerEndsTheTransactionOfAHubThatHangs()
    {
        database.emplace();

        CPPUNIT_ASSERT_EQUAL(std::string("10s"),
                             database->text("SHOW idle_in_transaction_session_timeout"));
    }

    /// The first hub's lease must run out: longer than eventually() waits.
    void untilTheLaneIsFree(std::int64_t first)
    {
        const auto limit = std::chrono::steady_clock::now() + 40s;
        while (owner("shopify") == first && std::chrono::steady_clock::now() < limit) {
        }
        CPPUNIT_ASSERT(owner("shopify") != first);
    }

    static bool isReady(const HubProcess& hub)
    {
        try {
            return HttpClient(hub.port()).get("/health/ready").status == 200;
        } catch (const std::exception&) {
            return false;
        }
    }
};

SPOKEHUB_TEST_ON_POSTGRES(SeveralHubsFlowTest);
