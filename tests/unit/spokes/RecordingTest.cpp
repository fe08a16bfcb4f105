#include "spokes/Recording.h"

#include "core/Error.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::spokes;

class RecordingTest : public CppUnit::TestFixture, private HttpTransport
{
    CPPUNIT_TEST_SUITE(RecordingTest);
    CPPUNIT_TEST(callsAreHandedOnAndKeptWithTheirAnswers);
    CPPUNIT_TEST(aRecordingReadsBackAsItWas);
    CPPUNIT_TEST(whatIsNoRecordingIsRefusedWithItsPlace);
    CPPUNIT_TEST(secretsGoByValueAndPeopleByName);
    CPPUNIT_TEST(theSameCallGetsItsAnswersInTheirOrder);
    CPPUNIT_TEST(whatDiffersInItsTimeStillFindsItsAnswer);
    CPPUNIT_TEST_SUITE_END();

    HttpReply answer;

    HttpReply send(const HttpCall&) override { return answer; }

    static Exchange exchange(const std::string& url, const std::string& body,
                             const std::string& reply)
    {
        Exchange made{"GET", url, {{"Accept", "x"}}, body, {}};
        made.reply.status = 200;
        made.reply.headers = {{"Content-Type", "application/json"}};
        made.reply.body = reply;
        return made;
    }
    static HttpReply asked(Replay& replay, const std::string& url, const std::string& body = {})
    {
        HttpCall call;
        call.method = "GET";
        call.url = url;
        call.body = body;
        return replay.send(call);
    }
    static std::string said(const std::string& json)
    {
        try {
            exchangesFromJson(json);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }

    void callsAreHandedOnAndKeptWithTheirAnswers()
    {
        RecordingTransport recorder(*this);
        HttpCall call;
        call.method = "PUT";
        call.url = "https://a/x";
        answer = {Class::Done, "", 204, {{"A", "b"}}, "ok"};
        CPPUNIT_ASSERT_EQUAL(204, recorder.send(call).status);
        answer = {Class::UnknownOutcome, "lost", 0, {}, {}};
        CPPUNIT_ASSERT(recorder.send(call).kind == Class::UnknownOutcome);

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, recorder.exchanges().size());
        CPPUNIT_ASSERT_EQUAL(std::string("PUT"), recorder.exchanges()[0].method);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), recorder.exchanges()[0].reply.body);
    }

    void aRecordingReadsBackAsItWas()
    {
        const std::vector<Exchange> exchanges = {
            exchange("https://a/1", "{\"a\": 1.0}", "\xff\x00z"),
            exchange("https://a/2", "", "{}")};

        const auto text = toJson(exchanges);
        const auto back = exchangesFromJson(text);

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, back.size());
        CPPUNIT_ASSERT_EQUAL(exchanges[0].body, back[0].body);
        CPPUNIT_ASSERT_EQUAL(exchanges[0].reply.body, back[0].reply.body);
        CPPUNIT_ASSERT_EQUAL(text, toJson(back));
    }

    void whatIsNoRecordingIsRefusedWithItsPlace()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a recording is a JSON list of exchanges"), said("{}"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("exchange 1 of the recording has no request.url or no answer.status"),
            said(R"([{"request": {}}])"));
    }

    void secretsGoByValueAndPeopleByName()
    {
        auto one = exchange("https://a/x?key=s3cret", "token=s3cret", R"({"email": "jon@a.test"})");
        one.headers = {{"Authorization", "Bearer s3cret"}, {"X-Trace", "s3cret"}};

        const auto text = toJson(scrubbed({one}, Vault(Secrets{{"key", {"s3cret"}}})));

        CPPUNIT_ASSERT_MESSAGE(text, text.find("s3cret") == text.npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("jon@") == text.npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("?key=[secret key]") != text.npos);
    }

    void theSameCallGetsItsAnswersInTheirOrder()
    {
        Replay replay({exchange("https://a/x", "q", "1"), exchange("https://a/x", "q", "2"),
                       exchange("https://a/x", "other", "3")});

        CPPUNIT_ASSERT_EQUAL(std::string("1"), asked(replay, "https://a/x", "q").body);
        CPPUNIT_ASSERT_EQUAL(std::string("2"), asked(replay, "https://a/x", "q").body);
        CPPUNIT_ASSERT_EQUAL(std::string("2"), asked(replay, "https://a/x", "q").body);
        CPPUNIT_ASSERT_EQUAL(std::string("3"), asked(replay, "https://a/x", "other").body);
    }

    void whatDiffersInItsTimeStillFindsItsAnswer()
    {
        Replay replay({exchange("https://a/x?since=1", "", "1")});

        CPPUNIT_ASSERT_EQUAL(std::string("1"), asked(replay, "https://a/x?since=2").body);
        CPPUNIT_ASSERT(asked(replay, "https://a/y").kind == Class::Retry);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RecordingTest);
