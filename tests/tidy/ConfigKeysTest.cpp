#include "core/Config.h"
#include "core/ConfigSection.h"
#include "core/Yaml.h"
#include "support/Paths.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>
#include <sstream>

using namespace spokehub;

/// config/spokehub.yaml is the page an operator reads: it names every key there is, and no other.
class ConfigKeysTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConfigKeysTest);
    CPPUNIT_TEST(theExampleLoads);
    CPPUNIT_TEST(theExampleLoadsWithEveryCommentedKeyInForce);
    CPPUNIT_TEST(theExampleNamesEveryKey);
    CPPUNIT_TEST(theDefaultsInItsCommentsAreTheDefaults);
    CPPUNIT_TEST_SUITE_END();

    static std::optional<std::string> environment(const std::string& name)
    {
        return name == "SPOKEHUB_SECRET_KEY" ? "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="
                                             : "value of " + name;
    }

    static std::string example()
    {
        return contentOf(std::string(spokehub::test::sourceDir) + "/config/spokehub.yaml").value();
    }

    /// The example with its optional keys in force: comments that are indented are keys, the others
    /// prose.
    static std::string uncommented()
    {
        std::istringstream lines(example());
        std::string text;
        for (std::string line; std::getline(lines, line); text += line + "\n") {
            const auto start = line.find_first_not_of(' ');
            if (start != std::string::npos && start > 0 && line.compare(start, 2, "# ") == 0)
                line.erase(start, 2);
        }
        return text;
    }

    static void collect(const Yaml& value, const std::string& path, std::set<std::string>& keys)
    {
        if (path == "channels[].settings" || path == "channels[].secrets")
            return; // the spoke's own
        for (const Yaml::Member& member : value.members) {
            const std::string key = path.empty() ? member.key : path + "." + member.key;
            keys.insert(key);
            collect(member.value, key, keys);
        }
        for (const Yaml& item : value.items)
            collect(item, path + "[]", keys);
    }

    void theExampleLoads() { Config::parse(example(), "spokehub.yaml", environment); }

    void theExampleLoadsWithEveryCommentedKeyInForce()
    {
        const Config config = Config::parse(uncommented(), "spokehub.yaml", environment);

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, config.channels.at(0).stock.narrow.size());
    }

    void theExampleNamesEveryKey()
    {
        std::set<std::string> named;
        collect(Yaml::parse(uncommented()), "", named);

        for (const std::string& key : Config::keys())
            CPPUNIT_ASSERT_MESSAGE("config/spokehub.yaml does not name " + key,
                                   named.contains(key));
    }

    void theDefaultsInItsCommentsAreTheDefaults()
    {
        const Config given = Config::parse(uncommented(), "spokehub.yaml", environment);
        const Config none =
            Config::parse("channels: [{name: shopify, spoke: shopify}]", "", environment);

        CPPUNIT_ASSERT_EQUAL(none.server.host, given.server.host);
        CPPUNIT_ASSERT_EQUAL(none.server.port, given.server.port);
        CPPUNIT_ASSERT_EQUAL(none.server.ioThreads, given.server.ioThreads);
        CPPUNIT_ASSERT_EQUAL(none.server.workers, given.server.workers);
        CPPUNIT_ASSERT_EQUAL(none.server.bodyBytesMax, given.server.bodyBytesMax);
        CPPUNIT_ASSERT_EQUAL(none.server.requestsPerMinute, given.server.requestsPerMinute);
        CPPUNIT_ASSERT_EQUAL(none.database.url, given.database.url);
        CPPUNIT_ASSERT_EQUAL(none.database.migrate, given.database.migrate);
        CPPUNIT_ASSERT_EQUAL(none.database.readers, given.database.readers);
        CPPUNIT_ASSERT(none.auth.accessToken == given.auth.accessToken);
        CPPUNIT_ASSERT(none.auth.refreshToken == given.auth.refreshToken);
        CPPUNIT_ASSERT(none.auth.session == given.auth.session);
        CPPUNIT_ASSERT_EQUAL(none.auth.passwordMin, given.auth.passwordMin);
        CPPUNIT_ASSERT_EQUAL(none.locations.at(0).title, given.locations.at(0).title);
        CPPUNIT_ASSERT(none.channels[0].stock.locations == given.channels[0].stock.locations);
        CPPUNIT_ASSERT(none.channels[0].pull.orders == given.channels[0].pull.orders);
        CPPUNIT_ASSERT(none.channels[0].pull.listings == given.channels[0].pull.listings);
        CPPUNIT_ASSERT(none.channels[0].pull.levels == given.channels[0].pull.levels);
        CPPUNIT_ASSERT(none.channels[0].pull.shipments == given.channels[0].pull.shipments);
        CPPUNIT_ASSERT_EQUAL(none.channels[0].push, given.channels[0].push);
        CPPUNIT_ASSERT(none.channels[0].match == given.channels[0].match);
        CPPUNIT_ASSERT_EQUAL(none.channels[0].tripWirePercent, given.channels[0].tripWirePercent);
        CPPUNIT_ASSERT(none.inbox.keep == given.inbox.keep);
        CPPUNIT_ASSERT_EQUAL(none.inbox.attempts, given.inbox.attempts);
        CPPUNIT_ASSERT_EQUAL(none.sync.attempts, given.sync.attempts);
        CPPUNIT_ASSERT(none.sync.base == given.sync.base);
        CPPUNIT_ASSERT(none.sync.cap == given.sync.cap);
        CPPUNIT_ASSERT(none.log.level == given.log.level);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConfigKeysTest);
