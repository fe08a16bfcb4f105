#include "core/ConfigChanges.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;

class ConfigChangesTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConfigChangesTest);
    CPPUNIT_TEST(keysAreNamedWhoseValuesAreOthers);
    CPPUNIT_TEST(commentsAndOrderAreNoChange);
    CPPUNIT_TEST(onlySomeChangeWhileTheHubRuns);
    CPPUNIT_TEST_SUITE_END();

    static std::string changed(const std::string& before, const std::string& after)
    {
        std::string text;
        for (const std::string& key : changedKeys(before, after))
            text += (text.empty() ? "" : " ") + key;
        return text;
    }

    void keysAreNamedWhoseValuesAreOthers()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string("channels inbox.keep log.level server.workers"),
            changed("server: { listen: \"a:1\", workers: 2 }\nlog: { level: info }\n"
                    "channels: [{ name: a }]\n",
                    "server: { listen: \"a:1\", workers: 4 }\nlog: { level: debug }\n"
                    "channels: [{ name: b }]\ninbox: { keep: 3d }\n"));
    }

    void commentsAndOrderAreNoChange()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             changed("log: { level: info }\nserver: { workers: 2 }\n",
                                     "# new\nserver:\n  workers: 2\nlog: { level: info }\n"));
    }

    void onlySomeChangeWhileTheHubRuns()
    {
        CPPUNIT_ASSERT(changesLive("log.level"));
        CPPUNIT_ASSERT(changesLive("api_keys"));
        CPPUNIT_ASSERT(!changesLive("channels"));
        CPPUNIT_ASSERT(!changesLive("server.listen"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConfigChangesTest);
