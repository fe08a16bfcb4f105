// Secrets are planted, the hub is used well and badly, and then they are looked for wherever a hub
// leaves traces.
#include "core/Log.h"
#include "support/Engines.h"
#include "support/SandboxOrders.h"

#include <cppunit/extensions/HelperMacros.h>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

using namespace spokehub;
using namespace spokehub::test;

namespace
{

/// What is written to standard error while this lives, debug messages and all.
class CapturedLog
{
public:
    explicit CapturedLog(const std::filesystem::path& file)
        : _file(file), _before(::dup(STDERR_FILENO))
    {
        const int into = ::open(_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(into, STDERR_FILENO);
        ::close(into);
        Log::threshold(Level::Debug);
    }
    ~CapturedLog() { end(); }
    CapturedLog(const CapturedLog&) = delete;
    CapturedLog& operator=(const CapturedLog&) = delete;

    std::string end()
    {
        if (_before >= 0) {
            ::dup2(_before, STDERR_FILENO);
            ::close(_before);
            Log::threshold(Level::Warning);
            _before = -1;
        }
        std::ifstream in(_file, std::ios::binary);
        std::string said(std::istreambuf_iterator<char>(in), {});
        std::filesystem::remove(_file);
        return said;
    }

private:
    const std::filesystem::path _file;
    int _before;
};

} // namespace

class CanaryFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CanaryFlowTest);
    CPPUNIT_TEST(plantedSecretsAreFoundNowhere);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* password = "canary horse staple battery";
    static constexpr const char* channelSecret = "canary-signs-webhooks";

    std::optional<RunningHub> hub;
    std::string answers; // of all that was asked, but for those that show a secret on purpose

