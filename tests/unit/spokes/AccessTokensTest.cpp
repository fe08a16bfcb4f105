#include "spokes/AccessTokens.h"

#include "support/TestClock.h"

#include "core/Json.h"

#include <cppunit/extensions/HelperMacros.h>

#include <deque>

using namespace spokehub;
using namespace spokehub::spokes;
using namespace spokehub::test;
using namespace std::chrono_literals;

class AccessTokensTest : public CppUnit::TestFixture, private HttpTransport
{
    CPPUNIT_TEST_SUITE(AccessTokensTest);
    CPPUNIT_TEST(aTokenIsAskedForAsTheManifestSaysAndKept);
    CPPUNIT_TEST(itIsRenewedShortlyBeforeItsEndAndWhenTold);
    CPPUNIT_TEST(otherSecretsHaveItAskedForAnew);
    CPPUNIT_TEST(aRefusedGrantIsAuthWhateverTheStatus);
    CPPUNIT_TEST(aBusyOrBrokenAddressIsTriedLater);
    CPPUNIT_TEST(aReplacedRefreshTokenIsUsedNext);
    CPPUNIT_TEST(aReplacedRefreshTokenIsKeptBesideTheConfiguredOne);
    CPPUNIT_TEST(whatCannotBeKeptIsUsedUntilTheHubStops);
    CPPUNIT_TEST(whatIsNotDeclaredOrConfiguredIsConfig);
    CPPUNIT_TEST(settingsArePutIntoGrants);
    CPPUNIT_TEST_SUITE_END();

    TestClock clock;
    std::deque<HttpReply> replies;
    std::vector<std::pair<HttpCall, std::string>> calls; // with their bodies
    std::string lacking;                                 // a text that cannot be expanded
    std::optional<AccessTokens> tokens;

    /// Keeps, or cannot.
    struct Kept final : RefreshTokens
    {
        std::map<std::string, std::string> byConfigured;
        bool good = true;

        std::optional<std::string> find(std::string_view, const std::string& configured) override
        {
            const auto found = byConfigured.find(configured);
            return found == byConfigured.end() ? std::nullopt : std::optional(found->second);
        }
        bool keep(std::string_view, const std::string& configured,
                  const std::string& token) override
        {
            if (good)
                byConfigured[configured] = token;
            return good;
        }
    } kept;

    HttpReply send(const HttpCall& call) override
    {
        calls.emplace_back(call, call.body);
        HttpReply reply = replies.empty() ? HttpReply{} : replies.front();
        if (!replies.empty())
            replies.pop_front();
        return reply;
    }

    void answer(int status, const std::string& body)
    {
        HttpReply reply;
        reply.status = status;
        reply.body = body;
        replies.push_back(reply);
    }
    AccessTokens::Token token(bool renew = false)
    {
        HttpCall bounds;
        bounds.deadline = clock.now() + 10s;
        return tokens->token("app", bounds, renew);
    }
    void expect(Class kind, const std::string& reason)
    {
        const auto got = token();
        CPPUNIT_ASSERT_EQUAL(std::string(toText(kind)), std::string(toText(got.kind)));
        CPPUNIT_ASSERT_EQUAL(reason, got.reason);
    }

public:
    void setUp() override
    {
        OAuthGrant grant{"app",
                         "https://auth.example/token",
                         {{"grant_type", "refresh_token"}, {"refresh_token", "a b&c"}},
                         {{"Authorization", "Basic xyz"}}};
        tokens.emplace(
            std::vector{grant}, clock, static_cast<HttpTransport&>(*this),
            [this](std::string_view text, std::string& why) {
                if (text != lacking)
                    return std::optional<std::string>(text);
                why = "it is not configured";
                return std::optional<std::string>();
            },
            &kept);
    }

