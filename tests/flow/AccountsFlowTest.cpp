// People and programs sign in, are told apart, and are let in no more, as one sees it over HTTP.
#include "access/EcKey.h"
#include "access/Passwords.h"
#include "access/Secrets.h"
#include "support/Engines.h"
#include "support/RunningHub.h"
#include "support/SmallServer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>

using namespace spokehub;
using namespace spokehub::test;

class AccountsFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AccountsFlowTest);
    CPPUNIT_TEST(aProgramSignsInRenewsAndSignsOut);
    CPPUNIT_TEST(anOldRefreshTokenEndsItsFamily);
    CPPUNIT_TEST(aBrowserSignsInByCookieAndNeedsItsCsrfToken);
    CPPUNIT_TEST(anUnknownUserAndAWrongPasswordLookAlike);
    CPPUNIT_TEST(aPasswordOfAnEarlierSystemIsTakenOverAtTheFirstSignIn);
    CPPUNIT_TEST(whoIsDeactivatedIsOutAtOnceOnEveryHub);
    CPPUNIT_TEST(aManagerManagesEmployeesAndNobodyAbove);
    CPPUNIT_TEST(everybodyChangesHisOwnProfileAndPassword);
    CPPUNIT_TEST(oneSeesAndEndsOnesOwnSessions);
    CPPUNIT_TEST(aKeyIsMadeShownOnceUsedAndRevoked);
    CPPUNIT_TEST(theFirstAdministratorIsNotMadeByTheApi);
    CPPUNIT_TEST(aNeighbourAsksWhoseTokenItIs);
    CPPUNIT_TEST(whomAnOutsideProviderVouchesForIsLetIn);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* good = "correct horse battery staple";

    std::optional<RunningHub> hub;

