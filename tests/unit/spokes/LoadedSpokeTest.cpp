#include "spokes/LoadedSpoke.h"

#include "support/TestClock.h"

#include "spokehub/Spoke.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using spokehub::Class;
using spokehub::Failure;
using spokehub::spokes::Accepted;
using spokehub::spokes::AcceptVerdict;
using spokehub::spokes::Answer;
using spokehub::spokes::BufferedValues;
using spokehub::spokes::Call;
using spokehub::spokes::DocumentKind;
using spokehub::spokes::HttpCall;
using spokehub::spokes::HttpReply;
using spokehub::spokes::LoadedSpoke;
using spokehub::spokes::SpokeError;
using spokehub::spokes::SpokeLibrary;
using spokehub::test::TestClock;
namespace sdk = spokehub::sdk;

namespace
{

/// A spoke whose verbs do what a message's body or a stream's name says.
class OddSpoke final : public sdk::Spoke
{
public:
    static const char* manifest()
    {
        return R"({"name": "odd", "version": "1", "verbs": ["accept", "translate", "pull"]})";
    }

    OddSpoke(sdk::Host host, const sdk::Settings& settings) : _host(host)
    {
        if (settings.has("refuse"))
            throw Failure(Class::Config, "setting 'refuse' is set; token is s3cret");
    }

    sdk::Accepted accept(const sdk::Request& request) const override
    {
        if (request.body() == "throw")
            throw std::runtime_error("broken");
        if (request.body() == "reply")
            return sdk::Accepted::reply(200, "text/plain", "pong");
        if (request.body() == "key")
            return sdk::Accepted::needKey("k1");
        if (request.body() == "mismatch")
            return sdk::Accepted::mismatch("another topic");
        if (request.headerCount("x-id") != 1)
            return sdk::Accepted::forged("X-Id is there " +
                                         std::to_string(request.headerCount("x-id")) + " times");
        return sdk::Accepted::genuine(*request.header("x-id"), request.topic(), 5);
    }

    Class translate(const sdk::Message& message, sdk::Out& out) const override
    {
        const auto body = message.body();
        if (body == "failure")
            throw Failure(Class::RateLimited, "slow down, s3cret", 1500ms);
        if (body == "exception")
            throw std::out_of_range("at 7");
        if (body == "odd")
            throw 7;
        if (body == "silent")
            return Class::Rejected;
        if (body == "large")
            out.raw(SPH_DOC_FACT, std::string(LoadedSpoke::documentBytesMax + 1, ' '));
        if (body == "many")
            for (std::size_t i = 0; i <= LoadedSpoke::documentsMax; ++i)
                out.raw(SPH_DOC_FACT, "{}");
        if (body == "checkpoint")
            out.checkpoint({"c"});
        if (body == "http")
            return _host.http({}).kind;
        out.notice({"hello", std::string(body)});
        out.fetch({"orders", "7"});
        return Class::Done;
    }

    Class pull(std::string_view stream, const sdk::PullRequest& request, sdk::Out& out) override
    {
        if (stream == "http") {
            const auto result = _host.http({"GET", "https://shop.example/", {}, {}, 0, 0});
            return out.problem(result.kind == Class::Done ? Class::Retry : Class::Bug,
                               "status " + std::to_string(result.status) + " " + result.body);
        }
        _host.kvPut("seen", request.cursor);
        out.level({"1", "", 5, ""});
        out.checkpoint({"next"});
        out.level({"2", "", 6, ""});
        return Class::Done;
    }

private:
    sdk::Host _host;
};

class NoTransport final : public spokehub::spokes::HttpTransport
{
public:
    HttpReply send(const HttpCall&) override { return {Class::Done, {}, 418, {}, "tea"}; }
};

} // namespace

class LoadedSpokeTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LoadedSpokeTest);
    CPPUNIT_TEST(documentsComeBackInTheirOrder);
    CPPUNIT_TEST(aThrownFailureKeepsItsClassReasonAndWait);
    CPPUNIT_TEST(whateverElseIsThrownIsABug);
    CPPUNIT_TEST(aClassWithoutAReasonSaysSo);
    CPPUNIT_TEST(aDocumentThatIsTooLargeIsABug);
    CPPUNIT_TEST(tooManyDocumentsAreABug);
    CPPUNIT_TEST(aDocumentOfAnotherVerbIsABug);
    CPPUNIT_TEST(translateHasNoHttp);
    CPPUNIT_TEST(pullHandsDocumentsOnOneByOne);
    CPPUNIT_TEST(aSinkThatWantsNoMoreEndsThePull);
    CPPUNIT_TEST(whatTheSinkThrowsPassesThrough);
    CPPUNIT_TEST(httpWorksInAVerbOfTheLane);
    CPPUNIT_TEST(aGenuineRequestHasItsIdTopicAndTime);
    CPPUNIT_TEST(theOtherVerdictsArriveWhole);
    CPPUNIT_TEST(anIdThatIsEmptyOrTooLongFails);
    CPPUNIT_TEST(aThrowingAcceptFails);
    CPPUNIT_TEST(manyHeadersArriveToo);
    CPPUNIT_TEST(acceptAndTranslateRunOnManyThreads);
    CPPUNIT_TEST(aVerbThatIsMissingIsUnsupported);
    CPPUNIT_TEST(aRefusedSettingIsSaidWithoutSecrets);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestClock> clock;
    NoTransport transport;
    std::optional<BufferedValues> values;
    std::optional<SpokeLibrary> library;
    std::optional<LoadedSpoke> spoke;

    void open(std::string_view settings)
    {
        spoke.emplace(*library,
                      spokehub::spokes::SpokeHostParts{
                          "odd", *clock, transport, *values, {{"token", {"s3cret"}}}},
                      settings);
    }

    Call call() const { return {clock->now() + 10s, {}}; }
    Answer translate(std::string_view body) const
    {
        return spoke->translate({"m1", "orders/create", body, clock->now()});
    }
    Accepted accept(std::string_view body,
                    std::vector<spokehub::spokes::WebhookHeader> headers) const
    {
        return spoke->accept({"POST", "orders/create", "", headers, body, clock->now()});
    }

