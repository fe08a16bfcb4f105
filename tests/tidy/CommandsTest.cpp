#include "cli/CommandLine.h"
#include "tidy/SourceTree.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <regex>
#include <sstream>

using namespace spokehub;
using namespace spokehub::test;

/// The command line, its tests and what the pages say of it go together.
class CommandsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CommandsTest);
    CPPUNIT_TEST(everyVerbIsRunByATest);
    CPPUNIT_TEST(everyCommandOnAPageExists);
    CPPUNIT_TEST(everyDevCommandOnAPageExists);
    CPPUNIT_TEST_SUITE_END();

    static std::string textOf(const std::string& path)
    {
        std::string text;
        for (const SourceFile& file : sourceTree())
            if (file.path == path)
                for (const std::string& line : file.lines)
                    text += line + "\n";
        return text;
    }

    void everyVerbIsRunByATest()
    {
        const std::string flow = textOf("tests/flow/CommandLineFlowTest.cpp") +
                                 textOf("tests/flow/CatalogCommandsFlowTest.cpp");
        const std::string unit = textOf("tests/unit/cli/CommandLineTest.cpp");
        Complaints complaints;
        for (const cli::Verb& verb : cli::verbs()) {
            const std::string name = verb.name.empty() ? verb.noun : verb.noun + " " + verb.name;
            const std::string listed = verb.name.empty()
                                           ? "{\"" + verb.noun + "\""
                                           : "{\"" + verb.noun + "\", \"" + verb.name + "\"";
            if (flow.find("ok(\"" + name) == flow.npos && unit.find(listed) == unit.npos)
                complaints.add("hub/cli", 1, "no test runs spokehub " + name);
        }

        complaints.assertNone();
    }

    /// "channel adopt NAME --catalog": the verb and each option; empty when all of it exists.
    static std::string unknownIn(const std::string& command)
    {
        std::istringstream words(command);
        std::string noun;
        std::string name;
        words >> noun >> name;
        const auto verb = std::ranges::find_if(cli::verbs(), [&](const cli::Verb& each) {
            return each.noun == noun && (each.name == name || each.name.empty());
        });
        if (verb == cli::verbs().end())
            return noun + " " + name;
        for (std::string word = name; !word.empty();) {
            word.erase(0, word.find_first_not_of('['));
            const std::string option = word.substr(0, word.find_first_of("]= "));
            if (option.starts_with("--") && option != "--config" && option != "--url" &&
                option != "--yes" &&
                std::ranges::none_of(verb->arguments, [&](const cli::Argument& argument) {
                    return argument.name.substr(0, argument.name.find(' ')) == option;
                }))
                return option;
            if (!(words >> word))
                word.clear();
        }
        return {};
    }

    void everyCommandOnAPageExists()
    {
        static const std::regex command("(?:`|^ *)(?:[A-Za-z./_-]*/)?spokehub ([a-z][^`#|]*)");
        Complaints complaints;
        for (const SourceFile& file : sourceTree())
            for (std::size_t at = 0; file.path.ends_with(".md") && at < file.lines.size(); ++at)
                for (std::sregex_iterator
                         found(file.lines[at].begin(), file.lines[at].end(), command),
                     end;
                     found != end; ++found)
                    if (const std::string unknown = unknownIn((*found)[1]); !unknown.empty())
                        complaints.add(file.path, at + 1, "spokehub knows no " + unknown);

        complaints.assertNone();
    }

    void everyDevCommandOnAPageExists()
    {
        static const std::regex command("\\./dev ([a-z]+)");
        const std::string dev = textOf("dev");
        Complaints complaints;
        for (const SourceFile& file : sourceTree())
            for (std::size_t at = 0; file.path.ends_with(".md") && at < file.lines.size(); ++at)
                for (std::sregex_iterator
                         found(file.lines[at].begin(), file.lines[at].end(), command),
                     end;
                     found != end; ++found)
                    if (dev.find("\n" + (*found)[1].str() + ")") == dev.npos &&
                        dev.find("\n" + (*found)[1].str() + " |") == dev.npos)
                        complaints.add(file.path, at + 1, "./dev knows no " + (*found)[1].str());

        complaints.assertNone();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandsTest);
