#include "store/Spool.h"

#include "core/Error.h"
#include "support/TestClock.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <sstream>

using namespace spokehub;
using namespace spokehub::store;
using namespace std::chrono_literals;
using spokehub::test::QuietLog;
using spokehub::test::TestClock;
namespace fs = std::filesystem;

class SpoolTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SpoolTest);
    CPPUNIT_TEST(recordsComeInOrderUntilTheyAreSettled);
    CPPUNIT_TEST(whatIsDurableOutlivesTheHub);
    CPPUNIT_TEST(aTornTailIsCutOffWhereverItTears);
    CPPUNIT_TEST(aRecordWhoseBytesChangedIsNotBelieved);
    CPPUNIT_TEST(filesGoWhenAllInThemIsSettled);
    CPPUNIT_TEST(whatIsRefusedStaysAndComesAgainAtTheNextStart);
    CPPUNIT_TEST(aFullSpoolRefusesUntilItDrains);
    CPPUNIT_TEST(aDiskThatTakesNoMoreIsSaidAndRecoveredFrom);
    CPPUNIT_TEST(oneHubHasTheDirectory);
    CPPUNIT_TEST(afterItsEndItTakesNothing);
    CPPUNIT_TEST(aFileOfSomebodyElseIsNotTouched);
    CPPUNIT_TEST(figuresTellWhatWaitsAndSinceWhen);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<QuietLog> quiet;
    TestClock clock;
    fs::path directory;
    std::optional<Spool> spool;

    void setUp() override
    {
        quiet.emplace();
        std::string name = (fs::temp_directory_path() / "spokehub-spool-XXXXXX").string();
        CPPUNIT_ASSERT(::mkdtemp(name.data()) != nullptr);
        directory = fs::path(name) / "spool";
        open();
    }

    void tearDown() override
    {
        spool.reset();
        fs::remove_all(directory.parent_path());
        quiet.reset();
    }

    void open(SpoolOptions options = {})
    {
        spool.reset();
        options.directory = directory;
        spool.emplace(options, clock);
    }

    /// Why it was not kept; empty when it is durable.
    std::string append(const std::string& record)
    {
        std::promise<std::exception_ptr> promise;
        try {
            spool->append(record, [&](const std::exception_ptr& why) { promise.set_value(why); });
            if (const auto why = promise.get_future().get())
                std::rethrow_exception(why);
            return "";
        } catch (const Error& error) {
            CPPUNIT_ASSERT(error.refusal() == Refusal::Unavailable);
            return error.what();
        }
    }

    std::vector<fs::path> files() const
    {
        std::vector<fs::path> found;
        for (const auto& each : fs::directory_iterator(directory))
            if (each.path().extension() == ".spool")
                found.push_back(each.path());
        return found;
    }

    static std::string contentOf(const fs::path& file)
    {
        std::stringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }

    std::string all() const
    {
        std::string text;
        for (const std::string& record : spool->front(1000, 1'000'000))
            text += record + ";";
        return text;
    }

    void recordsComeInOrderUntilTheyAreSettled()
    {
        for (const char* record : {"one", "", "three", "four"})
            CPPUNIT_ASSERT_EQUAL(std::string(), append(record));

        CPPUNIT_ASSERT_EQUAL(std::string("one;;three;four;"), all());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, spool->front(2, 1'000'000).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, spool->front(9, 8).size()); // 3, 0 and 5 bytes
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, spool->front(9, 1).size());
        spool->settle({true, true});

        CPPUNIT_ASSERT_EQUAL(std::string("three;four;"), all());
        CPPUNIT_ASSERT(!spool->drained());
        spool->settle({true, true});
        CPPUNIT_ASSERT(spool->drained());
    }

    void afterItsEndItTakesNothing()
    {
        append("one");
        spool->stop();

        try {
            spool->append("two", [](const std::exception_ptr&) {});
            CPPUNIT_FAIL("it was taken");
        } catch (const Error& error) {
            CPPUNIT_ASSERT_EQUAL(std::string("the hub is stopping"), std::string(error.what()));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("one;"), all());
    }

    void whatIsDurableOutlivesTheHub()
    {
        const std::string bytes("\0\xff\n", 3);
        append(bytes);
        open();
        append("after");

        CPPUNIT_ASSERT_EQUAL(bytes + ";after;", all());
        open();

        CPPUNIT_ASSERT_EQUAL(bytes + ";after;", all());
    }

    void aTornTailIsCutOffWhereverItTears()
    {
        append("the first");
        append("the second");
        const fs::path file = files().at(0);
        const std::string whole = contentOf(file);
        const auto second = whole.find("the second") - SpoolFile::recordExtraBytes;

        for (std::size_t size = 0; size <= whole.size(); ++size) {
            spool.reset();
            for (const fs::path& each : files())
                fs::remove(each);
            std::ofstream(file, std::ios::binary) << whole.substr(0, size);
            open();

            const std::string expected = size == whole.size() ? "the first;the second;"
                                         : size >= second     ? "the first;"
                                                              : "";
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(size), expected, all());
            append("later");
            open();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(size), expected + "later;", all());
        }
    }

    void aRecordWhoseBytesChangedIsNotBelieved()
    {
        append("the first");
        append("the second");
        const fs::path file = files().at(0);
        std::string bytes = contentOf(file);
        spool.reset();
        bytes[bytes.find("second")] = 'S';
        std::ofstream(file, std::ios::binary) << bytes;

        open();

        CPPUNIT_ASSERT_EQUAL(std::string("the first;"), all());
    }

    void filesGoWhenAllInThemIsSettled()
    {
        open({.fileBytesMax = 100});
        for (int i = 0; i < 10; ++i)
            append(std::string(60, 'x'));
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, files().size());

        spool->settle({true, true, true});
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, files().size());
        spool->settle(std::vector<bool>(7, true));

        CPPUNIT_ASSERT(files().empty());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, spool->figures().bytes);
        CPPUNIT_ASSERT_EQUAL(std::string(), append("the next"));
        CPPUNIT_ASSERT_EQUAL(std::string("the next;"), all());
    }

    void whatIsRefusedStaysAndComesAgainAtTheNextStart()
    {
        append("good");
        append("bad");
        append("good too");

        spool->settle({true, false, true});

        CPPUNIT_ASSERT_EQUAL(std::string(), all());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, spool->figures().refused);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, spool->figures().records);
        open();
        CPPUNIT_ASSERT_EQUAL(std::string("good;bad;good too;"), all()); // the inbox knows the good
    }

    void aFullSpoolRefusesUntilItDrains()
    {
        open({.bytesMax = 200});
        CPPUNIT_ASSERT_EQUAL(std::string(), append(std::string(100, 'x')));
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "the database takes no writes at the moment, and the spool is full (200 bytes)"),
            append(std::string(100, 'y')));
        CPPUNIT_ASSERT(!spool->figures().accepting);
        CPPUNIT_ASSERT_EQUAL(std::string(), append("still room for a small one"));

        spool->settle({true, true});

        CPPUNIT_ASSERT(spool->figures().accepting);
        CPPUNIT_ASSERT_EQUAL(std::string(), append(std::string(100, 'z')));
    }

    void aDiskThatTakesNoMoreIsSaidAndRecoveredFrom()
    {
        append("before");
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit usual{};
        ::getrlimit(RLIMIT_FSIZE, &usual);
        rlimit tight = usual;
        tight.rlim_cur = 1000;
        ::setrlimit(RLIMIT_FSIZE, &tight);

        const std::string why = append(std::string(2000, 'x'));
        ::setrlimit(RLIMIT_FSIZE, &usual);

        CPPUNIT_ASSERT_EQUAL(std::string("the database takes no writes at the moment, and the "
                                         "spool cannot be written: File too large"),
                             why);
        CPPUNIT_ASSERT_EQUAL(std::string(), append("after"));
        CPPUNIT_ASSERT_EQUAL(std::string("before;after;"), all());
        open();
        CPPUNIT_ASSERT_EQUAL(std::string("before;after;"), all());
    }

    void oneHubHasTheDirectory()
    {
        try {
            Spool second({.directory = directory}, clock);
            CPPUNIT_FAIL("two hubs have one spool");
        } catch (const Error& error) {
            CPPUNIT_ASSERT_EQUAL("another hub has the spool " + directory.string() +
                                     "; give this one its own (inbox.spool)",
                                 std::string(error.what()));
        }
        open(); // the first one's end frees it
    }

    void aFileOfSomebodyElseIsNotTouched()
    {
        spool.reset();
        const fs::path file = directory / "000000000009.spool";
        std::ofstream(file) << "a letter to somebody";

        CPPUNIT_ASSERT_THROW(open(), Error);
        CPPUNIT_ASSERT_EQUAL(std::string("a letter to somebody"), contentOf(file));
    }

    void figuresTellWhatWaitsAndSinceWhen()
    {
        CPPUNIT_ASSERT(!spool->figures().oldest);
        append("one");
        clock.advance(10s);
        append("two");

        const auto figures = spool->figures();

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, figures.records);
        CPPUNIT_ASSERT_EQUAL(static_cast<std::int64_t>(contentOf(files().at(0)).size()),
                             figures.bytes);
        CPPUNIT_ASSERT(figures.oldest == TestClock::start);
        spool->settle({true});
        CPPUNIT_ASSERT(spool->figures().oldest == clock.now());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SpoolTest);
