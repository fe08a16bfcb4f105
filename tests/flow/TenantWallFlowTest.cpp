// Several merchants in one hub: what one has is, to every other, not there.
#include "access/Passwords.h"
#include "access/Secrets.h"
#include "core/Permissions.h"
#include "support/Engines.h"
#include "support/SandboxOrders.h"

#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <optional>
#include <set>

using namespace spokehub;
using namespace spokehub::test;

class TenantWallFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TenantWallFlowTest);
    CPPUNIT_TEST(eachMerchantsOrdersMoveItsOwnStock);
    CPPUNIT_TEST(aTenantsRolesOpenTheirRoutesAndNoneOfTheProvider);
    CPPUNIT_TEST(whatAnotherHasIsNotThereByAnyRoute);
    CPPUNIT_TEST(listsShowNothingOfOthers);
    CPPUNIT_TEST(bodiesThatNameAnothersThingsNameNothing);
    CPPUNIT_TEST(cursorsAndKeysOfAnotherMeanNothing);
    CPPUNIT_TEST(webhooksReachTheirOwnMerchantAlone);
    CPPUNIT_TEST(peopleSignInToTheirOwnMerchantAlone);
    CPPUNIT_TEST(theProviderManagesTenantsAndSeesNothingOfTheirs);
    CPPUNIT_TEST(whoIsNotActiveIsOutAtOnce);
    CPPUNIT_TEST(aPlanIsKeptTo);
    CPPUNIT_TEST(aMerchantChangesItsOwnSettings);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* canary = "CANARY-OF-ACME";
    static constexpr const char* password = "correct horse battery staple";

    std::optional<RunningHub> hub;
    std::map<std::string, std::string> keys;                 // by "tenant/role"
    std::vector<std::pair<std::string, std::string>> theirs; // prefix or kind, and acme's own

