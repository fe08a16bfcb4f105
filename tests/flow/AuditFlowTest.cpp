// What people do over HTTP is in the audit log, and the log shows when somebody changed it.
#include "support/Engines.h"
#include "support/SandboxOrders.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class AuditFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AuditFlowTest);
    CPPUNIT_TEST(whatPeopleDoIsInTheLogWithItsDifference);
    CPPUNIT_TEST(whatIsReadReservedOrRefusedIsNot);
    CPPUNIT_TEST(thePasswordDeskKnowsWhoAsked);
    CPPUNIT_TEST(theLogSealsItselfAndNamesWhatWasChanged);
    CPPUNIT_TEST(noSecretIsInTheLog);
    CPPUNIT_TEST_SUITE_END();

    std::optional<RunningHub> hub;

public:
    void setUp() override
    {
        hub.emplace(cornerShop("\"LEG-S=0\"") + "    orders_since: \"2026-01-01T00:00:00Z\"\n");
        hub->sku("LEG-S", 10);
    }
    void tearDown() override { hub.reset(); }

    struct Entry
    {
        std::string actor, action, via, subject, address, difference;
    };
    std::vector<Entry> entries(const std::string& query)
    {
        std::vector<Entry> all;
        const auto answer = hub->getJson("/api/v1/audit?limit=500" + query);
        answer.root()["data"].each([&](Json entry) {
            const auto text = [&](std::string_view name) {
                return std::string(entry.textOr(name));
            };
            all.push_back({text("actor"), text("action"), text("via"), text("subject"),
                           text("address"), entry["difference"].dump()});
            return true;
        });
        return all;
    }
    /// The only line of this action.
    Entry only(const std::string& action)
    {
        const auto all = entries("&action=" + action);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(action, std::size_t{1}, all.size());
        CPPUNIT_ASSERT_EQUAL(std::string("key:admin"), all[0].actor);
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), all[0].address);
        return all[0];
    }
    void shows(const std::string& action, const std::string& subject, const std::string& difference)
    {
        const Entry entry = only(action);
        CPPUNIT_ASSERT_EQUAL(subject, entry.subject);
        CPPUNIT_ASSERT_EQUAL(difference, entry.difference);
    }
    Reply send(const std::string& method, const std::string& target, const std::string& body)
    {
        HttpClient client(hub->port());
        return client.request(method, target, body,
                              {{"Authorization", std::string("Bearer ") + RunningHub::key},
                               {"Content-Type", "application/json"}});
    }
    std::string order(int number)
    {
        CPPUNIT_ASSERT_EQUAL(200, deliver(*hub, "corner", "orders-create",
                                          SandboxOrder{.number = number}.text(),
                                          "m" + std::to_string(number)));
        hub->settle();
        std::string id;
        const auto orders = hub->getJson("/api/v1/orders?limit=1");
        orders.root()["data"].each([&](Json each) {
            id = each.textOr("id");
            return false;
        });
        return id;
    }

    void whatPeopleDoIsInTheLogWithItsDifference()
    {
        hub->postJson("/api/v1/stock/limits", R"({"sku": "LEG-S", "safety_stock": 1})");
        shows("stock.limits", "LEG-S",
              R"({"location":"main","safety_stock":1,"reorder_level":null})");

        const std::string shipped = order(1);
        hub->postJson("/api/v1/orders/" + shipped + "/shipments", "{}");
        CPPUNIT_ASSERT_EQUAL(shipped, only("orders.ship").subject);
        CPPUNIT_ASSERT(only("orders.ship").difference.starts_with(R"({"shipment":"shp_)"));

        const std::string cancelled = order(2);
        hub->postJson("/api/v1/orders/" + cancelled + "/cancel", R"({"reason": "twice"})");
        shows("orders.cancel", cancelled,
              R"({"fact":"cancel","status_before":"pending","reason":"twice"})");

        hub->postJson("/api/v1/channels/corner/pause", R"({"reason": "stocktaking"})");
        shows("channels.operate", "corner",
              R"({"paused":true,"reason":"paused by key:admin: stocktaking"})");

        hub->postJson("/api/v1/tasks/retry", "{}");
        shows("tasks.retry", "", R"({"retried":0})");

        const auto made =
            hub->postJson("/api/v1/auth/keys", R"({"name": "erp", "role": "viewer"})");
        shows("keys.manage", std::string(made.root().textOr("id")),
              R"({"name":"erp","role":"viewer","expires_at":null})");
    }

    void whatIsReadReservedOrRefusedIsNot()
    {
        const auto before = hub->database().count("audit_entry");
        hub->get("/api/v1/orders");
        hub->postJson("/api/v1/stock/reserve", R"({"sku": "LEG-S", "quantity": 1})");
        CPPUNIT_ASSERT_EQUAL(404, hub->post("/api/v1/orders/ord_1/cancel").status);
        CPPUNIT_ASSERT_EQUAL(400, hub->post("/api/v1/stock/limits").status);
        HttpClient client(hub->port());
        CPPUNIT_ASSERT_EQUAL(403, client
                                      .request("POST", "/api/v1/channels/corner/pause", "{}",
                                               {{"X-Api-Key", RunningHub::keyOf("viewer")}})
                                      .status);

        CPPUNIT_ASSERT_EQUAL(before, hub->database().count("audit_entry"));
    }

    void thePasswordDeskKnowsWhoAsked()
    {
        hub->database().run("INSERT INTO user_account (tenant_id, id, username, role, created_by, "
                            "created_at, updated_at) VALUES (1, 1, 'root', 'admin', 'x', 0, 0)");
        const auto made = hub->postJson("/api/v1/auth/users",
                                        R"({"username": "bob", )"
                                        R"("role": "viewer", "password": "correct horse staple"})");
        const std::string bob(made.root().textOr("id"));
        CPPUNIT_ASSERT_EQUAL(200, send("PATCH", "/api/v1/auth/users/" + bob,
                                       R"({"role": "ops", "password": "battery horse staple"})")
                                      .status);

        const auto all = entries("&subject=" + bob);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, all.size());
        for (const Entry& entry : all)
            CPPUNIT_ASSERT_EQUAL(std::string("key:admin"), entry.actor);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"role":["viewer","ops"]})"), all[0].difference);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"password":"changed"})"), all[1].difference);
        CPPUNIT_ASSERT_EQUAL(std::string("PATCH /api/v1/auth/users/{id}"), all[0].via);
    }

    void theLogSealsItselfAndNamesWhatWasChanged()
    {
        hub->postJson("/api/v1/channels/corner/pause");
        hub->postJson("/api/v1/channels/corner/resume");
        eventually("the log is sealed",
                   [this] { return hub->database().count("audit_entry", "number IS NULL") == 0; });

        const auto verdict = hub->getJson("/api/v1/audit/verify");
        CPPUNIT_ASSERT(verdict.root().boolOr("intact"));
        const std::int64_t sealed = hub->database().count("audit_entry");
        CPPUNIT_ASSERT_EQUAL(sealed, verdict.root().integerOr("sealed"));

        hub->database().run(engine() == store::Engine::Postgres
                                ? "ALTER TABLE audit_entry DISABLE TRIGGER USER"
                                : "DROP TRIGGER audit_entry_stays");
        hub->database().run("UPDATE audit_entry SET actor = 'key:eve' WHERE number = " +
                            std::to_string(sealed));
        const auto changed = hub->getJson("/api/v1/audit/verify");
        CPPUNIT_ASSERT(!changed.root().boolOr("intact", true));
        CPPUNIT_ASSERT_EQUAL(sealed, changed.root()["first_broken"].integerOr("number"));
    }

    void noSecretIsInTheLog()
    {
        hub->database().run("INSERT INTO user_account (tenant_id, id, username, role, created_by, "
                            "created_at, updated_at) VALUES (1, 1, 'root', 'admin', 'x', 0, 0)");
        const std::string password = "canary horse staple battery";
        hub->postJson("/api/v1/auth/users",
                      R"({"username": "bob", "role": "viewer", "password": ")" + password + "\"}");
        const auto made =
            hub->postJson("/api/v1/auth/keys", R"({"name": "erp", "role": "viewer"})");
        const std::string key(made.root().textOr("key"));

        const std::string log = hub->get("/api/v1/audit?limit=500").body;
        for (const std::string& secret : {password, key, std::string("argon2")})
            CPPUNIT_ASSERT_MESSAGE(secret, log.find(secret) == std::string::npos);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(AuditFlowTest);
