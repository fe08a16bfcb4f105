#include "spokes/LoadedSpoke.h"

#include "support/Paths.h"
#include "support/TestClock.h"

#include <cppunit/extensions/HelperMacros.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace spokehub;
using namespace spokehub::spokes;
using namespace spokehub::test;
namespace fs = std::filesystem;

namespace
{

class NoTransport final : public HttpTransport
{
public:
    HttpReply send(const HttpCall&) override { return {}; }
};

} // namespace

/// What is released stays: sizes, offsets, numbers, and spokes that were built long ago.
class AbiTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AbiTest);
    CPPUNIT_TEST(theGuardHoldsInCAndCpp);
    CPPUNIT_TEST(theGuardSeesAMemberThatMoved);
    CPPUNIT_TEST(theGuardSeesANumberThatChanged);
    CPPUNIT_TEST(aMemberAtTheEndIsNoChange);
    CPPUNIT_TEST(aSpokeOfTheReleasedHeaderWorks);
    CPPUNIT_TEST(aSpokeOfALaterMinorWorks);
    CPPUNIT_TEST_SUITE_END();

    fs::path folder;

    /// Whether the guard compiles against abi.h with `from` replaced by `to`.
    bool holds(const std::string& language, const std::string& from = {},
               const std::string& to = {}) const
    {
        std::ifstream in(fs::path(sourceDir) / "sdk/include/spokehub/abi.h");
        std::string header{std::istreambuf_iterator<char>(in), {}};
        const auto at = header.find(from);
        CPPUNIT_ASSERT_MESSAGE(from, at != header.npos);
        header.replace(at, from.size(), to);
        fs::create_directories(folder / "spokehub");
        std::ofstream(folder / "spokehub/abi.h") << header;
        const std::string command = "cc -fsyntax-only -x " + language + " -I'" + folder.string() +
                                    "' '" + sourceDir + "/sdk/abi/1.2.h' >/dev/null 2>&1";
        return std::system(command.c_str()) == 0;
    }

    static void worksIn(const std::string& file)
    {
        TestClock clock;
        NoTransport http;
        BufferedValues values;
        const SpokeLibrary library(fs::path(binaryDir) / "abi-spokes" / file);
        LoadedSpoke spoke(library, {"plain", clock, http, values, {{"word", {"w"}}}}, "{}");

        const auto answer = spoke.translate({"m1", "hello", "body", clock.now()});

        CPPUNIT_ASSERT(answer.verdict.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"kind": "hello", "message": "from C"})"),
                             answer.documents.at(0).json);
    }

public:
    void setUp() override
    {
        std::string name = (fs::temp_directory_path() / "spokehub-abi-XXXXXX").string();
        CPPUNIT_ASSERT(mkdtemp(name.data()) != nullptr);
        folder = name;
    }
    void tearDown() override { fs::remove_all(folder); }

    void theGuardHoldsInCAndCpp() { CPPUNIT_ASSERT(holds("c") && holds("c++")); }

    void theGuardSeesAMemberThatMoved()
    {
        const std::string before = "    uint32_t abi_minor;\n    void *self;\n";
        const std::string after = "    uint32_t abi_minor;\n    uint64_t more;\n    void *self;\n";

        CPPUNIT_ASSERT(!holds("c", before, after));
        CPPUNIT_ASSERT(!holds("c++", before, after));
    }

    void theGuardSeesANumberThatChanged()
    {
        CPPUNIT_ASSERT(!holds("c", "SPH_CANCELLED = 11", "SPH_CANCELLED = 12"));
    }

    void aMemberAtTheEndIsNoChange()
    {
        CPPUNIT_ASSERT(holds("c", "} sph_host;", "    int32_t (*later)(void *self);\n} sph_host;"));
    }

    void aSpokeOfTheReleasedHeaderWorks() { worksIn("older.so"); }
    void aSpokeOfALaterMinorWorks() { worksIn("newer.so"); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AbiTest);
