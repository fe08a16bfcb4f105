// What callers of /api/v1 rely on, with a real hub and the sandbox as its channel.
#include "support/Engines.h"
#include "support/SandboxOrders.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <set>
#include <vector>

using namespace spokehub;
using namespace spokehub::test;

class ApiFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ApiFlowTest);
    CPPUNIT_TEST(ordersAreListedNewestFirstPageByPage);
    CPPUNIT_TEST(ordersAreFilteredByWhatTheyAre);
    CPPUNIT_TEST(anOrderComesWithAllThatIsKnownOfIt);
    CPPUNIT_TEST(anOrderHeldForReviewShipsOnlyAfterItsRelease);
    CPPUNIT_TEST(aShipmentThatCannotBeIsRefusedAndChangesNothing);
    CPPUNIT_TEST(aShipmentUnderOneKeyIsMadeOnce);
    CPPUNIT_TEST(aReservationIsReleasedOrCommittedOnce);
    CPPUNIT_TEST(aRepeatedKeyReservesOnce);
    CPPUNIT_TEST(stockIsCountedChangedAndExplained);
    CPPUNIT_TEST(aBundleHasWhatItsComponentsMake);
    CPPUNIT_TEST(aListingIsMatchedMarkedAndTriedAgain);
    CPPUNIT_TEST(aFailedMessageIsShownAndReplayed);
    CPPUNIT_TEST(aRefusedWebhookIsCountedByItsReason);
    CPPUNIT_TEST(aPausedChannelHearsNothingUntilItGoesOn);
    CPPUNIT_TEST(theDoctorNamesWhatDisagreesPageByPage);
    CPPUNIT_TEST(familiesAndIdentitiesAreMadeAndFound);
    CPPUNIT_TEST(whatIsNotThereIsNotFound);
    CPPUNIT_TEST(theTableOfRoutesIsTrue);
    CPPUNIT_TEST(healthNeedsNoKey);
    CPPUNIT_TEST_SUITE_END();

    std::optional<RunningHub> hub;

