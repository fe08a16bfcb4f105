#include "support/CommandRun.h"
#include "support/Paths.h"
#include "support/SmallServer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

using namespace spokehub;

class CommandLineTest : public CppUnit::TestFixture, test::CommandRun
{
    CPPUNIT_TEST_SUITE(CommandLineTest);
    CPPUNIT_TEST(everyVerbHelps);
    CPPUNIT_TEST(whatIsWronglyUsedEndsWithTwoAndSaysHow);
    CPPUNIT_TEST(aHubThatDoesNotAnswerIsNamedWithTheRemedy);
    CPPUNIT_TEST(aConfigurationIsChecked);
    CPPUNIT_TEST(withoutAKeyTheHubIsNotAsked);
    CPPUNIT_TEST(spokesAreListedAndInspected);
    CPPUNIT_TEST(aNewSpokeIsWrittenWhereItIsWanted);
    CPPUNIT_TEST(aChannelIsRecordedWithoutSecretsAndReplayed);
    CPPUNIT_TEST(whatCannotBeRecordedIsSaid);
    CPPUNIT_TEST(whatIsNoSpokeIsNotRun);
    CPPUNIT_TEST(theSchemaIsMigratedAndRolledBack);
    CPPUNIT_TEST(aDatabaseIsCopiedVerifiedAndRestored);
    CPPUNIT_TEST_SUITE_END();

    std::filesystem::path directory;

    std::string config(const std::string& text)
    {
        const auto file = directory / "spokehub.yaml";
        std::ofstream(file) << text;
        return file.string();
    }

    bool says(const std::string& part) { return err.find(part) != err.npos; }

public:
    void setUp() override
    {
        std::string name =
            (std::filesystem::temp_directory_path() / "spokehub-cli-XXXXXX").string();
        CPPUNIT_ASSERT(::mkdtemp(name.data()) != nullptr);
        directory = name;
        ::unsetenv("SPOKEHUB_API_KEY");
        ::unsetenv("SPOKEHUB_URL");
    }
    void tearDown() override { std::filesystem::remove_all(directory); }

    void everyVerbHelps()
    {
        CPPUNIT_ASSERT_EQUAL(0, run({"--help"}));
        for (const cli::Verb& verb : cli::verbs()) {
            std::vector<std::string> call{verb.noun};
            if (!verb.name.empty())
                call.push_back(verb.name);
            call.push_back("--help");

            CPPUNIT_ASSERT_EQUAL_MESSAGE(verb.noun + " " + verb.name, 0, run(call));
            for (const cli::Argument& argument : verb.arguments)
                CPPUNIT_ASSERT_MESSAGE(verb.noun + " " + verb.name + " " + argument.name,
                                       out.find(argument.help) != out.npos);
        }
    }

    void whatIsWronglyUsedEndsWithTwoAndSaysHow()
    {
        CPPUNIT_ASSERT_EQUAL(2, run({}));
        CPPUNIT_ASSERT_EQUAL(2, run({"chanel", "list"}));
        CPPUNIT_ASSERT(says("there is no noun 'chanel': did you mean 'channel'?"));
        CPPUNIT_ASSERT_EQUAL(2, run({"channel", "chekc", "shop"}));
        CPPUNIT_ASSERT(says("channel has no verb 'chekc': did you mean 'check'?"));
        CPPUNIT_ASSERT_EQUAL(2, run({"channel", "check"}));
        CPPUNIT_ASSERT(says("NAME is required"));
        CPPUNIT_ASSERT_EQUAL(2, run({"channel", "list", "-o", "xml"}));
        CPPUNIT_ASSERT_EQUAL(2, run({"stock", "adjust", "LEG-S", "--by", "many", "--url", "x"}));
        CPPUNIT_ASSERT(says("--by: 'many' is not a whole number"));
        CPPUNIT_ASSERT_EQUAL(2, run({"stock", "adjust", "LEG-S"}));
        CPPUNIT_ASSERT(says("give either --by or --to"));
    }

    void aHubThatDoesNotAnswerIsNamedWithTheRemedy()
    {
        ::setenv("SPOKEHUB_API_KEY", "key", 1);

        CPPUNIT_ASSERT_EQUAL(1, run({"channel", "list", "--url", "http://127.0.0.1:1"}));

        CPPUNIT_ASSERT(says("the hub at http://127.0.0.1:1 does not answer"));
        CPPUNIT_ASSERT(says("Start it with spokehubd --config=FILE, or name its address by --url"));
        CPPUNIT_ASSERT_EQUAL(2, run({"channel", "list", "--url", "localhost"}));
        CPPUNIT_ASSERT(says("'localhost' is no address of a hub"));
    }

