// What people in a warehouse and in an office do over /api/v1.
#include "support/Engines.h"
#include "support/RunningHub.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class WarehouseFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WarehouseFlowTest);
    CPPUNIT_TEST(unitsAreReceivedAndMovedBetweenLocations);
    CPPUNIT_TEST(whatRunsLowIsListed);
    CPPUNIT_TEST(aCountIsTriedAndThenClosed);
    CPPUNIT_TEST(aUnitGoesThroughItsLife);
    CPPUNIT_TEST(manyUnitsAreReceivedEachByItself);
    CPPUNIT_TEST(anOrderIsMadeByHandOnceAndHoldsStock);
    CPPUNIT_TEST(anOrderThatStockDoesNotCoverIsRefusedUnlessToldOtherwise);
    CPPUNIT_TEST(anOrderIsApprovedAndTellsItsStory);
    CPPUNIT_TEST(aSerialIsNamedForWhatAnOrderShipped);
    CPPUNIT_TEST(stockIsSummedByLocation);
    CPPUNIT_TEST(salesAreSummedByDayAndChannel);
    CPPUNIT_TEST_SUITE_END();

    std::optional<RunningHub> hub;

public:
    void setUp() override
    {
        hub.emplace("");
        hub->sku("LEG-S", 10);
    }

    void tearDown() override { hub.reset(); }

    Reply done(int status, const std::string& target, const std::string& body = "{}")
    {
        const auto reply = hub->send("POST", target, body);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(target + ": " + reply.body, status, reply.status);
        return reply;
    }

    std::size_t rows(const std::string& target)
    {
        return jsonOf(hub->send("GET", target)).root()["data"].size();
    }

    void unitsAreReceivedAndMovedBetweenLocations()
    {
        done(201, "/locations", R"({"name": "shop", "title": "Shop"})");
        done(200, "/stock/receive", R"({"sku": "LEG-S", "quantity": 5, "reason": "4711"})");
        done(201, "/stock/transfer",
             R"({"sku": "LEG-S", "quantity": 4, "from": "main", "to": "shop"})");

        const auto levels = hub->send("GET", "/stock");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows("/stock"));
        CPPUNIT_ASSERT(levels.body.find(R"("location":"shop","on_hand":4)") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{15}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows("/locations"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("Store"),
            memberOf(hub->send("PATCH", "/locations/shop", R"({"title": "Store"})"), "title"));
        done(409, "/stock/transfer",
             R"({"sku": "LEG-S", "quantity": 40, "from": "main", "to": "shop"})");
        done(404, "/stock/transfer",
             R"({"sku": "LEG-S", "quantity": 1, "from": "main", "to": "moon"})");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{15}, hub->available("LEG-S"));
    }

    void whatRunsLowIsListed()
    {
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, rows("/stock/low"));
        done(200, "/stock/limits", R"({"sku": "LEG-S", "reorder_level": 9})");
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, rows("/stock/low"));

        done(201, "/stock/reserve", R"({"sku": "LEG-S", "quantity": 1})");

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows("/stock/low"));
    }

    void aCountIsTriedAndThenClosed()
    {
        const std::string count =
            "/counts/" + memberOf(done(201, "/counts", R"({"title": "autumn"})"), "id");
        done(200, count + "/lines", R"({"lines": [{"sku": "LEG-S", "counted": 7}]})");
        done(404, count + "/lines", R"({"lines": [{"sku": "NONE", "counted": 7}]})");

        const auto tried = done(200, count + "/close?dry_run=true");
        CPPUNIT_ASSERT(tried.body.find(R"("difference":-3)") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::string("open"), memberOf(hub->send("GET", count), "state"));

        done(200, count + "/close");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, hub->available("LEG-S"));
        done(409, count + "/close");
        const std::string other = "/counts/" + memberOf(done(201, "/counts"), "id");
        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"),
                             memberOf(done(200, other + "/cancel"), "state"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows("/counts"));
    }

    void aUnitGoesThroughItsLife()
    {
        done(201, "/locations", R"({"name": "shop"})");
        const auto made =
            done(201, "/inventory", R"({"sku": "LEG-S", "serial": "SN-1", "cost_cents": 2100})");
        const std::string item = "/inventory/" + memberOf(made, "id");

        CPPUNIT_ASSERT_EQUAL(
            std::string("RESERVED"),
            memberOf(done(200, item + "/reserve", R"({"reference": "c"})"), "status"));
        CPPUNIT_ASSERT_EQUAL(std::string("AVAILABLE"),
                             memberOf(done(200, item + "/release"), "status"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("shop"),
            memberOf(done(200, item + "/move", R"({"location": "shop"})"), "location"));
        CPPUNIT_ASSERT_EQUAL(std::string("SOLD"), memberOf(done(200, item + "/sell"), "status"));
        const std::string back = R"({"status": "RMA", "reason": "too small"})";
        CPPUNIT_ASSERT_EQUAL(std::string("RMA"),
                             memberOf(done(200, item + "/status", back), "status"));
        CPPUNIT_ASSERT_EQUAL(std::string("too small"), memberOf(hub->send("GET", item), "note"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, hub->available("LEG-S"));

        const auto summary = hub->send("GET", "/inventory/summary/" +
                                                  memberOf(hub->send("GET", item), "variant_id"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, jsonOf(summary).root()["units"].integerOr("RMA"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, rows("/inventory/value/total"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows("/inventory?sku=LEG-S&status=RMA"));
        CPPUNIT_ASSERT_EQUAL(400, hub->send("GET", "/inventory?status=LOST").status);
    }

    void manyUnitsAreReceivedEachByItself()
    {
        const auto answer =
            done(200, "/inventory/bulk",
                 R"({"rows": [{"sku": "LEG-S", "serial": "A", "cost_cents": 5},)"
                 R"({"sku": "LEG-S", "serial": "A"}, {"sku": "NO", "serial": "B"}]})");

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, jsonOf(answer).root().integerOr("done"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{11}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows("/inventory/value/total"));
    }

    static constexpr const char* order =
        R"({"lines": [{"sku": "LEG-S", "quantity": 2, "unit_price_cents": 6500}], "paid": true,)"
        R"("shipping_cents": 500, "customer": {"email": "ada@shop.example"}})";

    void anOrderIsMadeByHandOnceAndHoldsStock()
    {
        const HttpClient::Headers key{{"Idempotency-Key", "phone-17"}};
        const auto made = hub->send("POST", "/orders", order, key);
        const auto again = hub->send("POST", "/orders", order, key);

        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 201, made.status);
        CPPUNIT_ASSERT_EQUAL(made.body, again.body);
        const auto document = jsonOf(made);
        CPPUNIT_ASSERT_EQUAL(std::string_view("manual"), document.root().textOr("channel"));
        CPPUNIT_ASSERT_EQUAL(std::string_view("confirmed"), document.root().textOr("status"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{13500}, document.root().integerOr("total_cents"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows("/orders?channel=manual"));
    }

    void anOrderThatStockDoesNotCoverIsRefusedUnlessToldOtherwise()
    {
        const std::string lines = R"({"lines": [{"sku": "LEG-S", "quantity": 11}])";
        CPPUNIT_ASSERT_EQUAL(std::string("out_of_stock"),
                             memberOf(done(409, "/orders", lines + "}"), "code"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, rows("/orders"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, hub->available("LEG-S"));

        done(201, "/orders", lines + R"(, "allow_short": true})");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->available("LEG-S"));
        done(404, "/orders", R"({"lines": [{"sku": "NONE", "quantity": 1}]})");
        done(400, "/orders", R"({"lines": []})");
    }

    void anOrderIsApprovedAndTellsItsStory()
    {
        const std::string made = "/orders/" + memberOf(done(201, "/orders", order), "id");
        done(200, made + "/hold", R"({"reason": "who is she?"})");

        const auto approved = done(200, made + "/approve", R"({"reason": "a friend"})");
        CPPUNIT_ASSERT_EQUAL(std::string(), memberOf(approved, "review"));

        std::string story;
        jsonOf(hub->send("GET", made + "/timeline")).root()["data"].each([&](Json entry) {
            story += std::string(entry.textOr("what")) + " ";
            return true;
        });
        CPPUNIT_ASSERT(story.find("order ") != std::string::npos);
        CPPUNIT_ASSERT(story.find("hold release confirmed ") != std::string::npos);
        done(200, made + "/cancel");
        done(409, made + "/approve");
    }

    void aSerialIsNamedForWhatAnOrderShipped()
    {
        const auto made =
            done(201, "/inventory", R"({"sku": "LEG-S", "serial": "SN-1", "receive": false})");
        const std::string sell = "/inventory/" + memberOf(made, "id") + "/sell";
        const std::string id = memberOf(done(201, "/orders", order), "id");
        done(409, sell, "{\"order_id\": \"" + id + "\"}"); // nothing of it has left

        done(201, "/orders/" + id + "/shipments");
        const auto sold = done(200, sell, "{\"order_id\": \"" + id + "\"}");

        CPPUNIT_ASSERT_EQUAL(id, memberOf(sold, "order_id"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->available("LEG-S"));
    }

    void stockIsSummedByLocation()
    {
        done(201, "/variants", R"({"sku": "MAT", "cost_cents": 300, "on_hand": 5})");

        jsonOf(hub->send("GET", "/reports/stock-levels")).root()["data"].each([&](Json row) {
            CPPUNIT_ASSERT_EQUAL(std::string_view("main"), row.textOr("location"));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, row.integerOr("skus"));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{15}, row.integerOr("on_hand"));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{21500}, row.integerOr("cost_cents"));
            return true;
        });
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows("/reports/stock-levels"));
    }

    void salesAreSummedByDayAndChannel()
    {
        done(201, "/orders", order);
        const std::string gone = memberOf(done(201, "/orders", order), "id");
        done(200, "/orders/" + gone + "/cancel");

        const auto sales = jsonOf(hub->send("GET", "/reports/daily-sales?time_zone=Europe/Berlin"));
        std::int64_t orders = 0, cancelled = 0, total = 0;
        sales.root()["data"].each([&](Json row) {
            CPPUNIT_ASSERT_EQUAL(std::string_view("manual"), row.textOr("channel"));
            orders += row.integerOr("orders");
            cancelled += row.integerOr("cancelled");
            total += row.integerOr("total_cents");
            return true;
        });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, orders);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, cancelled);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{13500}, total);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows("/reports/order-progress"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                             rows("/reports/daily-sales?from=2026-01-01&to=2026-01-02"));
        for (const char* wrong :
             {"time_zone=Mars", "from=yesterday", "from=2026-01-02&to=2026-01-01", "to=2999-01-01",
              "from=2020-01-01"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                wrong, 400, hub->send("GET", std::string("/reports/daily-sales?") + wrong).status);
        const auto csv = hub->send("GET", "/reports/daily-sales", "", {{"Accept", "text/csv"}});
        CPPUNIT_ASSERT(csv.body.starts_with("day,channel,currency,orders,"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(WarehouseFlowTest);
