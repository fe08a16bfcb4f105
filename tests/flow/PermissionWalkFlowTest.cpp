// Every route, asked by every role: nobody does what his role does not hold.
#include "core/Permissions.h"
#include "support/Engines.h"
#include "support/RunningHub.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>

using namespace spokehub;
using namespace spokehub::test;

class PermissionWalkFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PermissionWalkFlowTest);
    CPPUNIT_TEST(everyRouteOpensToTheRolesThatHoldItsPermissionAndToNobodyElse);
    CPPUNIT_TEST(onlyTheseRoutesAskNothingOfTheirCaller);
    CPPUNIT_TEST(everyPermissionOpensARoute);
    CPPUNIT_TEST_SUITE_END();

    struct Route
    {
        std::string method;
        std::string path;
        std::string permission;
    };

    std::optional<RunningHub> hub;
    std::vector<Route> routes;

public:
    void setUp() override
    {
        hub.emplace("");
        const auto table = hub->getJson("/api/v1");
        table.root()["routes"].each([&](Json route) {
            routes.push_back({std::string(route.textOr("method")),
                              std::string(route.textOr("path")),
                              std::string(route.textOr("permission"))});
            return true;
        });
    }

    void tearDown() override
    {
        hub.reset();
        routes.clear();
    }

    /// With "1" for each parameter: nothing that is there.
    static std::string target(const std::string& pattern)
    {
        std::string path;
        bool inside = false;
        for (const char c : pattern) {
            if (c == '{')
                path += '1';
            inside = c == '{' || (inside && c != '}');
            if (!inside && c != '}')
                path += c;
        }
        return path;
    }

    Reply ask(const Route& route, const std::string& key)
    {
        HttpClient client(hub->port());
        HttpClient::Headers headers{{"Content-Type", "application/json"}};
        if (!key.empty())
            headers.emplace_back("X-Api-Key", key);
        return client.request(route.method, target(route.path), "{}", headers);
    }

    void everyRouteOpensToTheRolesThatHoldItsPermissionAndToNobodyElse()
    {
        const Roles roles;
        int cells = 0;
        for (const Route& route : routes) {
            const auto permission = permissionFrom(route.permission);
            if (route.permission == "none")
                continue;
            const std::string what = route.method + " " + route.path + " as ";
            CPPUNIT_ASSERT_EQUAL_MESSAGE(what + "nobody", 401, ask(route, "").status);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(what + "a stranger", 401, ask(route, "stranger").status);
            for (const std::string& role : roles.names()) {
                const int status = ask(route, RunningHub::keyOf(role)).status;
                if (!permission) // for whoever is known, or for people alone
                    CPPUNIT_ASSERT_MESSAGE(what + role, status == 200 || status == 403);
                else
                    CPPUNIT_ASSERT_MESSAGE(what + role + ": " + std::to_string(status),
                                           roles.of(role)->has(*permission)
                                               ? status != 401 && status != 403 && status < 500
                                               : status == 403);
                ++cells;
            }
        }
        CPPUNIT_ASSERT_EQUAL(0, cells % static_cast<int>(roles.names().size()));
        CPPUNIT_ASSERT(cells > 50 * static_cast<int>(roles.names().size()));
    }

    void onlyTheseRoutesAskNothingOfTheirCaller()
    {
        const std::set<std::string> expected{"GET /",
                                             "GET /.well-known/jwks.json",
                                             "GET /api/v1",
                                             "GET /api/v1/docs",
                                             "GET /api/v1/docs/{file}",
                                             "GET /api/v1/openapi.json",
                                             "GET /api/v1/redoc",
                                             "GET /health",
                                             "GET /health/ready",
                                             "GET /metrics",
                                             "POST /api/v1/auth/login",
                                             "POST /api/v1/auth/token",
                                             "POST /t/{tenant}/api/v1/auth/login",
                                             "POST /t/{tenant}/api/v1/auth/token"};
        std::set<std::string> open;
        for (const Route& route : routes)
            if (route.permission == "none" && route.path.find("/webhooks/") == std::string::npos)
                open.insert(route.method + " " + route.path);

        CPPUNIT_ASSERT(expected == open);
    }

    void everyPermissionOpensARoute()
    {
        std::set<std::string> asked{"metrics.read"}; // /metrics asks for it of other machines
        for (const Route& route : routes)
            asked.insert(route.permission);

        for (const Permission permission : allPermissions())
            CPPUNIT_ASSERT_MESSAGE(std::string(name(permission)),
                                   asked.contains(std::string(name(permission))));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(PermissionWalkFlowTest);
