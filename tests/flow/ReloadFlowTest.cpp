// HUP: what can be changed while the hub runs is, and the rest is named.
#include "support/HttpClient.h"
#include "support/HubProcess.h"
#include "support/RunningHub.h"

#include <cppunit/extensions/HelperMacros.h>

#include <csignal>
#include <fstream>

using namespace spokehub;
using namespace spokehub::test;

class ReloadFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ReloadFlowTest);
    CPPUNIT_TEST(keysAndLimitsChangeWhileItRuns);
    CPPUNIT_TEST(whatIsWrongChangesNothing);
    CPPUNIT_TEST_SUITE_END();

    std::optional<HubProcess> hub;

    static std::string yaml(const std::string& key, const std::string& more)
    {
        return "server: { listen: \"127.0.0.1:PORT\"" + more +
               " }\ndatabase: { url: \"sqlite:hub.db\" }\n"
               "api_keys: [{ name: admin, key: \"env:" +
               key + "\", role: admin }]\n";
    }

public:
    void setUp() override
    {
        hub.emplace(yaml("ONE", ""), HubProcess::Environment{{"ONE", "first-key-of-the-test"},
                                                             {"TWO", "second-key-of-the-test"}});
        hub->start();
    }

    void tearDown() override { hub.reset(); }

    Reply ask(const std::string& key)
    {
        return HttpClient(hub->port()).get("/api/v1/locations", {{"X-Api-Key", key}});
    }

    /// The hub has read it once it says so.
    void reload(std::string text, const std::string& saying)
    {
        text.replace(text.find("PORT"), 4, std::to_string(hub->port()));
        std::ofstream(hub->directory() / "hub.yaml") << text;
        hub->signal(SIGHUP);
        eventually("the hub says: " + saying,
                   [&] { return hub->log().find(saying) != std::string::npos; });
    }

    void keysAndLimitsChangeWhileItRuns()
    {
        CPPUNIT_ASSERT_EQUAL(200, ask("first-key-of-the-test").status);

        reload(yaml("TWO", ", requests_per_minute: 600, workers: 3"),
               "\"needs_restart\":\"server.workers\"");

        CPPUNIT_ASSERT_EQUAL(401, ask("first-key-of-the-test").status);
        const Reply reply = ask("second-key-of-the-test");
        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("600"), reply.header("RateLimit-Limit"));
        CPPUNIT_ASSERT_EQUAL(0, hub->terminate());
    }

    void whatIsWrongChangesNothing()
    {
        reload(yaml("TWO", ", wheels: 4"), "the old one stays");

        CPPUNIT_ASSERT_EQUAL(200, ask("first-key-of-the-test").status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReloadFlowTest);
