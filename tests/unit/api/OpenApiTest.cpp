#include "api/OpenApi.h"
#include "core/Json.h"
#include "support/RunningHub.h"

#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <set>

using namespace spokehub;
using namespace spokehub::test;

/// The document against the routes of a whole hub, in both directions.
class OpenApiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OpenApiTest);
    CPPUNIT_TEST(everyRouteStandsInTheDocumentAndNothingElse);
    CPPUNIT_TEST(everyRouteSaysWhatItGives);
    CPPUNIT_TEST(whatChangesAThingThatGetShowsHeedsIfMatch);
    CPPUNIT_TEST(whatHasNoNameInTheDocumentIsNamedWithItsRoute);
    CPPUNIT_TEST(thePagesLoadNothingFromOutside);
    CPPUNIT_TEST_SUITE_END();

    std::optional<RunningHub> hub;

public:
    void setUp() override { hub.emplace(""); }
    void tearDown() override { hub.reset(); }

    void everyRouteStandsInTheDocumentAndNothingElse()
    {
        std::map<std::string, std::string> answered, documented; // and what each needs
        const auto table = hub->getJson("/api/v1");
        table.root()["routes"].each([&](Json route) {
            std::string path(route.textOr("path"));
            std::erase(path, '*');
            answered[std::string(route.textOr("method")) + " " + path] = route.textOr("permission");
            return true;
        });

        const auto document = hub->getJson("/api/v1/openapi.json");
        document.root()["paths"].eachMember([&](std::string_view path, Json operations) {
            operations.eachMember([&](std::string_view method, Json operation) {
                std::string name;
                for (const char c : method)
                    name += static_cast<char>(c - 'a' + 'A');
                documented[name + " " + std::string(path)] = operation.textOr("x-permission");
                return true;
            });
            return true;
        });

        CPPUNIT_ASSERT(answered.size() > 100);
        CPPUNIT_ASSERT(answered == documented);
    }

    void everyRouteSaysWhatItGives()
    {
        std::set<std::string> operations;
        const auto document = hub->getJson("/api/v1/openapi.json");
        document.root()["paths"].eachMember([&](std::string_view path, Json all) {
            all.eachMember([&](std::string_view method, Json operation) {
                const std::string what = std::string(method) + " " + std::string(path);
                bool good = false;
                operation["responses"].eachMember([&](std::string_view status, Json) {
                    good = good || status.starts_with('2');
                    return true;
                });
                CPPUNIT_ASSERT_MESSAGE(what, good);
                CPPUNIT_ASSERT_MESSAGE(what, !operation.textOr("summary").empty());
                CPPUNIT_ASSERT_MESSAGE(what,
                                       operations.emplace(operation.textOr("operationId")).second);
                return true;
            });
            return true;
        });
    }

    void whatChangesAThingThatGetShowsHeedsIfMatch()
    {
        const std::set<std::string> changeNothingOfIt{
            "/api/v1/channels/{name}/adopt", "/api/v1/channels/{name}/check",
            "/api/v1/channels/{name}/secrets", "/api/v1/channels/{name}/subscriptions",
            "/api/v1/channels/{name}/sync"};
        const auto document = hub->getJson("/api/v1/openapi.json");
        const Json paths = document.root()["paths"];
        const auto isShown = [&](std::string_view path) {
            const Json get = paths[path]["get"]; // of one thing: it has a tag, and no cursor
            return get && get["responses"]["304"] &&
                   !get["responses"]["200"]["content"]["text/csv"];
        };
        paths.eachMember([&](std::string_view path, Json operations) {
            const std::string_view thing =
                path.ends_with('}') || path.find('{') == path.npos || isShown(path)
                    ? path
                    : path.substr(0, path.find('}', path.rfind('{')) + 1);
            operations.eachMember([&](std::string_view method, Json operation) {
                const std::string what = std::string(method) + " " + std::string(path);
                if (method != "get" && isShown(thing))
                    CPPUNIT_ASSERT_MESSAGE(what, static_cast<bool>(operation["responses"]["412"]) !=
                                                     changeNothingOfIt.contains(std::string(path)));
                return true;
            });
            return true;
        });
    }

    void whatHasNoNameInTheDocumentIsNamedWithItsRoute()
    {
        const std::vector<api::Route> routes = {
            api::Route{.method = "GET", .pattern = "/wheels", .needs = api::Anyone{}}.lists(
                "Wheel")};
        std::string message;
        try {
            api::openApiDocument(routes);
        } catch (const std::logic_error& error) {
            message = error.what();
        }

        CPPUNIT_ASSERT_EQUAL(std::string("GET /wheels: openapi.yaml has no Wheel in its schemas"),
                             message);
    }

    void thePagesLoadNothingFromOutside()
    {
        for (const char* page : {"/api/v1/docs", "/api/v1/redoc"}) {
            const auto answer = hub->get(page);
            CPPUNIT_ASSERT_EQUAL(200, answer.status);
            CPPUNIT_ASSERT(answer.body.find("http") == std::string::npos);
            CPPUNIT_ASSERT(answer.header("Content-Security-Policy")
                               .starts_with("default-src 'none'; script-src 'self'; "));
            CPPUNIT_ASSERT(answer.header("Content-Security-Policy").find("unsafe") ==
                           std::string::npos);
            for (auto at = answer.body.find("/api/v1/docs/"); at != std::string::npos;
                 at = answer.body.find("/api/v1/docs/", at + 1))
            {
                const std::string file = answer.body.substr(at, answer.body.find('"', at) - at);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(file, 200, hub->get(file).status);
            }
        }
        CPPUNIT_ASSERT_EQUAL(404, hub->get("/api/v1/docs/none.js").status);
        CPPUNIT_ASSERT(hub->get("/").body.find("/api/v1/docs") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OpenApiTest);
