// If-Match on every change of a thing that GET shows: refused when the thing is another one by now.
#include "support/Engines.h"
#include "support/TwoMerchants.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <thread>

using namespace spokehub;
using namespace spokehub::test;

class ConditionFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConditionFlowTest);
    CPPUNIT_TEST(noChangeIsMadeOfWhatIsAnotherThingByNow);
    CPPUNIT_TEST(ofManyWhoKnowTheSameOneIsFirst);
    CPPUNIT_TEST(whatWasDoneUnderAKeyIsAnsweredAgain);
    CPPUNIT_TEST(whatIsNotThereIsMadeByNobodyWhoThinksHeKnowsIt);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* api = "/api/v1";

    std::optional<TwoMerchants> two;
    std::set<std::string> changed; // routes that were seen to heed it

public:
    void setUp() override { two.emplace(); }
    void tearDown() override
    {
        two.reset();
        changed.clear();
    }

    std::string admin() { return two->keys.at("acme/admin"); }

    std::string made(const std::string& target, const std::string& body)
    {
        return std::string(two->good("acme", "POST", api + target, body).root().textOr("id"));
    }
    std::string first(const std::string& target) { return two->first("acme", api + target); }

    Reply send(const std::string& key, const std::string& method, const std::string& target,
               const std::string& body, HttpClient::Headers headers = {})
    {
        return two->as(key, method, target, body, std::move(headers));
    }

    /// A tag without what goes by by itself.
    static std::string lasting(const std::string& tag) { return tag.substr(0, tag.find('.')); }

    std::string tagOf(const std::string& key, const std::string& target)
    {
        const Reply shown = send(key, "GET", target, "");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(target + ": " + shown.body, 200, shown.status);
        CPPUNIT_ASSERT_MESSAGE(target, !shown.header("ETag").empty());
        return shown.header("ETag");
    }

    /// "{id}" in the route is `id`; `shown` is what GET shows of it, as long as the route.
    void heeds(const std::string& route, const std::string& shown, const std::string& id,
               const std::string& body = "", std::string key = {})
    {
        if (key.empty())
            key = admin();
        const auto place = [&](std::string path) {
            if (const auto at = path.find('{'); at != path.npos)
                path.replace(at, path.find('}') - at + 1, id);
            return path;
        };
        const std::string method = route.substr(0, route.find(' '));
        const std::string target = place(route.substr(method.size() + 1));
        const std::string tag = tagOf(key, place(shown));

        const Reply stale = send(key, method, target, body, {{"If-Match", "\"stale-1\""}});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(route + ": " + stale.body, 412, stale.status);
        CPPUNIT_ASSERT_EQUAL(std::string("precondition_failed"), memberOf(stale, "code"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(route, lasting(tag), lasting(tagOf(key, place(shown))));

        const Reply known = send(key, method, target, body, {{"If-Match", tag}});
        CPPUNIT_ASSERT_MESSAGE(route + ": " + known.body, known.status / 100 == 2);
        changed.insert(route.substr(0, route.find('?')));
    }

    void catalogue()
    {
        made("/families", R"({"code": "00845", "title": "Beds"})");
        const std::string family = "/api/v1/families/{code}";
        heeds("PATCH " + family, family, "00845", R"({"title": "Bed frames"})");
        heeds("DELETE " + family, family, "00845");
        const std::string variant = "/api/v1/variants/{id}";
        const std::string set = made("/variants", R"({"sku": "SET"})");
        heeds("PATCH " + variant, variant, set, R"({"title": "A set"})");
        heeds("PUT " + variant + "/components", variant + "/components", set,
              R"({"components": [{"sku": "SHARED", "quantity": 2}]})");
        const std::string parts = "/api/v1/bundles/parent/" + set + "/components";
        const std::string shared = std::string(
            two->good("acme", "GET", "/api/v1/variants/sku/SHARED").root().textOr("id"));
        heeds("DELETE " + parts + "/{component}", parts, shared);
        changed.erase("DELETE " + parts + "/{component}");
        changed.insert("DELETE /api/v1/bundles/parent/{id}/components/{component}");
        for (const std::string table : {"/colors", "/brands"}) {
            made(table, R"({"code": "WY", "title": "white"})");
            const std::string path = api + table + "/{code}";
            heeds("PATCH " + path, path, "WY", R"({"title": "whitish"})");
        }
    }

    void warehouse()
    {
        made("/locations", R"({"name": "east", "title": "East"})");
        const std::string location = "/api/v1/locations/{name}";
        heeds("PATCH " + location, location, "east", R"({"title": "The east"})");
        const std::string count = "/api/v1/counts/{id}";
        const std::string counted = made("/counts", R"({"location": "main"})");
        heeds("POST " + count + "/lines", count, counted,
              R"({"lines": [{"sku": "SHARED", "counted": 9}]})");
        heeds("POST " + count + "/close", count, counted);
        heeds("POST " + count + "/cancel", count, made("/counts", R"({"location": "main"})"));
        const std::string item = made("/inventory", R"({"sku": "SHARED", "serial": "SN1"})");
        const std::string unit = "/api/v1/inventory/{id}";
        heeds("POST " + unit + "/reserve", unit, item, "{}");
        heeds("POST " + unit + "/release", unit, item);
        heeds("POST " + unit + "/move", unit, item, R"({"location": "east"})");
        heeds("POST " + unit + "/status", unit, item,
              R"({"status": "AVAILABLE", "reason": "looked at"})");
        heeds("POST " + unit + "/sell", unit, item, "{}");
        const std::string held = "/api/v1/stock/reservations/{id}";
        for (const std::string end : {"/release", "/commit"})
            heeds("POST " + held + end, held,
                  made("/stock/reserve", R"({"sku": "SHARED", "quantity": 1})"));
    }

    void channelAndOrders()
    {
        const std::string listing = "/api/v1/listings/{id}", order = "/api/v1/orders/{id}";
        two->hub.settle(); // what is told to the channel changes its listings
        const std::string offered = first("/listings?channel=shop&sku=SHARED");
        heeds("PATCH " + listing, listing, offered, R"({"units_per_sale": 2})");
        two->hub.settle();
        heeds("POST " + listing + "/mark-synced", listing, offered, R"({"reason": "seen"})");
        heeds("POST " + listing + "/mark-error", listing, offered, R"({"reason": "no"})");
        heeds("POST /api/v1/tasks/{id}/retry", "/api/v1/tasks/{id}", first("/tasks?state=failed"));
        two->hub.settle();
        heeds("POST " + listing + "/unmatch", listing, offered);
        heeds("POST " + listing + "/match", listing, offered, R"({"variant_sku": "SHARED"})");
        two->hub.settle();
        const std::string channel = "/api/v1/channels/{name}";
        heeds("POST " + channel + "/pause", channel, "shop", R"({"reason": "tea"})");
        heeds("POST " + channel + "/resume", channel, "shop");
        two->hub.settle();

        const std::string body = R"({"lines": [{"sku": "SHARED", "quantity": 1}]})";
        const std::string made1 = made("/orders", body);
        heeds("POST " + order + "/hold", order, made1, R"({"reason": "look"})");
        heeds("POST " + order + "/release", order, made1);
        heeds("POST " + order + "/approve", order, made1);
        heeds("POST " + order + "/shipments", order, made1, "{}");
        heeds("POST " + order + "/cancel", order, made("/orders", body));
        heeds("POST /admin/orders/{id}/status?status=PAID", "/admin/orders/{id}",
              made("/orders", body));
    }

    void whatCameIn()
    {
        heeds("POST /api/v1/inbox/{id}/replay", "/api/v1/inbox/{id}", first("/inbox?state=done"));
        two->hub.settle();
        CPPUNIT_ASSERT_EQUAL(200, two->webhook("/t/acme/webhooks/shop",
                                               {.number = 8, .sku = "SHARED", .quantity = 90})
                                      .status);
        two->hub.settle();
        const std::string exception = "/api/v1/exceptions/{id}";
        heeds("POST " + exception + "/resolve", exception, first("/exceptions"));
        two->hub.database().run(
            "INSERT INTO privacy_request (tenant_id, id, channel_id, kind, person, cause, "
            "received_at, due_at) SELECT tenant_id, 7, id, 1, '{}', 'test', 1, 2 FROM channel "
            "WHERE name = 'acme-only'");
        const std::string request = "/api/v1/privacy/requests/{id}";
        heeds("POST " + request + "/close", request, first("/privacy/requests?open=true"));
        const std::string customer = "/api/v1/customers/{id}";
        heeds("POST " + customer + "/erase", customer, first("/customers"));
    }

    void peopleAndKeys()
    {
        for (const std::string people : {"/auth/users", "/employees"}) {
            const std::string user = made(people, R"({"role": "employee", "username": "u)" +
                                                      std::to_string(people.size()) + "\"}");
            const std::string path = api + people + "/{id}";
            heeds("PATCH " + path, path, user, R"({"full_name": "Ann"})");
            heeds("PATCH " + path, path, user, R"({"password": "correct horse battery staple"})");
            heeds("DELETE " + path, path, user);
        }
        const std::string key = "/api/v1/auth/keys/{id}";
        heeds("DELETE " + key, key, made("/auth/keys", R"({"name": "till", "role": "employee"})"));
        const std::string settings = "/api/v1/tenant/settings";
        heeds("PATCH " + settings, settings, "", R"({"restocking_fee_percent": 5})");

        const std::string provider = RunningHub::keyOf("provider");
        const std::string tenant = "/api/v1/tenants/{tenant}";
        heeds("PATCH " + tenant, tenant, "globex", R"({"title": "Globex Inc"})", provider);
        const std::string identity =
            R"({"issuer": "https://id.example.com", "audience": "hub", "algorithm": "RS256", )"
            R"("jwks_url": "https://id.example.com/keys", "roles": {"boss": "admin"}})";
        const std::string path = "/api/v1/tenants/globex/providers/{provider}";
        CPPUNIT_ASSERT_EQUAL(
            200, send(provider, "PUT", "/api/v1/tenants/globex/providers/okta", identity).status);
        for (const std::string method : {"PUT ", "DELETE "}) {
            heeds(method + path, path, "okta", method == "PUT " ? identity : "", provider);
            changed.erase(method + path);
            changed.insert(method + "/api/v1/tenants/{tenant}/providers/{provider}");
        }
    }

    /// Those that say so in the document.
    std::set<std::string> guarded()
    {
        std::set<std::string> routes;
        const auto document = two->hub.getJson("/api/v1/openapi.json");
        document.root()["paths"].eachMember([&](std::string_view path, Json operations) {
            operations.eachMember([&](std::string_view method, Json operation) {
                operation["parameters"].each([&](Json parameter) {
                    if (parameter.textOr("$ref").ends_with("/If-Match")) {
                        CPPUNIT_ASSERT(operation["responses"]["412"].isObject());
                        std::string name(method);
                        for (char& c : name)
                            c = static_cast<char>(c - 'a' + 'A');
                        routes.insert(name + " " + std::string(path));
                    }
                    return true;
                });
                return true;
            });
            return true;
        });
        return routes;
    }

    void noChangeIsMadeOfWhatIsAnotherThingByNow()
    {
        catalogue();
        warehouse();
        channelAndOrders();
        whatCameIn();
        peopleAndKeys();

        for (const std::string& route : guarded())
            CPPUNIT_ASSERT_MESSAGE(route + " was not asked", changed.contains(route));
        CPPUNIT_ASSERT_EQUAL(guarded().size(), changed.size());
    }

    void ofManyWhoKnowTheSameOneIsFirst()
    {
        const std::string target = "/api/v1/variants/" + made("/variants", R"({"sku": "HOT"})");
        const std::string tag = tagOf(admin(), target);
        std::array<int, 8> statuses{};
        {
            std::vector<std::jthread> callers;
            for (std::size_t i = 0; i < statuses.size(); ++i)
                callers.emplace_back([&, i] {
                    statuses[i] =
                        send(admin(), "PATCH", target,
                             R"({"title": "by )" + std::to_string(i) + "\"}", {{"If-Match", tag}})
                            .status;
                });
        }

        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1}, std::count(statuses.begin(), statuses.end(), 200));
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{7}, std::count(statuses.begin(), statuses.end(), 412));
    }

    void whatWasDoneUnderAKeyIsAnsweredAgain()
    {
        const std::string order =
            "/api/v1/orders/" + made("/orders", R"({"lines": [{"sku": "SHARED", "quantity": 1}]})");
        const std::string held = "/api/v1/stock/reservations/" +
                                 made("/stock/reserve", R"({"sku": "SHARED", "quantity": 1})");
        for (const auto& [shown, action] : {std::pair{order, order + "/release"},
                                            {order, order + "/shipments"},
                                            {held, held + "/commit"}})
        {
            const HttpClient::Headers headers{{"If-Match", tagOf(admin(), shown)},
                                              {"Idempotency-Key", action}};
            const Reply done = send(admin(), "POST", action, "{}", headers);
            const Reply again = send(admin(), "POST", action, "{}", headers);

            CPPUNIT_ASSERT_MESSAGE(action + ": " + done.body, done.status / 100 == 2);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(again.body, done.status, again.status);
            CPPUNIT_ASSERT_EQUAL(std::string("true"), again.header("Idempotency-Replayed"));
        }
    }

    void whatIsNotThereIsMadeByNobodyWhoThinksHeKnowsIt()
    {
        const Reply made =
            send(RunningHub::keyOf("provider"), "PUT", "/api/v1/tenants/acme/providers/none",
                 R"({"issuer": "https://id.example.com", "audience": "hub", "algorithm": "RS256", )"
                 R"("jwks_url": "https://id.example.com/keys", "roles": {"boss": "admin"}})",
                 {{"If-Match", "*"}});
        const Reply patched = send(admin(), "PATCH", "/api/v1/variants/var_0000000000001",
                                   R"({"title": "x"})", {{"If-Match", "*"}});

        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 412, made.status);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(patched.body, 404, patched.status);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ConditionFlowTest);
