#include "api/Callers.h"

#include "access/Tokens.h"
#include "support/Engines.h"
#include "support/People.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::api;
using namespace spokehub::test;

class CallersTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CallersTest);
    CPPUNIT_TEST(aKeyIsTakenFromEachOfThreeHeaders);
    CPPUNIT_TEST(aMissingOrWrongKeyIsUnauthorized);
    CPPUNIT_TEST(twoAuthorizationsAreUnauthorized);
    CPPUNIT_TEST(aTokenIsItsUserAsLongAsHisSessionStands);
    CPPUNIT_TEST(whoIsDeactivatedIsOutAtOnceByEveryWay);
    CPPUNIT_TEST(aKeyThatWasMadeIsGoodUntilItIsRevokedAndItsUseIsNoted);
    CPPUNIT_TEST(aCookieChangesNothingWithoutItsCsrfToken);
    CPPUNIT_TEST(aKeyCountsBeforeACookie);
    CPPUNIT_TEST(aCookieIsFoundAmongOthersByItsName);
    CPPUNIT_TEST(aSecureCookieIsHostOnly);
    CPPUNIT_TEST_SUITE_END();

    std::optional<People> people;
    std::optional<access::Tokens> tokens;
    std::optional<access::ApiKeys> configured;
    std::optional<Callers> callers;
    Id eva = 0;

    access::Caller of(std::vector<http::Header> headers, const char* method = "GET")
    {
        http::Request request;
        request.method = method;
        request.headers = std::move(headers);
        return callers->of(request);
    }

    void refuses(std::vector<http::Header> headers, const char* method = "GET",
                 Refusal refusal = Refusal::Unauthorized)
    {
        CPPUNIT_ASSERT(refusalOf([&] { of(headers, method); }) == refusal);
    }

