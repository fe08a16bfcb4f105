#include "standin/ShopifyStandIn.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

using namespace spokehub::standin;

/// The stand-in answers as the recorded Shopify does, so that what is proven against it holds.
class ShopifyStandInTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ShopifyStandInTest);
    CPPUNIT_TEST(onlyTheSelectedFieldsAreAnswered);
    CPPUNIT_TEST(aFieldThatDoesNotExistIsRefused);
    CPPUNIT_TEST(aWrongTokenIs401);
    CPPUNIT_TEST(aSetWithoutAnIdempotencyKeyIsABadRequest);
    CPPUNIT_TEST(aSetWithoutChangeFromQuantityIsRefusedAndAnExplicitNullIsNot);
    CPPUNIT_TEST(theSameKeyReplaysAndWithOtherVariablesIsAMismatch);
    CPPUNIT_TEST(aFailedAttemptBurnsItsKey);
    CPPUNIT_TEST(aStaleQuantityRefusesTheWholeCall);
    CPPUNIT_TEST(aSetThatChangesNothingHasNoAdjustmentGroup);
    CPPUNIT_TEST(pointsAreTakenAndThrottle);
    CPPUNIT_TEST(aQueryBeyondAThousandPointsIsRefused);
    CPPUNIT_TEST(anOrderTakesWhatIsAvailableAndLeavesWhatIsOnHand);
    CPPUNIT_TEST(whatWasNotAcceptedIsDeliveredAgainWithTheSameId);
    CPPUNIT_TEST(deliveriesAreDoubledOnRequest);
    CPPUNIT_TEST(theControlRoutesPlaceAnOrder);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* setQuery =
        "mutation($i: InventorySetQuantitiesInput!, $k: String!) { inventorySetQuantities(input: "
        "$i) "
        "@idempotent(key: $k) { inventoryAdjustmentGroup { id changes { name delta } } userErrors "
        "{ code field } } }";

    std::optional<ShopifyStandIn> shop;
    std::string item;

