#include "api/Callers.h"

#include "access/EcKey.h"
#include "access/Providers.h"
#include "access/Secrets.h"
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
    CPPUNIT_TEST(whomAProviderVouchesForIsMadeOnFirstSight);
    CPPUNIT_TEST(aProvidersRoleIsGoodAtOnceAndItsAdministratorIsNotTheFirst);
    CPPUNIT_TEST_SUITE_END();

    std::optional<People> people;
    std::optional<access::Tokens> tokens;
    const access::EcKey theirs = access::EcKey::generate();
    std::optional<access::Providers> providers;
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
        ProviderConfig idp;
        idp.name = "idp";
        idp.issuer = "https://id.example";
        idp.audience = "spokehub";
        idp.algorithm = "ES256";
        idp.jwksUrl = "https://id.example/certs";
        idp.roles = {{"lead", "manager"}, {"staff", "employee"}, {"root", "admin"}};
        const access::Providers::Fetch fetch = [this](const std::string&) {
            return std::optional(R"({"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":")" +
                                 access::toBase64Url(theirs.point().substr(1, 32)) + R"(","y":")" +
                                 access::toBase64Url(theirs.point().substr(33)) + "\"}]}");
        };
        providers.emplace(std::vector{idp}, people->clock,
                          access::Providers::Fetches{fetch, fetch});
        callers.emplace(Callers::Parts{*configured, people->keys, people->sessions, *tokens,
                                       *providers, people->users, people->tenants, people->roles,
                                       *people->database, people->commands, SessionCookie{}});
        eva = people->add("eva", "employee").id;
    }
    void tearDown() override
    {
        callers.reset();
        configured.reset();
        providers.reset();
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

    std::string vouched(const std::string& subject, const std::string& role)
    {
        const std::string data =
            access::toBase64Url(R"({"alg":"ES256","typ":"JWT","kid":"k"})") + "." +
            access::toBase64Url(
                R"({"iss":"https://id.example","aud":"spokehub","sub":")" + subject +
                R"(","exp":)" + std::to_string(TestClock::start.micros / 1'000'000 + 600) +
                R"(,"email":"x@example.com","name":"X\u0000","roles":[")" + role + "\"]}");
        return "Bearer " + data + "." + access::toBase64Url(theirs.sign(data));
    }

    void whomAProviderVouchesForIsMadeOnFirstSight()
    {
        const std::string token = vouched("eva", "staff"); // the name of one of ours
        refuses({{"Authorization", vouched("eva", "nothing")}}, "GET", Refusal::Forbidden);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, people->database.count("user_account"));

        const auto first = of({{"Authorization", token}});
        const auto second = of({{"Authorization", token}});

        CPPUNIT_ASSERT_EQUAL(std::string("user:eva@idp"), first.scope.actor);
        CPPUNIT_ASSERT(first.user == second.user);
        CPPUNIT_ASSERT(first.user != eva);
        CPPUNIT_ASSERT(!first.session);
        CPPUNIT_ASSERT(first.permissions == people->roles.of("employee"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             people->database.count(
                                 "user_account", "created_by = 'provider:idp' AND password = '' "
                                                 "AND email = 'x@example.com' AND full_name = ''"));
        const auto alike = of({{"Authorization", vouched("EVA", "staff")}});
        CPPUNIT_ASSERT(alike.user != first.user);

        people->change(people->onStore(), *first.user, {.active = false});
        refuses({{"Authorization", token}});
    }

    void aProvidersRoleIsGoodAtOnceAndItsAdministratorIsNotTheFirst()
    {
        const Id user = *of({{"Authorization", vouched("s", "staff")}}).user;
        CPPUNIT_ASSERT(of({{"Authorization", vouched("s", "lead")}}).permissions ==
                       people->roles.of("manager"));
        refuses({{"Authorization", vouched("s", "root")}}, "GET", Refusal::Conflict);

        const Id ann = people->add("ann", "admin").id;
        CPPUNIT_ASSERT_EQUAL(std::string("admin"),
                             of({{"Authorization", vouched("s", "root")}}).role);
        // One of the provider's is no reason to do without one of ours.
        CPPUNIT_ASSERT(refusalOf([&] {
                           people->change(people->onStore(), ann, {.active = false});
                       }) == Refusal::Conflict);
        CPPUNIT_ASSERT(of({{"Authorization", vouched("s", "staff")}}).user == user);
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
