// The main path with a real hub: a signed Shopify order in, the new quantity out.
#include "support/Engines.h"
#include "support/RunningHub.h"

#include "standin/ShopifyStandIn.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

using namespace spokehub;
using namespace spokehub::test;
using spokehub::standin::Fault;
using spokehub::standin::Sequence;
using spokehub::standin::ShopifyStandIn;

class ShopifyFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ShopifyFlowTest);
    CPPUNIT_TEST(aSignedOrderMovesStockAndEveryChannelHears);
    CPPUNIT_TEST(whatIsNotGenuineIsRefusedAlikeAndNotStored);
    CPPUNIT_TEST(theSameEventHasOneEffectHoweverItComes);
    CPPUNIT_TEST(whatCannotBeUnderstoodStaysFailedAndIsReplayed);
    CPPUNIT_TEST(cancelledBeforeCreatedHoldsNothing);
    CPPUNIT_TEST(aCancelReleasesOnceAndARefundDoesNotRestock);
    CPPUNIT_TEST(anUnknownSkuHoldsItsLineUntilItIsKnown);
    CPPUNIT_TEST(aChannelThatIsDownDelaysNobodyAndHearsTheLastNumber);
    CPPUNIT_TEST(aLineThatBreaksAnywhereCostsNothing);
    CPPUNIT_TEST(aShipmentIsToldToTheChannelAndCountsOnce);
    CPPUNIT_TEST(aRacingCrowdGetsExactlyTheStock);
    CPPUNIT_TEST(anOrderThatWasNeverToldIsPulled);
    CPPUNIT_TEST(shuffledAndDoubledWebhooksLeaveTheSameState);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<ShopifyStandIn> shop;
    std::optional<RunningHub> hub;

    void setUp() override
    {
        shop.emplace(standin::StandInOptions{.secret = RunningHub::secret, .allowHttp = true});
        shop->with([](standin::Shop& real) {
            real.addVariant("LEG-S", 10);
            real.addVariant("LEG-M", 5);
            return 0;
        });
        hub.emplace(channels());
        hub->sku("LEG-S", 10);
        hub->sku("LEG-M", 5);
        for (const char* channel : {"shopify", "corner"})
            hub->postJson("/api/v1/channels/" + std::string(channel) + "/sync");
        eventually("the listings are matched", [this] {
            return hub->database().count("listing", "variant_id IS NOT NULL") == 4;
        });
        hub->settle();
    }

    void tearDown() override
    {
        hub.reset();
        shop.reset();
    }

    std::string channels()
    {
        const auto location = shop->with(
            [](standin::Shop& real) { return std::to_string(real.locations.front().id); });
        return "channels:\n"
               "  - name: shopify\n"
               "    spoke: shopify\n"
               "    isolation: " +
               isolation() +
               "\n"
               "    settings: { shop: leggings.myshopify.com, base_url: \"" +
               shop->url() + "\", location: \"gid://shopify/Location/" + location +
               "\" }\n"
               "    secrets: { access_token: \"env:TOKEN\", webhook_secret: [\"env:SECRET\"] }\n"
               "    pull: { orders: off, listings: 1h, levels: off }\n"
               "  - name: corner\n"
               "    spoke: sandbox\n"
               "    settings: { shop: " +
               name() + ", catalog: [\"LEG-S=0\", \"LEG-M=0\"], file: \"" + file() +
               "\" }\n"
               "    secrets: { webhook_secret: \"env:SECRET\" }\n";
    }

    virtual std::string isolation() const { return "none"; }
    std::string name() const { return "corner-" + std::to_string(shop->port()); }
    std::string file() const
    {
        return (std::filesystem::temp_directory_path() / (name() + ".json")).string();
    }

    /// What the corner shop shows of a SKU; -1: nothing yet.
    std::int64_t corner(const std::string& sku)
    {
        std::ifstream in(file());
        std::stringstream text;
        text << in.rdbuf();
        const auto document = JsonDocument::parse(text.str());
        return document ? document->root()["stock"][sku].integerOr("quantity", -1) : -1;
    }

    void deliver(Sequence sequence = Sequence::AsCaused)
    {
        for (const int status : shop->deliver(hub->address() + "/webhooks/shopify", sequence))
            CPPUNIT_ASSERT_EQUAL(200, status);
    }

    std::string firstOrder(const std::string& filter = "")
    {
        std::string order;
        const auto orders = hub->getJson("/api/v1/orders" + filter);
        orders.root()["data"].each([&](Json each) {
            order = each.textOr("id");
            return false;
        });
        return order;
    }

    void aSignedOrderMovesStockAndEveryChannelHears()
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, corner("LEG-S"));

        shop->with([](standin::Shop& real) {
            real.place({{"LEG-S", 2}, {"LEG-M", 1}});
            return 0;
        });
        deliver();

        eventually("the corner shop hears",
                   [this] { return corner("LEG-S") == 8 && corner("LEG-M") == 4; });
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, shop->available("LEG-S"));
        const auto orders = hub->getJson("/api/v1/orders");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, orders.root()["data"].size());
    }

    void whatIsNotGenuineIsRefusedAlikeAndNotStored()
    {
        const std::string body = R"({"id": 1})";
        HttpClient client(hub->port());
        std::vector<Reply> refused;
        refused.push_back(client.post("/webhooks/shopify", body,
                                      shopifyHeaders(body + " ", "orders/create", "a")));
        refused.push_back(client.post("/webhooks/shopify", body));
        refused.push_back(
            client.post("/webhooks/shopify", body,
                        shopifyHeaders(body, "orders/create", "b", "other.myshopify.com")));
        refused.push_back(
            client.post("/webhooks/nobody", body, shopifyHeaders(body, "orders/create", "c")));
        refused.push_back(client.post("/t/nobody/webhooks/shopify", body,
                                      shopifyHeaders(body, "orders/create", "d")));
        auto doubled = shopifyHeaders(body, "orders/create", "e");
        doubled.push_back(doubled[1]);
        refused.push_back(client.post("/webhooks/shopify", body, doubled));

        for (const Reply& reply : refused)
            CPPUNIT_ASSERT_EQUAL(401, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("inbox_message"));
        CPPUNIT_ASSERT_EQUAL(400, client
                                      .post("/webhooks/shopify/orders-paid", body,
                                            shopifyHeaders(body, "orders/create", "f"))
                                      .status);
    }

    void theSameEventHasOneEffectHoweverItComes()
    {
        const std::string order = shop->with([](standin::Shop& real) {
            const auto& placed = real.place({{"LEG-S", 2}});
            real.waiting.clear();
            return real.restOrder(placed).dump();
        });
        std::vector<std::thread> crowd;
        std::atomic<int> good = 0;
        for (int i = 0; i < 8; ++i)
            crowd.emplace_back([&, i] { // twice under each of four delivery ids
                HttpClient client(hub->port());
                good +=
                    client
                        .post("/webhooks/shopify/orders/create", order,
                              shopifyHeaders(order, "orders/create", "id-" + std::to_string(i % 4)))
                        .status == 200;
            });
        for (std::thread& each : crowd)
            each.join();
        hub->restart();
        HttpClient client(hub->port());
        CPPUNIT_ASSERT_EQUAL(200, client
                                      .post("/webhooks/shopify/orders-create", order,
                                            shopifyHeaders(order, "orders/create", "id-0"))
                                      .status);
        hub->settle();

        CPPUNIT_ASSERT_EQUAL(8, good.load());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, hub->database().count("inbox_message"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("sales_order"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->available("LEG-S"));
    }

    void whatCannotBeUnderstoodStaysFailedAndIsReplayed()
    {
        const std::vector<std::string> bodies = {
            "not json",
            std::string("{\"id\":1,\"a\":\"\0\"}", 16),
            "{\"id\":1,\"note\":\"\xff\xfe\"}",
            R"({"id": "x", "line_items": []})",
            R"({"id": 820982911946154508, "updated_at": "2026-11-20T10:15:30-05:00", "currency": "USD", "total_price": "12.345", "line_items": []})",
            R"({"id": 5, "currency": "USD", "updated_at": "2026-11-20T10:15:30-05:00", "line_items": [{"id": 6, "quantity": -1, "sku": "LEG-S", "price": "1.00"}]})",
            R"({"id": 7, "currency": "USD", "updated_at": "2026-11-20T10:15:30-05:00"})"};
        HttpClient client(hub->port());
        for (std::size_t i = 0; i < bodies.size(); ++i)
            CPPUNIT_ASSERT_EQUAL(200, client
                                          .post("/webhooks/shopify", bodies[i],
                                                shopifyHeaders(bodies[i], "orders/create",
                                                               "bad-" + std::to_string(i)))
                                          .status);
        hub->settle();

        CPPUNIT_ASSERT_EQUAL(static_cast<std::int64_t>(bodies.size()),
                             hub->database().count("inbox_message", "state = 3 AND reason <> ''"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("sales_order"));
        const auto failed = hub->getJson("/api/v1/inbox?state=failed");
        CPPUNIT_ASSERT_EQUAL(bodies.size(), failed.root()["data"].size());
        std::string id;
        failed.root()["data"].each([&](Json message) {
            id = message.textOr("id");
            return false;
        });
        hub->postJson("/api/v1/inbox/" + id + "/replay");
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(static_cast<std::int64_t>(bodies.size()),
                             hub->database().count("inbox_message", "state = 3"));

        shop->with([](standin::Shop& real) {
            real.place({{"LEG-M", 1}});
            return 0;
        }); // everything else goes on
        deliver();
        eventually("a good order is applied", [this] { return hub->available("LEG-M") == 4; });
    }

    void cancelledBeforeCreatedHoldsNothing()
    {
        shop->with([](standin::Shop& real) {
            auto& order = real.place({{"LEG-S", 3}});
            real.cancel(order, "customer");
            return 0;
        });
        deliver(Sequence::Shuffled); // newest first
        hub->settle();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             hub->database().count("sales_order", "status = 'cancelled'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("reservation"));
    }

    void aCancelReleasesOnceAndARefundDoesNotRestock()
    {
        shop->with([](standin::Shop& real) { // money back for goods that have left
            auto& order = real.place({{"LEG-S", 3}});
            real.fulfil(order, {{order.lines[0].id, 3}});
            real.refund(order, {{0, order.lines[0].id, 1, "no_restock"}}, 6500);
            return 0;
        });
        deliver(Sequence::Doubled);
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, hub->available("LEG-S"));

        shop->with([](standin::Shop& real) {
            real.place({{"LEG-M", 2}});
            return 0;
        });
        deliver();
        eventually("it is held", [this] { return hub->available("LEG-M") == 3; });
        const std::string order = firstOrder("?status=confirmed");
        for (int i = 0; i < 2; ++i)
            hub->postJson("/api/v1/orders/" + order + "/cancel", R"({"reason": "test"})");
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, hub->available("LEG-M"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("stock_movement", "kind = 4"));
    }

    void anUnknownSkuHoldsItsLineUntilItIsKnown()
    {
        shop->with([](standin::Shop& real) {
            real.addVariant("LEG-XL", 4);
            real.place({{"LEG-S", 1}, {"LEG-XL", 1}});
            return 0;
        });
        deliver();
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             hub->database().count("order_line", "variant_id IS NULL"));

        hub->sku("LEG-XL", 4);
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, hub->available("LEG-XL"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                             hub->database().count("order_line", "variant_id IS NULL"));
    }

    void aChannelThatIsDownDelaysNobodyAndHearsTheLastNumber()
    {
        shop->fail(Fault::ServerError, 5, "inventorySetQuantities");
        const auto before = shop->calls("inventorySetQuantities").size();
        for (int i = 0; i < 3; ++i)
            hub->postJson("/admin/inventory/adjust",
                          R"({"sku_code": "LEG-S", "delta_on_hand": 1, "delta_reserved": 0})");
        eventually("the other channel hears", [this] { return corner("LEG-S") == 13; });
        eventually("it hears when it is back", [this] { return shop->available("LEG-S") == 13; });
        CPPUNIT_ASSERT(shop->calls("inventorySetQuantities").size() >= before + 6);
    }

    void aLineThatBreaksAnywhereCostsNothing()
    {
        std::int64_t units = 10;
        for (const Fault fault : {Fault::Closed, Fault::Lost, Fault::Cut, Fault::Malformed}) {
            shop->fail(fault, 2, "inventorySetQuantities");
            hub->postJson("/admin/inventory/adjust",
                          R"({"sku_code": "LEG-S", "delta_on_hand": 1, "delta_reserved": 0})");
            ++units;
            eventually("the shop hears", [&] { return shop->available("LEG-S") == units; });

            shop->fail(fault, 2, "orders");
            shop->with([](standin::Shop& real) {
                real.place({{"LEG-S", 1}});
                real.waiting.clear(); // the webhook is lost
                return 0;
            });
            hub->postJson("/api/v1/channels/shopify/sync");
            --units;
            eventually("the order is read", [&] { return hub->available("LEG-S") == units; });
        }
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(units, shop->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("listing", "gap > 0"));
    }

    void aShipmentIsToldToTheChannelAndCountsOnce()
    {
        std::int64_t id = 0;
        shop->with([&](standin::Shop& real) {
            id = real.place({{"LEG-S", 2}}).id;
            return 0;
        });
        deliver();
        eventually("it is held", [this] { return hub->available("LEG-S") == 8; });
        const std::string order = firstOrder();
        hub->postJson(
            "/api/v1/orders/" + order + "/shipments",
            R"({"carrier": "UPS", "tracking_number": "1Z999", "tracking_url": "https://ups.example/1Z999"})");
        eventually("the shop knows the shipment", [&] {
            return shop->with(
                       [&](standin::Shop& real) { return real.order(id).fulfilments.size(); }) == 1;
        });
        deliver(); // the shop's own report of it
        hub->settle();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("stock_movement", "kind = 5"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             hub->database().count("sales_order", "status = 'shipped'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("reservation"));
    }

    void aRacingCrowdGetsExactlyTheStock()
    {
        std::vector<std::thread> crowd;
        std::atomic<int> granted = 0, refused = 0;
        for (int i = 0; i < 64; ++i)
            crowd.emplace_back([&] {
                const auto reply =
                    hub->post("/api/v1/stock/reserve", R"({"sku": "LEG-M", "quantity": 1})");
                granted += reply.status == 201;
                refused += reply.status == 409;
            });
        for (std::thread& each : crowd)
            each.join();

        CPPUNIT_ASSERT_EQUAL(5, granted.load());
        CPPUNIT_ASSERT_EQUAL(59, refused.load());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->available("LEG-M"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{5},
            hub->database().number("SELECT CAST(SUM(quantity) AS BIGINT) FROM reservation"));
    }

    void anOrderThatWasNeverToldIsPulled()
    {
        shop->with([](standin::Shop& real) {
            real.place({{"LEG-S", 4}});
            real.waiting.clear(); // the webhook is lost
            return 0;
        });
        hub->postJson("/api/v1/channels/shopify/sync");
        eventually("the order is pulled",
                   [this] { return hub->database().count("sales_order") == 1; });
        eventually("the corner shop hears", [this] { return corner("LEG-S") == 6; });
    }

    void shuffledAndDoubledWebhooksLeaveTheSameState()
    {
        shop->with([](standin::Shop& real) {
            auto& order = real.place({{"LEG-S", 3}, {"LEG-M", 2}}, false);
            real.pay(order);
            real.fulfil(order, {{order.lines[0].id, 1}});
            real.refund(order, {{0, order.lines[1].id, 1, "cancel"}}, 6500);
            return 0;
        });
        const auto waiting = shop->with([](standin::Shop& real) { return real.waiting; });
        deliver(Sequence::Shuffled);
        shop->with([&](standin::Shop& real) {
            real.waiting = waiting;
            return 0;
        });
        deliver(Sequence::Doubled);
        hub->settle();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("sales_order"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, hub->available("LEG-S")); // 10 - 1 shipped - 2 held
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, hub->available("LEG-M")); // 5 - 1 held
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("stock_movement", "kind = 5"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ShopifyFlowTest);

/// The same with the Shopify spoke in processes of its own.
class IsolatedShopifyFlowTest : public ShopifyFlowTest
{
    CPPUNIT_TEST_SUB_SUITE(IsolatedShopifyFlowTest, ShopifyFlowTest);
    CPPUNIT_TEST_SUITE_END();

public:
    std::string isolation() const override { return "process"; }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IsolatedShopifyFlowTest);