    void aConfigurationIsChecked()
    {
        const std::string good = config("server: { listen: \"127.0.0.1:8080\" }\n");

        CPPUNIT_ASSERT_EQUAL(0, run({"config", "check", good}));

        CPPUNIT_ASSERT_EQUAL(0, run({"config", "check", "--config=" + good}));
        const std::string bad = config("sever: { listen: \"127.0.0.1:8080\" }\n");
        CPPUNIT_ASSERT_EQUAL(1, run({"config", "check", bad}));
        CPPUNIT_ASSERT(says(bad + ":1"));
        CPPUNIT_ASSERT(says("did you mean 'server'?"));
    }

    void withoutAKeyTheHubIsNotAsked()
    {
        const std::string file = config(
            "api_keys: [{ name: admin, key: \"env:SPOKEHUB_TEST_NO_SUCH\", role: admin }]\n");

        CPPUNIT_ASSERT_EQUAL(1, run({"task", "list", "--config", file}));

        CPPUNIT_ASSERT(says("no key for the hub: set SPOKEHUB_API_KEY"));
        CPPUNIT_ASSERT_EQUAL(1, run({"task", "list", "--config", "/nowhere.yaml"}));
        CPPUNIT_ASSERT(says("/nowhere.yaml"));
    }

    void aNewSpokeIsWrittenWhereItIsWanted()
    {
        const auto wanted = directory / "here";

        CPPUNIT_ASSERT_EQUAL(0, run({"spoke", "new", "corner", "--directory", wanted.string()}));

        CPPUNIT_ASSERT(says("wrote " + (wanted / "CornerSpoke.cpp").string()));
        CPPUNIT_ASSERT(std::filesystem::exists(wanted / "CMakeLists.txt"));
        CPPUNIT_ASSERT_EQUAL(1, run({"spoke", "new", "corner", "--directory", wanted.string()}));
        CPPUNIT_ASSERT_EQUAL(2, run({"spoke", "new", "Corner"}));
    }

    /// A channel of the market stall, which answers as `answer` says.
    std::string stallConfig(const std::string& url)
    {
        return config("spokes: { directories: [" + std::string(spokehub::test::binaryDir) +
                      "/test-spokes] }\n"
                      "channels:\n  - name: stall\n    spoke: stall\n"
                      "    settings: { base_url: \"" +
                      url +
                      "\" }\n    secrets: { client_id: \"env:RECORD_ID\", client_secret: "
                      "\"env:RECORD_SECRET\", refresh_token: \"env:RECORD_TOKEN\" }\n");
    }

    std::string written(const std::string& file) const
    {
        std::ifstream in(directory / "recorded" / file);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    void aChannelIsRecordedWithoutSecretsAndReplayed()
    {
        test::SmallServer stall([](const test::SmallServer::Asked& asked) {
            if (asked.target == "/token")
                return test::SmallServer::Said{200, R"({"access_token": "tok-1234"})"};
            if (asked.target == "/listings/1")
                return test::SmallServer::Said{200, "LEG-S", "text/plain"};
            return test::SmallServer::Said{asked.target == "/shop" ? 200 : 404,
                                           R"({"owner_email": "ann@stall.test"})"};
        });
        for (const char* name : {"RECORD_ID", "RECORD_SECRET", "RECORD_TOKEN"})
            ::setenv(name, "canary-4711", 1);

        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            err, 0,
            run({"spoke", "record", "stall", "--config", stallConfig(stall.url()), "--out",
                 (directory / "recorded").string()}));

        const auto exchanges = written("exchanges.json");
        for (const char* secret : {"canary", "tok-1234", "ann@", "Y2FuYXJ5"})
            CPPUNIT_ASSERT_MESSAGE(exchanges, exchanges.find(secret) == exchanges.npos);
        const auto documents = written("documents.json");
        CPPUNIT_ASSERT_MESSAGE(
            documents,
            documents.starts_with(
                R"([{"verb":"check","request":{},"class":"done","reason":"","documents":[{"kind":"finding","document":{"level":"ok","subject":"shop","message":"answers"}}]},{"verb":"pull orders","request":{"cursor":"","since":)"));
        CPPUNIT_ASSERT_MESSAGE(documents,
                               documents.find(R"("external_id":"LEG-S")") != std::string::npos);

        std::istringstream asked(R"({"request": {"method": "GET", "url": ")" + stall.url() +
                                 "/listings/1\"}}\n{\"reset\": {}}\n");
        std::ostringstream answered;
        auto* const inBefore = std::cin.rdbuf(asked.rdbuf());
        auto* const outBefore = std::cout.rdbuf(answered.rdbuf());
        const int code = run({"spoke", "replay", (directory / "recorded/exchanges.json").string()});
        std::cin.rdbuf(inBefore);
        std::cout.rdbuf(outBefore);

        CPPUNIT_ASSERT_EQUAL(0, code);
        CPPUNIT_ASSERT_MESSAGE(answered.str(), answered.str().find(R"("body":"LEG-S"}
{})") != std::string::npos);
    }

