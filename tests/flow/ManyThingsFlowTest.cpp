// What changes or tells many things at once: bulk forms, dry runs, tables that come in and go out.
#include "support/Engines.h"
#include "support/SandboxOrders.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class ManyThingsFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ManyThingsFlowTest);
    CPPUNIT_TEST(aListIsExportedWholeHoweverLongItIs);
    CPPUNIT_TEST(anEmptyListHasItsColumns);
    CPPUNIT_TEST(stockIsChangedInBulkEachRowByItself);
    CPPUNIT_TEST(listingsAreMadeInBulk);
    CPPUNIT_TEST(ordersAreHeldReleasedApprovedAndCancelledInBulk);
    CPPUNIT_TEST(whatIsOnlyTriedIsToldToNoChannel);
    CPPUNIT_TEST(tablesMakeAndChangeThingsOnce);
    CPPUNIT_TEST(aTableThatIsWrongChangesNothingAndNamesEachCell);
    CPPUNIT_TEST(movementsOfAllSkusAreListed);
    CPPUNIT_TEST(listsFollowWhatChanged);
    CPPUNIT_TEST_SUITE_END();

    std::optional<RunningHub> hub;

public:
    void setUp() override
    {
        hub.emplace("channels:\n"
                    "  - name: corner\n"
                    "    spoke: sandbox\n"
                    "    settings: { shop: " +
                    freshShop() +
                    ", catalog: [\"LEG-S=4\"] }\n"
                    "    secrets: { webhook_secret: \"env:SECRET\" }\n"
                    "    orders_since: \"2026-01-01T00:00:00Z\"\n");
    }

    void tearDown() override { hub.reset(); }

    JsonDocument good(const std::string& target, const std::string& body)
    {
        const Reply reply = hub->send("POST", target, body);
        CPPUNIT_ASSERT_MESSAGE(target + ": " + reply.body,
                               reply.status >= 200 && reply.status < 300);
        return jsonOf(reply);
    }

    Reply table(const std::string& target, const std::string& text)
    {
        return HttpClient(hub->port())
            .request("POST", "/api/v1/import/" + target, text,
                     {{"X-Api-Key", RunningHub::key}, {"Content-Type", "text/csv"}});
    }

    /// "made changed unchanged refused"
    static std::string told(const Reply& reply)
    {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 200, reply.status);
        const auto answer = jsonOf(reply);
        std::string text;
        for (const char* name : {"made", "changed", "unchanged", "refused"})
            text += (text.empty() ? "" : " ") + std::to_string(answer.root().integerOr(name, -1));
        return text;
    }

    Reply csv(const std::string& target)
    {
        return HttpClient(hub->port())
            .get("/api/v1" + target, {{"X-Api-Key", RunningHub::key}, {"Accept", "text/csv"}});
    }

    void variants(int from, int to)
    {
        std::string rows;
        for (int i = from; i < to; ++i)
            rows += (rows.empty() ? "" : ",") + std::string(R"({"sku": "S)") + std::to_string(i) +
                    "\"}";
        good("/variants/bulk", "{\"rows\": [" + rows + "]}");
    }

    void aListIsExportedWholeHoweverLongItIs()
    {
        variants(0, 900);
        variants(900, 1201);

        const Reply whole = csv("/variants");
        const Reply page = csv("/variants?limit=2");

        CPPUNIT_ASSERT_EQUAL_MESSAGE(whole.body.substr(0, 200), 200, whole.status);
        CPPUNIT_ASSERT_EQUAL(std::string("chunked"), whole.header("Transfer-Encoding"));
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1202}, std::ranges::count(whole.body, '\n'));
        CPPUNIT_ASSERT(whole.body.starts_with("id,sku,identity_id,title,"));
        CPPUNIT_ASSERT(whole.body.find(",S1200,") != std::string::npos);
        CPPUNIT_ASSERT(whole.header("X-Next-Cursor").empty());
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{3}, std::ranges::count(page.body, '\n'));
        CPPUNIT_ASSERT(!page.header("X-Next-Cursor").empty());
    }

    void anEmptyListHasItsColumns()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("id,code,title,category,created_at,updated_at\r\n"),
                             csv("/families").body);
    }

    void stockIsChangedInBulkEachRowByItself()
    {
        hub->sku("LEG-S", 10);
        good("/locations", R"({"name": "window"})");

        const auto adjusted = good("/stock/bulk/adjust", R"({"rows": [
            {"sku": "LEG-S", "delta_on_hand": -1}, {"sku": "NONE", "delta_on_hand": 1},
            {"sku": "LEG-S", "on_hand": 20}]})");
        const auto received =
            good("/stock/bulk/receive", R"({"rows": [{"sku": "LEG-S", "quantity": 5}]})");
        const auto moved = good("/stock/bulk/transfer", R"({"rows": [
            {"sku": "LEG-S", "quantity": 5, "from": "main", "to": "window"},
            {"sku": "LEG-S", "quantity": 500, "from": "main", "to": "window"}]})");

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, adjusted.root().integerOr("done"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, adjusted.root().integerOr("refused"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, received.root().integerOr("done"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, moved.root().integerOr("refused"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{25}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{5},
            hub->database().number("SELECT on_hand FROM stock_level WHERE location_id <> 1"));
    }

    void listingsAreMadeInBulk()
    {
        hub->sku("LEG-S", 10);

        const auto made = good("/listings/bulk", R"({"rows": [
            {"channel": "corner", "external_id": "a", "sku": "LEG-S"},
            {"channel": "nobody", "external_id": "b", "sku": "LEG-S"},
            {"channel": "corner", "external_id": "a", "sku": "LEG-S"}]})");

        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.root().dump(), std::int64_t{1},
                                     made.root().integerOr("done"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             hub->database().count("listing", "external_id = 'a'"));
    }

    std::string order(int number)
    {
        CPPUNIT_ASSERT_EQUAL(200, deliver(*hub, "corner", "orders-create",
                                          SandboxOrder{.number = number, .quantity = 1}.text(),
                                          "m" + std::to_string(number)));
        hub->settle();
        return std::to_string(hub->database().number("SELECT MAX(id) FROM sales_order"));
    }

    void ordersAreHeldReleasedApprovedAndCancelledInBulk()
    {
        hub->sku("LEG-S", 10);
        const std::string rows = R"({"rows": [{"id": ")" + order(1) + R"("}, {"id": ")" + order(2) +
                                 R"(", "reason": "both"}, {"id": "1"}]})";

        for (const char* what : {"hold", "release", "hold", "approve"}) {
            const auto answer = good("/orders/bulk/" + std::string(what), rows);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.root().dump(), std::int64_t{2},
                                         answer.root().integerOr("done"));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, answer.root().integerOr("refused"));
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->available("LEG-S"));
        good("/orders/bulk/cancel?dry_run=true", rows);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->available("LEG-S"));
        good("/orders/bulk/cancel", rows);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, hub->available("LEG-S"));
    }

    void whatIsOnlyTriedIsToldToNoChannel()
    {
        hub->sku("LEG-S", 10);
        hub->postJson("/api/v1/channels/corner/sync");
        eventually("the listing is there",
                   [this] { return hub->database().count("listing") == 1; });
        hub->settle();
        const auto planned = [this] {
            return hub->database().number("SELECT CAST(SUM(generation) AS BIGINT) FROM task");
        };
        const std::int64_t before = planned();

        good("/stock/bulk/adjust?dry_run=true",
             R"({"rows": [{"sku": "LEG-S", "delta_on_hand": -9}]})");
        table("stock?dry_run=true", "sku,on_hand\nLEG-S,1\n");

        CPPUNIT_ASSERT_EQUAL(before, planned());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, hub->available("LEG-S"));
    }

    void tablesMakeAndChangeThingsOnce()
    {
        const std::string families = "code,title\n00845,Beds\n00846,Lamps\n";
        CPPUNIT_ASSERT_EQUAL(std::string("2 0 0 0"), told(table("families", families)));
        CPPUNIT_ASSERT_EQUAL(std::string("0 0 2 0"), told(table("families", families)));
        CPPUNIT_ASSERT_EQUAL(
            std::string("2 0 0 0"),
            told(table("identities",
                       "family,type,component_index\n00845,product,\n00845,part,2\n")));
        const std::string variants = "title,sku,price_cents,identity\r\n"
                                     "\"Bed, white\",BED,6500,00845\r\nLamp,LEG-S,,\r\n";
        CPPUNIT_ASSERT_EQUAL(std::string("2 0 0 0"), told(table("variants", variants)));
        CPPUNIT_ASSERT_EQUAL(std::string("0 0 2 0"), told(table("variants", variants)));
        CPPUNIT_ASSERT_EQUAL(std::string("0 1 0 0"),
                             told(table("variants", "sku,price_cents\nBED,7000\n")));
        CPPUNIT_ASSERT_EQUAL(std::string("Bed, white"),
                             memberOf(hub->send("GET", "/variants/sku/BED"), "title"));
        const std::string stock = "sku,on_hand,reorder_level\nBED,12,3\nLEG-S,5,\n";
        CPPUNIT_ASSERT_EQUAL(std::string("0 2 0 0"), told(table("stock", stock)));
        CPPUNIT_ASSERT_EQUAL(std::string("0 0 2 0"), told(table("stock", stock)));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, hub->available("BED"));
        const std::string listings = "channel,external_id,sku,units_per_sale\ncorner,x,BED,2\n";
        CPPUNIT_ASSERT_EQUAL(std::string("1 0 0 0"), told(table("listings", listings)));
        CPPUNIT_ASSERT_EQUAL(std::string("0 0 1 0"), told(table("listings", listings)));
        CPPUNIT_ASSERT_EQUAL(std::string("0 1 0 0"),
                             told(table("listings", "channel,external_id,sku\ncorner,x,LEG-S\n")));
    }

    void aTableThatIsWrongChangesNothingAndNamesEachCell()
    {
        const std::string text = "sku,price_cents,condition\nA,100,N\nB,much,N\nC,1,X\nD,1\n";

        const Reply refused = table("variants", text);
        const auto tried = jsonOf(table("variants?dry_run=true", text));

        CPPUNIT_ASSERT_EQUAL(422, refused.status);
        CPPUNIT_ASSERT_MESSAGE(refused.body, refused.body.find("line 3, column price_cents") !=
                                                 refused.body.npos);
        CPPUNIT_ASSERT(refused.body.find("line 4, column condition") != refused.body.npos);
        CPPUNIT_ASSERT(refused.body.find("line 5") != refused.body.npos);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, tried.root().integerOr("refused"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("variant"));
        CPPUNIT_ASSERT_EQUAL(std::string("1 0 0 3"), told(table("variants?partial=true", text)));
        CPPUNIT_ASSERT_EQUAL(400, table("variants", "sku,wheels\nA,4\n").status);
        CPPUNIT_ASSERT_EQUAL(400, table("variants", "").status);
        CPPUNIT_ASSERT_EQUAL(415, hub->send("POST", "/import/variants", "{}").status);
    }

    void movementsOfAllSkusAreListed()
    {
        hub->sku("LEG-S", 10);
        hub->sku("SOCK", 3);

        const auto all = jsonOf(hub->send("GET", "/stock/movements"));
        const auto one =
            jsonOf(hub->send("GET", "/stock/movements?sku=SOCK&kind=receive&location=main"));

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.root()["data"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, one.root()["data"].size());
        CPPUNIT_ASSERT_EQUAL(400, hub->send("GET", "/stock/movements?kind=odd").status);
    }

    void listsFollowWhatChanged()
    {
        hub->sku("LEG-S", 10);
        order(1);
        hub->send("POST", "/families", R"({"code": "00845", "title": "Beds"})");
        for (const char* list : {"families", "variants", "stock", "orders", "tasks", "identities",
                                 "inventory", "listings"})
        {
            const std::string target = "/" + std::string(list) + "?updated_since=";
            const Reply then = hub->send("GET", target + "2020-01-01T00:00:00Z");
            const Reply later = hub->send("GET", target + "2099-01-01T00:00:00Z");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target + then.body, 200, then.status);
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, jsonOf(later).root()["data"].size());
        }
        const std::string status = hub->database().text("SELECT status FROM sales_order");
        const Reply one =
            hub->send("GET", "/orders?updated_since=2020-01-01T00:00:00Z&status=" + status);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(one.body, std::size_t{1}, jsonOf(one).root()["data"].size());
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ManyThingsFlowTest);
