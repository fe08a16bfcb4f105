// Secrets of channels that people set while the hub runs: a merchant its own, the provider
// anybody's.
#include "support/Engines.h"
#include "support/TwoMerchants.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class ChannelSecretsFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ChannelSecretsFlowTest);
    CPPUNIT_TEST(bothKeysAreGoodUntilTheOldOneIsRevoked);
    CPPUNIT_TEST(whatIsRevokedStaysSoAfterARestart);
    CPPUNIT_TEST(withoutWhatItNeedsAChannelIsClosedUntilItIsSet);
    CPPUNIT_TEST(whatAnotherHubSetHoldsWithinASecond);
    CPPUNIT_TEST(theProviderSetsThemForATenantWhichSeesItInItsLog);
    CPPUNIT_TEST(whatIsNoneIsRefusedWithoutShowingIt);
    CPPUNIT_TEST(aSecretHasFewValuesAtOnce);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* secrets = "/api/v1/channels/shop/secrets";
    static constexpr const char* rotated = "rotated-canary-secret";

    std::optional<TwoMerchants> two;
    int deliveries = 100;

public:
    void setUp() override { two.emplace(); }
    void tearDown() override { two.reset(); }

    Reply ask(const std::string& method, const std::string& target, const std::string& body = {},
              const std::string& tenant = "acme")
    {
        const Reply reply = two->as(two->keys.at(tenant + "/admin"), method, target, body);
        CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find("canary") == std::string::npos);
        return reply;
    }
    static std::string wish(const std::string& value = rotated,
                            const std::string& name = "webhook_secret")
    {
        return JsonWriter()
            .beginObject()
            .member("name", name)
            .member("value", value)
            .endObject()
            .take();
    }
    /// The id of the new value.
    std::string set(const std::string& value = rotated)
    {
        const Reply made = ask("POST", secrets, wish(value));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 201, made.status);
        return memberOf(made, "id");
    }
    /// What the hub says to a delivery that is signed with this.
    int delivered(const std::string& key, const std::string& tenant = "acme")
    {
        const SandboxOrder order{.number = ++deliveries, .sku = "SHARED"};
        const std::string body = order.text();
        return HttpClient(two->hub.port())
            .post("/t/" + tenant + "/webhooks/shop/orders-create", body,
                  {{"Content-Type", "application/json"},
                   {"X-Sandbox-Signature", signature(body, key)},
                   {"X-Sandbox-Id", "m" + std::to_string(order.number)}})
            .status;
    }
    std::string old() const { return RunningHub::secret; }
    JsonDocument listed() { return two->good("acme", "GET", secrets); }
    static Json first(const JsonDocument& list)
    {
        Json first;
        list.root()["data"].each([&](Json each) {
            first = each;
            return false;
        });
        return first;
    }
    std::string state()
    {
        return std::string(
            two->good("acme", "GET", "/api/v1/channels/shop").root().textOr("state"));
    }

    void bothKeysAreGoodUntilTheOldOneIsRevoked()
    {
        CPPUNIT_ASSERT_EQUAL(401, delivered(rotated));

        const std::string id = set();
        CPPUNIT_ASSERT_EQUAL(200, delivered(rotated));
        CPPUNIT_ASSERT_EQUAL(200, delivered(old()));
        CPPUNIT_ASSERT_EQUAL(401, delivered(rotated, "globex"));
        CPPUNIT_ASSERT_EQUAL(404,
                             ask("DELETE", std::string(secrets) + "/" + id, {}, "globex").status);

        CPPUNIT_ASSERT_EQUAL(
            204, ask("DELETE", std::string(secrets) + "/webhook_secret/configured").status);
        CPPUNIT_ASSERT_EQUAL(401, delivered(old()));
        CPPUNIT_ASSERT_EQUAL(200, delivered(rotated));
        CPPUNIT_ASSERT_EQUAL(200, delivered(old(), "globex"));
        CPPUNIT_ASSERT_EQUAL(
            404, ask("DELETE", std::string(secrets) + "/webhook_secret/configured").status);

        const auto list = listed();
        const Json secret = first(list);
        CPPUNIT_ASSERT_EQUAL(std::string_view("webhook_secret"), secret.textOr("name"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, secret.integerOr("configured", -1));
        secret["set"].each([&](Json each) {
            CPPUNIT_ASSERT_EQUAL(std::string_view(id), each.textOr("id"));
            CPPUNIT_ASSERT_EQUAL(std::string_view("key:admin"), each.textOr("set_by"));
            CPPUNIT_ASSERT(timeFromIso(each.textOr("set_at")));
            return true;
        });
        const auto log = two->good("acme", "GET", "/api/v1/audit?subject=" + id).root().dump();
        CPPUNIT_ASSERT_MESSAGE(log, log.find("webhook_secret") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(log, log.find("canary") == std::string::npos);
    }

    void whatIsRevokedStaysSoAfterARestart()
    {
        const std::string id = set();
        ask("DELETE", std::string(secrets) + "/webhook_secret/configured");

        two->hub.restart();

        CPPUNIT_ASSERT_EQUAL(200, delivered(rotated));
        CPPUNIT_ASSERT_EQUAL(401, delivered(old()));
        CPPUNIT_ASSERT_EQUAL(204, ask("DELETE", std::string(secrets) + "/" + id).status);
        CPPUNIT_ASSERT_EQUAL(404, ask("DELETE", std::string(secrets) + "/" + id).status);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, two->hub.database().count("sealed_secret"));
    }

    void withoutWhatItNeedsAChannelIsClosedUntilItIsSet()
    {
        ask("DELETE", std::string(secrets) + "/webhook_secret/configured");
        CPPUNIT_ASSERT_EQUAL(503, delivered(old()));
        CPPUNIT_ASSERT_EQUAL(std::string("not_open"), state());
        const Reply check = ask("POST", "/api/v1/channels/shop/check");
        CPPUNIT_ASSERT_EQUAL(503, check.status);
        CPPUNIT_ASSERT_MESSAGE(check.body,
                               check.body.find("needs (webhook_secret)") != std::string::npos);
        two->hub.restart();
        CPPUNIT_ASSERT_EQUAL(503, delivered(old()));

        set();

        CPPUNIT_ASSERT_EQUAL(std::string("running"), state());
        CPPUNIT_ASSERT_EQUAL(200, delivered(rotated));
        two->hub.settle();
        CPPUNIT_ASSERT_EQUAL(200, ask("POST", "/api/v1/channels/shop/check").status);
    }

    void whatAnotherHubSetHoldsWithinASecond()
    {
        set();
        two->hub.database().run("UPDATE channel_secret SET id = id + 1"); // its value has another

        eventually("the value is gone", [&] { return delivered(rotated) == 401; });

        two->hub.database().run("UPDATE channel_secret SET id = id - 1");
        eventually("the value is back", [&] { return delivered(rotated) == 200; });
    }

    void theProviderSetsThemForATenantWhichSeesItInItsLog()
    {
        const std::string acmes = "/api/v1/tenants/acme/channels/shop/secrets";
        const Reply made = two->provider("POST", acmes, wish());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 201, made.status);
        CPPUNIT_ASSERT_EQUAL(200, delivered(rotated));
        CPPUNIT_ASSERT_EQUAL(401, delivered(rotated, "globex"));
        CPPUNIT_ASSERT_EQUAL(
            first(listed())["set"].dump(),
            first(*JsonDocument::parse(two->provider("GET", acmes).body))["set"].dump());
        const std::string id = memberOf(made, "id");
        CPPUNIT_ASSERT(two->good("acme", "GET", "/api/v1/audit?subject=" + id)
                           .root()
                           .dump()
                           .find("tenants.manage") != std::string::npos);

        CPPUNIT_ASSERT_EQUAL(204, two->provider("DELETE", acmes + "/" + id).status);
        CPPUNIT_ASSERT_EQUAL(401, delivered(rotated));
        CPPUNIT_ASSERT_EQUAL(204,
                             two->provider("DELETE", acmes + "/webhook_secret/configured").status);
        CPPUNIT_ASSERT_EQUAL(503, delivered(old()));
        for (const char* none : {"/api/v1/tenants/nobody/channels/shop/secrets",
                                 "/api/v1/tenants/globex/channels/acme-only/secrets"})
        {
            CPPUNIT_ASSERT_EQUAL(404, two->provider("GET", none).status);
            CPPUNIT_ASSERT_EQUAL(404, two->provider("POST", none, wish()).status);
            CPPUNIT_ASSERT_EQUAL(404, two->provider("DELETE", none + ("/" + id)).status);
            CPPUNIT_ASSERT_EQUAL(
                404,
                two->provider("DELETE", none + std::string("/webhook_secret/configured")).status);
        }
        CPPUNIT_ASSERT_EQUAL(400, two->provider("POST", acmes, R"({"name": "x"})").status);
        CPPUNIT_ASSERT_EQUAL(403, ask("GET", acmes).status);
    }

    void whatIsNoneIsRefusedWithoutShowingIt()
    {
        const auto refused = [&](const std::string& body, const char* named) {
            const Reply reply = ask("POST", secrets, body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 400, reply.status);
            CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find(named) != std::string::npos);
        };
        refused(wish(rotated, "webhook_secrets"), "webhook_secret");
        refused(wish(" canary"), "value");
        refused(wish("canary\n"), "value");
        refused(wish(""), "value");
        refused(wish("canary" + std::string(8192, 'x')), "value");
        refused(R"({"name": "webhook_secret", "value": ["canary"]})", "value");
        refused(R"({"name": "webhook_secret", "value": "canary", "more": "canary"})", "more");
        refused(R"({"name": "webhook_secret", "value": "canary)", "JSON");
        CPPUNIT_ASSERT_EQUAL(404, ask("DELETE", std::string(secrets) + "/sec_1").status);
        CPPUNIT_ASSERT_EQUAL(400, ask("DELETE", std::string(secrets) + "/other/configured").status);
        CPPUNIT_ASSERT_EQUAL(404,
                             ask("GET", "/api/v1/channels/acme-only/secrets", {}, "globex").status);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, two->hub.database().count("channel_secret"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, two->hub.database().count("sealed_secret"));
    }

    void aSecretHasFewValuesAtOnce()
    {
        for (int i = 0; i < 5; ++i)
            set(rotated + std::to_string(i));
        CPPUNIT_ASSERT_EQUAL(409, ask("POST", secrets, wish()).status);
        for (int i = 0; i < 5; ++i)
            CPPUNIT_ASSERT_EQUAL(200, delivered(rotated + std::to_string(i)));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ChannelSecretsFlowTest);
