// The first chapter of the SDK's page, as a new author would follow it: every command of it.
#include "support/Paths.h"
#include "support/Skip.h"

#include <cppunit/extensions/HelperMacros.h>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace spokehub::test;
namespace fs = std::filesystem;

class TutorialFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TutorialFlowTest);
    CPPUNIT_TEST(fromNothingToACertifiedSpoke);
    CPPUNIT_TEST(theSpokeOnThePageCompiles);
    CPPUNIT_TEST_SUITE_END();

    fs::path folder;

    /// The blocks of a chapter in one language, in order.
    static std::vector<std::string> blocks(const std::string& chapter, const std::string& language)
    {
        std::ifstream page(fs::path(sourceDir) / "sdk/README.md");
        std::vector<std::string> found;
        bool inChapter = false;
        bool inBlock = false;
        for (std::string line; std::getline(page, line);) {
            if (line.starts_with("## "))
                inChapter = line == "## " + chapter;
            else if (line.starts_with("```")) {
                inBlock = inChapter && line == "```" + language;
                if (inBlock)
                    found.emplace_back();
            } else if (inBlock)
                found.back() += line + "\n";
        }
        return found;
    }

    std::pair<int, std::string> run(const std::string& script) const
    {
        std::ofstream(folder / "tutorial.sh") << script;
        const std::string command = "cd '" + folder.string() + "' && BUILD='" + binaryDir +
                                    "' PREFIX='" + folder.string() +
                                    "/prefix' bash -euo pipefail tutorial.sh 2>&1 </dev/null";
        std::FILE* const shell = ::popen(command.c_str(), "r");
        std::string said;
        for (std::array<char, 1024> line;
             std::fgets(line.data(), static_cast<int>(line.size()), shell) != nullptr;)
            said += line.data();
        return {WEXITSTATUS(::pclose(shell)), said};
    }

public:
    void setUp() override
    {
        std::string name = (fs::temp_directory_path() / "spokehub-tutorial-XXXXXX").string();
        CPPUNIT_ASSERT(mkdtemp(name.data()) != nullptr);
        folder = name;
    }
    void tearDown() override { fs::remove_all(folder); }

    void fromNothingToACertifiedSpoke()
    {
        const bool certifier = fs::exists(fs::path(binaryDir) / "bin/spokehub-check");
        if (!certifier)
            skip("the tutorial's last step: spokehub-check is not built here", 0);
        std::string script;
        std::size_t steps = 0;
        for (const std::string& block : blocks("From nothing to a certified spoke", "sh"))
            if (certifier || block.find("certify") == block.npos) {
                script += block;
                ++steps;
            }
        CPPUNIT_ASSERT(steps >= 6);

        const auto [status, said] = run(script);

        CPPUNIT_ASSERT_EQUAL_MESSAGE(said, 0, status);
        CPPUNIT_ASSERT_MESSAGE(said, said.find("100% tests passed") != said.npos);
        CPPUNIT_ASSERT_MESSAGE(said, said.find(" exchanges of corner are in") != said.npos);
        CPPUNIT_ASSERT_MESSAGE(said, said.find("\"status\":200") != said.npos);
        CPPUNIT_ASSERT_MESSAGE(said, !certifier || said.find(", 0 failed") != said.npos);
    }

    void theSpokeOnThePageCompiles()
    {
        const auto sources = blocks("A spoke", "cpp");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sources.size());
        std::ofstream(folder / "page.cpp") << sources[0];

        const auto [status, said] = run("c++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only -I'" +
                                        std::string(sourceDir) + "/sdk/include' page.cpp");

        CPPUNIT_ASSERT_EQUAL_MESSAGE(said, 0, status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TutorialFlowTest);
