#include "spokes/ProcessBorder.h"

#include "spokes/Answers.h"
#include "spokes/LoadedSpoke.h"
#include "spokes/SpokeLibrary.h"
#include "support/Paths.h"
#include "support/TestClock.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/wait.h>
#include <thread>

using namespace std::chrono_literals;
using namespace spokehub;
using namespace spokehub::spokes;
using spokehub::test::TestClock;
namespace fs = std::filesystem;

namespace
{

class NoTransport final : public HttpTransport
{
public:
    HttpReply send(const HttpCall&) override { return {Class::Done, {}, 418, {}, "tea"}; }
};

} // namespace

/// One spoke that does whatever it is told, in processes of its own.
class ProcessBorderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ProcessBorderTest);
    CPPUNIT_TEST(itAnswersLikeOneInThisProcess);
    CPPUNIT_TEST(aCrashIsTheAnswerOfItsCallAndTheNextOneIsServed);
    CPPUNIT_TEST(howItEndedIsSaid);
    CPPUNIT_TEST(whatIsLostWithAPushIsOfUnknownOutcome);
    CPPUNIT_TEST(aCrashInAcceptFailsTheRequest);
    CPPUNIT_TEST(aPullThatCrashesKeepsWhatItsCheckpointsTold);
    CPPUNIT_TEST(aHangIsEndedAtTheDeadline);
    CPPUNIT_TEST(aHangIsEndedSoonAfterAStopIsAskedFor);
    CPPUNIT_TEST(aLeakEndsAtItsLimit);
    CPPUNIT_TEST(garbageEndsIt);
    CPPUNIT_TEST(aFloodEndsAsTooManyDocuments);
    CPPUNIT_TEST(aDocumentOfTwoGigabytesIsNotSent);
    CPPUNIT_TEST(outputWithoutEndHoldsNothingUp);
    CPPUNIT_TEST(itReachesNothing);
    CPPUNIT_TEST(itInheritsNothing);
    CPPUNIT_TEST(itWaitsLongerAfterEachCrash);
    CPPUNIT_TEST(itIsParkedAfterFiveCrashesInARowUntilItIsUnparked);
    CPPUNIT_TEST(aCallThatGoesWellBreaksTheRow);
    CPPUNIT_TEST(crashesOfWebhooksDoNotHoldUpTheLane);
    CPPUNIT_TEST(oneThatDiedIdleIsReplacedWithoutBlame);
    CPPUNIT_TEST(acceptAndTranslateRunOnManyThreadsAndBesideTheLane);
    CPPUNIT_TEST(aSpokeThatCrashesWhenItIsOpenedIsTriedAgain);
    CPPUNIT_TEST(aMissingProgramIsNamed);
    CPPUNIT_TEST(childrenEndWithTheirHub);
    CPPUNIT_TEST_SUITE_END();

    const fs::path file = fs::path(test::binaryDir) / "test-spokes" / "unruly.so";

    std::optional<TestClock> clock;
    std::optional<BufferedValues> values;
    NoTransport transport;
    std::shared_ptr<ProcessLauncher> launcher;
    std::unique_ptr<LoadedSpoke> spoke;

    void open(const std::string& settings = "{}")
    {
        const SpokeLibrary library(file, *launcher);
        spoke = std::make_unique<LoadedSpoke>(
            "unruly",
            std::make_unique<ProcessBorder>(
                ProcessBorder::Parts{"odd", file, library.facts(), launcher, *clock}),
            SpokeHostParts{"odd", *clock, transport, *values, {{"word", {"s3cret"}}}}, settings);
    }

    Call call(std::chrono::microseconds most = 10s) const { return {clock->now() + most, {}}; }
    Answer translate(std::string_view body) const
    {
        return spoke->translate({"m1", "topic", body, clock->now()});
    }
    std::string attempt(std::string_view what) const
    {
        const auto answer = translate(what);
        CPPUNIT_ASSERT_EQUAL(std::string(), answer.verdict.reason);
        return std::string(
            JsonDocument::parse(answer.documents.at(0).json)->root().textOr("message"));
    }
    Accepted accept(std::string_view body) const
    {
        const WebhookHeader header{"X-Id", "d-1"};
        return spoke->accept({"POST", "orders", "", {&header, 1}, body, clock->now()});
    }
    Answer push(const std::vector<std::string>& skus) const
    {
        JsonWriter batch;
        batch.beginObject().member("kind", "stock").key("items").beginArray();
        for (std::size_t i = 0; i < skus.size(); ++i)
            batch.beginObject()
                .member("item", std::to_string(i))
                .member("key", "k")
                .member("sku", skus[i])
                .member("quantity", 1)
                .endObject();
        batch.endArray().endObject();
        return spoke->push(call(), batch.text());
    }
    std::string pid() const
    {
        const auto answer = spoke->check(call());
        return answer.documents.empty() ? "" : findingsOf(answer).at(0).message;
    }
    void afterBackOff() { clock->advance(1min); }

