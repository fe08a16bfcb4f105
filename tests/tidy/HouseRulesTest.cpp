#include "tidy/SourceTree.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

using namespace spokehub::test;

/// What is easily forgotten in any file. The words looked for are written in pieces here, so that
/// this file is checked like every other.
class HouseRulesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HouseRulesTest);
    CPPUNIT_TEST(noSourceIsTooLong);
    CPPUNIT_TEST(noFileIsADrawerForEverything);
    CPPUNIT_TEST(unfinishedWorkHasAnOwnerAndAReason);
    CPPUNIT_TEST(noErrorIsSwallowedWhole);
    CPPUNIT_TEST(noTestSleeps);
    CPPUNIT_TEST(noFileNamesAPathOfOneMachine);
    CPPUNIT_TEST(noLineEndsInBlanks);
    CPPUNIT_TEST(everyMigrationHasItsWayBack);
    CPPUNIT_TEST(everyTestFileIsNamedAfterItsClass);
    CPPUNIT_TEST(theReadmeNamesOnlyCommandsThatExist);
    CPPUNIT_TEST_SUITE_END();

    static constexpr std::size_t linesMax = 700; // the aim is 400

    /// Complains of each line that matches, in files that `concerns` picks.
    template <class Concerns>
    static void refuse(const std::string& pattern, const std::string& what, Concerns concerns)
    {
        const std::regex expression(pattern, std::regex::optimize);
        Complaints complaints;
        for (const SourceFile& file : sourceTree())
            if (concerns(file))
                for (std::size_t i = 0; i < file.lines.size(); ++i)
                    if (std::regex_search(file.lines[i], expression))
                        complaints.add(file.path, i + 1, what);
        complaints.assertNone();
    }

    static bool any(const SourceFile&) { return true; }

    void noSourceIsTooLong()
    {
        Complaints complaints;
        for (const SourceFile& file : sourceTree())
            if (file.isCode() &&
                (file.under("hub") || file.under("sdk") || file.under("plugins")) &&
                file.lines.size() > linesMax)
                complaints.add(file.path, linesMax,
                               std::to_string(file.lines.size()) +
                                   " lines: is there a second job in it?");

        complaints.assertNone();
    }

    void noFileIsADrawerForEverything()
    {
        const std::regex drawer("(util|utils|common|helper|helpers|misc|manager)",
                                std::regex::icase);
        const std::regex drawerAtTheEnd(".*(Utils?|Common|Helpers?|Manager)");
        Complaints complaints;
        for (const SourceFile& file : sourceTree())
            if (file.isCode() && (std::regex_match(file.name(), drawer) ||
                                  std::regex_match(file.name(), drawerAtTheEnd)))
                complaints.add(file.path, 1, "this name says nothing of what the file is for");

        complaints.assertNone();
    }

    void unfinishedWorkHasAnOwnerAndAReason()
    {
        // The third word before a quote is ISO 4217's code for no currency.
        refuse("\\b(TO"
               "DO|FIX"
               "ME|XX"
               "X)\\b(?!\"|\\([a-z]+\\): .)",
               "unfinished work needs an owner and a reason, NAME(owner): reason", any);
    }

    void noErrorIsSwallowedWhole()
    {
        refuse("catch \\(\\.\\.\\.\\)\\s*\\{\\s*\\}", "swallows what it does not know",
               [](const SourceFile& file) { return file.isCode(); });
    }

    void noTestSleeps()
    {
        refuse("sleep_"
               "for|sleep_"
               "until|Thread::sl"
               "eep|\\bu"
               "sleep\\(",
               "wait for what is meant, on a condition", [](const SourceFile& file) {
                   return file.isCode() && (file.under("tests/unit") || file.under("tests/flow"));
               });
    }

    void noFileNamesAPathOfOneMachine()
    {
        refuse("(^|[^A-Za-z0-9_.])/(wo"
               "rk|ho"
               "me|ro"
               "ot|fa"
               "rm)/[A-Za-z.]",
               "names a path of one machine", any);
    }

    void noLineEndsInBlanks()
    {
        refuse("[ \\t\\r]+$", "ends in blanks",
               [](const SourceFile& file) { return file.isCode() || file.path.ends_with(".sql"); });
    }

    void everyMigrationHasItsWayBack()
    {
        const std::regex form("(\\d{4})_([a-z0-9_]+)\\.(up|down)\\.sql");
        std::map<int, std::set<std::string>> found;
        Complaints complaints;
        for (const SourceFile& file : sourceTree()) {
            std::smatch parts;
            const std::string name = std::filesystem::path(file.path).filename();
            if (!file.under("migrations") || !file.path.ends_with(".sql"))
                continue;
            if (std::regex_match(name, parts, form))
                found[std::stoi(parts[1])].insert(parts[2].str() + "." + parts[3].str());
            else
                complaints.add(file.path, 1, "is not named 0001_what.up.sql or 0001_what.down.sql");
        }

        complaints.assertNone();
        CPPUNIT_ASSERT(!found.empty());
        int expected = 1;
        for (const auto& [number, names] : found) {
            CPPUNIT_ASSERT_EQUAL(expected++, number);
            CPPUNIT_ASSERT_EQUAL_MESSAGE("migration " + std::to_string(number) +
                                             " has one up and one down",
                                         std::size_t{2}, names.size());
            const std::string what = names.begin()->substr(0, names.begin()->find('.'));
            CPPUNIT_ASSERT_EQUAL_MESSAGE("up and down share their name", std::size_t{2},
                                         names.count(what + ".up") + names.count(what + ".down"));
        }
    }

    void everyTestFileIsNamedAfterItsClass()
    {
        Complaints complaints;
        for (const SourceFile& file : sourceTree()) {
            if (!file.path.starts_with("tests/") || !file.path.ends_with("Test.cpp"))
                continue;
            const std::regex declares("^class " + file.name() + "\\b");
            const bool named =
                std::any_of(file.lines.begin(), file.lines.end(), [&](const std::string& line) {
                    return std::regex_search(line, declares);
                });
            if (!named)
                complaints.add(file.path, 1,
                               "declares no class " + file.name() +
                                   ": the runner finds it by name");
        }

        complaints.assertNone();
    }

    /// Every `./dev NAME` that a page speaks of is a command of dev.
    void theReadmeNamesOnlyCommandsThatExist()
    {
        std::set<std::string> commands;
        std::regex branch("^([a-z]+)( \\| [-a-z]+)*\\) ");
        std::smatch parts;
        for (const SourceFile& file : sourceTree())
            if (file.path == "dev")
                for (const std::string& line : file.lines)
                    if (std::regex_search(line, parts, branch))
                        commands.insert(parts[1]);
        CPPUNIT_ASSERT(commands.contains("test"));

        const std::regex spoken("\\./dev ([a-z]+)");
        Complaints complaints;
        for (const SourceFile& file : sourceTree())
            if (file.path.ends_with(".md"))
                for (std::size_t i = 0; i < file.lines.size(); ++i)
                    if (std::regex_search(file.lines[i], parts, spoken) &&
                        !commands.contains(parts[1]))
                        complaints.add(file.path, i + 1, "./dev has no " + parts[1].str());
        complaints.assertNone();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HouseRulesTest);
