#include "check/Report.h"

#include "support/Paths.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cstdio>
#include <sstream>

using namespace spokehub::check;

/// spokehub-check as it is called, and how it shows what it found.
class CheckProgramTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CheckProgramTest);
    CPPUNIT_TEST(aGoodSpokeEndsWithZero);
    CPPUNIT_TEST(aFailedCheckEndsWithOneAndShowsTheRemedy);
    CPPUNIT_TEST(whereThereIsNothingToCertifyItEndsWithTwo);
    CPPUNIT_TEST(theListNamesEveryCheck);
    CPPUNIT_TEST(jsonSaysWhatEachCheckSaw);
    CPPUNIT_TEST(junitEscapesWhatASpokeHasSaid);
    CPPUNIT_TEST_SUITE_END();

    struct Ended
    {
        int code;
        std::string output;
    };

    static std::string built(const std::string& path)
    {
        return std::string(spokehub::test::binaryDir) + "/" + path;
    }

    static Ended call(const std::string& arguments, const std::string& environment = "")
    {
        const std::string line =
            environment + " " + built("bin/spokehub-check") + " " + arguments + " 2>&1";
        Ended ended{-1, {}};
        FILE* pipe = popen(line.c_str(), "r");
        std::array<char, 4096> piece{};
        while (const auto got = fread(piece.data(), 1, piece.size(), pipe))
            ended.output.append(piece.data(), got);
        const int status = pclose(pipe);
        ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        return ended;
    }

    static std::string faulty()
    {
        return built("test-spokes/faulty.so") + " --fixtures " +
               std::string(spokehub::test::sourceDir) + "/tests/spokes/faulty/fixtures";
    }

public:
    void aGoodSpokeEndsWithZero()
    {
        const auto ended = call(faulty() + " --only settings");

        CPPUNIT_ASSERT_EQUAL(0, ended.code);
        CPPUNIT_ASSERT_EQUAL(built("test-spokes/faulty.so") + ": 9 passed, 0 failed, 0 skipped\n",
                             ended.output);
    }

    void aFailedCheckEndsWithOneAndShowsTheRemedy()
    {
        const auto ended = call(faulty() + " --only settings.are_described",
                                "SPOKEHUB_FAULT=settings.are_described");

        CPPUNIT_ASSERT_EQUAL(1, ended.code);
        CPPUNIT_ASSERT_EQUAL(
            "FAIL  settings.are_described  every setting and secret has a description\n"
            "      seen:   without a description: settings.shop\n"
            "      remedy: say in 'description' what it is and where to find it\n" +
                built("test-spokes/faulty.so") + ": 0 passed, 1 failed, 0 skipped\n",
            ended.output);
    }

    void whereThereIsNothingToCertifyItEndsWithTwo()
    {
        for (const std::string& arguments :
             {std::string(), std::string("/nowhere.so"), built("bin/spokehub-check"),
              built("broken-spokes/nosymbol.so"), faulty() + " --only nothing",
              built("test-spokes/faulty.so") + " --fixtures /nowhere", faulty() + " -o html"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(arguments, 2, call(arguments).code);
    }

    void theListNamesEveryCheck()
    {
        const auto ended = call("--list");

        CPPUNIT_ASSERT_EQUAL(0, ended.code);
        for (const Check& check : allChecks())
            CPPUNIT_ASSERT_MESSAGE(check.id,
                                   ended.output.find(check.id + "  ") != std::string::npos);
    }

    void jsonSaysWhatEachCheckSaw()
    {
        const auto ended =
            call(faulty() + " --only accept -o json", "SPOKEHUB_FAULT=accept.stale_times");

        const auto report = Value::parse(ended.output);
        CPPUNIT_ASSERT_EQUAL(1, ended.code);
        CPPUNIT_ASSERT_EQUAL(1, report["failed"].get<int>());
        for (const auto& check : report["checks"]) {
            const bool stale = check["id"] == "accept.stale_times";
            CPPUNIT_ASSERT_EQUAL(std::string(stale ? "failed" : "passed"),
                                 check["verdict"].get<std::string>());
            CPPUNIT_ASSERT_EQUAL(stale, check.contains("remedy"));
        }
    }

    void junitEscapesWhatASpokeHasSaid()
    {
        const Check check{"load.opens", "a \"channel\" opens", "open <it>", nullptr};
        const Report report{
            "a&b.so",
            {{&check, {Verdict::Failed, "said <\x01> & \"\xff\""}, std::chrono::milliseconds(7)}}};
        std::ostringstream out;

        writeJunit(out, report);

        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<testsuites name=\"a&amp;b.so\" tests=\"1\" failures=\"1\">\n"
                "  <testsuite name=\"load\" tests=\"1\" failures=\"1\" skipped=\"0\">\n"
                "    <testcase classname=\"load\" name=\"load.opens\" time=\"0.007\"><failure "
                "message=\"said &lt;?&gt; &amp; &quot;\xef\xbf\xbd&quot;\">wanted: a "
                "&quot;channel&quot; opens remedy: open &lt;it&gt;</failure></testcase>\n"
                "  </testsuite>\n</testsuites>\n"),
            out.str());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CheckProgramTest);
