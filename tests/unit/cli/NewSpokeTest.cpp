#include "cli/NewSpoke.h"

#include "cli/Verb.h"
#include "support/Paths.h"

#include <cppunit/extensions/HelperMacros.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace spokehub;
using namespace spokehub::cli;
namespace fs = std::filesystem;

class NewSpokeTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(NewSpokeTest);
    CPPUNIT_TEST(everyPlaceOfTheTemplateIsFilled);
    CPPUNIT_TEST(whatIsThereIsLeftAlone);
    CPPUNIT_TEST(aNameThatDoesNotDoIsRefused);
    CPPUNIT_TEST(aMissingTemplateIsNamed);
    CPPUNIT_TEST_SUITE_END();

    fs::path folder;
    const fs::path templates = fs::path(test::sourceDir) / "sdk/template";

    std::string refusal(const std::string& name, const fs::path& from)
    {
        try {
            writeNewSpoke(name, folder / "made", from);
        } catch (const Failure& failure) {
            return failure.what();
        }
        return "";
    }

public:
    void setUp() override
    {
        std::string name = (fs::temp_directory_path() / "spokehub-new-XXXXXX").string();
        CPPUNIT_ASSERT(mkdtemp(name.data()) != nullptr);
        folder = name;
    }
    void tearDown() override { fs::remove_all(folder); }

    void everyPlaceOfTheTemplateIsFilled()
    {
        const auto written = writeNewSpoke("corner_shop", folder / "made", templates);

        CPPUNIT_ASSERT(fs::exists(folder / "made/CornerShopSpoke.cpp"));
        CPPUNIT_ASSERT(fs::exists(folder / "made/test/CornerShopTest.cpp"));
        CPPUNIT_ASSERT(fs::exists(folder / "made/CMakeLists.txt"));
        CPPUNIT_ASSERT_EQUAL(0, ::access((folder / "made/standin.py").c_str(), X_OK));
        for (const auto& file : written) {
            std::ifstream in(file);
            const std::string text{std::istreambuf_iterator<char>(in), {}};
            CPPUNIT_ASSERT_MESSAGE(file.string(), text.find("@name@") == text.npos &&
                                                      text.find("@Name@") == text.npos);
        }
    }

    void whatIsThereIsLeftAlone()
    {
        fs::create_directories(folder / "made");
        std::ofstream(folder / "made/notes") << "mine";

        CPPUNIT_ASSERT_EQUAL((folder / "made").string() +
                                 " is there already and not empty; name another one by --directory",
                             refusal("corner", templates));
        CPPUNIT_ASSERT(!fs::exists(folder / "made/CMakeLists.txt"));
    }

    void aNameThatDoesNotDoIsRefused()
    {
        for (const char* name : {"", "Corner", "1corner", "corner-shop", "../corner"})
            CPPUNIT_ASSERT(refusal(name, templates).find("is no name for a spoke") !=
                           std::string::npos);
        CPPUNIT_ASSERT(!fs::exists(folder / "made"));
    }

    void aMissingTemplateIsNamed()
    {
        CPPUNIT_ASSERT_EQUAL("the template of new spokes is not at " + (folder / "none").string() +
                                 "; install the SDK again",
                             refusal("corner", folder / "none"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NewSpokeTest);