public:
    void setUp() override
    {
        hub.emplace(cornerShop("\"LEG-S=0\"") +
                        "  - name: broken\n"
                        "    spoke: sandbox\n"
                        "    settings: { shop: [] }\n"
                        "    secrets: { webhook_secret: \"env:SECRET\", other: \"env:TOKEN\" }\n",
                    "canary-token");
        hub->database().run("INSERT INTO user_account (tenant_id, id, username, role, created_by, "
                            "created_at, updated_at) VALUES (1, 1, 'root', 'admin', 'x', 0, 0)");
    }
    void tearDown() override
    {
        hub.reset();
        answers.clear();
    }

    Reply ask(const std::string& method, const std::string& target, const std::string& body = {},
              HttpClient::Headers headers = {{"X-Api-Key", RunningHub::key}})
    {
        HttpClient client(hub->port());
        headers.emplace_back("Content-Type", "application/json");
        return client.request(method, target, body, headers);
    }
    Reply form(const std::string& body)
    {
        HttpClient client(hub->port());
        return client.request("POST", "/api/v1/auth/token", body,
                              {{"Content-Type", "application/x-www-form-urlencoded"}});
    }
    void keep(const Reply& reply) { answers += reply.body + "\n"; }

    static std::string member(const Reply& reply, std::string_view name)
    {
        const auto document = JsonDocument::parse(reply.body);
        CPPUNIT_ASSERT_MESSAGE(reply.body, document.has_value());
        return std::string(document->root().textOr(name));
    }

    /// Every byte that the database keeps.
    std::string dump()
    {
        std::string all;
        if (engine() == store::Engine::Postgres) {
            hub->database().run("CREATE FUNCTION everything() RETURNS TEXT LANGUAGE plpgsql AS $$ "
                                "DECLARE name TEXT; part TEXT; whole TEXT := ''; BEGIN FOR name IN "
                                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP "
                                "EXECUTE format('SELECT string_agg(t::text, chr(10)) FROM %I t', "
                                "name) INTO part; whole := whole || name || COALESCE(part, ''); "
                                "END LOOP; RETURN whole; END $$");
            return hub->database().text("SELECT everything()");
        }
        const std::string file = hub->database()->url().sqliteFile;
        for (const char* suffix : {"", "-wal"}) {
            std::ifstream in(file + suffix, std::ios::binary);
            all.append(std::istreambuf_iterator<char>(in), {});
        }
        return all;
    }

    /// Set, used, revoked, and refused.
    void plantChannelSecret()
    {
        const std::string path = "/api/v1/channels/corner/secrets";
        const std::string wish = R"({"name": "webhook_secret", "value": ")";
        const Reply made = ask("POST", path, wish + channelSecret + "\"}");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(made.body, 201, made.status);
        keep(made);
        keep(ask("GET", path));
        keep(ask("POST", path, wish + channelSecret));
        keep(ask("POST", path, wish + channelSecret + "\", \"more\": 1}"));
        keep(ask("POST", path, wish + channelSecret + " \"}"));
        keep(ask("POST", path,
                 R"({"name": "other", "value": ")" + std::string(channelSecret) + "\"}"));
        const std::string body = SandboxOrder{.number = 5}.text();
        HttpClient client(hub->port());
        CPPUNIT_ASSERT_EQUAL(200,
                             client
                                 .post("/webhooks/corner/orders-create", body,
                                       {{"X-Sandbox-Signature", signature(body, channelSecret)},
                                        {"X-Sandbox-Id", "m5"}})
                                 .status);
        const Reply second = ask("POST", path, wish + channelSecret + "2\"}");
        CPPUNIT_ASSERT_EQUAL(204, ask("DELETE", path + "/" + member(second, "id")).status);
        keep(ask("GET", "/api/v1/audit"));
    }

    void plantedSecretsAreFoundNowhere()
    {
        CapturedLog log(std::filesystem::temp_directory_path() /
                        ("spokehub-canary-" + std::to_string(::getpid())));
        hub->restart();
        ask("POST", "/api/v1/auth/users",
            R"({"username": "bob", "role": "admin", "password": ")" + std::string(password) +
                "\"}");
        const Reply made = ask("POST", "/api/v1/auth/keys", R"({"name": "erp", "role": "viewer"})");
        const Reply tokens = form("username=bob&password=canary+horse+staple+battery");
        const Reply login =
            ask("POST", "/api/v1/auth/login",
                R"({"username": "bob", "password": ")" + std::string(password) + "\"}", {});
        const std::string cookie = login.header("Set-Cookie");
        std::vector<std::string> secrets{
            password,
            "canary+horse",
            "canary-token",
            RunningHub::secret,
            RunningHub::key,
            member(made, "key"),
            member(tokens, "access_token"),
            member(tokens, "refresh_token"),
            cookie.substr(cookie.find('=') + 1, cookie.find(';') - cookie.find('=') - 1),
            channelSecret};
        plantChannelSecret();

        keep(form("username=bob&password=canary+horse+staple+batterie"));
        keep(form("refresh_token=" + secrets[7] + "x"));
        keep(ask("POST", "/api/v1/auth/login", "{\"password\": \"" + std::string(password)));
        keep(ask("POST", "/api/v1/auth/users",
                 R"({"username": "bob", "role": "nobody", "password": ")" + std::string(password) +
                     "\"}"));
        keep(ask("GET", "/api/v1/orders", {}, {{"X-Api-Key", secrets[5] + "x"}}));
        keep(ask("GET", "/api/v1/orders", {}, {{"Authorization", "Bearer " + secrets[6] + "x"}}));
        CPPUNIT_ASSERT_EQUAL(
            200, deliver(*hub, "corner", "orders-create", SandboxOrder{.number = 1}.text(), "m1"));
        HttpClient client(hub->port());
        keep(client.post("/webhooks/corner/orders-create", "{}",
                         {{"X-Sandbox-Signature", "wrong"}, {"X-Sandbox-Id", "m2"}}));
        keep(client.post("/webhooks/broken/orders-create", "{}", {}));
        keep(ask("POST", "/api/v1/channels/corner/check"));
        const auto table = hub->getJson("/api/v1");
        table.root()["routes"].each([&](Json route) {
            if (route.textOr("method") == "GET" &&
                route.textOr("path").find('{') == std::string::npos)
                keep(ask("GET", std::string(route.textOr("path"))));
            return true;
        });
        hub->settle();

        const std::string database = dump();
        hub.reset();
        const std::string said = log.end();
        CPPUNIT_ASSERT(said.find("a webhook was refused") != std::string::npos);
        CPPUNIT_ASSERT(answers.find("spokehub_http_answers_total") != std::string::npos);
        CPPUNIT_ASSERT(database.find("LEG-S") != std::string::npos);
        for (const std::string& secret : secrets) {
            CPPUNIT_ASSERT(secret.size() > 10);
            CPPUNIT_ASSERT_MESSAGE("answers: " + secret, answers.find(secret) == std::string::npos);
            CPPUNIT_ASSERT_MESSAGE("log: " + secret, said.find(secret) == std::string::npos);
            CPPUNIT_ASSERT_MESSAGE("database: " + secret,
                                   database.find(secret) == std::string::npos);
        }
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(CanaryFlowTest);
