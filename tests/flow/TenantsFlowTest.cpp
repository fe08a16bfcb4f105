// The provider's side of a hub with several merchants: tenants, plans, identity providers.
#include "access/EcKey.h"
#include "access/Passwords.h"
#include "access/Secrets.h"
#include "core/Permissions.h"
#include "support/Engines.h"
#include "support/TwoMerchants.h"

#include "spokehub/Text.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <optional>

using namespace spokehub;
using namespace spokehub::test;

class TenantsFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TenantsFlowTest);
    CPPUNIT_TEST(peopleSignInToTheirOwnMerchantAlone);
    CPPUNIT_TEST(theProviderManagesTenantsAndSeesNothingOfTheirs);
    CPPUNIT_TEST(ordersOfATenantMadeMeanwhileHoldStock);
    CPPUNIT_TEST(whoIsNotActiveIsOutAtOnce);
    CPPUNIT_TEST(aPlanIsKeptTo);
    CPPUNIT_TEST(aMerchantChangesItsOwnSettings);
    CPPUNIT_TEST(anIdentityProviderHoldsAtOnceAndIsGoneAtOnce);
    CPPUNIT_TEST(anotherHubsChangeOfAProviderHoldsWithinASecond);
    CPPUNIT_TEST(noTwoTenantsShareAnIssuer);
    CPPUNIT_TEST(whatIsNoProviderIsRefusedByName);
    CPPUNIT_TEST(anAdministratorManagesTheOthersOfHisTenantWhateverItsPlan);
    CPPUNIT_TEST(nobodyOfATenantManagesTheProvidersOwnOrMoreThanHimself);
    CPPUNIT_TEST(aPersonIsKnownBeforeHeComesAndIsOutWhenHisSystemSaysSo);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* password = "correct horse battery staple";

    std::optional<TwoMerchants> two;

