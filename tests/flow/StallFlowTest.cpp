// Keys, tokens and thin messages with a real hub, and a spoke that was built with clang and libc++.
#include "support/Engines.h"
#include "support/Paths.h"
#include "support/RunningHub.h"
#include "support/SigningKey.h"
#include "support/Skip.h"
#include "support/SmallServer.h"

#include "spokehub/Text.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <filesystem>

using namespace spokehub;
using namespace spokehub::test;

class StallFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StallFlowTest);
    CPPUNIT_TEST(aDeliveryWaitsForItsKeyAndIsTakenThen);
    CPPUNIT_TEST(aKeyThatTheChannelDoesNotHaveIsAskedForOnce);
    CPPUNIT_TEST(aThinMessageIsReadAtTheSource);
    CPPUNIT_TEST(aRefusedTokenIsRenewedOnceAndWorkGoesOn);
    CPPUNIT_TEST(aRefusedGrantPausesTheChannelAndShowsNoSecret);
    CPPUNIT_TEST(aSpokeOfClangAndLibcxxWorksInTheSameHub);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* order =
        R"({"type": "order", "order_id": "77", "updated_at": "2026-11-20T15:15:30Z",
            "placed_at": "2026-11-20T15:15:00Z", "currency": "USD", "status": {"paid": true},
            "lines": [{"line_id": "1", "sku": "LEG-S", "quantity": 2, "open": 2}]})";

    std::optional<SigningKey> key;
    std::atomic<int> token = 0; // the number of the last one handed out
    std::atomic<int> good = 0;  // from which one on they are good
    std::atomic<bool> grants = true;
    std::atomic<int> told = -1; // the quantity that the stall was told last
    std::optional<SmallServer> stall;
    std::optional<RunningHub> hub;

    SmallServer::Said answer(const SmallServer::Asked& asked)
    {
        if (asked.target == "/token") {
            if (!grants)
                return {400, R"({"error": "invalid_grant", "error_description": "revoked"})"};
            return {200, R"({"access_token": "tok-)" + std::to_string(++token) +
                             R"(", "token_type": "Bearer", "expires_in": 7200})"};
        }
        const auto bearer = asked.headers.at("authorization");
        if (bearer.size() < 12 || std::stoi(bearer.substr(11)) < good)
            return {401, "{}"};
        if (asked.target == "/keys/k1")
            return {200, key->pem()};
        if (asked.target == "/orders/77")
            return {200, order};
        if (asked.target == "/listings/1")
            return {200, "LEG-S"};
        if (asked.method == "PUT")
            told = std::stoi(asked.body);
        return asked.method == "PUT" ? SmallServer::Said{204, ""} : SmallServer::Said{404, "{}"};
    }

    void start(const std::string& spoke)
    {
        hub.emplace("channels:\n  - name: stall\n    spoke: " + spoke +
                        "\n    settings: { base_url: \"" + stall->url() +
                        "\" }\n    secrets: { client_id: \"env:TOKEN\", client_secret: "
                        "\"env:SECRET\", refresh_token: \"env:TOKEN\" }\n",
                    "refresh-me", std::vector<std::string>{"test-spokes"});
        hub->sku("LEG-S", 10);
    }

    int deliver(const std::string& body, const std::string& signature,
                const std::string& keyId = "k1")
    {
        HttpClient client(hub->port());
        const auto reply = client.post(
            "/webhooks/stall", body,
            {{"X-Key", keyId}, {"X-Signature", toBase64(signature)}, {"X-Id", "d" + body}});
        if (reply.status == 503)
            CPPUNIT_ASSERT_EQUAL(std::string("5"), reply.header("Retry-After"));
        return reply.status;
    }

public:
    void setUp() override
    {
        key.emplace();
        stall.emplace([this](const SmallServer::Asked& asked) { return answer(asked); });
    }
    void tearDown() override
    {
        hub.reset();
        stall.reset();
    }

    void aDeliveryWaitsForItsKeyAndIsTakenThen()
    {
        start("stall");
        const auto signature = key->sign("77");

        CPPUNIT_ASSERT_EQUAL(503, deliver("77", signature));
        eventually("the key is there", [&] { return deliver("77", signature) == 200; });

        CPPUNIT_ASSERT_EQUAL(401, deliver("78", signature));
        CPPUNIT_ASSERT_EQUAL(401, deliver("77", SigningKey().sign("77")));
        CPPUNIT_ASSERT_EQUAL(1, stall->asked("GET /keys/k1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("inbox_message"));
    }

    void aKeyThatTheChannelDoesNotHaveIsAskedForOnce()
    {
        start("stall");

        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT_EQUAL(503, deliver("77", key->sign("77"), "unknown"));
        eventually("it was asked", [&] { return stall->asked("GET /keys/unknown") > 0; });

        CPPUNIT_ASSERT_EQUAL(503, deliver("77", key->sign("77"), "unknown"));
        CPPUNIT_ASSERT_EQUAL(1, stall->asked("GET /keys/unknown"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("inbox_message"));
    }

    void aThinMessageIsReadAtTheSource()
    {
        start("stall");
        deliverSale();

        CPPUNIT_ASSERT_EQUAL(1, stall->asked("GET /orders/77"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, hub->available("LEG-S"));
    }

    void aRefusedTokenIsRenewedOnceAndWorkGoesOn()
    {
        start("stall");
        hub->postJson("/api/v1/channels/stall/sync");
        eventually("the stall knows the quantity", [this] { return told == 10; });
        CPPUNIT_ASSERT_EQUAL(1, token.load());
        good = 2;

        hub->postJson("/api/v1/stock/adjust", R"({"sku": "LEG-S", "on_hand": 6})");
        eventually("the stall knows the new quantity", [this] { return told == 6; });

        CPPUNIT_ASSERT_EQUAL(2, token.load());
    }

    void aRefusedGrantPausesTheChannelAndShowsNoSecret()
    {
        grants = false;
        start("stall");
        hub->postJson("/api/v1/channels/stall/sync");

        eventually("the channel is paused", [this] {
            return hub->getJson("/api/v1/channels/stall").root().textOr("state") == "paused";
        });

        const auto shown = hub->get("/api/v1/channels/stall").body;
        CPPUNIT_ASSERT_MESSAGE(shown, shown.find("refresh-me") == shown.npos);
        CPPUNIT_ASSERT_MESSAGE(shown, shown.find("auth") != shown.npos);
    }

    void aSpokeOfClangAndLibcxxWorksInTheSameHub()
    {
        if (!std::filesystem::exists(std::string(binaryDir) + "/test-spokes/stall_clang.so"))
            return skip("no spoke of clang and libc++ was built (Debian: clang libc++-dev "
                        "libc++abi-dev; not with sanitizers)");
        start("stall_clang");
        hub->postJson("/api/v1/channels/stall/sync");
        eventually("the stall knows the quantity", [this] { return told == 10; });

        deliverSale();

        eventually("the stall knows what the sale left", [this] { return told == 8; });
    }

private:
    void deliverSale()
    {
        const auto signature = key->sign("77");
        eventually("the delivery is taken", [&] { return deliver("77", signature) == 200; });
        eventually("the order is read", [this] {
            return hub->database().count("sales_order", "external_id = '77'") == 1;
        });
        hub->settle();
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(StallFlowTest);
