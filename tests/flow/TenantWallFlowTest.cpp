// Several merchants in one hub: what one has is, to every other, not there.
#include "core/Permissions.h"
#include "support/Engines.h"
#include "support/TwoMerchants.h"

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
    CPPUNIT_TEST_SUITE_END();

    static constexpr auto* canary = TwoMerchants::canary;

    std::optional<TwoMerchants> two;
    std::vector<std::pair<std::string, std::string>> theirs; // prefix or kind, and acme's own

public:
    void setUp() override
    {
        two.emplace();
        collect();
    }
    void tearDown() override
    {
        two.reset();
        theirs.clear();
    }

    /// What acme has, by which others may try to reach it.
    void collect()
    {
        two->hub.database().run("INSERT INTO privacy_request (tenant_id, id, channel_id, kind, "
                                "person, cause, received_at, "
                                "due_at) SELECT tenant_id, id, channel_id, 1, "
                                "'{\"name\":\"CANARY-OF-ACME\"}', 'test', 0, 0 "
                                "FROM customer WHERE tenant_id = " +
                                std::to_string(two->tenantId("acme")));
        const auto id = [&](const std::string& target, std::string_view member = "id") {
            theirs.emplace_back(target, two->first("acme", target, member));
        };
        id("/api/v1/orders");
        id("/api/v1/variants");
        id("/api/v1/listings");
        id("/api/v1/stock/reservations");
        id("/api/v1/tasks");
        id("/api/v1/inbox");
        id("/api/v1/auth/keys");
        id("/api/v1/audit");
        id("/api/v1/customers");
        id("/api/v1/privacy/requests");
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
        const auto table = JsonDocument::parse(two->as("", "GET", "/api/v1").body);
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
        const std::string id = std::to_string(two->tenantId(tenant));
        std::string state;
        for (const char* table : {"variant",        "stock_level",
                                  "stock_movement", "reservation",
                                  "sales_order",    "order_line",
                                  "order_fact",     "shipment",
                                  "listing",        "task",
                                  "inbox_message",  "api_key",
                                  "user_account",   "family",
                                  "identity",       "bundle_component",
                                  "exception",      "audit_entry",
                                  "customer",       "privacy_request",
                                  "sealed_secret",  "identity_provider",
                                  "channel_secret"})
            state += std::string(table) + " " +
                     std::to_string(two->hub.database().count(table, "tenant_id = " + id)) + "\n";
        for (const char* sum :
             {"SUM(on_hand) FROM stock_level", "SUM(reserved) FROM stock_level",
              "SUM(state) FROM task", "SUM(generation) FROM task", "SUM(quantity) FROM reservation",
              "SUM(paused) FROM channel", "SUM(safety_stock) FROM stock_level",
              "COUNT(variant_id) FROM listing", "COUNT(revoked_at) FROM api_key",
              "SUM(state) FROM inbox_message", "COUNT(erased_at) FROM customer",
              "COUNT(closed_at) FROM privacy_request"})
            state +=
                std::string(sum) + " " +
                std::to_string(two->hub.database().number(
                    "SELECT COALESCE(CAST(" +
                    std::string(sum).insert(std::string(sum).find(" FROM"), " AS BIGINT), 0)") +
                    " WHERE tenant_id = " + id)) +
                "\n";
        return state;
    }

    void eachMerchantsOrdersMoveItsOwnStock()
    {
        if (engine() == store::Engine::Postgres) // and behind the queries stands the wall
            CPPUNIT_ASSERT(two->hub.database().number("SELECT COUNT(*) FROM pg_policies") > 20);
        for (const char* tenant : {"acme", "globex"}) {
            const auto stock = two->good(tenant, "GET", "/api/v1/stock/SHARED");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(stock.root().dump(), std::int64_t{8},
                                         stock.root().integerOr("available", -1));
        }
        two->good("globex", "POST", "/api/v1/stock/adjust",
                  R"({"sku": "SHARED", "on_hand": 5, "reason": "more"})");
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{8},
            two->good("acme", "GET", "/api/v1/stock/SHARED").root().integerOr("available"));
    }

    void aTenantsRolesOpenTheirRoutesAndNoneOfTheProvider()
    {
        const Roles roles;
        for (const Route& route : routes()) {
            const auto permission = permissionFrom(route.permission);
            if (!permission)
                continue;
            const std::string path = target(route.path, "1");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 401, two->as("", route.method, path, "{}").status);
            for (const std::string& role : roles.names()) {
                const auto may = roles.of(role).value() & Permissions::tenants();
                const Reply reply =
                    two->as(two->keys.at("globex/" + role), route.method, path, "{}");
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
                    const std::string& key = two->keys.at("globex/" + role);
                    const std::string other = stranger(own);
                    const auto taken = two->as(key, route.method, target(route.path, own), "{}");
                    const auto nothing =
                        two->as(key, route.method, target(route.path, other), "{}");
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
                const Reply reply = two->as(two->keys.at("globex/" + role), "GET", route.path);
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
        const std::string mine = two->first("globex", "/api/v1/variants");
        const std::string listing = two->first("globex", "/api/v1/listings");
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
            const std::string& key = two->keys.at("globex/admin");
            const auto taken = two->as(key, attack.method, attack.target, body(attack.name));
            const auto nothing = two->as(key, attack.method, elsewhere, body(other));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(attack.method + " " + attack.target,
                                         saying(nothing, other), saying(taken, attack.name));
        }
        CPPUNIT_ASSERT_EQUAL(before, stateOf("acme"));
    }

    void cursorsAndKeysOfAnotherMeanNothing()
    {
        const auto page = two->good("acme", "GET", "/api/v1/variants?limit=1");
        const std::string cursor(page.root().textOr("next_cursor"));
        const Reply reply =
            two->as(two->keys.at("globex/admin"), "GET", "/api/v1/variants?cursor=" + cursor);
        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT(reply.body.find(canary) == std::string::npos);

        const std::string body = R"({"sku": "SHARED", "quantity": 1})";
        const std::string more = R"({"sku": "SHARED", "quantity": 2})";
        const auto ours = two->as(two->keys.at("acme/admin"), "POST", "/api/v1/stock/reserve", body,
                                  {{"Idempotency-Key", "one"}});
        const auto fresh = two->as(two->keys.at("globex/admin"), "POST", "/api/v1/stock/reserve",
                                   more, {{"Idempotency-Key", "one"}});
        CPPUNIT_ASSERT_EQUAL(201, ours.status);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(fresh.body, 201, fresh.status);
        CPPUNIT_ASSERT(ours.body != fresh.body);
    }

    void webhooksReachTheirOwnMerchantAlone()
    {
        const auto send = [&](const std::string& path) {
            return saying(two->webhook(path, {.number = 8, .sku = "SHARED"}), "");
        };
        const std::string before = stateOf("acme") + stateOf("globex");
        const std::string unknown = send("/t/nobody/webhooks/shop");
        CPPUNIT_ASSERT(unknown.starts_with("401 "));
        CPPUNIT_ASSERT_EQUAL(unknown, send("/t/globex/webhooks/acme-only"));
        CPPUNIT_ASSERT_EQUAL(unknown, send("/webhooks/acme-only"));
        CPPUNIT_ASSERT_EQUAL(unknown, send("/webhooks/shop"));
        CPPUNIT_ASSERT_EQUAL(before, stateOf("acme") + stateOf("globex"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(TenantWallFlowTest);