public:
    void setUp() override
    {
        hub.emplace(cornerShop("\"LEG-S=0\", \"ODD=0\"") +
                    "    stock: { buffer: 1 }\n"
                    "    orders_since: \"2026-01-01T00:00:00Z\"\n"
                    "    accept_countries: [US]\n");
        hub->sku("LEG-S", 10);
        hub->postJson("/api/v1/channels/corner/sync");
        eventually("the listings are there",
                   [this] { return hub->database().count("listing") == 2; });
        hub->settle();
    }

    void tearDown() override { hub.reset(); }

    void take(const SandboxOrder& order)
    {
        CPPUNIT_ASSERT_EQUAL(200, deliver(*hub, "corner", "orders-create", order.text(),
                                          "m" + std::to_string(order.number)));
        hub->settle();
    }

    /// The values of one member in a list, in its order.
    std::vector<std::string> listed(const std::string& target, std::string_view member)
    {
        std::vector<std::string> values;
        const auto answer = hub->getJson(target);
        answer.root()["data"].each([&](Json row) {
            values.emplace_back(row[member].text() ? std::string(*row[member].text())
                                                   : row[member].dump());
            return true;
        });
        return values;
    }

    std::string first(const std::string& target)
    {
        const auto ids = listed(target, "id");
        CPPUNIT_ASSERT_MESSAGE(target, !ids.empty());
        return ids.front();
    }

    static std::string joined(const std::vector<std::string>& values)
    {
        std::string text;
        for (const std::string& value : values)
            text += (text.empty() ? "" : " ") + value;
        return text;
    }

    void refuses(int status, const std::string& code, const Reply& reply)
    {
        const auto problem = JsonDocument::parse(reply.body);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, status, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"), reply.header("Content-Type"));
        CPPUNIT_ASSERT_EQUAL(code, std::string(problem.value().root().textOr("code")));
        CPPUNIT_ASSERT_EQUAL(reply.header("X-Request-Id"),
                             std::string(problem->root().textOr("request_id")));
    }

    void ordersAreListedNewestFirstPageByPage()
    {
        for (const int number : {3, 1, 5, 2, 4}) // 4 and 5 at the same moment
            take({.number = number,
                  .placedAt = "2026-11-20T10:0" + std::to_string(std::min(number, 4)) + ":00Z"});

        std::vector<std::string> walked;
        std::string target = "/api/v1/orders?limit=2", cursor;
        int pages = 0;
        do {
            const auto page = hub->getJson(target + (cursor.empty() ? "" : "&cursor=" + cursor));
            page.root()["data"].each([&](Json order) {
                walked.emplace_back(order.textOr("number"));
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, order["lines"].size());
                return true;
            });
            cursor = page.root().textOr("next_cursor");
            ++pages;
        } while (!cursor.empty());

        CPPUNIT_ASSERT_EQUAL(3, pages);
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, walked.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, std::set(walked.begin(), walked.end()).size());
        CPPUNIT_ASSERT_EQUAL(std::string("#3 #2 #1"), joined({walked.begin() + 2, walked.end()}));
        refuses(400, "bad_request", hub->get("/api/v1/orders?cursor=zz"));
        refuses(400, "bad_request", hub->get("/api/v1/orders?limit=501"));
        refuses(400, "bad_request", hub->get("/api/v1/orders?stauts=pending"));
    }

    void ordersAreFilteredByWhatTheyAre()
    {
        take({.number = 1, .placedAt = "2026-11-20T10:01:00Z"});
        take({.number = 2, .payment = "paid", .placedAt = "2026-11-20T10:02:00Z"});
        take({.number = 3, .country = "FR", .placedAt = "2026-11-20T10:03:00Z"});
        const auto numbers = [this](const std::string& query) {
            return joined(listed("/api/v1/orders?" + query, "number"));
        };

        CPPUNIT_ASSERT_EQUAL(std::string("#2"), numbers("status=confirmed"));
        CPPUNIT_ASSERT_EQUAL(std::string("#3 #1"), numbers("status=pending"));
        CPPUNIT_ASSERT_EQUAL(std::string("#2"), numbers("payment_status=paid"));
        CPPUNIT_ASSERT_EQUAL(std::string("#3"), numbers("review=true"));
        CPPUNIT_ASSERT_EQUAL(std::string("#2 #1"), numbers("review=false"));
        CPPUNIT_ASSERT_EQUAL(std::string("#3 #2 #1"), numbers("channel=corner"));
        CPPUNIT_ASSERT_EQUAL(std::string("#2"), numbers("channel=corner&external_id=2"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("#2"),
            numbers("placed_from=2026-11-20T10:02:00Z&placed_to=2026-11-20T10:03:00Z"));
        CPPUNIT_ASSERT_EQUAL(std::string("#1"),
                             numbers("status=pending&payment_status=pending&review=false"));
        CPPUNIT_ASSERT_EQUAL(std::string(), numbers("updated_from=2099-01-01T00:00:00Z"));
        CPPUNIT_ASSERT_EQUAL(std::string(), numbers("updated_since=2099-01-01T00:00:00Z"));
        refuses(400, "bad_request", hub->get("/api/v1/orders?status=lost"));
        refuses(400, "bad_request", hub->get("/api/v1/orders?channel=nobody"));
        refuses(400, "bad_request", hub->get("/api/v1/orders?placed_from=yesterday"));
    }

    void anOrderComesWithAllThatIsKnownOfIt()
    {
        take({.number = 7, .quantity = 2});
        const auto order = hub->getJson("/api/v1/orders/" + first("/api/v1/orders"));
        const Json root = order.root();

        CPPUNIT_ASSERT_EQUAL(std::string_view("7"), root.textOr("external_id"));
        CPPUNIT_ASSERT_EQUAL(std::string_view("corner"), root.textOr("channel"));
        CPPUNIT_ASSERT_EQUAL(std::string_view("pending"), root.textOr("status"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{13000}, root.integerOr("total_cents"));
        CPPUNIT_ASSERT_EQUAL(std::string_view("US"), root["ship_to"].textOr("country"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, root["facts"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, root["tasks"].size());
        root["lines"].each([](Json line) {
            CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, line.integerOr("quantity"));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, line.integerOr("open"));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, line.integerOr("short"));
            CPPUNIT_ASSERT(line.textOr("variant_id").starts_with("var_"));
            return true;
        });
        const auto facts =
            hub->getJson("/api/v1/orders/" + std::string(root.textOr("id")) + "/facts");
        facts.root()["data"].each([](Json fact) {
            CPPUNIT_ASSERT_EQUAL(std::string_view("#7"), fact["body"].textOr("number"));
            return true;
        });
    }

    void anOrderHeldForReviewShipsOnlyAfterItsRelease()
    {
        take({.number = 1, .quantity = 2, .country = "FR"});
        const std::string order = "/api/v1/orders/" + first("/api/v1/orders");
        refuses(409, "conflict", hub->post(order + "/shipments"));

        hub->postJson(order + "/release", R"({"reason": "known customer"})");
        const auto shipment = hub->postJson(
            order + "/shipments",
            R"({"carrier": "DHL", "tracking_number": "T1", "tracking_url": "https://dhl.example/T1"})");
        hub->settle();

        CPPUNIT_ASSERT(shipment.root().textOr("id").starts_with("shp_"));
        const auto shipped = hub->getJson(order);
        CPPUNIT_ASSERT_EQUAL(std::string_view("shipped"), shipped.root().textOr("status"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, shipped.root()["tasks"].size());
        shipped.root()["tasks"].each([](Json task) {
            CPPUNIT_ASSERT_EQUAL(std::string_view("done"), task.textOr("state"));
            CPPUNIT_ASSERT_EQUAL(std::string_view("shipment"), task.textOr("kind"));
            return true;
        });
        CPPUNIT_ASSERT_EQUAL(std::string("T1"),
                             joined(listed(order + "/shipments", "tracking_number")));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->available("LEG-S"));
        refuses(409, "conflict", hub->post(order + "/cancel"));
        hub->postJson(order + "/hold", R"({"reason": "a call"})");
        CPPUNIT_ASSERT_EQUAL(std::string("a call"), joined(listed("/api/v1/orders", "review")));
    }

    void aShipmentThatCannotBeIsRefusedAndChangesNothing()
    {
        take({.number = 1, .quantity = 2});
        const std::string id = first("/api/v1/orders");
        const auto order = hub->getJson("/api/v1/orders/" + id);
        std::string line;
        order.root()["lines"].each([&](Json each) {
            line = each.textOr("id");
            return true;
        });
        const auto ship = [&](const std::string& body) {
            return hub->post("/api/v1/orders/" + id + "/shipments", body);
        };

        refuses(422, "unprocessable",
                ship(R"({"lines": [{"line_id": ")" + line + R"(", "quantity": 3}]})"));
        refuses(422, "unprocessable",
                ship(R"({"lines": [{"line_id": "oln_0000000000001", "quantity": 1}]})"));
        const Reply wrong = ship(
            R"({"lines": [{"line_id": "x", "quantity": 0}], "tracking_url": "javascript:1", "carier": "x"})");
        refuses(400, "bad_request", wrong);
        for (const char* field :
             {"lines[0].line_id", "lines[0].quantity", "tracking_url", "carier"})
            CPPUNIT_ASSERT_MESSAGE(wrong.body, wrong.body.find(field) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("shipment"));
        CPPUNIT_ASSERT_EQUAL(
            201, ship(R"({"lines": [{"line_id": ")" + line + R"(", "quantity": 1}]})").status);
        CPPUNIT_ASSERT_EQUAL(std::string("partly_shipped"),
                             joined(listed("/api/v1/orders", "status")));
    }

    void aShipmentUnderOneKeyIsMadeOnce()
    {
        take({.number = 1, .quantity = 3});
        const std::string id = first("/api/v1/orders");
        const auto order = hub->getJson("/api/v1/orders/" + id);
        std::string line;
        order.root()["lines"].each([&](Json each) {
            line = each.textOr("id");
            return true;
        });
        const auto ship = [&](int units) {
            return HttpClient(hub->port())
                .post("/api/v1/orders/" + id + "/shipments",
                      R"({"lines": [{"line_id": ")" + line + R"(", "quantity": )" +
                          std::to_string(units) + "}]}",
                      {{"X-Api-Key", RunningHub::key},
                       {"Content-Type", "application/json"},
                       {"Idempotency-Key", "one"}});
        };

        const Reply made = ship(1);
        const Reply again = ship(1);

        CPPUNIT_ASSERT_EQUAL(201, made.status);
        CPPUNIT_ASSERT_EQUAL(201, again.status);
        CPPUNIT_ASSERT_EQUAL(std::string("true"), again.header("Idempotency-Replayed"));
        CPPUNIT_ASSERT_EQUAL(std::string(), made.header("Idempotency-Replayed"));
        const auto idOf = [](const Reply& reply) {
            return std::string(JsonDocument::parse(reply.body)->root().textOr("id"));
        };
        CPPUNIT_ASSERT_EQUAL(idOf(made), idOf(again));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("shipment"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9},
                             hub->database().number("SELECT on_hand FROM stock_level"));
        refuses(422, "unprocessable", ship(2));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("shipment"));
    }

    void aReservationIsReleasedOrCommittedOnce()
    {
        const auto reserve = [this](int quantity) {
            const auto made = hub->postJson(
                "/api/v1/stock/reserve", R"({"sku": "LEG-S", "reference": "cart 7", "quantity": )" +
                                             std::to_string(quantity) + "}");
            return "/api/v1/stock/reservations/" + std::string(made.root().textOr("id"));
        };
        const std::string kept = reserve(3), given = reserve(4);
        refuses(409, "out_of_stock",
                hub->post("/api/v1/stock/reserve", R"({"sku": "LEG-S", "quantity": 4})"));
        CPPUNIT_ASSERT_EQUAL(std::string("4 3"),
                             joined(listed("/api/v1/stock/reservations", "quantity")));

        hub->postJson(kept + "/commit");
        hub->postJson(given + "/release");
        hub->postJson(given + "/release");
        refuses(409, "conflict", hub->post(given + "/commit"));
        refuses(409, "conflict", hub->post(kept + "/release"));

        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, hub->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::string_view("committed"),
                             hub->getJson(kept).root().textOr("state"));
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             joined(listed("/api/v1/stock/reservations", "quantity")));
        CPPUNIT_ASSERT_EQUAL(
            std::string("3"),
            joined(listed("/api/v1/stock/reservations?state=committed&sku=LEG-S", "quantity")));
    }

    void aRepeatedKeyReservesOnce()
    {
        HttpClient client(hub->port());
        const auto reserve = [&](const std::string& body) {
            return client.post("/api/v1/stock/reserve", body,
                               {{"X-Api-Key", RunningHub::key},
                                {"Content-Type", "application/json"},
                                {"Idempotency-Key", "cart-7"}});
        };
        const Reply one = reserve(R"({"sku": "LEG-S", "quantity": 2})");
        const Reply again = reserve(R"({"sku": "LEG-S", "quantity": 2})");

        CPPUNIT_ASSERT_EQUAL(201, one.status);
        CPPUNIT_ASSERT_EQUAL(201, again.status);
        CPPUNIT_ASSERT_EQUAL(one.body, again.body);
        CPPUNIT_ASSERT_EQUAL(std::string("true"), again.header("Idempotency-Replayed"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->available("LEG-S"));
        CPPUNIT_ASSERT(reserve(R"({"sku": "LEG-S", "quantity": 3})").status >= 400);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->available("LEG-S"));
    }

    void stockIsCountedChangedAndExplained()
    {
        hub->postJson("/api/v1/stock/adjust",
                      R"({"sku": "LEG-S", "on_hand": 20, "reason": "stocktaking"})");
        hub->postJson("/api/v1/stock/adjust", R"({"sku": "LEG-S", "delta_on_hand": -4})");
        hub->postJson("/api/v1/stock/limits",
                      R"({"sku": "LEG-S", "safety_stock": 2, "reorder_level": 5})");
        refuses(400, "bad_request",
                hub->post("/api/v1/stock/adjust",
                          R"({"sku": "LEG-S", "on_hand": 1, "delta_on_hand": 1})"));
        refuses(404, "not_found",
                hub->post("/api/v1/stock/adjust", R"({"sku": "NONE", "on_hand": 1})"));
        hub->settle();

        const auto level = hub->getJson("/api/v1/stock/LEG-S");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{14}, level.root().integerOr("available"));
        CPPUNIT_ASSERT_EQUAL(std::string("adjust count receive"),
                             joined(listed("/api/v1/stock/LEG-S/movements", "kind")));
        const auto explained = hub->getJson("/api/v1/explain/quantity?channel=corner&sku=LEG-S");
        const Json root = explained.root();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{13}, root.integerOr("quantity"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, root["rules"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, root["movements"].size());
        root["listings"].each([](Json listing) {
            CPPUNIT_ASSERT_EQUAL(std::int64_t{13}, listing.integerOr("pushed"));
            CPPUNIT_ASSERT_EQUAL(std::string_view("done"), listing["task"].textOr("state"));
            return true;
        });
        refuses(400, "bad_request", hub->get("/api/v1/explain/quantity?channel=corner"));
        refuses(404, "not_found", hub->get("/api/v1/explain/quantity?channel=corner&sku=NONE"));
        refuses(404, "not_found", hub->get("/api/v1/explain/quantity?channel=nobody&sku=LEG-S"));
    }

    void aBundleHasWhatItsComponentsMake()
    {
        hub->sku("TOP", 3);
        const auto made = hub->postJson("/api/v1/variants", R"({"sku": "SET", "title": "A set"})");
        const std::string set = "/api/v1/variants/" + std::string(made.root().textOr("id"));
        HttpClient client(hub->port());
        const auto put = [&](const std::string& body) {
            return client.request(
                "PUT", set + "/components", body,
                {{"X-Api-Key", RunningHub::key}, {"Content-Type", "application/json"}});
        };

        CPPUNIT_ASSERT_EQUAL(200, put(R"({"components": [{"sku": "LEG-S", "quantity": 2},
                                                          {"sku": "TOP", "quantity": 1}]})")
                                      .status);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, hub->available("SET"));
        refuses(422, "unprocessable", put(R"({"components": [{"sku": "SET", "quantity": 1}]})"));
        refuses(404, "not_found", put(R"({"components": [{"sku": "NONE", "quantity": 1}]})"));
        const auto components = hub->getJson(set + "/components");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, components.root()["components"].size());
        hub->postJson("/api/v1/stock/reserve", R"({"sku": "SET", "quantity": 2})");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->available("SET"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, hub->available("LEG-S"));
    }

    void aListingIsMatchedMarkedAndTriedAgain()
    {
        const std::string listing =
            "/api/v1/listings/" + first("/api/v1/listings?matched=false&channel=corner");
        hub->postJson(listing + "/match", R"({"variant_sku": "LEG-S"})");
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, hub->getJson(listing).root().integerOr("pushed"));
        CPPUNIT_ASSERT_EQUAL(std::string(), joined(listed("/api/v1/listings/pending", "sku")));

        hub->postJson(listing + "/mark-error", R"({"reason": "seen by hand"})");
        CPPUNIT_ASSERT_EQUAL(std::string("ODD"), joined(listed("/api/v1/listings/errors", "sku")));
        CPPUNIT_ASSERT_EQUAL(std::string("seen by hand"),
                             joined(listed("/api/v1/tasks?state=failed&channel=corner", "reason")));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             hub->postJson("/api/v1/tasks/retry", R"({"channel": "corner"})")
                                 .root()
                                 .integerOr("retried"));
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(std::string(), joined(listed("/api/v1/listings/errors", "sku")));

        hub->postJson(listing + "/mark-error", R"({"reason": "again"})");
        hub->postJson(listing + "/mark-synced");
        CPPUNIT_ASSERT_EQUAL(std::string(), joined(listed("/api/v1/listings/errors", "sku")));
        refuses(400, "bad_request", hub->post(listing + "/mark-error"));
        hub->postJson(listing + "/unmatch");
        CPPUNIT_ASSERT(hub->getJson(listing).root()["variant_id"].isNull());
        refuses(409, "conflict",
                hub->post("/api/v1/listings",
                          R"({"channel": "corner", "external_id": "ODD", "sku": "LEG-S"})"));
    }

    void aFailedMessageIsShownAndReplayed()
    {
        const std::string body = R"({"type": "order"})";
        CPPUNIT_ASSERT_EQUAL(200, deliver(*hub, "corner", "orders/create", body, "broken"));
        hub->settle();

        const std::string message =
            "/api/v1/inbox/" + first("/api/v1/inbox?state=failed&channel=corner");
        CPPUNIT_ASSERT_EQUAL(body, std::string(hub->getJson(message).root().textOr("body")));
        CPPUNIT_ASSERT_EQUAL(202, hub->post(message + "/replay").status);
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(std::string("broken"),
                             joined(listed("/api/v1/inbox?state=failed", "message_id")));
        CPPUNIT_ASSERT_EQUAL(std::string(), joined(listed("/api/v1/inbox?state=pending", "id")));
        CPPUNIT_ASSERT_EQUAL(std::string("broken"), joined(listed("/api/v1/inbox", "message_id")));
    }

    void aRefusedWebhookIsCountedByItsReason()
    {
        HttpClient client(hub->port());
        CPPUNIT_ASSERT_EQUAL(401, client.post("/webhooks/corner", "{}").status);
        CPPUNIT_ASSERT_EQUAL(401, client.post("/webhooks/a-name-from-outside", "{}").status);
        CPPUNIT_ASSERT_EQUAL(401, client.post("/t/nobody/webhooks/corner", "{}").status);
        CPPUNIT_ASSERT_EQUAL(405, client.request("PUT", "/webhooks/corner", "{}").status);

        client.send(
            "POST /webhooks/corner HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n");
        CPPUNIT_ASSERT_EQUAL(413, client.receive()->status);

        const std::string metrics = HttpClient(hub->port()).get("/metrics").body;
        for (const char* line :
             {"spokehub_http_too_large 1",
              R"(spokehub_webhooks_refused_total{channel="corner",reason="forged"} 1)",
              R"(spokehub_webhooks_refused_total{channel="",reason="unknown_channel"} 1)",
              R"(spokehub_webhooks_refused_total{channel="",reason="unknown_tenant"} 1)"})
            CPPUNIT_ASSERT_MESSAGE(metrics, metrics.find(line) != std::string::npos);
        CPPUNIT_ASSERT(metrics.find("a-name-from-outside") == std::string::npos);
    }

    void aPausedChannelHearsNothingUntilItGoesOn()
    {
        hub->postJson("/api/v1/channels/corner/pause", R"({"reason": "holiday"})");
        CPPUNIT_ASSERT_EQUAL(std::string("paused"), joined(listed("/api/v1/channels", "state")));
        hub->postJson("/admin/inventory/adjust", R"({"sku_code": "LEG-S", "delta_on_hand": 5})");
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"),
                             joined(listed("/api/v1/listings/pending", "sku")));

        hub->postJson("/api/v1/channels/corner/resume");
        hub->settle();
        CPPUNIT_ASSERT_EQUAL(std::string("14"),
                             joined(listed("/api/v1/listings?matched=true", "pushed")));
        CPPUNIT_ASSERT_EQUAL(std::string("running"), joined(listed("/api/v1/channels", "state")));
        CPPUNIT_ASSERT_EQUAL(std::string_view("done"),
                             hub->postJson("/api/v1/channels/corner/check").root().textOr("class"));
    }

    void theDoctorNamesWhatDisagreesPageByPage()
    {
        hub->database().run("UPDATE stock_level SET reserved = 1");

        std::vector<std::string> found;
        std::int64_t rows = 0;
        for (std::string cursor = "?"; !cursor.empty();) {
            const auto page = hub->getJson("/api/v1/doctor" + cursor);
            rows += page.root().integerOr("rows");
            page.root()["data"].each([&](Json each) {
                found.push_back(std::string(each.textOr("table")) + " " +
                                std::string(each["ids"].textOr("sku")) + " " +
                                std::string(each.textOr("what")) + " " +
                                std::string(each.textOr("expected")) + " " +
                                std::string(each.textOr("found")));
                return true;
            });
            const std::string next(page.root().textOr("next_cursor"));
            cursor = next.empty() ? "" : "?cursor=" + next;
        }

        const std::vector<std::string> expected = {
            "stock_level LEG-S reserved, by movements 0 1",
            "stock_level LEG-S reserved, by reservations 0 1",
            "listing LEG-S what the channel shows 8 9"};
        CPPUNIT_ASSERT(expected == found);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, rows); // a variant, its movement and its listing
        CPPUNIT_ASSERT_EQUAL(400, hub->get("/api/v1/doctor?cursor=00").status);
    }

    void familiesAndIdentitiesAreMadeAndFound()
    {
        hub->postJson("/api/v1/families", R"({"code": "00845", "title": "Frames"})");
        refuses(409, "conflict",
                hub->post("/api/v1/families", R"({"code": "00845", "title": "Frames"})"));
        const auto part =
            hub->postJson("/api/v1/identities", R"({"family": "00845", "type": "part"})");
        CPPUNIT_ASSERT_EQUAL(std::string_view("00845-P-1"), part.root().textOr("upis_h"));
        const auto variant = hub->postJson("/api/v1/variants",
                                           R"({"color": "WY", "condition": "N", "identity_id": ")" +
                                               std::string(part.root().textOr("id")) + "\"}");

        CPPUNIT_ASSERT_EQUAL(std::string_view("00845-P-1-WY-N"), variant.root().textOr("sku"));
        CPPUNIT_ASSERT_EQUAL(std::string("00845-P-1"),
                             joined(listed("/api/v1/families/00845/identities", "upis_h")));
        CPPUNIT_ASSERT_EQUAL(
            part.root().textOr("signature"),
            hub->getJson("/api/v1/identities/00845-P-1").root().textOr("signature"));
        CPPUNIT_ASSERT_EQUAL(std::string("00845-P-1-WY-N"),
                             joined(listed("/api/v1/variants?sku_prefix=008", "sku")));
        refuses(400, "bad_request",
                hub->post("/api/v1/identities", R"({"family": "00845", "type": "wheel"})"));
    }

    void whatIsNotThereIsNotFound()
    {
        for (const char* target :
             {"/api/v1/orders/ord_0000000000001", "/api/v1/orders/x",
              "/api/v1/orders/ord_0000000000001/facts",
              "/api/v1/orders/ord_0000000000001/shipments", "/api/v1/variants/var_0000000000001",
              "/api/v1/variants/sku/NONE", "/api/v1/stock/NONE", "/api/v1/stock/NONE/movements",
              "/api/v1/stock/reservations/res_0000000000001", "/api/v1/listings/lst_0000000000001",
              "/api/v1/tasks/tsk_0000000000001", "/api/v1/inbox/msg_0000000000001",
              "/api/v1/channels/nobody", "/api/v1/families/99999", "/api/v1/identities/99999"})
            refuses(404, "not_found", hub->get(target));
        for (const char* target :
             {"/api/v1/orders/ord_0000000000001/cancel",
              "/api/v1/orders/ord_0000000000001/shipments",
              "/api/v1/stock/reservations/res_0000000000001/release",
              "/api/v1/listings/lst_0000000000001/mark-synced",
              "/api/v1/tasks/tsk_0000000000001/retry", "/api/v1/inbox/msg_0000000000001/replay",
              "/api/v1/channels/nobody/pause", "/api/v1/exceptions/exc_0000000000001/resolve"})
            refuses(404, "not_found", hub->post(target));
    }

    /// Every list answers, and every route wants a key that should.
    void theTableOfRoutesIsTrue()
    {
        HttpClient stranger(hub->port());
        const auto table = hub->getJson("/api/v1");
        int asked = 0;
        table.root()["routes"].each([&](Json route) {
            const std::string path(route.textOr("path"));
            if (path.find('{') != std::string::npos || route.textOr("permission") == "none")
                return true;
            ++asked;
            const std::string method(route.textOr("method"));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 401, stranger.request(method, path, "{}").status);
            if (path == "/api/v1/auth/sessions" || // of people, not of keys
                path == "/api/v1/tenants")         // the provider's
                return true;
            const bool asksForMore =
                path == "/api/v1/explain/quantity" || path == "/api/v1/resolve";
            if (method == "GET" && !asksForMore)
                CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 200, hub->get(path).status);
            return true;
        });
        CPPUNIT_ASSERT(asked > 20);
    }

    void healthNeedsNoKey()
    {
        HttpClient stranger(hub->port());
        CPPUNIT_ASSERT_EQUAL(200, stranger.get("/health").status);
        const auto ready = stranger.get("/health/ready");
        CPPUNIT_ASSERT_EQUAL(200, ready.status);
        CPPUNIT_ASSERT(ready.body.find(R"("accepting":true)") != std::string::npos);
        CPPUNIT_ASSERT(stranger.get("/metrics").body.find("spokehub_http_answers_total") !=
                       std::string::npos);
        CPPUNIT_ASSERT(stranger.get("/").body.find("/api/v1") != std::string::npos);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ApiFlowTest);
