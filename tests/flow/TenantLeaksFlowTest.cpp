// Several merchants in one hub: nothing of one shows through what the other can measure: entity
// tags, tables, cursors, keys of requests, rows of bulk forms and imports, names that are taken,
// and the hub's own figures.
#include "core/Permissions.h"
#include "support/Engines.h"
#include "support/TwoMerchants.h"

#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <optional>
#include <vector>

using namespace spokehub;
using namespace spokehub::test;

class TenantLeaksFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TenantLeaksFlowTest);
    CPPUNIT_TEST(tagsOfAnothersThingsMatchWhatTagsOfNothingMatch);
    CPPUNIT_TEST(tablesShowNothingOfOthersWithNoneOfTheirCursors);
    CPPUNIT_TEST(aKeyOfARequestIsItsTenantsOwn);
    CPPUNIT_TEST(rowsThatNameAnothersThingsAreAnsweredAsRowsThatNameNothing);
    CPPUNIT_TEST(whatAnotherHasIsNotTaken);
    CPPUNIT_TEST(figuresOfTheHubAreForNobodyOfATenant);
    CPPUNIT_TEST_SUITE_END();

    static constexpr auto* canary = TwoMerchants::canary;

    std::optional<TwoMerchants> two;

public:
    void setUp() override { two.emplace(); }
    void tearDown() override { two.reset(); }

    Reply acme(const std::string& method, const std::string& target, const std::string& body = {},
               HttpClient::Headers headers = {})
    {
        return two->as(two->keys.at("acme/admin"), method, target, body, std::move(headers));
    }
    Reply globex(const std::string& method, const std::string& target, const std::string& body = {},
                 HttpClient::Headers headers = {})
    {
        Reply reply =
            two->as(two->keys.at("globex/admin"), method, target, body, std::move(headers));
        CPPUNIT_ASSERT_MESSAGE(method + " " + target + ": " + reply.body,
                               reply.body.find(canary) == std::string::npos ||
                                   (target + body).find(canary) != std::string::npos);
        return reply;
    }

    struct Route
    {
        std::string method, path;
    };
    std::vector<Route> routes()
    {
        std::vector<Route> all;
        const auto table = JsonDocument::parse(two->as("", "GET", "/api/v1").body);
        table->root()["routes"].each([&](Json route) {
            if (route.textOr("permission") != "none")
                all.push_back(
                    {std::string(route.textOr("method")), std::string(route.textOr("path"))});
            return true;
        });
        return all;
    }

    /// A name of the same form that nobody has.
    static std::string nobodys(const std::string& own)
    {
        std::string other = own;
        char& letter = own.find('_') == 3 ? other[8] : other.front();
        letter = letter == '7' ? '8' : '7';
        return other;
    }
    /// Without the name of the thing and of the request, everything that an answer tells.
    static std::string told(const Reply& reply, const std::string& name)
    {
        std::string text = std::to_string(reply.status);
        for (const char* header : {"ETag", "Content-Type", "Idempotency-Replayed", "Location",
                                   "X-Next-Cursor", "Allow", "Retry-After"})
            text += std::string(" ") + header + "=" + reply.header(header);
        text += " " + reply.body;
        for (const std::string& word : {name, reply.header("X-Request-Id")})
            for (auto at = word.empty() ? text.npos : text.find(word); at != text.npos;
                 at = text.find(word, at))
                text.replace(at, word.size(), "?");
        return text;
    }
    static std::string filled(std::string path, const std::string& value)
    {
        const auto open = path.find('{');
        return path.replace(open, path.find('}') + 1 - open, value);
    }

    /// By the lists that show them: an id of acme's, and the tag of what it names.
    std::map<std::string, std::pair<std::string, std::string>> tagged()
    {
        std::map<std::string, std::pair<std::string, std::string>> all;
        for (const char* list : {"/api/v1/orders", "/api/v1/variants", "/api/v1/listings",
                                 "/api/v1/customers", "/api/v1/tasks", "/api/v1/locations"})
        {
            const std::string member = std::string(list).ends_with("locations") ? "name" : "id";
            const std::string id = two->first("acme", list, member);
            const std::string tag = acme("GET", list + ("/" + id)).header("ETag");
            all[list] = {id, tag};
        }
        CPPUNIT_ASSERT(!all.at("/api/v1/variants").second.empty());
        CPPUNIT_ASSERT(!all.at("/api/v1/orders").second.empty());
        return all;
    }

    void tagsOfAnothersThingsMatchWhatTagsOfNothingMatch()
    {
        int attacks = 0;
        for (const auto& [list, thing] : tagged()) {
            const auto& [id, tag] = thing;
            if (list.ends_with("locations"))
                continue; // of the same names
            for (const Route& route : routes()) {
                if (!route.path.starts_with(list + "/{") ||
                    route.path.find('{') != route.path.rfind('{'))
                    continue;
                for (const char* header : {"If-Match", "If-None-Match"})
                    for (const std::string& value :
                         {tag, std::string("*"), std::string("\"none\""), "W/" + tag}) {
                        const HttpClient::Headers headers{{header, value}};
                        const std::string other = nobodys(id);
                        CPPUNIT_ASSERT_EQUAL_MESSAGE(
                            route.method + " " + route.path + " " + header + ": " + value,
                            told(globex(route.method, filled(route.path, other), "{}", headers),
                                 other),
                            told(globex(route.method, filled(route.path, id), "{}", headers), id));
                        ++attacks;
                    }
            }
            if (list == "/api/v1/variants" || list == "/api/v1/customers") // others grow older
                CPPUNIT_ASSERT_EQUAL(tag, acme("GET", list + "/" + id).header("ETag"));
        }
        CPPUNIT_ASSERT_MESSAGE(std::to_string(attacks), attacks > 150);
    }

    void tablesShowNothingOfOthersWithNoneOfTheirCursors()
    {
        int lists = 0;
        int cursors = 0;
        for (const Route& route : routes()) {
            if (route.method != "GET" || route.path.find('{') != std::string::npos)
                continue;
            const HttpClient::Headers csv{{"Accept", "text/csv"}};
            const Reply own = acme("GET", route.path + "?limit=1", {}, csv);
            lists += own.header("Content-Type").starts_with("text/csv") ? 1 : 0;
            globex("GET", route.path, {}, csv);
            std::string cursor = own.header("X-Next-Cursor");
            if (const auto page = JsonDocument::parse(acme("GET", route.path + "?limit=1").body);
                cursor.empty() && page)
                cursor = page->root().textOr("next_cursor");
            if (cursor.empty())
                continue;
            ++cursors;
            for (const HttpClient::Headers& headers : {HttpClient::Headers{}, csv}) {
                const Reply taken =
                    globex("GET", route.path + "?limit=500&cursor=" + cursor, {}, headers);
                CPPUNIT_ASSERT_MESSAGE(route.path + ": " + taken.body,
                                       taken.status == 200 || taken.status == 400);
            }
        }
        CPPUNIT_ASSERT_MESSAGE(std::to_string(lists), lists > 12);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(cursors), cursors > 3);
    }

    void aKeyOfARequestIsItsTenantsOwn()
    {
        struct Made
        {
            std::string target, body;
        };
        const std::vector<Made> cases = {
            {"/api/v1/stock/reserve", R"({"sku": "SHARED", "quantity": 1})"},
            {"/api/v1/stock/adjust", R"({"sku": "SHARED", "delta_on_hand": 1})"},
            {"/api/v1/stock/receive", R"({"sku": "SHARED", "quantity": 2})"},
            {"/api/v1/variants", R"({"sku": "FRESH"})"},
            {"/api/v1/variants/bulk", R"({"rows": [{"sku": "FRESHER"}]})"},
            {"/api/v1/families", R"({"code": "00845", "title": "Frames"})"},
            {"/api/v1/orders", R"({"lines": [{"sku": "SHARED", "quantity": 1}]})"},
            {"/api/v1/stock/bulk/adjust", R"({"rows": [{"sku": "SHARED", "delta_on_hand": 1}]})"},
        };
        int number = 0;
        for (const Made& each : cases) {
            const HttpClient::Headers key{{"Idempotency-Key", "same-" + std::to_string(++number)}};
            const Reply ours = acme("POST", each.target, each.body, key);
            CPPUNIT_ASSERT_MESSAGE(each.target + ": " + ours.body, ours.status / 100 == 2);

            const Reply fresh = globex("POST", each.target, each.body, key);

            CPPUNIT_ASSERT_EQUAL_MESSAGE(each.target + ": " + fresh.body, ours.status,
                                         fresh.status);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(each.target, std::string(),
                                         fresh.header("Idempotency-Replayed"));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(each.target, ours.body,
                                         acme("POST", each.target, each.body, key).body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(each.target, fresh.body,
                                         globex("POST", each.target, each.body, key).body);
        }
    }

    void rowsThatNameAnothersThingsAreAnsweredAsRowsThatNameNothing()
    {
        const std::string sku = std::string("OWN-") + canary;
        const std::string order = two->first("acme", "/api/v1/orders");
        const std::string variant = two->first("acme", "/api/v1/variants");
        struct Attack
        {
            std::string target, before, after, name, type = "application/json";
        };
        const std::string csv = "text/csv";
        const std::vector<Attack> attacks = {
            {"/api/v1/stock/bulk/adjust", R"({"rows": [{"delta_on_hand": 1, "sku": ")", "\"}]}",
             sku},
            {"/api/v1/stock/bulk/receive", R"({"rows": [{"quantity": 1, "sku": ")", "\"}]}", sku},
            {"/api/v1/stock/bulk/transfer",
             R"({"rows": [{"quantity": 1, "from": "main", "to": "main", "sku": ")", "\"}]}", sku},
            {"/api/v1/inventory/bulk", R"({"rows": [{"serial": "S", "sku": ")", "\"}]}", sku},
            {"/api/v1/listings/bulk",
             R"({"rows": [{"channel": "shop", "external_id": "e9", "sku": ")", "\"}]}", sku},
            {"/api/v1/listings/bulk",
             R"({"rows": [{"channel": "shop", "external_id": "e9", "variant_id": ")", "\"}]}",
             variant},
            {"/api/v1/listings/bulk", R"({"rows": [{"external_id": "e9", "channel": ")", "\"}]}",
             "acme-only"},
            {"/api/v1/orders/bulk/cancel", R"({"rows": [{"id": ")", "\"}]}", order},
            {"/api/v1/orders/bulk/approve", R"({"rows": [{"id": ")", "\"}]}", order},
            {"/api/v1/orders", R"({"lines": [{"quantity": 1, "sku": ")", "\"}]}", sku},
            {"/api/v1/import/stock?partial=true", "sku,on_hand\r\n", ",4\r\n", sku, csv},
            {"/api/v1/import/stock?dry_run=true", "sku,on_hand\r\n", ",4\r\n", sku, csv},
            {"/api/v1/import/stock", "sku,on_hand\r\nSHARED,9\r\n", ",4\r\n", sku, csv},
            {"/api/v1/import/listings?partial=true", "channel,external_id,sku\r\nshop,e8,", "\r\n",
             sku, csv},
            {"/api/v1/import/listings?partial=true", "external_id,channel\r\ne7,", "\r\n",
             "acme-only", csv},
        };
        const auto stock = acme("GET", "/api/v1/stock").body;
        for (const Attack& attack : attacks) {
            const auto send = [&](const std::string& name, const std::string& dry) {
                return globex(
                    "POST",
                    attack.target +
                        (dry.empty() || attack.target.find('?') != std::string::npos ? "" : dry),
                    attack.before + name + attack.after, {{"Content-Type", attack.type}});
            };
            const std::string other = nobodys(attack.name);
            for (const std::string dry : {"?dry_run=true", ""}) {
                if (attack.target == "/api/v1/orders" && !dry.empty())
                    continue;
                const Reply taken = send(attack.name, dry);
                CPPUNIT_ASSERT_MESSAGE(attack.target + ": " + taken.body, taken.status != 415);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(attack.target, told(send(other, dry), other),
                                             told(taken, attack.name));
            }
        }
        CPPUNIT_ASSERT_EQUAL(stock, acme("GET", "/api/v1/stock").body);
    }

    /// Who makes what another has already is told nothing of it.
    void whatAnotherHasIsNotTaken()
    {
        const std::string sku = std::string("OWN-") + canary;
        const std::vector<std::pair<std::string, std::string>> cases = {
            {"/api/v1/variants", R"({"sku": ")" + sku + R"("})"},
            {"/api/v1/families", R"({"code": "00777", "title": "x"})"},
            {"/api/v1/locations", R"({"name": "attic"})"},
            {"/api/v1/auth/keys", R"({"name": "erp", "role": "viewer"})"},
            {"/api/v1/auth/users", R"({"username": "eva", "role": "employee"})"},
            {"/api/v1/listings", R"({"channel": "shop", "external_id": "e1", "sku": "SHARED"})"},
        };
        for (const auto& [target, body] : cases) {
            const Reply ours = acme("POST", target, body);
            CPPUNIT_ASSERT_MESSAGE(target + ": " + ours.body,
                                   ours.status == 201 || ours.status == 409);
            const Reply theirs = globex("POST", target, body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target + ": " + theirs.body, 201, theirs.status);
        }
    }

    void figuresOfTheHubAreForNobodyOfATenant()
    {
        for (const auto& [name, key] : two->keys) {
            const Reply reply = two->as(key, "GET", "/metrics");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 403, reply.status);
            CPPUNIT_ASSERT(reply.body.find("acme") == std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(401, two->as("nobodys", "GET", "/metrics").status);
        CPPUNIT_ASSERT_EQUAL(200, two->provider("GET", "/metrics").status);
        CPPUNIT_ASSERT_EQUAL(200, two->as("", "GET", "/metrics").status); // of this machine
        const Reply ready = two->as(two->keys.at("globex/admin"), "GET", "/health/ready");
        CPPUNIT_ASSERT(ready.body.find("acme") == std::string::npos);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(TenantLeaksFlowTest);
