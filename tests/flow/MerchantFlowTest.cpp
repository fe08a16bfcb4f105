// The addresses of the first merchant's system: its paths, fields and words.
#include "support/Engines.h"
#include "support/SandboxOrders.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class MerchantFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MerchantFlowTest);
    CPPUNIT_TEST(aSkuIsMadeOnceWithItsStock);
    CPPUNIT_TEST(stockIsAdjustedAndHeldByHand);
    CPPUNIT_TEST(neitherStockNorHoldsGoBelowZero);
    CPPUNIT_TEST(anOrderGoesItsWayInTheMerchantsWords);
    CPPUNIT_TEST(anOrderDoesNotGoBackNorBecomeWhatItCannotBe);
    CPPUNIT_TEST(ordersAreAPlainArrayNewestFirst);
    CPPUNIT_TEST_SUITE_END();

    std::optional<RunningHub> hub;

public:
    void setUp() override
    {
        hub.emplace("channels:\n"
                    "  - name: shopify\n"
                    "    spoke: sandbox\n"
                    "    settings: { shop: " +
                    freshShop() +
                    ", catalog: [\"LEG-S=0\"] }\n"
                    "    secrets: { webhook_secret: \"env:SECRET\" }\n"
                    "    orders_since: \"2026-01-01T00:00:00Z\"\n");
        hub->sku("LEG-S", 10);
    }

    void tearDown() override { hub.reset(); }

    std::string take(const SandboxOrder& order)
    {
        CPPUNIT_ASSERT_EQUAL(200, deliver(*hub, "shopify", "orders-create", order.text(),
                                          "m" + std::to_string(order.number)));
        hub->settle();
        std::string id;
        const auto orders = hub->getJson("/admin/orders");
        orders.root().each([&](Json each) {
            if (each.textOr("shopify_order_id") == std::to_string(order.number))
                id = each.textOr("id");
            return true;
        });
        CPPUNIT_ASSERT(!id.empty());
        return id;
    }

    std::string status(const std::string& id)
    {
        return std::string(hub->getJson("/admin/orders/" + id).root().textOr("status"));
    }

    int bring(const std::string& id, const std::string& to)
    {
        return hub->post("/admin/orders/" + id + "/status?status=" + to, "").status;
    }

    void aSkuIsMadeOnceWithItsStock()
    {
        const Reply made = hub->post(
            "/admin/skus",
            R"({"product_title": "Core", "category": "leggings", "sku_code": "LEG-CORE-BLK-S", "size": "S",
                "color": "Black", "price_cents": 6500, "cost_cents": 2100, "qty_on_hand": 12, "reorder_level": 3})");

        CPPUNIT_ASSERT_EQUAL(201, made.status);
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                R"({"sku_code":"LEG-CORE-BLK-S","size":"S","color":"Black","price_cents":6500,)"
                R"("qty_on_hand":12,"qty_reserved":0,"reorder_level":3})"),
            made.body);
        CPPUNIT_ASSERT_EQUAL(
            409,
            hub->post("/admin/skus", R"({"sku_code": "LEG-CORE-BLK-S", "qty_on_hand": 5})").status);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, hub->available("LEG-CORE-BLK-S"));
        CPPUNIT_ASSERT_EQUAL(400, hub->post("/admin/skus", R"({"qty_on_hand": -1})").status);
    }

    void stockIsAdjustedAndHeldByHand()
    {
        const auto adjust = [this](int onHand, int reserved) {
            return hub
                ->post("/admin/inventory/adjust",
                       R"({"sku_code": "LEG-S", "delta_on_hand": )" + std::to_string(onHand) +
                           R"(, "delta_reserved": )" + std::to_string(reserved) + "}")
                .body;
        };
        const auto answer = [](int onHand, int reserved) {
            return R"({"ok":true,"sku_code":"LEG-S","qty_on_hand":)" + std::to_string(onHand) +
                   R"(,"qty_reserved":)" + std::to_string(reserved) + "}";
        };
        CPPUNIT_ASSERT_EQUAL(answer(10, 0), adjust(0, 0));
        CPPUNIT_ASSERT_EQUAL(answer(15, 0), adjust(5, 0));
        CPPUNIT_ASSERT_EQUAL(answer(15, 4), adjust(0, 4));
        CPPUNIT_ASSERT_EQUAL(answer(13, 1), adjust(-2, -3));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, hub->available("LEG-S"));
    }

    void neitherStockNorHoldsGoBelowZero()
    {
        take({.number = 1, .quantity = 3}); // held by an order, not by hand
        for (const char* body :
             {R"({"sku_code": "LEG-S", "delta_on_hand": -11, "delta_reserved": 0})",
              R"({"sku_code": "LEG-S", "delta_on_hand": 0, "delta_reserved": -1})"})
            CPPUNIT_ASSERT_EQUAL(400, hub->post("/admin/inventory/adjust", body).status);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(
            404, hub->post("/admin/inventory/adjust", R"({"sku_code": "NONE", "delta_on_hand": 1})")
                     .status);
    }

    void anOrderGoesItsWayInTheMerchantsWords()
    {
        const std::string order = take({.number = 1, .quantity = 2});
        CPPUNIT_ASSERT_EQUAL(std::string("IMPORTED"), status(order));

        for (const char* next : {"PAID", "PICKED", "SHIPPED", "DELIVERED", "RETURNED"}) {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(next, 200, bring(order, next));
            CPPUNIT_ASSERT_EQUAL(std::string(next), status(order));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(next, 200, bring(order, next)); // twice is once
        }
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("shipment"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             hub->database().count("task", "kind = 2 AND state = 3"));
        const std::string cancelled = take({.number = 2, .payment = "paid"});
        CPPUNIT_ASSERT_EQUAL(std::string("PAID"), status(cancelled));
        CPPUNIT_ASSERT_EQUAL(200, bring(cancelled, "CANCELLED"));
        CPPUNIT_ASSERT_EQUAL(std::string("CANCELLED"), status(cancelled));
    }

    void anOrderDoesNotGoBackNorBecomeWhatItCannotBe()
    {
        const std::string order = take({.number = 1});
        CPPUNIT_ASSERT_EQUAL(200, bring(order, "IMPORTED"));
        CPPUNIT_ASSERT_EQUAL(409, bring(order, "DELIVERED")); // nothing has left
        CPPUNIT_ASSERT_EQUAL(409, bring(order, "RETURNED"));
        CPPUNIT_ASSERT_EQUAL(200, bring(order, "SHIPPED"));
        CPPUNIT_ASSERT_EQUAL(409, bring(order, "PICKED"));
        CPPUNIT_ASSERT_EQUAL(409, bring(order, "IMPORTED"));
        CPPUNIT_ASSERT_EQUAL(409, bring(order, "CANCELLED"));
        CPPUNIT_ASSERT_EQUAL(400, bring(order, "LOST"));
        CPPUNIT_ASSERT_EQUAL(400, bring(order, ""));
        CPPUNIT_ASSERT_EQUAL(404, bring("ord_0000000000001", "PAID"));
        CPPUNIT_ASSERT_EQUAL(std::string("SHIPPED"), status(order));
    }

    void ordersAreAPlainArrayNewestFirst()
    {
        take({.number = 1, .placedAt = "2026-11-20T10:01:00Z"});
        take({.number = 3, .payment = "paid", .placedAt = "2026-11-20T10:03:00Z"});
        const std::string second = take({.number = 2, .placedAt = "2026-11-20T10:02:00Z"});
        const auto numbers = [this](const std::string& query) {
            std::string text;
            const auto orders = hub->getJson("/admin/orders" + query);
            orders.root().each([&](Json order) {
                text += std::string(order.textOr("shopify_order_id")) + " ";
                return true;
            });
            return text;
        };

        CPPUNIT_ASSERT_EQUAL(std::string("3 2 1 "), numbers(""));
        CPPUNIT_ASSERT_EQUAL(std::string("3 "), numbers("?status=PAID"));
        CPPUNIT_ASSERT_EQUAL(std::string("2 1 "), numbers("?status=IMPORTED"));
        CPPUNIT_ASSERT_EQUAL(std::string(), numbers("?status=SHIPPED"));
        const auto order = hub->getJson("/admin/orders/" + second);
        order.root()["items"].each([](Json item) {
            CPPUNIT_ASSERT_EQUAL(
                std::string(
                    R"({"sku_code":"LEG-S","title":"Leggings","qty":1,"unit_price_cents":6500,"line_total_cents":6500})"),
                item.dump());
            return true;
        });
        CPPUNIT_ASSERT_EQUAL(std::string_view("2026-11-20T10:02:00Z"),
                             order.root().textOr("placed_at"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(MerchantFlowTest);
