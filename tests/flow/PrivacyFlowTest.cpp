// Customers over HTTP: who they are, all that is kept of them, and Shopify's mandatory webhooks.
#include "support/Engines.h"
#include "support/Paths.h"
#include "support/RunningHub.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace spokehub;
using namespace spokehub::test;

class PrivacyFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PrivacyFlowTest);
    CPPUNIT_TEST(customersAreListedShownAndTheirOrdersToo);
    CPPUNIT_TEST(aCustomerIsExportedAndErased);
    CPPUNIT_TEST(aDataRequestIsShownAnsweredAndClosed);
    CPPUNIT_TEST(aRedactErasesWithoutAnybodyAsking);
    CPPUNIT_TEST(aShopThatLeftIsErased);
    CPPUNIT_TEST_SUITE_END();

    std::optional<RunningHub> hub;

    static std::string fixture(const std::string& name)
    {
        std::ifstream file(std::filesystem::path(sourceDir) / "plugins/shopify/fixtures" /
                           (name + ".in.json"));
        std::ostringstream text;
        text << file.rdbuf();
        const auto document = JsonDocument::parse(text.str());
        CPPUNIT_ASSERT_MESSAGE(name, document.has_value());
        return document->root()["body"].dump();
    }
    void deliver(const std::string& topic, const std::string& body, const std::string& id)
    {
        HttpClient client(hub->port());
        const Reply reply = client.post("/webhooks/shopify", body, shopifyHeaders(body, topic, id));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 200, reply.status);
        eventually("the message is done", [&] {
            return hub->database().count("inbox_message",
                                         "message_id = '" + id + "' AND state = 2") == 1;
        });
    }
    void ordered() { deliver("orders/create", fixture("orders-create"), "m1"); }
    static std::string wish(const std::string& orders)
    {
        return R"({"shop_id": 1, "shop_domain": "leggings.myshopify.com", "customer": {"id": 8800000000001, )"
               R"("email": "jon@example.com", "phone": null}, ")" +
               orders + R"(": [9007199254740993001], "data_request": {"id": 9999}})";
    }
    std::string first(const std::string& target)
    {
        std::string id;
        const auto list = hub->getJson(target);
        list.root()["data"].each([&](Json row) {
            id = row.textOr("id");
            return false;
        });
        CPPUNIT_ASSERT_MESSAGE(target, !id.empty());
        return id;
    }
    /// In everything that the hub shows: nothing of him.
    void assertGone()
    {
        for (const char* target :
             {"/api/v1/customers", "/api/v1/orders", "/api/v1/inbox", "/api/v1/privacy/requests",
              "/api/v1/audit", "/api/v1/tasks", "/api/v1/exceptions"})
        {
            const std::string body = hub->get(target).body;
            for (const char* word : {"jon@", "Smith", "Main Street", "8800000000001"})
                CPPUNIT_ASSERT_MESSAGE(target + std::string(": ") + body,
                                       body.find(word) == std::string::npos);
        }
        const std::string order = first("/api/v1/orders");
        for (const char* part : {"", "/facts", "/timeline", "/shipments"}) {
            const std::string body = hub->get("/api/v1/orders/" + order + part).body;
            for (const char* word : {"jon@", "Smith", "Main Street", "Louisville", "+1502"})
                CPPUNIT_ASSERT_MESSAGE(body, body.find(word) == std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("inbox_body"));
    }

public:
    void setUp() override
    {
        hub.emplace(
            "channels:\n"
            "  - name: shopify\n"
            "    spoke: shopify\n"
            "    isolation: none\n"
            "    settings: { shop: leggings.myshopify.com, base_url: \"http://127.0.0.1:1\", "
            "location: \"1\" }\n"
            "    secrets: { access_token: \"env:TOKEN\", webhook_secret: [\"env:SECRET\"] }\n"
            "    pull: { orders: off, listings: off, levels: off }\n");
    }
    void tearDown() override { hub.reset(); }

    void customersAreListedShownAndTheirOrdersToo()
    {
        ordered();

        const std::string id = first("/api/v1/customers?email=JON@example.com&channel=shopify");
        const auto shown = hub->getJson("/api/v1/customers/" + id);
        CPPUNIT_ASSERT_EQUAL(std::string("8800000000001"),
                             std::string(shown.root().textOr("external_id")));
        CPPUNIT_ASSERT_EQUAL(std::string("Jón Smith"), std::string(shown.root().textOr("name")));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, shown.root().integerOr("orders"));
        const auto orders = hub->getJson("/api/v1/customers/" + id + "/orders");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, orders.root()["data"].size());
        orders.root()["data"].each([&](Json order) {
            CPPUNIT_ASSERT_EQUAL(id, std::string(order.textOr("customer_id")));
            return true;
        });
        for (const char* wrong : {"channel=nowhere", "updated_since=soon", "erased=maybe"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                wrong, 400, hub->get("/api/v1/customers?" + std::string(wrong)).status);
        for (const char* rest : {"", "/orders", "/export"})
            CPPUNIT_ASSERT_EQUAL(
                404, hub->get("/api/v1/customers/cus_0000000000001" + std::string(rest)).status);
        CPPUNIT_ASSERT_EQUAL(404, hub->post("/api/v1/customers/cus_0000000000001/erase").status);
    }

    void aCustomerIsExportedAndErased()
    {
        ordered();
        const std::string path = "/api/v1/customers/" + first("/api/v1/customers");
        const auto all = hub->getJson(path + "/export");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.root()["orders"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.root()["messages"].size());
        CPPUNIT_ASSERT(all.root().dump().find("1 Main Street") != std::string::npos);

        const auto erased = hub->postJson(path + "/erase");
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"customers":1,"orders":1,"messages":1})"),
                             erased.root()["erased"].dump());
        assertGone();
        CPPUNIT_ASSERT_EQUAL(409, hub->post(path + "/erase").status);
        const auto shown = hub->getJson(path);
        CPPUNIT_ASSERT(!shown.root().textOr("erased_at").empty());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, shown.root().integerOr("orders"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            hub->database().count(
                "audit_entry", "action = 'privacy.manage' AND difference LIKE '%\"orders\":1%'"));

        deliver("orders/paid", fixture("orders-paid"), "m2"); // of the same order, and late
        assertGone();
    }

    void aDataRequestIsShownAnsweredAndClosed()
    {
        ordered();
        deliver("customers/data_request", wish("orders_requested"), "m2");

        const std::string id = first("/api/v1/privacy/requests?open=true&kind=export");
        const std::string path = "/api/v1/privacy/requests/" + id;
        CPPUNIT_ASSERT_EQUAL(std::string("9999"),
                             std::string(hub->getJson(path).root().textOr("external_id")));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1},
                             hub->getJson(path + "/export").root()["orders"].size());
        CPPUNIT_ASSERT_EQUAL(
            std::string("key:admin"),
            std::string(hub->postJson(path + "/close").root().textOr("closed_by")));
        CPPUNIT_ASSERT_EQUAL(409, hub->post(path + "/close").status);
        CPPUNIT_ASSERT_EQUAL(404, hub->get(path + "/export").status);
        CPPUNIT_ASSERT_EQUAL(404, hub->get("/api/v1/privacy/requests/prv_0000000000001").status);
        CPPUNIT_ASSERT_EQUAL(404,
                             hub->get("/api/v1/privacy/requests/prv_0000000000001/export").status);
        CPPUNIT_ASSERT_EQUAL(404,
                             hub->post("/api/v1/privacy/requests/prv_0000000000001/close").status);
        CPPUNIT_ASSERT_EQUAL(400, hub->get("/api/v1/privacy/requests?kind=other").status);
    }

    void aRedactErasesWithoutAnybodyAsking()
    {
        ordered();
        deliver("customers/redact", wish("orders_to_redact"), "m2");
        eventually("the request is carried out", [&] {
            return hub->database().count("privacy_request", "closed_at IS NOT NULL") == 1;
        });

        assertGone();
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            hub->database().count("audit_entry", "actor = 'channel:shopify' AND via = 'webhook'"));
    }

    void aShopThatLeftIsErased()
    {
        ordered();
        deliver("shop/redact", R"({"shop_id": 1, "shop_domain": "leggings.myshopify.com"})", "m2");
        eventually("the request is carried out", [&] {
            return hub->database().count("privacy_request", "closed_at IS NOT NULL") == 1;
        });

        assertGone();
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(PrivacyFlowTest);