    void whatCannotBeRecordedIsSaid()
    {
        ::unsetenv("RECORD_ID");
        const auto file = stallConfig("http://127.0.0.1:1");
        const auto to = (directory / "recorded").string();

        CPPUNIT_ASSERT_EQUAL(1, run({"spoke", "record", "stal", "--config", file, "--out", to}));
        CPPUNIT_ASSERT(says("there is no channel 'stal'"));
        CPPUNIT_ASSERT_EQUAL(1, run({"spoke", "record", "stall", "--config", file, "--out", to}));
        CPPUNIT_ASSERT(says("set RECORD_ID"));
        CPPUNIT_ASSERT_EQUAL(1, run({"spoke", "replay", file + ".none"}));
        CPPUNIT_ASSERT(says("cannot be read"));
        CPPUNIT_ASSERT(!std::filesystem::exists(directory / "recorded"));
    }

    void spokesAreListedAndInspected()
    {
        const std::string file = config("spokes: { directories: [" +
                                        std::string(spokehub::test::binaryDir) + "/spokes] }\n");

        CPPUNIT_ASSERT_EQUAL(0, run({"spoke", "list", "--config", file, "-o", "csv"}));
        CPPUNIT_ASSERT_EQUAL(std::string("name,version,title,isolation,file\n"),
                             out.substr(0, out.find('\n') + 1));
        CPPUNIT_ASSERT(out.find("sandbox,1.0.0,Sandbox,none," +
                                std::string(spokehub::test::binaryDir) + "/spokes/sandbox.so") !=
                       out.npos);

        CPPUNIT_ASSERT_EQUAL(0,
                             run({"spoke", "inspect",
                                  std::string(spokehub::test::binaryDir) + "/spokes/sandbox.so"}));
        CPPUNIT_ASSERT(out.find("settings.properties.latency_ms.maximum") != out.npos);
    }

    void whatIsNoSpokeIsNotRun()
    {
        CPPUNIT_ASSERT_EQUAL(1, run({"spoke", "inspect", config("no: spoke\n")}));

        CPPUNIT_ASSERT(says("it is not a shared library of this system"));
    }

    void aDatabaseIsCopiedVerifiedAndRestored()
    {
        const auto database = directory / "hub.db";
        const std::string file =
            config("database: { url: \"sqlite:" + database.string() + "\" }\n");
        const std::string copy = (directory / "copy.db").string();
        CPPUNIT_ASSERT_EQUAL(0, run({"db", "migrate", "--config", file}));

        CPPUNIT_ASSERT_EQUAL(0, run({"backup", "create", copy, "--config", file}));
        CPPUNIT_ASSERT_EQUAL(1, run({"backup", "create", copy, "--config", file}));
        CPPUNIT_ASSERT(says("is there already"));
        CPPUNIT_ASSERT_EQUAL(0, run({"backup", "verify", copy}));

        CPPUNIT_ASSERT_EQUAL(0, run({"db", "rollback", "--to", "0", "--yes", "--config", file}));
        CPPUNIT_ASSERT_EQUAL(0, run({"db", "restore", copy, "--yes", "--config", file}));
        CPPUNIT_ASSERT_EQUAL(0, run({"db", "status", "--config", file, "-o", "json"}));
        CPPUNIT_ASSERT_MESSAGE(out, out.find("\"pending\":[]") != out.npos);
        CPPUNIT_ASSERT(std::filesystem::exists(database.string() + ".replaced"));

        std::filesystem::resize_file(copy, 20'000);
        CPPUNIT_ASSERT_EQUAL(1, run({"backup", "verify", copy}));
        CPPUNIT_ASSERT_EQUAL(1, run({"db", "restore", copy, "--yes", "--config", file}));
        CPPUNIT_ASSERT_EQUAL(1, run({"backup", "verify", file}));
    }

    void theSchemaIsMigratedAndRolledBack()
    {
        const std::string file =
            config("database: { url: \"sqlite:" + (directory / "hub.db").string() + "\" }\n");
        CPPUNIT_ASSERT_EQUAL(1, run({"doctor", "--config", file}));
        CPPUNIT_ASSERT(says("pending: spokehub db migrate"));

        CPPUNIT_ASSERT_EQUAL(0, run({"db", "migrate", "--config", file}));

        CPPUNIT_ASSERT_EQUAL(0, run({"db", "status", "--config", file, "-o", "json"}));
        CPPUNIT_ASSERT(out.find("\"pending\":[]") != out.npos);
        CPPUNIT_ASSERT_EQUAL(0, run({"doctor", "--verify", "--config", file}));
        CPPUNIT_ASSERT_EQUAL(2, run({"db", "rollback", "--to", "99", "--config", file}));
        CPPUNIT_ASSERT_EQUAL(0, run({"db", "rollback", "--to", "0", "--yes", "--config", file}));
        CPPUNIT_ASSERT_EQUAL(0, run({"db", "status", "--config", file, "-o", "json"}));
        CPPUNIT_ASSERT_EQUAL(std::string("{\"version\":0,"), out.substr(0, 13));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandLineTest);