public:
    void setUp() override
    {
        hub.emplace("");
        insert("ann", "admin", access::passwordHash(good));
    }
    void tearDown() override { hub.reset(); }

    /// As `spokehub user add` does.
    void insert(const std::string& name, const std::string& role, const std::string& hash)
    {
        hub->database().run("INSERT INTO user_account (tenant_id, id, username, role, password, "
                            "created_by, created_at, updated_at) VALUES (1, " +
                            std::to_string(1000 + hub->database().count("user_account")) + ", '" +
                            name + "', '" + role + "', '" + hash + "', 'cli:test', 0, 0)");
    }

    Reply call(const std::string& method, const std::string& target, const std::string& body,
               HttpClient::Headers headers)
    {
        HttpClient client(hub->port());
        headers.emplace_back("Content-Type", "application/json");
        return client.request(method, target, body, headers);
    }
    Reply as(const std::string& token, const std::string& method, const std::string& target,
             const std::string& body = "")
    {
        return call(method, target, body, {{"Authorization", "Bearer " + token}});
    }
    Reply form(const std::string& body)
    {
        HttpClient client(hub->port());
        return client.request("POST", "/api/v1/auth/token", body,
                              {{"Content-Type", "application/x-www-form-urlencoded"}});
    }
    static std::string member(const Reply& reply, std::string_view name)
    {
        const auto document = JsonDocument::parse(reply.body);
        CPPUNIT_ASSERT_MESSAGE(reply.body, document.has_value());
        const Json value = document->root()[name];
        return value.text() ? std::string(*value.text()) : value.dump();
    }
    Reply tokens(const std::string& user,
                 const std::string& password = "correct+horse+battery+staple")
    {
        const Reply reply = form("grant_type=password&username=" + user + "&password=" + password);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 200, reply.status);
        return reply;
    }
    std::string tokenOf(const std::string& user) { return member(tokens(user), "access_token"); }

    /// With the password `good`; gives the id.
    std::string person(const std::string& by, const std::string& name, const std::string& role)
    {
        const Reply made = as(by, "POST", "/api/v1/auth/users",
                              R"({"username": ")" + name + R"(", "role": ")" + role +
                                  R"(", "password": ")" + good + "\"}");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 201, made.status);
        return member(made, "id");
    }

    void aProgramSignsInRenewsAndSignsOut()
    {
        const Reply first = tokens("Ann");
        CPPUNIT_ASSERT_EQUAL(std::string("bearer"), member(first, "token_type"));
        CPPUNIT_ASSERT_EQUAL(std::string("900"), member(first, "expires_in"));
        CPPUNIT_ASSERT_EQUAL(std::string("no-store"), first.header("Cache-Control"));
        const std::string token = member(first, "access_token");
        CPPUNIT_ASSERT_EQUAL(200, as(token, "GET", "/api/v1/orders").status);
        const Reply me = as(token, "GET", "/api/v1/auth/me");
        CPPUNIT_ASSERT_EQUAL(std::string("ann"), member(me, "username"));
        CPPUNIT_ASSERT(me.body.find(good) == std::string::npos);
        CPPUNIT_ASSERT(me.body.find("argon2") == std::string::npos);

        const Reply second =
            form("grant_type=refresh_token&refresh_token=" + member(first, "refresh_token"));
        CPPUNIT_ASSERT_EQUAL(200, second.status);
        const std::string renewed = member(second, "access_token");
        CPPUNIT_ASSERT_EQUAL(204, as(renewed, "POST", "/api/v1/auth/logout").status);

        for (const std::string& ended : {token, renewed})
            CPPUNIT_ASSERT_EQUAL(401, as(ended, "GET", "/api/v1/orders").status);
        CPPUNIT_ASSERT_EQUAL(401, form("refresh_token=" + member(second, "refresh_token")).status);
    }

    void anOldRefreshTokenEndsItsFamily()
    {
        const Reply first = tokens("ann");
        const Reply second = form("refresh_token=" + member(first, "refresh_token"));

        CPPUNIT_ASSERT_EQUAL(401, form("refresh_token=" + member(first, "refresh_token")).status);

        CPPUNIT_ASSERT_EQUAL(401, form("refresh_token=" + member(second, "refresh_token")).status);
        CPPUNIT_ASSERT_EQUAL(401,
                             as(member(second, "access_token"), "GET", "/api/v1/auth/me").status);
    }

    void aBrowserSignsInByCookieAndNeedsItsCsrfToken()
    {
        const Reply login =
            call("POST", "/api/v1/auth/login",
                 R"({"username": "ann", "password": "correct horse battery staple"})", {});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(login.body, 200, login.status);
        const std::string set = login.header("Set-Cookie");
        CPPUNIT_ASSERT_MESSAGE(set, set.find("; HttpOnly; SameSite=Strict;") != std::string::npos);
        const std::string cookie = set.substr(0, set.find(';'));
        CPPUNIT_ASSERT(login.body.find(cookie.substr(cookie.find('=') + 1)) == std::string::npos);
        const std::string csrf = member(login, "csrf_token");

        CPPUNIT_ASSERT_EQUAL(
            csrf, member(call("GET", "/api/v1/auth/me", "", {{"Cookie", cookie}}), "csrf_token"));
        const char* profile = "/api/v1/auth/me/profile";
        CPPUNIT_ASSERT_EQUAL(403, call("PATCH", profile, "{}", {{"Cookie", cookie}}).status);
        CPPUNIT_ASSERT_EQUAL(
            200, call("PATCH", profile, "{}", {{"Cookie", cookie}, {"X-CSRF-Token", csrf}}).status);
        const Reply out =
            call("POST", "/api/v1/auth/logout", "", {{"Cookie", cookie}, {"X-CSRF-Token", csrf}});
        CPPUNIT_ASSERT_EQUAL(204, out.status);
        CPPUNIT_ASSERT(out.header("Set-Cookie").find("Max-Age=0") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(401, call("GET", "/api/v1/auth/me", "", {{"Cookie", cookie}}).status);
    }

    void anUnknownUserAndAWrongPasswordLookAlike()
    {
        insert("old", "viewer", "$2b$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC");
        insert("gone", "viewer", access::passwordHash(good));
        hub->database().run("UPDATE user_account SET active = 0 WHERE username = 'gone'");
        const auto refused = [&](const std::string& user) {
            const auto began = std::chrono::steady_clock::now();
            const Reply reply = form("username=" + user + "&password=correct+horse");
            CPPUNIT_ASSERT_EQUAL(401, reply.status);
            const auto took = std::chrono::steady_clock::now() - began;
            CPPUNIT_ASSERT(took >= std::chrono::milliseconds(500));
            return member(reply, "detail") + member(reply, "code") +
                   std::to_string(reply.headers.size());
        };

        const std::string wrong = refused("ann");
        for (const char* user : {"nobody", "old", "gone"})
            CPPUNIT_ASSERT_EQUAL(wrong, refused(user));
        CPPUNIT_ASSERT_EQUAL(401,
                             form("username=gone&password=correct+horse+battery+staple").status);
        CPPUNIT_ASSERT_EQUAL(400, form("username=ann").status);
        const Reply magic = form("grant_type=magic&username=ann&password=x");
        CPPUNIT_ASSERT_EQUAL(400, magic.status);
        CPPUNIT_ASSERT_EQUAL(std::string("unsupported_grant_type"), member(magic, "error"));
        CPPUNIT_ASSERT_EQUAL(std::string("invalid_request"), member(form("username=ann"), "error"));
        CPPUNIT_ASSERT_EQUAL(std::string("invalid_grant"),
                             member(form("refresh_token=none"), "error"));
        CPPUNIT_ASSERT_EQUAL(std::string("invalid_grant"),
                             member(form("username=ann&password=wrong"), "error"));
        CPPUNIT_ASSERT_EQUAL(415, call("POST", "/api/v1/auth/token", "{}", {}).status);
        tokens("ann");
    }

    void aPasswordOfAnEarlierSystemIsTakenOverAtTheFirstSignIn()
    {
        insert("old", "viewer", "$2y$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC");

        tokens("old", "abcdefghijklmnopqrstuvwxyz");

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
                             hub->database().count("user_account", "password LIKE '$argon2id$%'"));
        tokens("old", "abcdefghijklmnopqrstuvwxyz");
    }

    void whoIsDeactivatedIsOutAtOnceOnEveryHub()
    {
        const std::string ann = tokenOf("ann");
        const std::string id = person(ann, "eva", "employee");
        const std::string eva = tokenOf("eva");
        CPPUNIT_ASSERT_EQUAL(200, as(eva, "GET", "/api/v1/orders").status);

        // As another hub of the store would: nothing here hears of it.
        hub->database().run("UPDATE user_account SET active = 0 WHERE username = 'eva'");
        CPPUNIT_ASSERT_EQUAL(401, as(eva, "GET", "/api/v1/orders").status);

        hub->database().run("UPDATE user_account SET active = 1 WHERE username = 'eva'");
        const Reply gone = as(ann, "DELETE", "/api/v1/auth/users/" + id);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(gone.body, 200, gone.status);
        CPPUNIT_ASSERT_EQUAL(std::string("false"), member(gone, "active"));
        CPPUNIT_ASSERT_EQUAL(401, as(eva, "GET", "/api/v1/orders").status);
        CPPUNIT_ASSERT_EQUAL(401,
                             form("username=eva&password=correct+horse+battery+staple").status);
        CPPUNIT_ASSERT_EQUAL(
            409, as(ann, "DELETE",
                    "/api/v1/auth/users/" + member(as(ann, "GET", "/api/v1/auth/me"), "id"))
                     .status);
    }

    void aManagerManagesEmployeesAndNobodyAbove()
    {
        const std::string ann = tokenOf("ann");
        const std::string annId = member(as(ann, "GET", "/api/v1/auth/me"), "id");
        const std::string maxId = person(ann, "max", "manager");
        const std::string max = tokenOf("max");

        const Reply made = as(max, "POST", "/api/v1/employees",
                              R"({"username": "eva", "role": "employee", "job_title": "packer"})");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 201, made.status);
        CPPUNIT_ASSERT_EQUAL(std::string("user:max"), member(made, "created_by"));
        const std::string eva = "/api/v1/employees/" + member(made, "id");
        CPPUNIT_ASSERT_EQUAL(200, as(max, "PATCH", eva, R"({"role": "SALES_REP"})").status);
        CPPUNIT_ASSERT_EQUAL(200, as(max, "GET", eva).status);
        CPPUNIT_ASSERT_EQUAL(200, as(max, "GET", "/api/v1/employees").status);
        CPPUNIT_ASSERT_EQUAL(200, as(max, "DELETE", eva).status);

        CPPUNIT_ASSERT_EQUAL(403, as(max, "PATCH", eva, R"({"role": "admin"})").status);
        for (const std::string& id : {annId, maxId})
            for (const char* body : {R"({"role": "viewer"})", R"({"active": false})",
                                     R"({"password": "kranich flug wetter"})", "{}"})
                CPPUNIT_ASSERT_EQUAL(403, as(max, "PATCH", "/api/v1/employees/" + id, body).status);
        CPPUNIT_ASSERT_EQUAL(403, as(max, "DELETE", "/api/v1/employees/" + annId).status);
        for (const char* method : {"GET", "POST"})
            CPPUNIT_ASSERT_EQUAL(403, as(max, method, "/api/v1/auth/users", "{}").status);
        tokens("ann");
        CPPUNIT_ASSERT_EQUAL(404, as(ann, "GET", "/api/v1/auth/users/usr_0000000000001").status);
    }

    void everybodyChangesHisOwnProfileAndPassword()
    {
        person(tokenOf("ann"), "eva", "employee");
        const std::string eva = tokenOf("eva");
        const std::string elsewhere = tokenOf("eva");

        const Reply changed = as(eva, "PATCH", "/api/v1/employees/me/profile",
                                 R"({"full_name": "Eva", "phone": "1", "email": "e@example.com"})");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(changed.body, 200, changed.status);
        CPPUNIT_ASSERT_EQUAL(std::string("Eva"), member(changed, "full_name"));
        for (const char* body :
             {R"({"role": "admin"})", R"({"job_title": "boss"})", R"({"active": true})",
              R"({"username": "ann"})", R"({"password": "kranich flug wetter"})"})
            CPPUNIT_ASSERT_EQUAL(400, as(eva, "PATCH", "/api/v1/auth/me/profile", body).status);

        const auto change = [&](const std::string& from, const std::string& to) {
            return as(eva, "POST", "/api/v1/auth/me/change-password",
                      R"({"current_password": ")" + from + R"(", "new_password": ")" + to + "\"}")
                .status;
        };
        CPPUNIT_ASSERT_EQUAL(400, change(good, "short"));
        CPPUNIT_ASSERT_EQUAL(400, change(good, "eva-eva-password"));
        CPPUNIT_ASSERT_EQUAL(401, change("not this one", "kranich flug wetter"));
        CPPUNIT_ASSERT_EQUAL(204, change(good, "kranich flug wetter"));
        CPPUNIT_ASSERT_EQUAL(200, as(eva, "GET", "/api/v1/auth/me").status);
        CPPUNIT_ASSERT_EQUAL(401, as(elsewhere, "GET", "/api/v1/auth/me").status);
        tokens("eva", "kranich+flug+wetter");
        CPPUNIT_ASSERT_EQUAL(403, hub->post("/api/v1/auth/me/change-password").status);
    }

    void oneSeesAndEndsOnesOwnSessions()
    {
        person(tokenOf("ann"), "eva", "employee");
        const std::string eva = tokenOf("eva");
        const std::string other = tokenOf("eva");
        const std::string ann = tokenOf("ann");
        const auto listed = JsonDocument::parse(as(eva, "GET", "/api/v1/auth/sessions").body);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, listed.value().root()["data"].size());
        std::string id;
        listed->root()["data"].each([&](Json session) {
            if (!session.boolOr("current"))
                id = session.textOr("id");
            return true;
        });

        CPPUNIT_ASSERT_EQUAL(404, as(ann, "DELETE", "/api/v1/auth/sessions/" + id).status);
        CPPUNIT_ASSERT_EQUAL(204, as(eva, "DELETE", "/api/v1/auth/sessions/" + id).status);
        CPPUNIT_ASSERT_EQUAL(401, as(other, "GET", "/api/v1/auth/me").status);
        CPPUNIT_ASSERT_EQUAL(204, as(eva, "DELETE", "/api/v1/auth/sessions").status);
        CPPUNIT_ASSERT_EQUAL(200, as(eva, "GET", "/api/v1/auth/me").status);
        CPPUNIT_ASSERT_EQUAL(200, as(ann, "GET", "/api/v1/auth/me").status);
    }

    void aKeyIsMadeShownOnceUsedAndRevoked()
    {
        const std::string ann = tokenOf("ann");
        const Reply made = as(ann, "POST", "/api/v1/auth/keys",
                              R"({"name": "till", "role": "SALES_REP", )"
                              R"("expires_at": "2099-01-01T00:00:00Z"})");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 201, made.status);
        const std::string key = member(made, "key");
        const std::string id = member(made, "id");

        CPPUNIT_ASSERT_EQUAL(200, as(key, "GET", "/api/v1/variants").status);
        CPPUNIT_ASSERT_EQUAL(403, as(key, "GET", "/api/v1/orders").status);
        const Reply list = as(ann, "GET", "/api/v1/auth/keys");
        CPPUNIT_ASSERT(list.body.find(id) != std::string::npos);
        CPPUNIT_ASSERT(list.body.find(key) == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(200, as(ann, "DELETE", "/api/v1/auth/keys/" + id).status);
        CPPUNIT_ASSERT_EQUAL(401, as(key, "GET", "/api/v1/variants").status);
        CPPUNIT_ASSERT_EQUAL(
            400, as(ann, "POST", "/api/v1/auth/keys", R"({"name": "x", "role": "root"})").status);
    }

    void theFirstAdministratorIsNotMadeByTheApi()
    {
        hub->database().run("DELETE FROM user_account");
        const char* body = R"({"username": "eve", "role": "admin"})";

        CPPUNIT_ASSERT_EQUAL(409, hub->post("/api/v1/auth/users", body).status);
        CPPUNIT_ASSERT_EQUAL(409, hub->post("/api/v1/employees", body).status);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub->database().count("user_account"));
    }

    void whomAnOutsideProviderVouchesForIsLetIn()
    {
        const access::EcKey key = access::EcKey::generate();
        SmallServer provider([&](const SmallServer::Asked&) {
            return SmallServer::Said{
                200, R"({"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":")" +
                         access::toBase64Url(key.point().substr(1, 32)) + R"(","y":")" +
                         access::toBase64Url(key.point().substr(33)) + "\"}]}"};
        });
        hub.emplace("auth: { providers: [{ name: idp, issuer: i, audience: a, algorithm: ES256, "
                    "jwks_url: \"" +
                    provider.url() + "/keys\", roles: { packer: WAREHOUSE_OP } }] }\n");
        const auto now = std::chrono::duration_cast<std::chrono::seconds>(
            std::chrono::system_clock::now().time_since_epoch());
        const std::string data =
            access::toBase64Url(R"({"alg":"ES256","kid":"k"})") + "." +
            access::toBase64Url(R"({"iss":"i","aud":"a","sub":"s-1","roles":["packer"],"exp":)" +
                                std::to_string(now.count() + 600) + "}");
        const std::string token = data + "." + access::toBase64Url(key.sign(data));

        eventually("the provider's keys are there",
                   [&] { return as(token, "GET", "/api/v1/orders").status == 200; });
        CPPUNIT_ASSERT_EQUAL(403, as(token, "GET", "/api/v1/channels").status);
        CPPUNIT_ASSERT_EQUAL(std::string("user:s-1@idp"),
                             member(as(token, "GET", "/api/v1/auth/introspect"), "actor"));
        CPPUNIT_ASSERT_EQUAL(403,
                             as(token, "POST", "/api/v1/auth/me/change-password", "{}").status);
        CPPUNIT_ASSERT_EQUAL(401, as(token + "A", "GET", "/api/v1/orders").status);
        CPPUNIT_ASSERT_EQUAL(1, provider.asked("GET /keys"));
    }

    void aNeighbourAsksWhoseTokenItIs()
    {
        const Reply reply = as(tokenOf("ann"), "GET", "/api/v1/auth/introspect");
        CPPUNIT_ASSERT_EQUAL(std::string("true"), member(reply, "active"));
        CPPUNIT_ASSERT_EQUAL(std::string("user:ann"), member(reply, "actor"));
        CPPUNIT_ASSERT_EQUAL(std::string("admin"), member(reply, "role"));
        CPPUNIT_ASSERT(reply.body.find("\"orders.read\"") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(401, as("x", "GET", "/api/v1/auth/introspect").status);

        HttpClient stranger(hub->port());
        const Reply keys = stranger.get("/.well-known/jwks.json");
        CPPUNIT_ASSERT_EQUAL(200, keys.status);
        CPPUNIT_ASSERT(keys.body.find(R"("crv":"P-256")") != std::string::npos);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(AccountsFlowTest);
