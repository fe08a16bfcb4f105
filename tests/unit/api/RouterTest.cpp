#include "api/Router.h"

#include "access/ApiKeys.h"

#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

using namespace spokehub;
using namespace spokehub::api;

class RouterTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RouterTest);
    CPPUNIT_TEST(aRequestFindsItsRouteAndItsParameters);
    CPPUNIT_TEST(theMoreLiteralRouteWins);
    CPPUNIT_TEST(aRestTakesAllThatIsLeft);
    CPPUNIT_TEST(headIsAnsweredLikeGet);
    CPPUNIT_TEST(anUnknownPathIsNotFound);
    CPPUNIT_TEST(aWrongMethodIsToldTheRightOnes);
    CPPUNIT_TEST(aParameterThatIsNotPlainTextIsRefused);
    CPPUNIT_TEST(aCallerNeedsAKeyAndThePermission);
    CPPUNIT_TEST(unknownQueryParametersAreRefusedUnderApiV1Only);
    CPPUNIT_TEST(aQueryIsDecodedAndRefusedWhenBroken);
    CPPUNIT_TEST(aBodyMustBeAJsonObjectAndSayIt);
    CPPUNIT_TEST(whatAHandleThrowsIsItsAnswer);
    CPPUNIT_TEST(aCursorOfAnotherListIsRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        router.emplace([this](const http::Request& request) {
            const std::string* given = request.header("X-Api-Key");
            auto found = keys.find(given == nullptr ? "" : *given);
            if (!found)
                throw Error(Refusal::Unauthorized, "no such key");
            return std::move(found->caller);
        });
        add("GET", "/api/v1/variants", Permission::CatalogRead, {"cursor", "limit"});
        add("POST", "/api/v1/variants", Permission::CatalogWrite);
        add("GET", "/api/v1/variants/{id}", Permission::CatalogRead);
        add("GET", "/api/v1/variants/recent", Permission::CatalogRead);
        add("GET", "/api/v1/variants/sku/{sku}", Permission::CatalogRead);
        add("GET", "/admin/orders", Anyone{});
        add("POST", "/webhooks/{channel}", Anyone{});
        add("POST", "/webhooks/{channel}/{topic*}", Anyone{});
        router->add({"POST", "/body", Anyone{}, "", answering([](Call& call) {
                         return jsonResponse(std::string(call.body().textOr("name")));
                     })});
        router->add({"GET", "/throw", Anyone{}, "",
                     [](Call&, const Reply&) { throw Error(Refusal::Conflict, "no"); }});
        router->add({"GET", "/page", Anyone{}, "", answering([](Call& call) {
                         return jsonResponse(call.page().after("orders"));
                     })});
    }

    void aRequestFindsItsRouteAndItsParameters()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("/api/v1/variants/{id} var_1"),
                             ask("GET", "/api/v1/variants/var_1"));
        CPPUNIT_ASSERT_EQUAL(std::string("/api/v1/variants/sku/{sku} LEG/CORE ö+%"),
                             ask("GET", "/api/v1/variants/sku/LEG%2fCORE%20%C3%B6+%25"));
    }

    void theMoreLiteralRouteWins()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("/api/v1/variants/recent"),
                             ask("GET", "/api/v1/variants/recent"));
    }

    void aRestTakesAllThatIsLeft()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("/webhooks/{channel} shopify"),
                             ask("POST", "/webhooks/shopify"));
        CPPUNIT_ASSERT_EQUAL(std::string("/webhooks/{channel}/{topic*} shopify orders-create"),
                             ask("POST", "/webhooks/shopify/orders-create"));
        CPPUNIT_ASSERT_EQUAL(std::string("/webhooks/{channel}/{topic*} shopify orders/create"),
                             ask("POST", "/webhooks/shopify/orders/create"));
        ask("POST", "/webhooks//orders", 404);
        ask("POST", "/webhooks/shopify/", 404);
    }

    void headIsAnsweredLikeGet()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("/api/v1/variants"), ask("HEAD", "/api/v1/variants"));
    }

    void anUnknownPathIsNotFound()
    {
        for (const char* path : {"", "*", "/", "/api", "/api/v1/variants/", "/api/v1//variants",
                                 "/api/v1/variants/a/b/c", "/API/v1/variants"})
            ask("GET", path, 404);
    }

    void aWrongMethodIsToldTheRightOnes()
    {
        ask("DELETE", "/api/v1/variants", 405);

        CPPUNIT_ASSERT_EQUAL(std::string("GET, HEAD, POST"), headerOf("Allow"));
    }

    void aParameterThatIsNotPlainTextIsRefused()
    {
        for (const char* path :
             {"/api/v1/variants/%00", "/api/v1/variants/%ff", "/api/v1/variants/a%0ab"})
            ask("GET", path, 400);
    }

    void aCallerNeedsAKeyAndThePermission()
    {
        key = "";
        ask("GET", "/api/v1/variants", 401);
        CPPUNIT_ASSERT(!headerOf("WWW-Authenticate").empty());
        key = "wrong";
        ask("GET", "/api/v1/variants", 401);
        key = "viewer-secret";
        ask("GET", "/api/v1/variants", 200);
        ask("POST", "/api/v1/variants", 403);
        key = "admin-secret";
        ask("POST", "/api/v1/variants", 200);
        CPPUNIT_ASSERT_EQUAL(std::string("key:admin"), actor);
    }

    void unknownQueryParametersAreRefusedUnderApiV1Only()
    {
        query = "limit=5&statsu=open";
        const std::string problem = ask("GET", "/api/v1/variants", 400);
        CPPUNIT_ASSERT(problem.find(R"("field":"statsu")") != std::string::npos);
        CPPUNIT_ASSERT(problem.find("known: cursor, limit") != std::string::npos);

        ask("GET", "/admin/orders", 200);
    }

    void aQueryIsDecodedAndRefusedWhenBroken()
    {
        const Query read("a=b+c%26&flag&&empty=");
        CPPUNIT_ASSERT_EQUAL(std::string("b c&"), *read.find("a"));
        CPPUNIT_ASSERT_EQUAL(std::string(), *read.find("flag"));
        CPPUNIT_ASSERT_EQUAL(std::string(), *read.find("empty"));
        CPPUNIT_ASSERT(read.find("b") == nullptr);

        for (const char* text : {"limit=1&limit=2", "limit=%ff", "%00=1", "limit=%4"}) {
            query = text;
            ask("GET", "/api/v1/variants", 400);
        }
    }

    void aBodyMustBeAJsonObjectAndSayIt()
    {
        body = R"({"name": "x"})";
        CPPUNIT_ASSERT_EQUAL(std::string("x"), ask("POST", "/body"));
        contentType = "application/json; charset=utf-8";
        CPPUNIT_ASSERT_EQUAL(std::string("x"), ask("POST", "/body"));
        for (const char* type :
             {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"})
        {
            contentType = type;
            ask("POST", "/body", 415);
        }
        contentType = "application/json";
        for (const char* text : {"", "[]", "\"x\"", "{", "{} {}", "{\"name\": \"\xff\"}"}) {
            body = text;
            ask("POST", "/body", 400);
        }
    }

    void whatAHandleThrowsIsItsAnswer()
    {
        const std::string problem = ask("GET", "/throw", 409);

        CPPUNIT_ASSERT(problem.find(R"("request_id":"req_test")") != std::string::npos);
    }

    void aCursorOfAnotherListIsRefused()
    {
        query = "cursor=" + store::cursorOf("orders", "5:7") + "&limit=3";
        CPPUNIT_ASSERT_EQUAL(std::string("5:7"), ask("GET", "/page"));
        for (const std::string& text :
             {"cursor=" + store::cursorOf("tasks", "5:7"), std::string("cursor=zz"),
              std::string("limit=0"), std::string("limit=501"), std::string("limit=5x"),
              std::string("limit=")})
        {
            query = text;
            ask("GET", "/page", 400);
        }
    }

private:
    void add(const char* method, const char* pattern, Needs needs,
             std::vector<std::string_view> known = {})
    {
        router->add({method, pattern, needs, "", answering([this, pattern](Call& call) {
                         std::string text = pattern;
                         const auto parameters = std::count(text.begin(), text.end(), '{');
                         for (std::size_t i = 0; i < static_cast<std::size_t>(parameters); ++i)
                             text += " " + call.parameter(i);
                         actor = call.scope.actor;
                         return jsonResponse(text);
                     }),
                     std::move(known)});
    }

    std::string ask(const char* method, const std::string& path, int status = 200)
    {
        http::Request request;
        request.method = method;
        request.path = path;
        request.query = query;
        request.body = body;
        request.id = "req_test";
        if (!key.empty())
            request.headers.push_back({"X-Api-Key", key});
        if (!contentType.empty())
            request.headers.push_back({"Content-Type", contentType});
        int answers = 0;
        router->handle(std::move(request), Reply("req_test", [&](http::Response given) {
                           response = std::move(given);
                           ++answers;
                       }));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 1, answers);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(path + ": " + response.body, status, response.status);
        return response.body;
    }

    std::string headerOf(std::string_view name) const
    {
        for (const http::Header& header : response.headers)
            if (header.name == name)
                return header.value;
        return {};
    }

    const access::ApiKeys keys{
        {{"admin", Secret("admin-secret"), "admin"}, {"viewer", Secret("viewer-secret"), "viewer"}},
        Roles()};
    std::optional<Router> router;
    std::string key = "admin-secret", query, body, contentType = "application/json", actor;
    http::Response response;
};

CPPUNIT_TEST_SUITE_REGISTRATION(RouterTest);