public:
    void setUp() override { two.emplace(); }
    void tearDown() override { two.reset(); }

    void peopleSignInToTheirOwnMerchantAlone()
    {
        two->hub.database().run(
            "INSERT INTO user_account (tenant_id, id, username, role, password, "
            "created_by, created_at, updated_at) VALUES (" +
            std::to_string(two->tenantId("acme")) + ", 1, 'ann', 'admin', '" +
            access::passwordHash(password) + "', 'cli:test', 0, 0)");
        const auto signIn = [&](const std::string& path) {
            return two->as("", "POST", path + "/api/v1/auth/login",
                           R"({"username": "ann", "password": ")" + std::string(password) + "\"}");
        };
        const Reply in = signIn("/t/acme");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(in.body, 200, in.status);
        for (const char* path : {"", "/t/globex", "/t/nobody", "/t/main"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 401, signIn(path).status);

        HttpClient client(two->hub.port());
        const Reply token =
            client.request("POST", "/t/acme/api/v1/auth/token",
                           "grant_type=password&username=ann&password=correct+horse+battery+staple",
                           {{"Content-Type", "application/x-www-form-urlencoded"}});
        const auto answer = JsonDocument::parse(token.body);
        const Reply me = two->as(
            "", "GET", "/api/v1/orders", "",
            {{"Authorization", "Bearer " + std::string(answer->root().textOr("access_token"))}});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(me.body, 200, me.status);
        CPPUNIT_ASSERT(me.body.find("ord_") != std::string::npos);
        const Reply renewed =
            client.request("POST", "/api/v1/auth/token",
                           "refresh_token=" + std::string(answer->root().textOr("refresh_token")),
                           {{"Content-Type", "application/x-www-form-urlencoded"}});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(renewed.body, 200, renewed.status);
    }

    void theProviderManagesTenantsAndSeesNothingOfTheirs()
    {
        const std::string provider = RunningHub::keyOf("provider");
        const Reply made = two->as(provider, "POST", "/api/v1/tenants",
                                   R"({"name": "initech", "title": "Initech", "plan": "small"})");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 201, made.status);
        CPPUNIT_ASSERT_EQUAL(409, two->as(provider, "POST", "/api/v1/tenants",
                                          R"({"name": "acme", "plan": "large"})")
                                      .status);
        CPPUNIT_ASSERT(two->as(provider, "GET", "/api/v1/tenants").body.find("initech") !=
                       std::string::npos);
        const Reply shown = two->as(provider, "GET", "/api/v1/tenants/initech");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(shown.body, 200, shown.status);
        CPPUNIT_ASSERT(shown.body.find(R"("title":"Initech")") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(403, two->as(provider, "GET", "/api/v1/orders").status);
        for (const char* tenant : {"acme", "globex"})
            for (const std::string& role : Roles().names())
                CPPUNIT_ASSERT_EQUAL_MESSAGE(role, 403,
                                             two->as(two->keys.at(std::string(tenant) + "/" + role),
                                                     "GET", "/api/v1/tenants")
                                                 .status);
        CPPUNIT_ASSERT_EQUAL(403, two->as(RunningHub::key, "GET", "/api/v1/tenants").status);

        two->makeKey("initech", "admin");
        two->good("initech", "POST", "/admin/skus",
                  R"({"product_title": "x", "sku_code": "SHARED", "size": "S", "color": "BK", )"
                  R"("category": "x", "price_cents": 1, "cost_cents": 1, "qty_on_hand": 3})");
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{3},
            two->good("initech", "GET", "/api/v1/stock/SHARED").root().integerOr("available"));
    }

    void ordersOfATenantMadeMeanwhileHoldStock()
    {
        two->provider("POST", "/api/v1/tenants", R"({"name": "initech", "plan": "small"})");
        two->makeKey("initech", "admin");
        two->good("initech", "POST", "/admin/skus",
                  R"({"product_title": "x", "sku_code": "LEG", "size": "S", "color": "BK", )"
                  R"("category": "x", "price_cents": 1, "cost_cents": 1, "qty_on_hand": 3})");
        const auto order = two->good("initech", "POST", "/api/v1/orders",
                                     R"({"lines": [{"sku": "LEG", "quantity": 2}]})");
        order.root()["lines"].each([](Json line) {
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, line.integerOr("short", -1));
            return true;
        });
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            two->good("initech", "GET", "/api/v1/stock/LEG").root().integerOr("available"));
    }

    void whoIsNotActiveIsOutAtOnce()
    {
        const std::string provider = RunningHub::keyOf("provider");
        CPPUNIT_ASSERT_EQUAL(
            200, two->as(provider, "PATCH", "/api/v1/tenants/acme", R"({"active": false})").status);

        CPPUNIT_ASSERT_EQUAL(403,
                             two->as(two->keys.at("acme/admin"), "GET", "/api/v1/orders").status);
        CPPUNIT_ASSERT_EQUAL(401, two->webhook("/t/acme/webhooks/shop", {.number = 9}).status);
        CPPUNIT_ASSERT_EQUAL(200,
                             two->as(two->keys.at("globex/admin"), "GET", "/api/v1/orders").status);
        two->as(provider, "PATCH", "/api/v1/tenants/acme", R"({"active": true})");
        CPPUNIT_ASSERT_EQUAL(200,
                             two->as(two->keys.at("acme/admin"), "GET", "/api/v1/orders").status);
    }

    void aPlanIsKeptTo()
    {
        const std::string provider = RunningHub::keyOf("provider");
        CPPUNIT_ASSERT_EQUAL(
            200,
            two->as(provider, "PATCH", "/api/v1/tenants/globex", R"({"plan": "small"})").status);

        const Reply refused = two->as(two->keys.at("globex/admin"), "POST", "/api/v1/variants",
                                      R"({"sku": "THIRD"})");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(refused.body, 403, refused.status);
        CPPUNIT_ASSERT(refused.body.find(R"("code":"quota_exceeded")") != std::string::npos);
        CPPUNIT_ASSERT(refused.body.find("room for 2 variants") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{2},
            two->hub.database().count("variant",
                                      "tenant_id = " + std::to_string(two->tenantId("globex"))));
        CPPUNIT_ASSERT_EQUAL(201, two->as(two->keys.at("acme/admin"), "POST", "/api/v1/variants",
                                          R"({"sku": "THIRD"})")
                                      .status);
    }

    void aMerchantChangesItsOwnSettings()
    {
        const std::string wanted =
            R"({"restocking_fee_percent": 15, "refund_max": 50000, "refund_approval_above": 10000, )"
            R"("webhook_target": "https://erp.acme.example/hook", )"
            R"("workflow": [{"state": "confirmed", "name": "picking", "optional": true}]})";
        const auto set = two->good("acme", "PATCH", "/api/v1/tenant/settings", wanted);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{15}, set.root().integerOr("restocking_fee_percent"));
        CPPUNIT_ASSERT_EQUAL(set.root().dump(),
                             two->good("acme", "GET", "/api/v1/tenant/settings").root().dump());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, two->good("globex", "GET", "/api/v1/tenant/settings")
                                                  .root()
                                                  .integerOr("restocking_fee_percent", -1));
        for (
            const char* wrong :
            {R"({"restocking_fee_percent": 101})", R"({"refund_max": -1})",
             R"({"webhook_target": "http://erp.example"})",
             R"({"webhook_target": "https://10.0.0.7/x"})",
             R"({"webhook_target": "https://localhost/x"})",
             R"({"workflow": [{"state": "nowhere", "name": "x"}]})",
             R"({"workflow": [{"state": "packed", "name": "x"}, {"state": "packed", "name": "x"}]})",
             R"({"refund_approval_above": 60000})", R"({"tenant": "globex"})"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                wrong, 400,
                two->as(two->keys.at("acme/admin"), "PATCH", "/api/v1/tenant/settings", wrong)
                    .status);
    }

    static const access::EcKey& signer()
    {
        static const access::EcKey key = access::EcKey::generate();
        return key;
    }
    /// SubjectPublicKeyInfo of P-256 is a fixed head before the point.
    static std::string pemOf(const access::EcKey& key)
    {
        static constexpr unsigned char head[] = {
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
            0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
        return "-----BEGIN PUBLIC KEY-----\n" +
               toBase64(std::string(reinterpret_cast<const char*>(head), sizeof head) +
                        key.point()) +
               "\n-----END PUBLIC KEY-----\n";
    }
    static std::string setting(const std::string& issuer = "https://id.example",
                               const std::string& more = {})
    {
        JsonWriter json;
        json.beginObject().member("issuer", issuer).member("audience", "hub");
        json.member("algorithm", "ES256").member("public_key", pemOf(signer()));
        json.key("roles").raw(R"({"boss": "admin"})");
        if (!more.empty())
            json.raw(more);
        return json.endObject().take();
    }
    static std::string token(const std::string& audience = "hub")
    {
        const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
        const std::string text =
            access::toBase64Url(R"({"alg":"ES256","typ":"JWT"})") + "." +
            access::toBase64Url(R"({"iss":"https://id.example","aud":")" + audience +
                                R"(","sub":"s-1","roles":["boss"],"exp":)" +
                                std::to_string(now + 600) + "}");
        return text + "." + access::toBase64Url(signer().sign(text));
    }
    int asked(const std::string& token)
    {
        return two->as("", "GET", "/api/v1/orders", "", {{"Authorization", "Bearer " + token}})
            .status;
    }
    /// The first administrator is made on the store.
    void administrator(const std::string& tenant)
    {
        two->hub.database().run(
            "INSERT INTO user_account (tenant_id, id, username, role, created_by, "
            "created_at, updated_at) VALUES (" +
            std::to_string(two->tenantId(tenant)) + ", 1, 'first', 'admin', 'cli:test', 0, 0)");
    }

    void anIdentityProviderHoldsAtOnceAndIsGoneAtOnce()
    {
        administrator("acme");
        const std::string path = "/api/v1/tenants/acme/providers/keycloak";
        CPPUNIT_ASSERT_EQUAL(401, asked(token()));
        const Reply set = two->provider("PUT", path, setting());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(set.body, 200, set.status);
        CPPUNIT_ASSERT_EQUAL(200, asked(token()));
        CPPUNIT_ASSERT_EQUAL(401, asked(token("other")));
        CPPUNIT_ASSERT_EQUAL(set.body, two->provider("GET", path).body);
        CPPUNIT_ASSERT(
            two->provider("GET", "/api/v1/tenants/acme/providers").body.find("keycloak") !=
            std::string::npos);
        CPPUNIT_ASSERT(
            two->provider("GET", "/api/v1/tenants/globex/providers").body.find("keycloak") ==
            std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             two->hub.database().count(
                                 "user_account", "username LIKE '%@keycloak' AND tenant_id = " +
                                                     std::to_string(two->tenantId("acme"))));

        CPPUNIT_ASSERT_EQUAL(204, two->provider("DELETE", path).status);
        CPPUNIT_ASSERT_EQUAL(401, asked(token()));
        CPPUNIT_ASSERT_EQUAL(404, two->provider("DELETE", path).status);
        CPPUNIT_ASSERT_EQUAL(404, two->provider("GET", path).status);
        CPPUNIT_ASSERT_EQUAL(404, two->provider("GET", "/api/v1/tenants/nobody/providers").status);
        CPPUNIT_ASSERT_EQUAL(
            404, two->provider("PUT", "/api/v1/tenants/nobody/providers/x", setting()).status);
    }

    void anotherHubsChangeOfAProviderHoldsWithinASecond()
    {
        administrator("acme");
        two->provider("PUT", "/api/v1/tenants/acme/providers/keycloak", setting());
        CPPUNIT_ASSERT_EQUAL(200, asked(token()));

        two->hub.database().run("UPDATE identity_provider SET audience = 'moved'");

        eventually("the old audience is refused", [&] { return asked(token()) == 401; });
        CPPUNIT_ASSERT_EQUAL(200, asked(token("moved")));
    }

    void noTwoTenantsShareAnIssuer()
    {
        const std::string other = "/api/v1/tenants/globex/providers/keycloak";
        const std::string one = R"("organization": "acme")", two_ = R"("organization": "globex")";
        two->provider("PUT", "/api/v1/tenants/acme/providers/keycloak", setting());
        CPPUNIT_ASSERT_EQUAL(409, two->provider("PUT", other, setting()).status);
        CPPUNIT_ASSERT_EQUAL(
            409, two->provider("PUT", other, setting("https://id.example", two_)).status);
        CPPUNIT_ASSERT_EQUAL(200, two->provider("PUT", "/api/v1/tenants/acme/providers/keycloak",
                                                setting("https://id.example", one))
                                      .status);
        CPPUNIT_ASSERT_EQUAL(
            200, two->provider("PUT", other, setting("https://id.example", two_)).status);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, two->hub.database().count("identity_provider"));
    }

    void whatIsNoProviderIsRefusedByName()
    {
        const std::string path = "/api/v1/tenants/acme/providers/keycloak";
        const std::pair<const char*, const char*> cases[] = {
            {R"({"issuer": "i", "audience": "a", "algorithm": "HS256", "jwks_url": "https://i/k", "roles": {"b": "admin"}})",
             "algorithm"},
            {R"({"issuer": "i", "audience": "a", "algorithm": "RS256", "roles": {"b": "admin"}})",
             "jwks_url"},
            {R"({"issuer": "i", "audience": "a", "algorithm": "RS256", "jwks_url": "http://i/k", "roles": {"b": "admin"}})",
             "jwks_url"},
            {R"({"issuer": "i", "audience": "a", "algorithm": "RS256", "public_key": "none", "roles": {"b": "admin"}})",
             "public_key"},
            {R"({"issuer": "i", "audience": "a", "algorithm": "RS256", "jwks_url": "https://i/k", "roles": {"b": "boss"}})",
             "roles.b"},
            {R"({"issuer": "i", "audience": "a", "algorithm": "RS256", "jwks_url": "https://i/k", "roles": {"b": "provider"}})",
             "roles.b"},
            {R"({"issuer": "i", "audience": "a", "algorithm": "RS256", "jwks_url": "https://i/k"})",
             "roles"}};
        for (const auto& [body, member] : cases) {
            const Reply refused = two->provider("PUT", path, body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(refused.body, 400, refused.status);
            CPPUNIT_ASSERT_MESSAGE(refused.body, refused.body.find(member) != std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, two->hub.database().count("identity_provider"));
    }

    Reply ask(const std::string& role, const std::string& method, const std::string& target,
              const std::string& body = {})
    {
        return two->as(two->keys.at("acme/" + role), method, target, body);
    }
    void plan(const std::string& name)
    {
        CPPUNIT_ASSERT_EQUAL(
            200,
            two->provider("PATCH", "/api/v1/tenants/acme", R"({"plan": ")" + name + "\"}").status);
    }
    static std::string idIn(const Reply& reply)
    {
        const auto json = JsonDocument::parse(reply.body);
        return std::string(json->root().textOr("id"));
    }

    void anAdministratorManagesTheOthersOfHisTenantWhateverItsPlan()
    {
        administrator("acme");
        for (const char* each : {"large", "staff"}) {
            plan(each);
            const std::string name(each);
            const Reply made = ask("admin", "POST", "/api/v1/auth/users",
                                   R"({"username": ")" + name + R"(", "role": "admin"})");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 201, made.status);
            const std::string user = "/api/v1/auth/users/" + idIn(made);
            CPPUNIT_ASSERT_EQUAL(200,
                                 ask("admin", "PATCH", user, R"({"job_title": "boss"})").status);
            CPPUNIT_ASSERT_EQUAL(200, ask("admin", "PATCH", user, R"({"role": "manager"})").status);
            CPPUNIT_ASSERT_EQUAL(200, ask("admin", "PATCH", user, R"({"role": "owner"})").status);
            CPPUNIT_ASSERT_EQUAL(200, ask("admin", "DELETE", user).status);
            CPPUNIT_ASSERT_EQUAL(201, ask("admin", "POST", "/api/v1/auth/keys",
                                          R"({"name": ")" + name + R"(", "role": "admin"})")
                                          .status);
        }
    }

    void nobodyOfATenantManagesTheProvidersOwnOrMoreThanHimself()
    {
        administrator("acme");
        const std::string where = std::to_string(two->tenantId("acme"));
        two->hub.database().run("INSERT INTO user_account (tenant_id, id, username, role, "
                                "created_by, created_at, updated_at) VALUES (" +
                                where + ", 2, 'prov', 'provider', 'cli:test', 0, 0)");
        const auto refused = [&](const char* role, const std::string& path, const char* wanted) {
            const Reply users = ask(role, "POST", path,
                                    R"({"username": "x", "role": ")" + std::string(wanted) + "\"}");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(users.body, 403, users.status);
        };
        refused("admin", "/api/v1/auth/users", "provider");
        CPPUNIT_ASSERT_EQUAL(
            403, ask("admin", "POST", "/api/v1/auth/keys", R"({"name": "x", "role": "provider"})")
                     .status);
        const std::string provider = "/api/v1/auth/users/" + showId("usr", 2);
        CPPUNIT_ASSERT_EQUAL(403, ask("admin", "DELETE", provider).status);
        CPPUNIT_ASSERT_EQUAL(403, ask("admin", "PATCH", provider, R"({"role": "viewer"})").status);

        // Under a plan that leaves an administrator no more than a manager, he is none of users.
        const std::string first = "/api/v1/employees/" + showId("usr", 1);
        for (const char* each : {"large", "staff", "helpers"}) {
            plan(each);
            refused("manager", "/api/v1/employees", "admin");
            refused("manager", "/api/v1/employees", "manager");
            CPPUNIT_ASSERT_EQUAL(403, ask("manager", "DELETE", first).status);
        }
        refused("admin", "/api/v1/employees", "admin");
        CPPUNIT_ASSERT_EQUAL(403, ask("admin", "DELETE", first).status);
        CPPUNIT_ASSERT_EQUAL(201, ask("admin", "POST", "/api/v1/employees",
                                      R"({"username": "eva", "role": "employee"})")
                                      .status);
    }

    void aPersonIsKnownBeforeHeComesAndIsOutWhenHisSystemSaysSo()
    {
        administrator("acme");
        two->provider("PUT", "/api/v1/tenants/acme/providers/keycloak", setting());
        const auto sync = [&](const std::string& tenant, const std::string& more,
                              const std::string& role = "admin") {
            return two->as(two->keys.at(tenant + "/" + role), "POST", "/api/v1/auth/users/sync",
                           R"({"issuer": "https://id.example", "subject": "s-1", "email": )"
                           R"("eva@example.com")" +
                               more + "}");
        };
        const Reply made = sync("acme", R"(, "full_name": "Eva", "roles": ["other", "boss"])");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 200, made.status);
        CPPUNIT_ASSERT(made.body.find(R"("role":"admin")") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(200, asked(token()));

        CPPUNIT_ASSERT_EQUAL(200, sync("acme", R"(, "active": false)").status);
        CPPUNIT_ASSERT_EQUAL(401, asked(token()));
        CPPUNIT_ASSERT_EQUAL(200, sync("acme", R"(, "roles": ["boss"])").status);
        CPPUNIT_ASSERT_EQUAL(200, asked(token()));

        CPPUNIT_ASSERT_EQUAL(400, sync("acme", R"(, "roles": ["other"])").status);
        CPPUNIT_ASSERT_EQUAL(400,
                             sync("globex", R"(, "roles": ["boss"])").status); // not its provider
        CPPUNIT_ASSERT_EQUAL(403, sync("acme", R"(, "roles": ["boss"])", "manager").status);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, two->hub.database().count(
                                                  "user_account", "username LIKE '%@keycloak'"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(TenantsFlowTest);