    void aTokenIsAskedForAsTheManifestSaysAndKept()
    {
        answer(200, R"({"access_token": "t1", "expires_in": 3600})");

        CPPUNIT_ASSERT_EQUAL(std::string("t1"), token().value);
        CPPUNIT_ASSERT_EQUAL(std::string("t1"), token().value);

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, calls.size());
        const auto& [call, body] = calls[0];
        CPPUNIT_ASSERT_EQUAL(std::string("POST https://auth.example/token"),
                             call.method + " " + call.url);
        CPPUNIT_ASSERT_EQUAL(std::string("grant_type=refresh_token&refresh_token=a%20b%26c"), body);
        CPPUNIT_ASSERT_EQUAL(std::string("Basic xyz"), call.headers.back().second);
        CPPUNIT_ASSERT_EQUAL((clock.now() + 10s).micros, call.deadline.micros);
    }

    void itIsRenewedShortlyBeforeItsEndAndWhenTold()
    {
        answer(200, R"({"access_token": "t1", "expires_in": "3600"})");
        answer(200, R"({"access_token": "t2"})");
        answer(200, R"({"access_token": "t3"})");
        token();

        clock.advance(3539s);
        CPPUNIT_ASSERT_EQUAL(std::string("t1"), token().value);
        clock.advance(1s);
        CPPUNIT_ASSERT_EQUAL(std::string("t2"), token().value);
        CPPUNIT_ASSERT_EQUAL(std::string("t3"), token(true).value);
    }

    void otherSecretsHaveItAskedForAnew()
    {
        answer(200, R"({"access_token": "t1", "expires_in": 3600})");
        answer(200, R"({"access_token": "t2", "expires_in": 3600})");
        token();

        tokens->forget();

        CPPUNIT_ASSERT_EQUAL(std::string("t2"), token().value);
        CPPUNIT_ASSERT_EQUAL(std::string("t2"), token().value);
    }

    void aRefusedGrantIsAuthWhateverTheStatus()
    {
        answer(400, R"({"error": "invalid_grant", "error_description": "it was revoked"})");
        expect(Class::Auth, "the token's address answered 400 invalid_grant: it was revoked");
        answer(200, R"({"error": "invalid_code"})"); // Zoho
        expect(Class::Auth, "the token's address answered 200 invalid_code");
        answer(200, "<html>");
        expect(Class::Bug, "the token's address answered 200 without an access_token");
    }

    void aBusyOrBrokenAddressIsTriedLater()
    {
        answer(429, "");
        expect(Class::RateLimited, "the token's address answered 429");
        answer(502, "<html>");
        expect(Class::Retry, "the token's address answered 502");
        replies.push_back({Class::UnknownOutcome, "the connection broke", 0, {}, {}});
        expect(Class::Retry, "the token's address: the connection broke");
    }

    void aReplacedRefreshTokenIsUsedNext()
    {
        answer(200, R"({"access_token": "t1", "refresh_token": "next"})");
        answer(200, R"({"access_token": "t2"})");
        token();
        token(true);

        CPPUNIT_ASSERT_EQUAL(std::string("grant_type=refresh_token&refresh_token=next"),
                             calls.at(1).second);
    }

    void aReplacedRefreshTokenIsKeptBesideTheConfiguredOne()
    {
        answer(200, R"({"access_token": "t1", "refresh_token": "next"})");
        answer(200, R"({"access_token": "t2", "refresh_token": "next"})");

        CPPUNIT_ASSERT_EQUAL(std::string("next"), token().refreshToken); // as secret as the token
        CPPUNIT_ASSERT_EQUAL(std::string("next"), kept.byConfigured.at("a b&c"));
        kept.byConfigured["a b&c"] = "another hub's";
        token(true);

        CPPUNIT_ASSERT_EQUAL(
            std::string("grant_type=refresh_token&refresh_token=another%20hub%27s"),
            calls.at(1).second);
    }

    void whatCannotBeKeptIsUsedUntilTheHubStops()
    {
        kept.good = false;
        answer(200, R"({"access_token": "t1", "refresh_token": "next"})");
        answer(200, R"({"access_token": "t2"})");
        token();
        token(true);

        CPPUNIT_ASSERT_EQUAL(std::string("grant_type=refresh_token&refresh_token=next"),
                             calls.at(1).second);
    }

    void whatIsNotDeclaredOrConfiguredIsConfig()
    {
        lacking = "a b&c";
        expect(Class::Config, "it is not configured");
        const auto other = tokens->token("other", {});
        CPPUNIT_ASSERT(other.kind == Class::Config);
        CPPUNIT_ASSERT_EQUAL(std::string("the manifest has no grant 'other' under oauth"),
                             other.reason);
        CPPUNIT_ASSERT(calls.empty());
    }

    void settingsArePutIntoGrants()
    {
        Manifest manifest;
        manifest.oauth = {{"app",
                           "https://accounts.zoho.${setting:dc}/token",
                           {{"scope", "${setting:scope} ${secret:x}"}},
                           {}}};
        const auto settings = JsonDocument::parse(R"({"dc": "eu", "scope": "a"})");

        const auto grants = grantsOf(manifest, settings->root());

        CPPUNIT_ASSERT_EQUAL(std::string("https://accounts.zoho.eu/token"), grants[0].tokenUrl);
        CPPUNIT_ASSERT_EQUAL(std::string("a ${secret:x}"), grants[0].form[0].second);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccessTokensTest);
