#include "ops/Backup.h"

#include "support/FreshDirectory.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

using namespace spokehub;
using spokehub::test::FreshDirectory;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// What a copy waits for; how it is made and put back is seen in CommandLineTest.
class BackupTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BackupTest);
    CPPUNIT_TEST(noSpoolIsNotWaitedFor);
    CPPUNIT_TEST(itWaitsWhileAHubTakesItIn);
    CPPUNIT_TEST(whatNobodyTakesInIsTold);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<FreshDirectory> fresh;
    fs::path directory;

    void setUp() override { directory = fresh.emplace().path(); }
    void tearDown() override { fresh.reset(); }

    fs::path file(const std::string& name)
    {
        std::ofstream(directory / name) << "spool 1\n";
        return directory / name;
    }

    void noSpoolIsNotWaitedFor()
    {
        file("lock");

        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, ops::Backup::awaitSpool(directory, 1h));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, ops::Backup::awaitSpool(directory / "none", 1h));
    }

    void itWaitsWhileAHubTakesItIn()
    {
        const fs::path first = file("000000000001.spool");
        const fs::path second = file("000000000002.spool");
        std::jthread hub([&] {
            fs::remove(first);
            fs::remove(second);
        });

        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, ops::Backup::awaitSpool(directory, 1h));
    }

    void whatNobodyTakesInIsTold()
    {
        file("000000000001.spool");

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, ops::Backup::awaitSpool(directory, 0ms));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BackupTest);
