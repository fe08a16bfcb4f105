#include "access/Sessions.h"

#include "support/Engines.h"
#include "support/People.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::access;
using namespace spokehub::test;

class SessionsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SessionsTest);
    CPPUNIT_TEST(aSessionStandsForItsUserUntilItsTimeIsOver);
    CPPUNIT_TEST(aCookieIsFoundAndARefreshTokenIsNoCookie);
    CPPUNIT_TEST(onlyHashesAreKept);
    CPPUNIT_TEST(aRefreshTokenIsGoodOnce);
    CPPUNIT_TEST(whoShowsAnOldRefreshTokenEndsTheSession);
    CPPUNIT_TEST(whatIsNoRefreshTokenEndsNothing);
    CPPUNIT_TEST(aRefreshDoesNotMakeASessionLonger);
    CPPUNIT_TEST(aRoleThatChangesChangesForOpenSessions);
    CPPUNIT_TEST(aUserEndsHisOwnSessionsAlone);
    CPPUNIT_TEST(whatIsOverIsForgotten);
    CPPUNIT_TEST(aUserWhoIsNotActiveCannotSignIn);
    CPPUNIT_TEST_SUITE_END();

    std::optional<People> people;
    Id eva = 0;

    std::optional<Holder> byId(Id session)
    {
        return people->look(
            [&](store::Session& s) { return people->sessions.byId(s, mainTenant, session); });
    }
    std::optional<Holder> byCookie(const std::string& cookie)
    {
        return people->look(
            [&](store::Session& s) { return people->sessions.byCookie(s, cookie); });
    }
    std::optional<Sessions::Opened> renew(const std::string& token)
    {
        return people->commands.run(
            [&](store::Tx& tx) { return people->sessions.renew(tx, token); });
    }

public:
    void setUp() override
    {
        people.emplace();
        eva = people->add("eva", "employee").id;
    }
    void tearDown() override { people.reset(); }

    void aSessionStandsForItsUserUntilItsTimeIsOver()
    {
        const auto opened = people->open(eva);

        CPPUNIT_ASSERT_EQUAL(std::string("eva"), byId(opened.holder.session)->username);
        CPPUNIT_ASSERT_EQUAL(std::string("employee"), byId(opened.holder.session)->role);
        people->clock.set(opened.holder.expiresAt);
        CPPUNIT_ASSERT(!byId(opened.holder.session));
        CPPUNIT_ASSERT(!renew(opened.secret));
    }

    void aCookieIsFoundAndARefreshTokenIsNoCookie()
    {
        const auto tokens = people->open(eva);
        const auto cookie = people->open(eva, SessionKind::Cookie);

        CPPUNIT_ASSERT_EQUAL(cookie.holder.session, byCookie(cookie.secret)->session);
        CPPUNIT_ASSERT(!byCookie(tokens.secret));
        CPPUNIT_ASSERT(!byCookie("shc" + tokens.secret.substr(3)));
        CPPUNIT_ASSERT(!byCookie(cookie.secret + "A"));
        CPPUNIT_ASSERT(!byCookie(""));
        CPPUNIT_ASSERT(!renew(cookie.secret));
        CPPUNIT_ASSERT(byCookie(cookie.secret));
    }

    void onlyHashesAreKept()
    {
        const auto opened = people->open(eva, SessionKind::Cookie);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{32},
                             people->database.number("SELECT length(hash) FROM session_secret"));
        CPPUNIT_ASSERT(opened.secret.size() > 40);
    }

    void aRefreshTokenIsGoodOnce()
    {
        const auto first = people->open(eva);
        const auto second = renew(first.secret);
        const auto third = renew(second.value().secret);

        CPPUNIT_ASSERT_EQUAL(first.holder.session, third.value().holder.session);
        CPPUNIT_ASSERT(third->secret != second->secret);
        CPPUNIT_ASSERT(byId(first.holder.session));
    }

    void whoShowsAnOldRefreshTokenEndsTheSession()
    {
        const auto first = people->open(eva);
        const auto second = renew(first.secret);
        const auto bystander = people->open(eva);

        CPPUNIT_ASSERT(!renew(first.secret));

        CPPUNIT_ASSERT(!byId(first.holder.session));
        CPPUNIT_ASSERT(!renew(second->secret));
        CPPUNIT_ASSERT(renew(bystander.secret));
    }

    void whatIsNoRefreshTokenEndsNothing()
    {
        const auto opened = people->open(eva);
        std::string forged = opened.secret;
        forged.back() = forged.back() == 'A' ? 'Q' : 'A';

        for (const std::string& text :
             {std::string(), std::string("shr_1_"), forged, "shr_2" + opened.secret.substr(5)})
            CPPUNIT_ASSERT_MESSAGE(text, !renew(text));

        CPPUNIT_ASSERT(renew(opened.secret));
    }

    void aRefreshDoesNotMakeASessionLonger()
    {
        const auto first = people->open(eva);
        people->clock.advance(std::chrono::hours(24));
        const auto second = renew(first.secret);

        CPPUNIT_ASSERT(first.holder.expiresAt == second.value().holder.expiresAt);
    }

    void aRoleThatChangesChangesForOpenSessions()
    {
        const auto opened = people->open(eva);

        people->change(people->onStore(), eva, {.role = "viewer"});

        CPPUNIT_ASSERT_EQUAL(std::string("viewer"), byId(opened.holder.session)->role);
    }

    void aUserEndsHisOwnSessionsAlone()
    {
        const Id bob = people->add("bob", "employee").id;
        const auto one = people->open(eva);
        const auto two = people->open(eva, SessionKind::Cookie);
        const auto end = [&](Id user, Id session) {
            return people->commands.run([&](store::Tx& tx) {
                return people->sessions.end(tx, people->scope, user, session);
            });
        };

        CPPUNIT_ASSERT(!end(bob, one.holder.session));
        CPPUNIT_ASSERT(end(eva, one.holder.session));
        CPPUNIT_ASSERT(!end(eva, one.holder.session));

        const auto left = people->look(
            [&](store::Session& s) { return people->sessions.ofUser(s, people->scope, eva); });
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, left.size());
        CPPUNIT_ASSERT_EQUAL(two.holder.session, left[0].id);
        CPPUNIT_ASSERT(left[0].kind == SessionKind::Cookie);
        CPPUNIT_ASSERT_EQUAL(std::string("::1"), left[0].from.address);
    }

    void whatIsOverIsForgotten()
    {
        people->open(eva, SessionKind::Cookie);
        people->open(eva);
        people->clock.advance(people->auth.session);

        people->commands.run([&](store::Tx& tx) { people->sessions.forget(tx); });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, people->database.count("user_session"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, people->database.count("session_secret"));
    }

    void aUserWhoIsNotActiveCannotSignIn()
    {
        people->change(people->onStore(), eva, {.active = false});

        CPPUNIT_ASSERT(refusalOf([&] { people->open(eva); }) == Refusal::Unauthorized);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, people->database.count("user_session"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(SessionsTest);
