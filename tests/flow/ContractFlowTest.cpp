// Routes that no other flow asks for: what they answer is held against the API's document.
#include "support/Engines.h"
#include "support/SandboxOrders.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class ContractFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ContractFlowTest);
    CPPUNIT_TEST(theDocumentIsServed);
    CPPUNIT_TEST(aThingIsFoundByEachOfItsNames);
    CPPUNIT_TEST(aListingIsMadeByHand);
    CPPUNIT_TEST(aTaskIsShownAndTriedAgain);
    CPPUNIT_TEST(anExceptionIsSeenTo);
    CPPUNIT_TEST(aChannelIsAskedAndAdopted);
    CPPUNIT_TEST(aUserIsChangedByAnAdministrator);
    CPPUNIT_TEST_SUITE_END();

    std::optional<RunningHub> hub;

public:
    void setUp() override
    {
        hub.emplace(cornerShop("\"LEG-S=4\", \"ODD=2\"") +
                    "    orders_since: \"2026-01-01T00:00:00Z\"\n");
        hub->sku("LEG-S", 10);
        hub->postJson("/api/v1/channels/corner/sync");
        eventually("the listings are there",
                   [this] { return hub->database().count("listing") == 2; });
        hub->settle();
    }

    void tearDown() override { hub.reset(); }

    std::string idOf(const JsonDocument& document)
    {
        return std::string(document.root().textOr("id"));
    }

    std::string first(const std::string& target)
    {
        const auto page = hub->getJson(target);
        std::string id;
        page.root()["data"].each([&](Json row) {
            id = row.textOr("id");
            return false;
        });
        CPPUNIT_ASSERT_MESSAGE(target, !id.empty());
        return id;
    }

    void theDocumentIsServed()
    {
        const auto document = hub->getJson("/api/v1/openapi.json");

        CPPUNIT_ASSERT_EQUAL(std::string_view("3.1.0"), document.root().textOr("openapi"));
    }

    void aThingIsFoundByEachOfItsNames()
    {
        const auto variant = hub->getJson("/api/v1/variants/sku/LEG-S");
        const auto same = hub->getJson("/api/v1/variants/" + idOf(variant));
        hub->postJson("/api/v1/families", R"({"code": "00845", "title": "Beds"})");
        const auto family = hub->getJson("/api/v1/families/00845");

        CPPUNIT_ASSERT_EQUAL(std::string_view("LEG-S"), same.root().textOr("sku"));
        CPPUNIT_ASSERT_EQUAL(idOf(family), idOf(hub->getJson("/api/v1/families/" + idOf(family))));
    }

    void aListingIsMadeByHand()
    {
        const auto listing = hub->postJson(
            "/api/v1/listings",
            R"({"channel": "corner", "external_id": "by-hand", "sku": "LEG-S", "title": "Pair"})");

        CPPUNIT_ASSERT(listing.root().textOr("variant_id").starts_with("var_"));
        CPPUNIT_ASSERT_EQUAL(
            409, hub->post("/api/v1/listings",
                           R"({"channel": "corner", "external_id": "by-hand", "sku": "LEG-S"})")
                     .status);
    }

    void aTaskIsShownAndTriedAgain()
    {
        const std::string task = "/api/v1/tasks/" + first("/api/v1/tasks?state=done");
        const auto shown = hub->getJson(task);
        CPPUNIT_ASSERT_EQUAL(std::string_view("corner"), shown.root().textOr("channel"));

        const std::string listing = first("/api/v1/listings?matched=true");
        hub->postJson("/api/v1/listings/" + listing + "/mark-error", R"({"reason": "no"})");
        hub->postJson("/api/v1/tasks/" + first("/api/v1/tasks?state=failed") + "/retry");
        hub->settle();

        CPPUNIT_ASSERT_EQUAL(std::string_view("done"), hub->getJson(task).root().textOr("state"));
    }

    void anExceptionIsSeenTo()
    {
        CPPUNIT_ASSERT_EQUAL(200, deliver(*hub, "corner", "orders-create",
                                          SandboxOrder{.number = 1, .quantity = 12}.text(), "m1"));
        hub->settle();
        const std::string id = first("/api/v1/exceptions");

        const auto answer = hub->postJson("/api/v1/exceptions/" + id + "/resolve");

        CPPUNIT_ASSERT_EQUAL(id, idOf(answer));
        CPPUNIT_ASSERT_EQUAL(id, first("/api/v1/exceptions?resolved=true"));
    }

    void aChannelIsAskedAndAdopted()
    {
        CPPUNIT_ASSERT_EQUAL(std::string_view("corner"),
                             hub->getJson("/api/v1/channels/corner").root().textOr("name"));
        const auto check = hub->postJson("/api/v1/channels/corner/check");
        const auto adopted = hub->postJson("/api/v1/channels/corner/adopt?catalog=true&stock=true");
        const int subscriptions = hub->post("/api/v1/channels/corner/subscriptions",
                                            R"({"address": "https://hub.example/webhooks/corner"})")
                                      .status;

        CPPUNIT_ASSERT_EQUAL(std::string_view("done"), check.root().textOr("class"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, adopted.root().integerOr("variants_created"));
        CPPUNIT_ASSERT(subscriptions == 200 || subscriptions == 422); // as the spoke can
    }

    void aUserIsChangedByAnAdministrator()
    {
        const auto made =
            hub->postJson("/api/v1/auth/users", R"({"username": "ada", "role": "viewer"})");
        const std::string user = "/api/v1/auth/users/" + idOf(made);
        HttpClient client(hub->port());
        const auto changed =
            client.request("PATCH", user, R"({"full_name": "Ada", "role": "manager"})",
                           {{"X-Api-Key", RunningHub::key}, {"Content-Type", "application/json"}});

        CPPUNIT_ASSERT_EQUAL(200, changed.status);
        CPPUNIT_ASSERT_EQUAL(std::string_view("manager"), hub->getJson(user).root().textOr("role"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ContractFlowTest);