public:
    void setUp() override
    {
        people.emplace();
        tokens.emplace(*people->database, people->commands, people->clock, "spokehub",
                       std::chrono::minutes(15));
        tokens->rotate();
        configured.emplace(std::vector<ApiKeyConfig>{{"admin", Secret("secret"), "admin"}},
                           people->roles);
        callers.emplace(Callers::Parts{*configured, people->keys, people->sessions, *tokens,
                                       people->roles, *people->database, people->commands,
                                       SessionCookie{}});
        eva = people->add("eva", "employee").id;
    }
    void tearDown() override
    {
        callers.reset();
        configured.reset();
        tokens.reset();
        people.reset();
    }

    void aKeyIsTakenFromEachOfThreeHeaders()
    {
        for (const http::Header& header :
             std::vector<http::Header>{{"authorization", "Bearer secret"},
                                       {"Authorization", "bearer  secret"},
                                       {"X-API-Key", "secret"},
                                       {"x-admin-key", "secret"}})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(header.value, std::string("key:admin"),
                                         of({header}).scope.actor);
    }

    void aMissingOrWrongKeyIsUnauthorized()
    {
        refuses({});
        refuses({{"Authorization", "Basic secret"}});
        refuses({{"Authorization", "Bearer"}});
        refuses({{"Authorization", "Bearer "}});
        refuses({{"Authorization", "Bearer wrong"}});
        refuses({{"Authorization", "Bearer wrong"}, {"X-Api-Key", "secret"}});
        refuses({{"X-Api-Key", ""}});
    }

    void twoAuthorizationsAreUnauthorized()
    {
        refuses({{"Authorization", "Bearer secret"}, {"Authorization", "Bearer secret"}});
    }

    void aTokenIsItsUserAsLongAsHisSessionStands()
    {
        const auto opened = people->open(eva);
        const std::string bearer = "Bearer " + tokens->make(opened.holder);

        const auto caller = of({{"Authorization", bearer}});
        CPPUNIT_ASSERT_EQUAL(std::string("user:eva"), caller.scope.actor);
        CPPUNIT_ASSERT_EQUAL(mainTenant, caller.scope.tenant);
        CPPUNIT_ASSERT(caller.user == eva);
        CPPUNIT_ASSERT(caller.session == opened.holder.session);
        CPPUNIT_ASSERT(caller.until == people->clock.now() + std::chrono::minutes(15));
        CPPUNIT_ASSERT(caller.permissions == people->roles.of("employee"));

        people->commands.run(
            [&](store::Tx& tx) { people->sessions.endAll(tx, people->scope, eva); });
        refuses({{"Authorization", bearer}});
    }

    void whoIsDeactivatedIsOutAtOnceByEveryWay()
    {
        const std::string bearer = "Bearer " + tokens->make(people->open(eva).holder);
        const std::string cookie =
            "spokehub=" + people->open(eva, access::SessionKind::Cookie).secret;
        const std::string key =
            people->commands
                .run([&](store::Tx& tx) {
                    return people->keys.make(tx, people->by("employee"), {"mine", "employee", eva});
                })
                .secret;
        of({{"Authorization", bearer}});
        of({{"Cookie", cookie}});
        of({{"X-Api-Key", key}});

        people->change(people->onStore(), eva, {.active = false});

        refuses({{"Authorization", bearer}});
        refuses({{"Cookie", cookie}});
        refuses({{"X-Api-Key", key}});
    }

    void aKeyThatWasMadeIsGoodUntilItIsRevokedAndItsUseIsNoted()
    {
        const auto made = people->commands.run([&](store::Tx& tx) {
            return people->keys.make(tx, people->onStore(), {"till", "SALES_REP"});
        });

        const auto caller = of({{"Authorization", "Bearer " + made.secret}});
        CPPUNIT_ASSERT_EQUAL(std::string("key:till"), caller.scope.actor);
        CPPUNIT_ASSERT(!caller.user);
        people->commands.run([](store::Tx&) {}); // after what was submitted before
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             people->database.count("api_key", "last_used_at IS NOT NULL"));

        people->commands.run(
            [&](store::Tx& tx) { people->keys.revoke(tx, people->scope, made.key.id); });
        refuses({{"Authorization", "Bearer " + made.secret}});
    }

    void aCookieChangesNothingWithoutItsCsrfToken()
    {
        const std::string cookie = people->open(eva, access::SessionKind::Cookie).secret;
        const std::string other = people->open(eva, access::SessionKind::Cookie).secret;
        const http::Header header{"Cookie", "spokehub=" + cookie};

        CPPUNIT_ASSERT_EQUAL(std::string("user:eva"), of({header}).scope.actor);
        of({header}, "HEAD");
        for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
            refuses({header}, method, Refusal::Forbidden);
            refuses({header, {"X-CSRF-Token", ""}}, method, Refusal::Forbidden);
            refuses({header, {"X-CSRF-Token", cookie}}, method, Refusal::Forbidden);
            refuses({header, {"X-CSRF-Token", csrfTokenOf(other)}}, method, Refusal::Forbidden);
            of({header, {"x-csrf-token", csrfTokenOf(cookie)}}, method);
        }
        refuses({{"Cookie", "spokehub=" + cookie + "A"}});
    }

    void aKeyCountsBeforeACookie()
    {
        const std::string cookie =
            "spokehub=" + people->open(eva, access::SessionKind::Cookie).secret;

        CPPUNIT_ASSERT_EQUAL(std::string("key:admin"),
                             of({{"Cookie", cookie}, {"X-Api-Key", "secret"}}, "POST").scope.actor);
        refuses({{"Cookie", cookie}, {"Authorization", "Bearer wrong"}});
        refuses({{"Cookie", cookie}, {"Authorization", "Basic x"}});
    }

    void aCookieIsFoundAmongOthersByItsName()
    {
        const SessionCookie cookie;
        const auto in = [&](const char* header) {
            http::Request request;
            request.headers = {{"Cookie", header}};
            return std::string(cookie.in(request));
        };

        CPPUNIT_ASSERT_EQUAL(std::string("x"), in("spokehub=x"));
        CPPUNIT_ASSERT_EQUAL(std::string("x"), in("a=b; spokehub=x; c=d"));
        CPPUNIT_ASSERT_EQUAL(std::string("x=y"), in("a=b;spokehub=x=y"));
        for (const char* none :
             {"", ";", "spokehub", "spokehubs=x", "notspokehub=x", "a=spokehub=x"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(none, std::string(), in(none));
    }

    void aSecureCookieIsHostOnly()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string("__Host-spokehub=x; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure"),
            SessionCookie{true}.header("x", 60));
        CPPUNIT_ASSERT_EQUAL(
            std::string("spokehub=x; Path=/; HttpOnly; SameSite=Strict; Max-Age=60"),
            SessionCookie{}.header("x", 60));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(CallersTest);
