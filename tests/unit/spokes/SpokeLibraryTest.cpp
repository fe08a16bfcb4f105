#include "spokes/SpokeLibrary.h"

#include "core/Config.h"
#include "support/Paths.h"

#include <cppunit/extensions/HelperMacros.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

using namespace spokehub::spokes;
namespace fs = std::filesystem;

class SpokeLibraryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SpokeLibraryTest);
    CPPUNIT_TEST(aSpokeInPlainCLoads);
    CPPUNIT_TEST(aSpokeInCppLoads);
    CPPUNIT_TEST(aMissingFileIsRefused);
    CPPUNIT_TEST(aFileThatIsNoLibraryIsRefused);
    CPPUNIT_TEST(aTruncatedLibraryIsRefused);
    CPPUNIT_TEST(aLibraryWithoutTheSymbolIsRefused);
    CPPUNIT_TEST(aLibraryWithoutATableIsRefused);
    CPPUNIT_TEST(anotherMajorVersionIsRefusedWithBothNumbers);
    CPPUNIT_TEST(aSpokeThatNeedsANewerHubIsToldSo);
    CPPUNIT_TEST(anOlderMajorVersionIsRefusedToo);
    CPPUNIT_TEST(aTableThatIsTooSmallIsRefused);
    CPPUNIT_TEST(aSpokeThatDoesNotDescribeItselfIsRefused);
    CPPUNIT_TEST(aWrongManifestIsRefusedWithTheMember);
    CPPUNIT_TEST(aManifestThatIsNotJsonIsRefused);
    CPPUNIT_TEST(aVerbThatIsPromisedButMissingIsRefused);
    CPPUNIT_TEST(aLibraryWithUnknownSymbolsIsRefused);
    CPPUNIT_TEST(oneThatCrashesWhenItIsLoadedOrDescribedIsRefused);
    CPPUNIT_TEST(whatIsDescribedInAProcessIsNotLoadedHere);
    CPPUNIT_TEST(spokesOfTheHubRunInItAndOthersDoNot);
    CPPUNIT_TEST(aDirectoryGivesItsSpokesByNameAndGoesOnPastWhatDoesNotFit);
    CPPUNIT_TEST(ofTwoWithOneNameNeitherIsUsed);
    CPPUNIT_TEST(aMissingDirectoryIsNamed);
    CPPUNIT_TEST_SUITE_END();

    const fs::path good = fs::path(spokehub::test::binaryDir) / "test-spokes" / "plainc.so";
    const fs::path brokenOnes = fs::path(spokehub::test::binaryDir) / "broken-spokes";
    fs::path folder;

    ProcessLauncher launcher;

    /// The whole sentence, without its file.
    template <class... Launcher>
    static std::string refusal(const fs::path& file, Launcher&... launcher)
    {
        try {
            SpokeLibrary library(file, launcher...);
        } catch (const SpokeError& error) {
            const std::string sentence = error.what();
            const std::string start = "spoke " + file.string() + " is not used: ";
            CPPUNIT_ASSERT_EQUAL(start, sentence.substr(0, start.size()));
            return sentence.substr(start.size());
        }
        return "";
    }

    /// Wherever it is looked at.
    void expect(const std::string& what, const fs::path& file)
    {
        CPPUNIT_ASSERT_EQUAL(what, refusal(file));
        CPPUNIT_ASSERT_EQUAL(what, refusal(file, launcher));
    }

    void expectInAProcess(const std::string& what, const fs::path& file)
    {
        CPPUNIT_ASSERT_EQUAL(what, refusal(file, launcher));
    }