public:
    void setUp() override
    {
        clock.emplace();
        values.emplace();
        library.emplace(*sdk::detail::Border<OddSpoke>::table(), "odd.so");
        open("{}");
    }
    void tearDown() override
    {
        spoke.reset();
        library.reset();
        values.reset();
        clock.reset();
    }

    void documentsComeBackInTheirOrder()
    {
        const auto answer = translate("you");

        CPPUNIT_ASSERT(answer.verdict.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, answer.documents.size());
        CPPUNIT_ASSERT(answer.documents[0].kind == DocumentKind::Notice);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"kind":"hello","message":"you"})"),
                             answer.documents[0].json);
        CPPUNIT_ASSERT(answer.documents[1].kind == DocumentKind::Fetch);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"stream":"orders","id":"7"})"),
                             answer.documents[1].json);
    }

    void aThrownFailureKeepsItsClassReasonAndWait()
    {
        const auto answer = translate("failure");

        CPPUNIT_ASSERT(answer.verdict.kind == Class::RateLimited);
        CPPUNIT_ASSERT_EQUAL(std::string("slow down, [secret token]"), answer.verdict.reason);
        CPPUNIT_ASSERT(answer.verdict.retryAfter == 1500ms);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, answer.documents.size());
    }

    void whateverElseIsThrownIsABug()
    {
        CPPUNIT_ASSERT(translate("exception").verdict.kind == Class::Bug);
        CPPUNIT_ASSERT_EQUAL(std::string("unforeseen: at 7"),
                             translate("exception").verdict.reason);
        CPPUNIT_ASSERT(translate("odd").verdict.kind == Class::Bug);
    }

    void aClassWithoutAReasonSaysSo()
    {
        const auto answer = translate("silent");

        CPPUNIT_ASSERT(answer.verdict.kind == Class::Rejected);
        CPPUNIT_ASSERT_EQUAL(std::string("the spoke gave no reason"), answer.verdict.reason);
    }

    void aDocumentThatIsTooLargeIsABug()
    {
        const auto answer = translate("large");

        CPPUNIT_ASSERT(answer.verdict.kind == Class::Bug);
        CPPUNIT_ASSERT_EQUAL(
            std::string("the spoke handed over a document of 4194305 bytes; the most is 4194304"),
            answer.verdict.reason);
    }

    void tooManyDocumentsAreABug()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("the spoke handed over more than 100000 documents"),
                             translate("many").verdict.reason);
    }

    void aDocumentOfAnotherVerbIsABug()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "the spoke handed over a document of kind 9, which does not belong to this verb"),
            translate("checkpoint").verdict.reason);
    }

    void translateHasNoHttp() { CPPUNIT_ASSERT(translate("http").verdict.kind == Class::Bug); }

    void pullHandsDocumentsOnOneByOne()
    {
        std::vector<std::string> seen;

        const auto verdict = spoke->pull(call(), "levels", R"({"cursor": "c7"})",
                                         [&](DocumentKind, std::string_view json) {
                                             seen.emplace_back(json);
                                             return true;
                                         });

        CPPUNIT_ASSERT(verdict.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, seen.size());
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"cursor":"next"})"), seen[1]);
        CPPUNIT_ASSERT((values->takeChanges() == BufferedValues::Values{{"seen", "c7"}}));
    }

    void aSinkThatWantsNoMoreEndsThePull()
    {
        int seen = 0;

        const auto verdict = spoke->pull(
            call(), "levels", "{}", [&](DocumentKind, std::string_view) { return ++seen < 2; });

        CPPUNIT_ASSERT(verdict.kind == Class::Cancelled);
        CPPUNIT_ASSERT_EQUAL(2, seen);
    }

    void whatTheSinkThrowsPassesThrough()
    {
        const auto thrower = [](DocumentKind, std::string_view) -> bool {
            throw std::length_error("full");
        };

        CPPUNIT_ASSERT_THROW(spoke->pull(call(), "levels", "{}", thrower), std::length_error);
    }

    void httpWorksInAVerbOfTheLane()
    {
        const auto verdict =
            spoke->pull(call(), "http", "{}", [](DocumentKind, std::string_view) { return true; });

        CPPUNIT_ASSERT(verdict.kind == Class::Retry);
        CPPUNIT_ASSERT_EQUAL(std::string("status 418 tea"), verdict.reason);
    }

    void aGenuineRequestHasItsIdTopicAndTime()
    {
        const auto accepted = accept("x", {{"X-ID", "d-1"}});

        CPPUNIT_ASSERT(accepted.verdict == AcceptVerdict::Genuine);
        CPPUNIT_ASSERT_EQUAL(std::string("d-1"), accepted.messageId);
        CPPUNIT_ASSERT_EQUAL(std::string("orders/create"), accepted.topic);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, accepted.occurredAt->micros);
    }

    void theOtherVerdictsArriveWhole()
    {
        const auto forged = accept("x", {{"X-Id", "1"}, {"x-id", "1"}});
        CPPUNIT_ASSERT(forged.verdict == AcceptVerdict::Forged);
        CPPUNIT_ASSERT_EQUAL(std::string("X-Id is there 2 times"), forged.reason);

        const auto reply = accept("reply", {});
        CPPUNIT_ASSERT(reply.verdict == AcceptVerdict::Reply);
        CPPUNIT_ASSERT_EQUAL(200, reply.replyStatus);
        CPPUNIT_ASSERT_EQUAL(std::string("text/plain"), reply.replyType);
        CPPUNIT_ASSERT_EQUAL(std::string("pong"), reply.replyBody);

        CPPUNIT_ASSERT_EQUAL(std::string("k1"), accept("key", {}).keyId);
        CPPUNIT_ASSERT(accept("mismatch", {}).verdict == AcceptVerdict::Mismatch);
    }

    void anIdThatIsEmptyOrTooLongFails()
    {
        const std::string longest(200, 'x'), longer(201, 'x');

        CPPUNIT_ASSERT(accept("x", {{"X-Id", ""}}).verdict == AcceptVerdict::Failed);
        CPPUNIT_ASSERT(accept("x", {{"X-Id", longest}}).verdict == AcceptVerdict::Genuine);
        CPPUNIT_ASSERT(accept("x", {{"X-Id", longer}}).verdict == AcceptVerdict::Failed);
    }

    void aThrowingAcceptFails()
    {
        const auto accepted = accept("throw", {});

        CPPUNIT_ASSERT(accepted.verdict == AcceptVerdict::Failed);
        CPPUNIT_ASSERT(accepted.kind == Class::Bug);
    }

    void manyHeadersArriveToo()
    {
        std::vector<spokehub::spokes::WebhookHeader> headers(100, {"X-Other", "y"});
        headers.push_back({"X-Id", "d-1"});

        CPPUNIT_ASSERT_EQUAL(std::string("d-1"), accept("x", headers).messageId);
    }

    void acceptAndTranslateRunOnManyThreads()
    {
        std::atomic<int> good = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 500; ++i)
                    good += accept("x", {{"X-Id", "d"}}).verdict == AcceptVerdict::Genuine &&
                                    translate("you").documents.size() == 2
                                ? 1
                                : 0;
            });
        for (auto& thread : threads)
            thread.join();

        CPPUNIT_ASSERT_EQUAL(2000, good.load());
    }

    void aVerbThatIsMissingIsUnsupported()
    {
        const auto answer = spoke->push(call(), R"({"kind": "stock", "items": []})");

        CPPUNIT_ASSERT(answer.verdict.kind == Class::Unsupported);
        CPPUNIT_ASSERT_EQUAL(std::string("this spoke does not push"), answer.verdict.reason);
    }

    void aRefusedSettingIsSaidWithoutSecrets()
    {
        try {
            open(R"({"refuse": true})");
            CPPUNIT_FAIL("it opened");
        } catch (const SpokeError& error) {
            CPPUNIT_ASSERT_EQUAL(
                std::string(
                    "the spoke 'odd' does not open: setting 'refuse' is set; token is [secret "
                    "token]; correct the channel's settings"),
                std::string(error.what()));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LoadedSpokeTest);