public:
    void setUp() override
    {
        shop.emplace();
        item = shop->with([](Shop& it) {
            return "gid://shopify/InventoryItem/" +
                   std::to_string(it.addVariant("LEG-S", 10).itemId);
        });
    }
    void tearDown() override { shop.reset(); }

    void onlyTheSelectedFieldsAreAnswered()
    {
        const Json answer =
            ask("{ productVariants(first: 1) { nodes { sku stock: inventoryItem { tracked } } } }");

        CPPUNIT_ASSERT_EQUAL(
            std::string(
                R"({"productVariants":{"nodes":[{"sku":"LEG-S","stock":{"tracked":true}}]}})"),
            answer["data"].dump());
    }

    void aFieldThatDoesNotExistIsRefused()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("undefinedField"), codeOf(ask("{ shop { nothing } }")));
    }

    void aWrongTokenIs401()
    {
        CPPUNIT_ASSERT_EQUAL(
            401, post("/admin/api/2026-07/graphql.json", R"({"query":"{ shop { id } }"})", "wrong")
                     .first);
    }

    void aSetWithoutAnIdempotencyKeyIsABadRequest()
    {
        const Json answer =
            ask("mutation($i: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $i) "
                "{ userErrors { code } } }",
                {{"i", input(5, 10)}});

        CPPUNIT_ASSERT_EQUAL(std::string("BAD_REQUEST"), codeOf(answer));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"inventorySetQuantities":null})"),
                             answer["data"].dump());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, shop->available("LEG-S"));
    }

    void aSetWithoutChangeFromQuantityIsRefusedAndAnExplicitNullIsNot()
    {
        Json without = input(5, nullptr);
        without["quantities"][0].erase("changeFromQuantity");

        CPPUNIT_ASSERT_EQUAL(std::string("INVALID_FIELD_ARGUMENTS"), codeOf(set(without, "a")));
        CPPUNIT_ASSERT_EQUAL(std::string(), codeOf(set(input(5, nullptr), "b")));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, shop->available("LEG-S"));
    }

    void theSameKeyReplaysAndWithOtherVariablesIsAMismatch()
    {
        const Json first = set(input(7, 10), "a");
        shop->with([](Shop& it) { it.place({{"LEG-S", 1}}); });
        const Json again = set(input(7, 10), "a");

        CPPUNIT_ASSERT_EQUAL(first["data"].dump(), again["data"].dump());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, shop->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::string("IDEMPOTENCY_KEY_PARAMETER_MISMATCH"),
                             codeOf(set(input(8, 6), "a")));
    }

    void aFailedAttemptBurnsItsKey()
    {
        set(input(7, 3), "a");

        CPPUNIT_ASSERT_EQUAL(std::string("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"),
                             codeOf(set(input(7, 3), "a")));
    }

    void aStaleQuantityRefusesTheWholeCall()
    {
        shop->with([](Shop& it) { it.addVariant("LEG-M", 4); });
        Json both = input(7, 9);
        const auto other = shop->with([](Shop& it) { return it.variant("LEG-M")->itemId; });
        both["quantities"].push_back(both["quantities"][0]);
        both["quantities"][1].update(
            {{"inventoryItemId", "gid://shopify/InventoryItem/" + std::to_string(other)},
             {"changeFromQuantity", 4}});

        const Json answer = set(both, "a");

        CPPUNIT_ASSERT_EQUAL(
            std::string(
                R"([{"code":"CHANGE_FROM_QUANTITY_STALE","field":["input","quantities","0","changeFromQuantity"]}])"),
            answer["data"]["inventorySetQuantities"]["userErrors"].dump());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, shop->available("LEG-M"));
    }

    void aSetThatChangesNothingHasNoAdjustmentGroup()
    {
        CPPUNIT_ASSERT(
            set(input(10, 10), "a")["data"]["inventorySetQuantities"]["inventoryAdjustmentGroup"]
                .is_null());
    }

    void pointsAreTakenAndThrottle()
    {
        shop.emplace(StandInOptions{.capacity = 100, .restorePerSecond = 0});

        const Json first = ask("{ shop { id } }");
        shop->setPoints(0);
        const Json second = ask("{ shop { id } }");

        CPPUNIT_ASSERT_EQUAL(
            99, first["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"].get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("THROTTLED"), codeOf(second));
        CPPUNIT_ASSERT(!second.contains("data"));
        CPPUNIT_ASSERT(second["extensions"]["cost"]["actualQueryCost"].is_null());
    }

    void aQueryBeyondAThousandPointsIsRefused()
    {
        const std::string deep =
            "{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { variant { "
            "inventoryItem { "
            "inventoryLevels(first: 250) { nodes { id item { id } } } } } } } } } }";

        CPPUNIT_ASSERT_EQUAL(std::string("MAX_COST_EXCEEDED"), codeOf(ask(deep)));
    }

    void anOrderTakesWhatIsAvailableAndLeavesWhatIsOnHand()
    {
        shop->with([](Shop& it) { it.place({{"LEG-S", 3}}); });

        const Json answer =
            ask("query($i: ID!) { inventoryItem(id: $i) { inventoryLevels(first: 5) { nodes { "
                "quantities(names: [\"available\", \"on_hand\", \"committed\"]) { name quantity } "
                "} } } }",
                {{"i", item}});

        CPPUNIT_ASSERT_EQUAL(
            std::string(R"([{"name":"available","quantity":7},{"name":"on_hand","quantity":10},)"
                        R"({"name":"committed","quantity":3}])"),
            answer["data"]["inventoryItem"]["inventoryLevels"]["nodes"][0]["quantities"].dump());
    }

    void whatWasNotAcceptedIsDeliveredAgainWithTheSameId()
    {
        const auto before = shop->with([](Shop& it) {
            it.place({{"LEG-S", 3}}, false);
            return it.waiting.back().webhookId;
        });

        const auto statuses = shop->deliver("http://127.0.0.1:1/");

        CPPUNIT_ASSERT(statuses == std::vector<int>(2, 0));
        CPPUNIT_ASSERT_EQUAL(before,
                             shop->with([](Shop& it) { return it.waiting.back().webhookId; }));
    }

    void deliveriesAreDoubledOnRequest()
    {
        shop->with([](Shop& it) { it.place({{"LEG-S", 3}}, false); });

        const auto statuses = shop->deliver(shop->url() + "/nowhere", Sequence::Doubled);

        CPPUNIT_ASSERT(statuses == std::vector<int>(4, 404)); // a level and an order, each twice
    }

    void theControlRoutesPlaceAnOrder()
    {
        const auto [status, text] =
            post("/_standin/orders", R"({"sku": "LEG-S", "quantity": 2})", "");

        CPPUNIT_ASSERT_EQUAL(200, status);
        CPPUNIT_ASSERT_EQUAL(std::string("#1001"), Json::parse(text)["name"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, shop->available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(400, post("/_standin/orders", R"({"sku": "NONE"})", "").first);
    }

private:
    std::pair<int, std::string> post(const std::string& path, const std::string& text,
                                     const std::string& token)
    {
        Poco::Net::HTTPClientSession session("127.0.0.1", shop->port());
        Poco::Net::HTTPRequest request("POST", path, "HTTP/1.1");
        request.set("X-Shopify-Access-Token", token);
        request.setContentLength64(static_cast<Poco::Int64>(text.size()));
        session.sendRequest(request) << text;
        Poco::Net::HTTPResponse response;
        std::string body;
        Poco::StreamCopier::copyToString(session.receiveResponse(response), body);
        return {response.getStatus(), body};
    }

    Json ask(const std::string& query, const Json& variables = Json::object())
    {
        const Json body = {{"query", query}, {"variables", variables}};
        return Json::parse(
            post("/admin/api/2026-07/graphql.json", body.dump(), "shpat_standin").second);
    }

    Json input(std::int64_t quantity, const Json& expected) const
    {
        Json made = {
            {"name", "available"}, {"reason", "correction"}, {"quantities", Json::array()}};
        made["quantities"].push_back({{"inventoryItemId", item},
                                      {"locationId", "gid://shopify/Location/1"},
                                      {"quantity", quantity},
                                      {"changeFromQuantity", expected}});
        return made;
    }

    Json set(const Json& with, const std::string& key)
    {
        return ask(setQuery, {{"i", with}, {"k", key}});
    }

    /// The code of the first error, top-level or of the user; empty when there is none.
    static std::string codeOf(const Json& answer)
    {
        if (answer.contains("errors"))
            return answer["errors"][0]["extensions"]["code"].get<std::string>();
        for (const auto& [name, payload] : answer["data"].items())
            if (payload.contains("userErrors") && !payload["userErrors"].empty())
                return payload["userErrors"][0]["code"].get<std::string>();
        return {};
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ShopifyStandInTest);