public:
    void setUp() override
    {
        std::string name = (fs::temp_directory_path() / "spokehub-XXXXXX").string();
        CPPUNIT_ASSERT(mkdtemp(name.data()) != nullptr);
        folder = name;
    }
    void tearDown() override { fs::remove_all(folder); }

    void aSpokeInPlainCLoads()
    {
        const SpokeLibrary library(good);

        CPPUNIT_ASSERT_EQUAL(std::string("plainc"), library.manifest().name);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), library.manifest().version);
        CPPUNIT_ASSERT(library.manifest().has("translate"));
        CPPUNIT_ASSERT(!library.manifest().has("push"));
        CPPUNIT_ASSERT(library.table().push == nullptr);
    }

    void aSpokeInCppLoads()
    {
        const SpokeLibrary library(fs::path(spokehub::test::binaryDir) / "spokes" / "sandbox.so");

        CPPUNIT_ASSERT_EQUAL(std::string("sandbox"), library.manifest().name);
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, library.manifest().settings.size());
    }

    void aMissingFileIsRefused()
    {
        expect("there is no such file; correct the path, or build the spoke", folder / "none.so");
    }

    void aFileThatIsNoLibraryIsRefused()
    {
        std::ofstream(folder / "text.so")
            << "this is no library, only text that is long enough for a header of one";

        expect("it is not a shared library of this system; remove it, or build the spoke",
               folder / "text.so");
    }

    void aTruncatedLibraryIsRefused()
    {
        fs::copy_file(good, folder / "half.so");
        fs::resize_file(folder / "half.so", 1000);

        expect("it is not a shared library of this system; remove it, or build the spoke",
               folder / "half.so");
    }

    void aLibraryWithoutTheSymbolIsRefused()
    {
        expect("it does not export spokehub_entry; build it anew with spokehub_add_spoke of this "
               "hub's SDK",
               brokenOnes / "nosymbol.so");
    }

    void aLibraryWithoutATableIsRefused()
    {
        expect("it gives no table of functions; build it anew with spokehub_add_spoke of this "
               "hub's SDK",
               brokenOnes / "notable.so");
    }

    void anotherMajorVersionIsRefusedWithBothNumbers()
    {
        expect("it speaks version 2 of the border, this hub speaks version 1; install the spoke's "
               "release for this hub",
               brokenOnes / "major.so");
    }

    void aSpokeThatNeedsANewerHubIsToldSo()
    {
        expect("it needs version 1.999 of the border, this hub speaks version 1.2; install a newer "
               "hub, or the spoke's release for this one",
               brokenOnes / "needs.so");
    }

    void anOlderMajorVersionIsRefusedToo()
    {
        expect("it speaks version 0 of the border, this hub speaks version 1; install the spoke's "
               "release for this hub",
               brokenOnes / "older.so");
    }

    void aTableThatIsTooSmallIsRefused()
    {
        expect("its table has 56 bytes, version 1.0 has 96; build it anew with spokehub_add_spoke "
               "of this hub's SDK",
               brokenOnes / "small.so");
    }

    void aSpokeThatDoesNotDescribeItselfIsRefused()
    {
        expect("it does not describe itself; describe must hand over a manifest",
               brokenOnes / "silent.so");
    }

    void aWrongManifestIsRefusedWithTheMember()
    {
        expect("its manifest is wrong: 'name' must be lower-case letters, digits and underscores; "
               "correct the manifest "
               "in the spoke",
               brokenOnes / "manifest.so");
    }

    void aManifestThatIsNotJsonIsRefused()
    {
        expect("its manifest is wrong: it is not JSON (Problem while parsing an atom starting with "
               "the letter 'n'); correct the manifest in the spoke",
               brokenOnes / "json.so");
    }

    void aLibraryWithUnknownSymbolsIsRefused()
    {
        const std::string sentence = refusal(brokenOnes / "undefined.so", launcher);

        CPPUNIT_ASSERT(sentence.starts_with("the system does not load it ("));
        CPPUNIT_ASSERT(sentence.find("nobody_has_this") != std::string::npos);
        CPPUNIT_ASSERT(
            refusal(brokenOnes / "undefined.so").starts_with("the system does not load it ("));
    }

    void oneThatCrashesWhenItIsLoadedOrDescribedIsRefused()
    {
        for (const char* fault : {"crash", "constructor"})
            expectInAProcess(
                "it cannot describe itself: its process ended with signal 6 (Aborted); "
                "correct the spoke, or remove it",
                brokenOnes / (std::string(fault) + ".so"));
        expectInAProcess("it cannot describe itself: its process ended by itself with exit code 7; "
                         "correct the spoke, or remove it",
                         brokenOnes / "exit.so");
    }

    void whatIsDescribedInAProcessIsNotLoadedHere()
    {
        const SpokeLibrary library(good, launcher);

        CPPUNIT_ASSERT(!library.loaded());
        CPPUNIT_ASSERT_EQUAL(SpokeLibrary(good).manifest().json, library.manifest().json);
        CPPUNIT_ASSERT(library.facts().accept);
        CPPUNIT_ASSERT(!library.facts().push);
    }

    void spokesOfTheHubRunInItAndOthersDoNot()
    {
        using spokehub::Isolation;
        const fs::path own = fs::path(spokehub::test::binaryDir) / "spokes";
        IsolationRules rules;

        CPPUNIT_ASSERT(rules.of(own / "sandbox.so") == Isolation::None);
        CPPUNIT_ASSERT(rules.of(own / "stranger.so") == Isolation::Process);
        CPPUNIT_ASSERT(rules.of(folder / "sandbox.so") == Isolation::Process);

        rules.spokes = {{"sandbox", Isolation::Process}, {"plainc", Isolation::None}};
        CPPUNIT_ASSERT(rules.of(own / "sandbox.so") == Isolation::Process);
        CPPUNIT_ASSERT(rules.of(good) == Isolation::None);
        CPPUNIT_ASSERT(rules.of(good, Isolation::Process) == Isolation::Process);
    }

    void aVerbThatIsPromisedButMissingIsRefused()
    {
        expect("its manifest names the verb pull, which it lacks; implement it, or take it out of "
               "the manifest",
               brokenOnes / "verbs.so");
    }

    void aDirectoryGivesItsSpokesByNameAndGoesOnPastWhatDoesNotFit()
    {
        fs::copy_file(good, folder / "b.so");
        std::ofstream(folder / "a.so") << "no library";
        std::ofstream(folder / "README") << "not looked at";

        const SpokeLibraries libraries({folder});

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, libraries.all().size());
        CPPUNIT_ASSERT(libraries.find("plainc") != nullptr);
        CPPUNIT_ASSERT(libraries.find("shopify") == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, libraries.refused().size());
    }

    void ofTwoWithOneNameNeitherIsUsed()
    {
        fs::copy_file(good, folder / "one.so");
        fs::copy_file(good, folder / "two.so");

        const SpokeLibraries libraries({folder});

        CPPUNIT_ASSERT(libraries.find("plainc") == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, libraries.refused().size());
        CPPUNIT_ASSERT_EQUAL("the spoke 'plainc' is not used: " + (folder / "one.so").string() +
                                 ", " + (folder / "two.so").string() +
                                 " all have this name; keep one of them",
                             libraries.refused()[0]);
    }

    void aMissingDirectoryIsNamed()
    {
        const SpokeLibraries libraries({folder / "none"});

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, libraries.refused().size());
        CPPUNIT_ASSERT_EQUAL(
            "the directory of spokes " + (folder / "none").string() +
                " is not read: No such file or directory; correct spokes.directories",
            libraries.refused()[0]);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SpokeLibraryTest);