public:
    void setUp() override
    {
        const auto channel = [](const std::string& tenant, const std::string& name) {
            return "  - name: " + name + "\n    tenant: " + tenant +
                   "\n    spoke: sandbox\n    settings: { shop: " + freshShop() +
                   ", catalog: [\"SHARED=0\", \"ODD=0\"] }\n"
                   "    secrets: { webhook_secret: \"env:SECRET\" }\n"
                   "    orders_since: \"2026-01-01T00:00:00Z\"\n";
        };
        hub.emplace("plans: [{ name: large }, { name: small, variants: 2, users: 1 }]\n"
                    "tenants: [{ name: acme, plan: large }, { name: globex, plan: large }]\n"
                    "channels:\n" +
                    channel("acme", "shop") + channel("acme", "acme-only") +
                    channel("globex", "shop"));
        for (const char* tenant : {"acme", "globex"})
            for (const std::string& role : Roles().names())
                makeKey(tenant, role);
        fill("acme", canary);
        fill("globex", "GLOBEX");
        collect();
    }
    void tearDown() override
    {
        hub.reset();
        keys.clear();
        theirs.clear();
    }

    Id tenantId(const std::string& tenant)
    {
        return hub->database().number("SELECT id FROM tenant WHERE name = '" + tenant + "'");
    }

    /// As `spokehub key add --tenant` does.
    void makeKey(const std::string& tenant, const std::string& role)
    {
        const Id id = tenantId(tenant);
        const std::string key = access::secret::make(access::secret::apiKey, id);
        std::string hex;
        for (const char c : access::secret::hashOf(key)) {
            hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
            hex += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
        }
        const std::string hash =
            engine() == store::Engine::Postgres ? "'\\x" + hex + "'" : "x'" + hex + "'";
        hub->database().run("INSERT INTO api_key (tenant_id, id, name, hash, role, created_by, "
                            "created_at) VALUES (" +
                            std::to_string(id) + ", " + std::to_string(100 + keys.size()) + ", '" +
                            role + "', " + hash + ", '" + role + "', 'test', 0)");
        keys[tenant + "/" + role] = key;
    }

    Reply as(const std::string& key, const std::string& method, const std::string& target,
             const std::string& body = {}, HttpClient::Headers headers = {})
    {
        HttpClient client(hub->port());
        headers.emplace_back("Content-Type", "application/json");
        if (!key.empty())
            headers.emplace_back("X-Api-Key", key);
        return client.request(method, target, body, headers);
    }
    JsonDocument good(const std::string& tenant, const std::string& method,
                      const std::string& target, const std::string& body = {})
    {
        const Reply reply = as(keys.at(tenant + "/admin"), method, target, body);
        CPPUNIT_ASSERT_MESSAGE(method + " " + target + ": " + reply.body,
                               reply.status >= 200 && reply.status < 300);
        return JsonDocument::parse(reply.body).value();
    }
    std::string first(const std::string& tenant, const std::string& target,
                      std::string_view member = "id")
    {
        std::string value;
        const auto list = good(tenant, "GET", target);
        list.root()["data"].each([&](Json row) {
            value = row.textOr(member);
            return false;
        });
        CPPUNIT_ASSERT_MESSAGE(target, !value.empty());
        return value;
    }

    /// A genuine delivery at this path.
    Reply webhook(const std::string& path, const SandboxOrder& order)
    {
        HttpClient client(hub->port());
        const std::string body = order.text();
        return client.post(path + "/orders-create", body,
                           {{"Content-Type", "application/json"},
                            {"X-Sandbox-Signature", signature(body)},
                            {"X-Sandbox-Id", "m" + std::to_string(order.number)}});
    }

    void fill(const std::string& tenant, const std::string& text)
    {
        good(tenant, "POST", "/admin/skus",
             R"({"product_title": ")" + text + R"(", "sku_code": "SHARED", "size": "S", )" +
                 R"("color": "BK", "category": "x", "price_cents": 1, "cost_cents": 1, )" +
                 R"("qty_on_hand": 10, "reorder_level": 1})");
        good(tenant, "POST", "/admin/skus",
             R"({"product_title": ")" + text + R"(", "sku_code": "OWN-)" + text + R"(", "size": )" +
                 R"("S", "color": "BK", "category": "x", "price_cents": 1, "cost_cents": 1, )" +
                 R"("qty_on_hand": 10, "reorder_level": 1})");
        good(tenant, "POST", "/api/v1/channels/shop/sync");
        const std::string where = "tenant_id = " + std::to_string(tenantId(tenant));
        eventually("the listings are there",
                   [&] { return hub->database().count("listing", where) >= 2; });
        CPPUNIT_ASSERT_EQUAL(
            200, webhook("/t/" + tenant + "/webhooks/shop", {.number = 7, .sku = "SHARED"}).status);
        hub->settle();
        const std::string order = first(tenant, "/api/v1/orders");
        good(tenant, "POST", "/api/v1/orders/" + order + "/shipments", "{}");
        good(tenant, "POST", "/api/v1/stock/reserve",
             R"({"sku": "SHARED", "quantity": 1, "reference": ")" + text + "\"}");
        hub->settle();
    }

    /// What acme has, by which others may try to reach it.
    void collect()
    {
        const auto id = [&](const std::string& target, std::string_view member = "id") {
            theirs.emplace_back(target, first("acme", target, member));
        };
        id("/api/v1/orders");
        id("/api/v1/variants");
        id("/api/v1/listings");
        id("/api/v1/stock/reservations");
        id("/api/v1/tasks");
        id("/api/v1/inbox");
        id("/api/v1/auth/keys");
        id("/api/v1/audit");
        theirs.emplace_back("sku", std::string("OWN-") + canary);
        theirs.emplace_back("channel", "acme-only");
    }

    struct Route
    {
        std::string method, path, permission;
    };
    std::vector<Route> routes()
    {
        std::vector<Route> all;
        const auto table = JsonDocument::parse(as("", "GET", "/api/v1").body);
        table->root()["routes"].each([&](Json route) {
            all.push_back({std::string(route.textOr("method")), std::string(route.textOr("path")),
                           std::string(route.textOr("permission"))});
            return true;
        });
        return all;
    }

    /// Each parameter of a path replaced.
    static std::string target(const std::string& pattern, const std::string& value)
    {
        std::string path;
        for (std::size_t at = 0; at < pattern.size();) {
            const auto open = pattern.find('{', at);
            path += pattern.substr(at, open - at);
            if (open == std::string::npos)
                break;
            path += value;
            at = pattern.find('}', open) + 1;
        }
        return path;
    }

    /// Like this one, and nobody's.
    static std::string stranger(const std::string& own)
    {
        std::string other = own;
        const auto bar = own.find('_');
        if (bar == 3)
            other[bar + 5] = other[bar + 5] == '7' ? '8' : '7';
        else
            other.front() = other.front() == 'Z' ? 'Y' : 'Z';
        return other == own ? own + "x" : other;
    }

    /// What an answer says when the name of the thing and of the request are left out.
    static std::string saying(const Reply& reply, const std::string& name)
    {
        std::string text = std::to_string(reply.status) + " " + reply.header("ETag") + " " +
                           reply.header("Content-Type") + " " + reply.body;
        for (const std::string& word : {name, reply.header("X-Request-Id")})
            for (auto at = word.empty() ? text.npos : text.find(word); at != text.npos;
                 at = text.find(word, at))
                text.replace(at, word.size(), "?");
        return text;
    }

    /// Everything of a tenant, as text; equal texts, nothing moved.
    std::string stateOf(const std::string& tenant)
    {
        const std::string id = std::to_string(tenantId(tenant));
        std::string state;
        for (const char* table :
             {"variant", "stock_level", "stock_movement", "reservation", "sales_order",
              "order_line", "order_fact", "shipment", "listing", "task", "inbox_message", "api_key",
              "user_account", "family", "identity", "bundle_component", "exception", "audit_entry"})
            state += std::string(table) + " " +
                     std::to_string(hub->database().count(table, "tenant_id = " + id)) + "\n";
        for (const char* sum :
             {"SUM(on_hand) FROM stock_level", "SUM(reserved) FROM stock_level",
              "SUM(state) FROM task", "SUM(generation) FROM task", "SUM(quantity) FROM reservation",
              "SUM(paused) FROM channel", "SUM(safety_stock) FROM stock_level",
              "COUNT(variant_id) FROM listing", "COUNT(revoked_at) FROM api_key",
              "SUM(state) FROM inbox_message"})
            state +=
                std::string(sum) + " " +
                std::to_string(hub->database().number(
                    "SELECT COALESCE(CAST(" +
                    std::string(sum).insert(std::string(sum).find(" FROM"), " AS BIGINT), 0)") +
                    " WHERE tenant_id = " + id)) +
                "\n";
        return state;
    }

    void eachMerchantsOrdersMoveItsOwnStock()
    {
        if (engine() == store::Engine::Postgres) // and behind the queries stands the wall
            CPPUNIT_ASSERT(hub->database().number("SELECT COUNT(*) FROM pg_policies") > 20);
        for (const char* tenant : {"acme", "globex"}) {
            const auto stock = good(tenant, "GET", "/api/v1/stock/SHARED");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(stock.root().dump(), std::int64_t{8},
                                         stock.root().integerOr("available", -1));
        }
        good("globex", "POST", "/api/v1/stock/adjust",
             R"({"sku": "SHARED", "on_hand": 5, "reason": "more"})");
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{8},
            good("acme", "GET", "/api/v1/stock/SHARED").root().integerOr("available"));
    }

    void aTenantsRolesOpenTheirRoutesAndNoneOfTheProvider()
    {
        const Roles roles;
        for (const Route& route : routes()) {
            const auto permission = permissionFrom(route.permission);
            if (!permission)
                continue;
            const std::string path = target(route.path, "1");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 401, as("", route.method, path, "{}").status);
            for (const std::string& role : roles.names()) {
                const auto may = roles.of(role).value() & Permissions::tenants();
                const Reply reply = as(keys.at("globex/" + role), route.method, path, "{}");
                CPPUNIT_ASSERT_MESSAGE(
                    route.method + " " + path + " as " + role + ": " + reply.body,
                    may.has(*permission)
                        ? reply.status != 401 && reply.status != 403 && reply.status < 500
                        : reply.status == 403);
            }
        }
    }

    void whatAnotherHasIsNotThereByAnyRoute()
    {
        const std::string before = stateOf("acme");
        int attacks = 0;
        for (const Route& route : routes()) {
            if (route.permission == "none" || route.path.find('{') == std::string::npos)
                continue;
            for (const auto& [kind, own] : theirs)
                for (const std::string& role : Roles().names()) {
                    const std::string& key = keys.at("globex/" + role);
                    const std::string other = stranger(own);
                    const auto taken = as(key, route.method, target(route.path, own), "{}");
                    const auto nothing = as(key, route.method, target(route.path, other), "{}");
                    ++attacks;
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(route.method + " " + route.path + " as " + role +
                                                     " with " + own,
                                                 saying(nothing, other), saying(taken, own));
                    CPPUNIT_ASSERT_MESSAGE(taken.body,
                                           taken.body.find(canary) == std::string::npos ||
                                               own.find(canary) != std::string::npos);
                }
        }
        CPPUNIT_ASSERT_EQUAL(before, stateOf("acme"));
        CPPUNIT_ASSERT_MESSAGE(std::to_string(attacks), attacks > 2000);
    }

    void listsShowNothingOfOthers()
    {
        for (const Route& route : routes()) {
            if (route.method != "GET" || route.permission == "none" ||
                route.path.find('{') != std::string::npos)
                continue;
            for (const std::string& role : Roles().names()) {
                const Reply reply = as(keys.at("globex/" + role), "GET", route.path);
                CPPUNIT_ASSERT_MESSAGE(route.path + ": " + reply.body, reply.status < 500);
                CPPUNIT_ASSERT_MESSAGE(route.path, reply.body.find(canary) == std::string::npos);
                for (const auto& [kind, own] : theirs)
                    CPPUNIT_ASSERT_MESSAGE(route.path + " shows " + own,
                                           reply.body.find(own) == std::string::npos);
            }
        }
    }

    void bodiesThatNameAnothersThingsNameNothing()
    {
        struct Attack
        {
            std::string method, target, before, after; // of a body, around the name
            std::string name;
        };
        const auto own = [&](const std::string& kind) {
            for (const auto& [known, value] : theirs)
                if (known == kind)
                    return value;
            return std::string();
        };
        const std::string sku = own("sku"), variant = own("/api/v1/variants");
        const std::string mine = first("globex", "/api/v1/variants");
        const std::string listing = first("globex", "/api/v1/listings");
        const std::vector<Attack> attacks = {
            {"POST", "/api/v1/stock/reserve", R"({"quantity": 1, "sku": ")", "\"}", sku},
            {"POST", "/api/v1/stock/adjust", R"({"on_hand": 1, "sku": ")", "\"}", sku},
            {"POST", "/api/v1/stock/limits", R"({"safety_stock": 1, "sku": ")", "\"}", sku},
            {"POST", "/admin/inventory/adjust", R"({"delta_on_hand": 1, "sku_code": ")", "\"}",
             sku},
            {"POST", "/api/v1/listings/" + listing + "/match", R"({"variant_id": ")", "\"}",
             variant},
            {"PUT", "/api/v1/variants/" + mine + "/components",
             R"({"components": [{"quantity": 1, "variant_id": ")", "\"}]}", variant},
            {"POST", "/api/v1/listings",
             R"({"channel": "shop", "external_id": "e", "variant_id": ")", "\"}", variant},
            {"POST", "/api/v1/listings", R"({"external_id": "e", "channel": ")", "\"}",
             "acme-only"},
            {"POST", "/api/v1/tasks/retry", R"({"channel": ")", "\"}", "acme-only"},
            {"GET", "/api/v1/tasks?channel=acme-only", "", "", "acme-only"},
            {"GET", "/api/v1/orders?channel=acme-only", "", "", "acme-only"},
            {"GET", "/api/v1/inbox?channel=acme-only", "", "", "acme-only"},
            {"GET", "/api/v1/listings?channel=acme-only", "", "", "acme-only"},
            {"GET", "/api/v1/variants?prefix=" + sku, "", "", sku},
            {"GET", "/api/v1/audit?subject=" + sku, "", "", sku},
        };
        const std::string before = stateOf("acme");
        for (const Attack& attack : attacks) {
            const std::string other = stranger(attack.name);
            std::string elsewhere = attack.target;
            if (const auto at = elsewhere.find(attack.name); at != std::string::npos)
                elsewhere.replace(at, attack.name.size(), other);
            const auto body = [&](const std::string& name) {
                return attack.before.empty() ? "" : attack.before + name + attack.after;
            };
            const std::string& key = keys.at("globex/admin");
            const auto taken = as(key, attack.method, attack.target, body(attack.name));
            const auto nothing = as(key, attack.method, elsewhere, body(other));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(attack.method + " " + attack.target,
                                         saying(nothing, other), saying(taken, attack.name));
        }
        CPPUNIT_ASSERT_EQUAL(before, stateOf("acme"));
    }

    void cursorsAndKeysOfAnotherMeanNothing()
    {
        const auto page = good("acme", "GET", "/api/v1/variants?limit=1");
        const std::string cursor(page.root().textOr("next_cursor"));
        const Reply reply = as(keys.at("globex/admin"), "GET", "/api/v1/variants?cursor=" + cursor);
        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT(reply.body.find(canary) == std::string::npos);

        const std::string body = R"({"sku": "SHARED", "quantity": 1})";
        const std::string more = R"({"sku": "SHARED", "quantity": 2})";
        const auto ours = as(keys.at("acme/admin"), "POST", "/api/v1/stock/reserve", body,
                             {{"Idempotency-Key", "one"}});
        const auto fresh = as(keys.at("globex/admin"), "POST", "/api/v1/stock/reserve", more,
                              {{"Idempotency-Key", "one"}});
        CPPUNIT_ASSERT_EQUAL(201, ours.status);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(fresh.body, 201, fresh.status);
        CPPUNIT_ASSERT(ours.body != fresh.body);
    }

    void webhooksReachTheirOwnMerchantAlone()
    {
        const auto send = [&](const std::string& path) {
            return saying(webhook(path, {.number = 8, .sku = "SHARED"}), "");
        };
        const std::string before = stateOf("acme") + stateOf("globex");
        const std::string unknown = send("/t/nobody/webhooks/shop");
        CPPUNIT_ASSERT(unknown.starts_with("401 "));
        CPPUNIT_ASSERT_EQUAL(unknown, send("/t/globex/webhooks/acme-only"));
        CPPUNIT_ASSERT_EQUAL(unknown, send("/webhooks/acme-only"));
        CPPUNIT_ASSERT_EQUAL(unknown, send("/webhooks/shop"));
        CPPUNIT_ASSERT_EQUAL(before, stateOf("acme") + stateOf("globex"));
    }

    void peopleSignInToTheirOwnMerchantAlone()
    {
        hub->database().run("INSERT INTO user_account (tenant_id, id, username, role, password, "
                            "created_by, created_at, updated_at) VALUES (" +
                            std::to_string(tenantId("acme")) + ", 1, 'ann', 'admin', '" +
                            access::passwordHash(password) + "', 'cli:test', 0, 0)");
        const auto signIn = [&](const std::string& path) {
            return as("", "POST", path + "/api/v1/auth/login",
                      R"({"username": "ann", "password": ")" + std::string(password) + "\"}");
        };
        const Reply in = signIn("/t/acme");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(in.body, 200, in.status);
        for (const char* path : {"", "/t/globex", "/t/nobody", "/t/main"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 401, signIn(path).status);

        HttpClient client(hub->port());
        const Reply token =
            client.request("POST", "/t/acme/api/v1/auth/token",
                           "grant_type=password&username=ann&password=correct+horse+battery+staple",
                           {{"Content-Type", "application/x-www-form-urlencoded"}});
        const auto answer = JsonDocument::parse(token.body);
        const Reply me =
            as("", "GET", "/api/v1/orders", "",
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
        const Reply made = as(provider, "POST", "/api/v1/tenants",
                              R"({"name": "initech", "title": "Initech", "plan": "small"})");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 201, made.status);
        CPPUNIT_ASSERT_EQUAL(
            409,
            as(provider, "POST", "/api/v1/tenants", R"({"name": "acme", "plan": "large"})").status);
        CPPUNIT_ASSERT(as(provider, "GET", "/api/v1/tenants").body.find("initech") !=
                       std::string::npos);
        const Reply shown = as(provider, "GET", "/api/v1/tenants/initech");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(shown.body, 200, shown.status);
        CPPUNIT_ASSERT(shown.body.find(R"("title":"Initech")") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(403, as(provider, "GET", "/api/v1/orders").status);
        for (const char* tenant : {"acme", "globex"})
            for (const std::string& role : Roles().names())
                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                    role, 403,
                    as(keys.at(std::string(tenant) + "/" + role), "GET", "/api/v1/tenants").status);
        CPPUNIT_ASSERT_EQUAL(403, as(RunningHub::key, "GET", "/api/v1/tenants").status);

        makeKey("initech", "admin");
        good("initech", "POST", "/admin/skus",
             R"({"product_title": "x", "sku_code": "SHARED", "size": "S", "color": "BK", )"
             R"("category": "x", "price_cents": 1, "cost_cents": 1, "qty_on_hand": 3})");
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{3},
            good("initech", "GET", "/api/v1/stock/SHARED").root().integerOr("available"));
    }

    void whoIsNotActiveIsOutAtOnce()
    {
        const std::string provider = RunningHub::keyOf("provider");
        CPPUNIT_ASSERT_EQUAL(
            200, as(provider, "PATCH", "/api/v1/tenants/acme", R"({"active": false})").status);

        CPPUNIT_ASSERT_EQUAL(403, as(keys.at("acme/admin"), "GET", "/api/v1/orders").status);
        CPPUNIT_ASSERT_EQUAL(401, webhook("/t/acme/webhooks/shop", {.number = 9}).status);
        CPPUNIT_ASSERT_EQUAL(200, as(keys.at("globex/admin"), "GET", "/api/v1/orders").status);
        as(provider, "PATCH", "/api/v1/tenants/acme", R"({"active": true})");
        CPPUNIT_ASSERT_EQUAL(200, as(keys.at("acme/admin"), "GET", "/api/v1/orders").status);
    }

    void aPlanIsKeptTo()
    {
        const std::string provider = RunningHub::keyOf("provider");
        CPPUNIT_ASSERT_EQUAL(
            200, as(provider, "PATCH", "/api/v1/tenants/globex", R"({"plan": "small"})").status);

        const Reply refused =
            as(keys.at("globex/admin"), "POST", "/api/v1/variants", R"({"sku": "THIRD"})");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(refused.body, 403, refused.status);
        CPPUNIT_ASSERT(refused.body.find(R"("code":"quota_exceeded")") != std::string::npos);
        CPPUNIT_ASSERT(refused.body.find("room for 2 variants") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{2},
            hub->database().count("variant", "tenant_id = " + std::to_string(tenantId("globex"))));
        CPPUNIT_ASSERT_EQUAL(
            201,
            as(keys.at("acme/admin"), "POST", "/api/v1/variants", R"({"sku": "THIRD"})").status);
    }

    void aMerchantChangesItsOwnSettings()
    {
        const std::string wanted =
            R"({"restocking_fee_percent": 15, "refund_max": 50000, "refund_approval_above": 10000, )"
            R"("webhook_target": "https://erp.acme.example/hook", )"
            R"("workflow": [{"state": "confirmed", "name": "picking", "optional": true}]})";
        const auto set = good("acme", "PATCH", "/api/v1/tenant/settings", wanted);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{15}, set.root().integerOr("restocking_fee_percent"));
        CPPUNIT_ASSERT_EQUAL(set.root().dump(),
                             good("acme", "GET", "/api/v1/tenant/settings").root().dump());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, good("globex", "GET", "/api/v1/tenant/settings")
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
                as(keys.at("acme/admin"), "PATCH", "/api/v1/tenant/settings", wrong).status);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(TenantWallFlowTest);
