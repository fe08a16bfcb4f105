#include "spokes/InHand.h"

#include <cppunit/extensions/HelperMacros.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace spokehub::spokes;
namespace fs = std::filesystem;

class InHandTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(InHandTest);
    CPPUNIT_TEST(aCallThatEndedLeavesNothing);
    CPPUNIT_TEST(whatWasInHandWhenTheHubEndedHasOneCrash);
    CPPUNIT_TEST(crashesAddUpOverHubsUntilItComesThrough);
    CPPUNIT_TEST(idsOfAnotherChannelAreOthers);
    CPPUNIT_TEST(aCallThatEndedTheHubIsAloneToBlame);
    CPPUNIT_TEST(aSecondHubHasAFileOfItsOwn);
    CPPUNIT_TEST(withoutAFileItCountsForThisHub);
    CPPUNIT_TEST(aFileThatIsSomethingElseIsBegunAnew);
    CPPUNIT_TEST(moreIdsThanFitAreLeftOut);
    CPPUNIT_TEST_SUITE_END();

    using Ids = std::vector<std::string>;

    fs::path folder;
    fs::path file;

    /// What the file is as a hub leaves it that ends in this moment.
    fs::path leftBehind() const
    {
        const auto copy = folder / "left";
        fs::copy_file(file, copy, fs::copy_options::overwrite_existing);
        return copy;
    }

    /// Runs a hub of its own, which ends as it likes.
    template <class Live>
    void hubThat(Live&& live) const
    {
        const pid_t hub = ::fork();
        if (hub == 0) {
            InHand::blameTheCrashing();
            live();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(hub, &status, 0);
    }

public:
    void setUp() override
    {
        std::string name = (fs::temp_directory_path() / "spokehub-inhand-XXXXXX").string();
        CPPUNIT_ASSERT(mkdtemp(name.data()) != nullptr);
        folder = name;
        file = folder / "in_hand";
    }
    void tearDown() override { fs::remove_all(folder); }

    void aCallThatEndedLeavesNothing()
    {
        {
            InHand inHand(file);
            const InHand::Note note(inHand, "shop", "push", Ids{"a", "b"});
        }

        const InHand next(file);
        CPPUNIT_ASSERT(!next.any());
    }

    void whatWasInHandWhenTheHubEndedHasOneCrash()
    {
        InHand inHand(file);
        const InHand::Note note(inHand, "shop", "push", Ids{"a", "b"});

        const InHand next(leftBehind());

        CPPUNIT_ASSERT_EQUAL(1, next.crashes("shop", "a"));
        CPPUNIT_ASSERT_EQUAL(1, next.crashes("shop", "b"));
        CPPUNIT_ASSERT_EQUAL(0, next.crashes("shop", "c"));
    }

    void crashesAddUpOverHubsUntilItComesThrough()
    {
        for (int i = 0; i < 2; ++i)
            hubThat([&] {
                InHand inHand(file);
                const InHand::Note note(inHand, "shop", "push", Ids{"a", "b"});
                ::_exit(9);
            });
        {
            InHand next(file);
            CPPUNIT_ASSERT_EQUAL(2, next.crashes("shop", "a"));
            next.cameThrough("shop", "a");
            CPPUNIT_ASSERT_EQUAL(3, next.crashed("shop", "b"));
        }

        const InHand last(file);
        CPPUNIT_ASSERT_EQUAL(0, last.crashes("shop", "a"));
        CPPUNIT_ASSERT_EQUAL(3, last.crashes("shop", "b"));
    }

    void idsOfAnotherChannelAreOthers()
    {
        InHand inHand;

        inHand.crashed("shop", "a");

        CPPUNIT_ASSERT_EQUAL(0, inHand.crashes("corner", "a"));
    }

    void aCallThatEndedTheHubIsAloneToBlame()
    {
#if !defined(__SANITIZE_ADDRESS__) &&                                                              \
    !defined(__SANITIZE_THREAD__) // they keep the signals to themselves
        hubThat([&] {
            InHand inHand(file);
            const InHand::Note guilty(inHand, "bad", "push", Ids{"a"});
            std::jthread([&] { new InHand::Note(inHand, "good", "push", Ids{"c"}); }).join();
            std::raise(SIGSEGV);
        });

        const InHand next(file);
        CPPUNIT_ASSERT_EQUAL(1, next.crashes("bad", "a"));
        CPPUNIT_ASSERT_EQUAL(0, next.crashes("good", "c"));
#endif
    }

    void aSecondHubHasAFileOfItsOwn()
    {
        InHand first(file);
        InHand second(file);

        second.crashed("shop", "a");

        CPPUNIT_ASSERT_EQUAL(0, first.crashes("shop", "a"));
        CPPUNIT_ASSERT(fs::exists(folder / "in_hand.2"));
    }

    void withoutAFileItCountsForThisHub()
    {
        InHand inHand;
        {
            const InHand::Note note(inHand, "shop", "push", Ids{"a"});
        }

        CPPUNIT_ASSERT_EQUAL(1, inHand.crashed("shop", "a"));
        CPPUNIT_ASSERT_EQUAL(2, inHand.crashed("shop", "a"));
    }

    void aFileThatIsSomethingElseIsBegunAnew()
    {
        std::ofstream(file) << "something else";

        InHand inHand(file);

        CPPUNIT_ASSERT(!inHand.any());
        CPPUNIT_ASSERT_EQUAL(1, inHand.crashed("shop", "a"));
    }

    void moreIdsThanFitAreLeftOut()
    {
        InHand inHand(file);
        Ids ids;
        for (int i = 0; i < 1000; ++i)
            ids.push_back("tsk_01jd0000000" + std::to_string(i));
        const InHand::Note note(inHand, "shop", "push", ids);

        const InHand next(leftBehind());

        CPPUNIT_ASSERT_EQUAL(1, next.crashes("shop", ids.front()));
        CPPUNIT_ASSERT_EQUAL(0, next.crashes("shop", ids.back()));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(InHandTest);
