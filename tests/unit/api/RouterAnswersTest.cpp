#include "api/Router.h"
#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <vector>

using namespace spokehub;
using namespace spokehub::api;

/// What all answers have in common: limits, tags, keys that are under way, CSV.
class RouterAnswersTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RouterAnswersTest);
    CPPUNIT_TEST(aCallerHearsHowHeStandsAndIsStopped);
    CPPUNIT_TEST(whoeverMayNotIsCountedToo);
    CPPUNIT_TEST(aSecondRequestUnderAKeyThatIsUnderWayIsRefused);
    CPPUNIT_TEST(whatNobodyMayKeepHasNoTag);
    CPPUNIT_TEST(onlyListsComeAsCsv);
    CPPUNIT_TEST_SUITE_END();

    std::optional<RateLimits> limits;
    std::optional<Router> router;
    std::vector<Reply> waiting;

    static http::Request request(const std::string& method, const std::string& path,
                                 std::vector<http::Header> headers = {})
    {
        http::Request request;
        request.method = method;
        request.path = request.target = path;
        request.headers = std::move(headers);
        request.id = "req_1";
        return request;
    }

    http::Response ask(const std::string& method, const std::string& path,
                       std::vector<http::Header> headers = {})
    {
        const auto answer = std::make_shared<http::Response>(); // it may come later
        answer->status = 0;
        router->handle(
            request(method, path, std::move(headers)),
            Reply("req_1", [answer](http::Response given) { *answer = std::move(given); }));
        return *answer;
    }

    static std::string header(const http::Response& response, std::string_view name)
    {
        for (const http::Header& each : response.headers)
            if (each.name == name)
                return each.value;
        return {};
    }

public:
    void setUp() override
    {
        limits.emplace(2);
        router.emplace(
            [](const http::Request&) {
                return access::Caller{{1, "key:till"}, Permissions{Permission::OrdersRead}};
            },
            [this](const access::Caller& caller) {
                return limits->take(caller.scope.tenant, caller.scope.actor, Time{1'000'000});
            });
        const auto list = answering(
            [](Call&) { return jsonResponse(R"({"data":[{"a":1}],"next_cursor":null})"); });
        router->add({"GET", "/orders", Permission::OrdersRead, "", list}).lists("Order");
        router->add({"GET", "/users", Permission::UsersManage, "", list}).lists("User");
        router->add({"GET", "/thing", Anyone{}, "", list}).gives("Order");
        router
            ->add({"GET", "/secret", Anyone{}, "", answering([](Call&) {
                       http::Response response = jsonResponse("{}");
                       response.headers.push_back({"Cache-Control", "no-store"});
                       return response;
                   })})
            .gives("Order");
        router
            ->add({"POST", "/orders", Anyone{}, "",
                   [this](Call&, const Reply& reply) { waiting.push_back(reply); }})
            .once();
    }

    void tearDown() override { waiting.clear(); }

    void aCallerHearsHowHeStandsAndIsStopped()
    {
        const auto first = ask("GET", "/orders");
        ask("GET", "/orders");
        const auto third = ask("GET", "/orders");

        CPPUNIT_ASSERT_EQUAL(200, first.status);
        CPPUNIT_ASSERT_EQUAL(std::string("2"), header(first, "RateLimit-Limit"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), header(first, "RateLimit-Remaining"));
        CPPUNIT_ASSERT_EQUAL(429, third.status);
        CPPUNIT_ASSERT_EQUAL(std::string("0"), header(third, "RateLimit-Remaining"));
        CPPUNIT_ASSERT_EQUAL(std::string("30"), header(third, "Retry-After"));
        CPPUNIT_ASSERT_EQUAL(200, ask("GET", "/thing").status); // asks nobody who he is
    }

    void whoeverMayNotIsCountedToo()
    {
        ask("GET", "/users");

        const auto refused = ask("GET", "/users");
        CPPUNIT_ASSERT_EQUAL(403, refused.status);
        CPPUNIT_ASSERT_EQUAL(std::string("0"), header(refused, "RateLimit-Remaining"));
        CPPUNIT_ASSERT_EQUAL(429, ask("GET", "/users").status);
    }

    void aSecondRequestUnderAKeyThatIsUnderWayIsRefused()
    {
        ask("POST", "/orders", {{"Idempotency-Key", "k"}});

        CPPUNIT_ASSERT_EQUAL(409, ask("POST", "/orders", {{"Idempotency-Key", "k"}}).status);
        CPPUNIT_ASSERT_EQUAL(0, ask("POST", "/orders", {{"Idempotency-Key", "other"}}).status);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, waiting.size());
        waiting.front().json("{}");
        CPPUNIT_ASSERT_EQUAL(0, ask("POST", "/orders", {{"Idempotency-Key", "k"}}).status);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, waiting.size());
        for (const Reply& reply : waiting)
            reply.json("{}");
    }

    void whatNobodyMayKeepHasNoTag()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), header(ask("GET", "/secret"), "ETag"));
        const std::string tag = header(ask("GET", "/thing"), "ETag");

        CPPUNIT_ASSERT_EQUAL(304,
                             ask("GET", "/thing", {{"If-None-Match", "\"other\", " + tag}}).status);
        CPPUNIT_ASSERT_EQUAL(200, ask("GET", "/thing", {{"If-None-Match", "\"other\""}}).status);
        CPPUNIT_ASSERT_EQUAL(304, ask("GET", "/thing", {{"If-None-Match", "*"}}).status);
    }

    void onlyListsComeAsCsv()
    {
        const std::vector<http::Header> csv{{"Accept", "text/csv"}};

        CPPUNIT_ASSERT(ask("GET", "/orders", csv).body.starts_with("id,number,channel,"));
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"),
                             ask("GET", "/thing", csv).contentType);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RouterAnswersTest);