public:
    void setUp() override
    {
        clock.emplace();
        values.emplace();
        launcher = std::make_shared<ProcessLauncher>();
        open();
    }
    void tearDown() override
    {
        spoke.reset();
        launcher.reset();
        values.reset();
        clock.reset();
    }

    void itAnswersLikeOneInThisProcess()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("d-1"), accept("x").messageId);
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), attempt("hello"));
        CPPUNIT_ASSERT(push({"A", "B"}).verdict.kind == Class::Done);
        CPPUNIT_ASSERT(spoke->subscribe(call(), "{}").verdict.kind == Class::Unsupported);
    }

    void aCrashIsTheAnswerOfItsCallAndTheNextOneIsServed()
    {
        const auto answer = translate("crash");

        CPPUNIT_ASSERT(answer.verdict.kind == Class::Retry);
        CPPUNIT_ASSERT(answer.verdict.crashed);
        CPPUNIT_ASSERT_EQUAL(std::string("the spoke did not survive translate: its process ended "
                                         "with signal 11 (Segmentation fault)"),
                             answer.verdict.reason);
        afterBackOff();
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), attempt("hello"));
    }

    void howItEndedIsSaid()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "the spoke did not survive translate: its process ended with signal 6 (Aborted)"),
            translate("abort").verdict.reason);
        afterBackOff();
        CPPUNIT_ASSERT_EQUAL(std::string("the spoke did not survive translate: its process ended "
                                         "by itself with exit code 0"),
                             translate("exit").verdict.reason);
    }

    void whatIsLostWithAPushIsOfUnknownOutcome()
    {
        const auto answer = push({"A", "crash", "C"});

        CPPUNIT_ASSERT(answer.verdict.crashed);
        const auto results = resultsOf(answer, {"0", "1", "2"});
        CPPUNIT_ASSERT(results.at(0).kind ==
                       Class::UnknownOutcome); // nobody heard that it was done
        CPPUNIT_ASSERT(results.at(1).kind == Class::UnknownOutcome);
        CPPUNIT_ASSERT(results.at(2).kind == Class::UnknownOutcome);
    }

    void aCrashInAcceptFailsTheRequest()
    {
        const auto accepted = accept("crash");

        CPPUNIT_ASSERT(accepted.verdict == AcceptVerdict::Failed);
        CPPUNIT_ASSERT(accepted.crashed);
        CPPUNIT_ASSERT(accepted.kind == Class::Retry);
        CPPUNIT_ASSERT(accept("x").verdict == AcceptVerdict::Failed); // until it is started again
        afterBackOff();
        CPPUNIT_ASSERT(accept("x").verdict == AcceptVerdict::Genuine);
    }

    void aPullThatCrashesKeepsWhatItsCheckpointsTold()
    {
        std::string seen;

        const auto verdict = spoke->pull(call(), "levels", R"({"cursor": "", "id": "crash"})",
                                         [&](DocumentKind kind, std::string_view) {
                                             seen += std::to_string(static_cast<int>(kind)) + " ";
                                             return true;
                                         });

        CPPUNIT_ASSERT(verdict.kind == Class::Retry);
        CPPUNIT_ASSERT_EQUAL(std::string("6 9 "), seen);
    }

    void aHangIsEndedAtTheDeadline()
    {
        const auto verdict = spoke->pull(call(100ms), "levels", R"({"cursor": "", "id": "hang"})",
                                         [](DocumentKind, std::string_view) { return true; });

        CPPUNIT_ASSERT(verdict.crashed);
        CPPUNIT_ASSERT_EQUAL(std::string("the spoke did not survive pull: it did not return within "
                                         "1100 ms, and its process was killed"),
                             verdict.reason);
        CPPUNIT_ASSERT(translate("hang").verdict.crashed); // within the two seconds it has
    }

    void aHangIsEndedSoonAfterAStopIsAskedFor()
    {
        std::stop_source stop;
        stop.request_stop();
        const auto begun = std::chrono::steady_clock::now();

        const auto verdict = spoke->pull({clock->now() + 1h, stop.get_token()}, "levels",
                                         R"({"cursor": "", "id": "hang"})",
                                         [](DocumentKind, std::string_view) { return true; });

        CPPUNIT_ASSERT(verdict.crashed);
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begun < 1min);
    }

    void aLeakEndsAtItsLimit()
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        return; // a sanitizer needs all the address space there is, so there is no limit
#endif
        CPPUNIT_ASSERT(translate("leak").verdict.kind ==
                       Class::Bug); // bad_alloc, which it survives
    }

    void garbageEndsIt()
    {
        const auto answer = translate("garbage");

        CPPUNIT_ASSERT(answer.verdict.crashed);
        CPPUNIT_ASSERT_EQUAL(std::string("the spoke did not survive translate: it sent what nobody "
                                         "understands (a frame of 4008636142 bytes was announced), "
                                         "and its process was killed"),
                             answer.verdict.reason);
    }

    void aFloodEndsAsTooManyDocuments()
    {
        int seen = 0;
        const auto begun = std::chrono::steady_clock::now();

        const auto verdict =
            spoke->pull(call(1h), "levels", R"({"cursor": "", "id": "flood"})",
                        [&](DocumentKind, std::string_view) { return ++seen > 0; });

        CPPUNIT_ASSERT(verdict.kind == Class::Bug);
        CPPUNIT_ASSERT(verdict.crashed);
        CPPUNIT_ASSERT_EQUAL(std::string("the spoke handed over more than 100000 documents"),
                             verdict.reason);
        CPPUNIT_ASSERT_EQUAL(100'000, seen);
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begun < 10min);
    }

    void aDocumentOfTwoGigabytesIsNotSent()
    {
        const auto answer = translate("huge");

        CPPUNIT_ASSERT(answer.verdict.kind == Class::Bug);
        CPPUNIT_ASSERT(!answer.verdict.crashed);
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "the spoke handed over a document of 2147483648 bytes; the most is 4194304"),
            answer.verdict.reason);
    }

    void outputWithoutEndHoldsNothingUp()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("babble"), attempt("babble"));
    }

    void itReachesNothing()
    {
        const std::string refused = "refused: Operation not permitted";
        for (const char* what : {"socket", "exec", "fork", "thread", "kill", "trace"})
            CPPUNIT_ASSERT_EQUAL(std::string(what) + " " + refused, what + (" " + attempt(what)));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // they open what they like
        CPPUNIT_ASSERT_EQUAL(refused, attempt("write"));
        CPPUNIT_ASSERT_EQUAL(refused, attempt("read"));
#endif
    }

    void itInheritsNothing()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("3"), attempt("descriptors")); // its socket
        CPPUNIT_ASSERT_EQUAL(std::string("empty"), attempt("environment"));
    }

    void itWaitsLongerAfterEachCrash()
    {
        for (const auto wait : {250ms, 500ms, 1000ms}) {
            CPPUNIT_ASSERT(translate("crash").verdict.crashed);
            const auto meanwhile = translate("x");
            CPPUNIT_ASSERT(meanwhile.verdict.kind == Class::RateLimited);
            CPPUNIT_ASSERT(meanwhile.verdict.retryAfter == wait);
            CPPUNIT_ASSERT(!meanwhile.verdict.crashed);
            clock->advance(wait);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("x"), attempt("x"));
    }

    void itIsParkedAfterFiveCrashesInARowUntilItIsUnparked()
    {
        for (int i = 0; i < 5; ++i) {
            CPPUNIT_ASSERT_EQUAL(std::string(), spoke->parked());
            CPPUNIT_ASSERT(push({"crash"}).verdict.crashed);
            afterBackOff();
        }

        CPPUNIT_ASSERT_EQUAL(
            std::string("the spoke is parked after 5 crashes in a row, the last in push: its "
                        "process ended with signal 11 (Segmentation fault)"),
            spoke->parked());
        CPPUNIT_ASSERT(push({"A"}).verdict.kind == Class::RateLimited);
        CPPUNIT_ASSERT(accept("x").verdict == AcceptVerdict::Genuine); // webhooks are still taken

        spoke->unpark();
        CPPUNIT_ASSERT_EQUAL(std::string(), spoke->parked());
        CPPUNIT_ASSERT(push({"A"}).verdict.kind == Class::Done);
    }

    void aCallThatGoesWellBreaksTheRow()
    {
        for (int i = 0; i < 10; ++i) {
            translate("crash");
            afterBackOff();
            if (i % 4 == 3)
                CPPUNIT_ASSERT_EQUAL(std::string("x"), attempt("x"));
        }

        CPPUNIT_ASSERT_EQUAL(std::string(), spoke->parked());
    }

    void crashesOfWebhooksDoNotHoldUpTheLane()
    {
        CPPUNIT_ASSERT(accept("crash").crashed);

        CPPUNIT_ASSERT(push({"A"}).verdict.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::string("x"), attempt("x"));
    }

    void oneThatDiedIdleIsReplacedWithoutBlame()
    {
        const std::string before = pid();
        const auto process = static_cast<pid_t>(std::stoi(before.substr(4)));
        CPPUNIT_ASSERT_EQUAL(0, ::kill(process, SIGKILL));
        siginfo_t ended{};
        ::waitid(P_PID, static_cast<id_t>(process), &ended, WEXITED | WNOWAIT);

        const std::string after = pid();

        CPPUNIT_ASSERT(!after.empty() && after != before);
    }

    void acceptAndTranslateRunOnManyThreadsAndBesideTheLane()
    {
        std::atomic<int> good = 0;
        std::vector<std::jthread> threads;
        for (int i = 0; i < 6; ++i)
            threads.emplace_back([&, i] {
                for (int turn = 0; turn < 50; ++turn) {
                    const std::string text = std::to_string(i) + "/" + std::to_string(turn);
                    good += accept(text).verdict == AcceptVerdict::Genuine && attempt(text) == text;
                }
            });
        for (int turn = 0; turn < 50; ++turn)
            good += push({"A"}).verdict.kind == Class::Done;
        threads.clear();

        CPPUNIT_ASSERT_EQUAL(350, good.load());
    }

    void aSpokeThatCrashesWhenItIsOpenedIsTriedAgain()
    {
        spoke.reset();
        open(R"({"fault": "crash"})");

        CPPUNIT_ASSERT(push({"A"}).verdict.kind == Class::RateLimited);
        for (int i = 0; i < 4; ++i) {
            afterBackOff();
            push({"A"});
        }
        CPPUNIT_ASSERT_EQUAL(
            std::string("the spoke is parked after 5 crashes in a row, the last in open: its "
                        "process ended with signal 11 (Segmentation fault)"),
            spoke->parked());
    }

    void aMissingProgramIsNamed()
    {
        ProcessLauncher none("/nowhere/spokehub-spoke");

        try {
            const SpokeLibrary library(file, none);
            CPPUNIT_FAIL("it loads without its program");
        } catch (const SpokeError& error) {
            CPPUNIT_ASSERT_EQUAL(std::string("the process of a spoke cannot be started: "
                                             "/nowhere/spokehub-spoke: No such file or directory"),
                                 std::string(error.what()));
        }
    }

    void childrenEndWithTheirHub()
    {
        const auto process = static_cast<pid_t>(std::stoi(pid().substr(4)));
        CPPUNIT_ASSERT_EQUAL(0, ::kill(process, 0));

        spoke.reset();

        CPPUNIT_ASSERT_EQUAL(-1, ::kill(process, 0));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProcessBorderTest);
