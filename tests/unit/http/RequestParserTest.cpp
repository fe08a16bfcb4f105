#include "http/RequestParser.h"

#include "support/BadRequests.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>

using namespace spokehub::http;
using spokehub::test::badRequests;
using Progress = RequestParser::Progress;

class RequestParserTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RequestParserTest);
    CPPUNIT_TEST(aRequestIsReadWhole);
    CPPUNIT_TEST(chunksAreJoinedAndTrailersCountForNothing);
    CPPUNIT_TEST(whatIsOddButAllowedPasses);
    CPPUNIT_TEST(requestsAreTheSameHoweverTheyAreCut);
    CPPUNIT_TEST(requestsBehindEachOtherAreReadOneByOne);
    CPPUNIT_TEST(badRequestsAreRejectedHoweverTheyAreCut);
    CPPUNIT_TEST(aBodyIsAnnouncedBeforeItIsRead);
    CPPUNIT_TEST(theConnectionIsKeptAsTheVersionSays);
    CPPUNIT_TEST(randomBytesNeverMakeARequest);
    CPPUNIT_TEST_SUITE_END();

    const ParserLimits limits;

    /// All bytes in pieces of these sizes, over and over, what is left over given again as a
    /// connection does.
    static std::vector<Request> play(RequestParser& parser, std::string_view bytes,
                                     const std::vector<std::size_t>& cuts)
    {
        std::vector<Request> requests;
        std::string waiting;
        for (std::size_t at = 0, cut = 0; at < bytes.size(); ++cut) {
            const auto piece = bytes.substr(at, cuts[cut % cuts.size()]);
            at += piece.size();
            waiting += piece;
            bool more = true;
            while (more) {
                waiting.erase(0, parser.feed(waiting));
                more = parser.progress() == Progress::BodyAhead;
                if (parser.progress() == Progress::Whole) {
                    requests.push_back(parser.take());
                    more = !waiting.empty();
                }
            }
        }
        return requests;
    }

    static std::string shown(const Request& request)
    {
        std::string text = request.method + " " + request.target + " [" + request.path + "] [" +
                           request.query + "] ";
        for (const Header& header : request.headers)
            text += header.name + "=" + header.value + "; ";
        return text + request.body;
    }

public:
    void aRequestIsReadWhole()
    {
        RequestParser parser(limits);

        const auto requests = play(parser,
                                   "POST /a%20b?c=d&e HTTP/1.1\r\nHost: a:80\r\nX-One:  1 2\t\r\n"
                                   "Content-Length: 5\r\n\r\nhello",
                                   {1000});

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, requests.size());
        CPPUNIT_ASSERT_EQUAL(std::string("POST /a%20b?c=d&e [/a%20b] [c=d&e] Host=a:80; X-One=1 2; "
                                         "Content-Length=5; hello"),
                             shown(requests[0]));
        CPPUNIT_ASSERT_EQUAL(std::string("1 2"), *requests[0].header("x-one"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, requests[0].count("HOST"));
        CPPUNIT_ASSERT(requests[0].header("X-Two") == nullptr);
    }

    void chunksAreJoinedAndTrailersCountForNothing()
    {
        RequestParser parser(limits);

        const auto requests =
            play(parser,
                 "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                 "5;a=b;c=\"d e\"\r\nhello\r\n0006\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n",
                 {1000});

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, requests.size());
        CPPUNIT_ASSERT_EQUAL(std::string("hello world"), requests[0].body);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, requests[0].count("X-Trailer"));
    }

    void whatIsOddButAllowedPasses()
    {
        const std::vector<std::pair<std::string, std::string>> odd = {
            {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / [/] [] Host=a; "},
            {"GET http://a/x?y HTTP/1.1\r\nHost: A\r\n\r\n", "GET http://a/x?y [/x] [y] Host=A; "},
            {"GET HTTP://a?y HTTP/1.1\r\nHost: a\r\n\r\n", "GET HTTP://a?y [/] [y] Host=a; "},
            {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * [*] [] Host=a; "},
            {"GET // HTTP/1.1\r\nHost: a\r\n\r\n", "GET // [//] [] Host=a; "},
            {"GET /? HTTP/1.1\r\nHost: a\r\n\r\n", "GET /? [/] [] Host=a; "},
            {"GET /[a]|{b} HTTP/1.1\r\nHost: a\r\n\r\n", "GET /[a]|{b} [/[a]|{b}] [] Host=a; "},
            {"GET / HTTP/1.0\r\n\r\n", "GET / [/] [] "},
            {"GET / HTTP/1.1\r\nHost:[::1]:80\r\nX:\r\n\r\n", "GET / [/] [] Host=[::1]:80; X=; "},
            {"GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xbc\r\n\r\n",
             "GET / [/] [] Host=a; X=\xc3\xbc; "},
            {"GET / HTTP/1.1\r\nHost: a\r\nX: b\tc\r\n\r\n", "GET / [/] [] Host=a; X=b\tc; "},
            {"POST / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / [/] [] Host=a; "},
            {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
             "GET / [/] [] Host=a; Content-Length=0; "},
            {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 002\r\n\r\nhi",
             "GET / [/] [] Host=a; Content-Length=002; hi"},
        };
        for (const auto& [bytes, expected] : odd) {
            RequestParser parser(limits);

            const auto requests = play(parser, bytes, {1000});

            CPPUNIT_ASSERT_EQUAL_MESSAGE(bytes + parser.rejection().detail, std::size_t{1},
                                         requests.size());
            CPPUNIT_ASSERT_EQUAL(expected, shown(requests[0]));
        }
    }

    void requestsAreTheSameHoweverTheyAreCut()
    {
        const std::string bytes =
            "POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n\r\n\r\nhello\r\n\r"
            "PUT /two HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "b\r\n0\r\n\r\nGET /x\r\n1;e\r\n!\r\n0\r\nX: y\r\n\r\n"
            "PUT /three HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            "GET /four HTTP/1.1\r\nHost: a\r\n\r\n";
        RequestParser whole(limits);
        const auto expected = play(whole, bytes, {bytes.size()});
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, expected.size());

        std::mt19937 random(1);
        for (std::size_t round = 0; round < bytes.size() + 500; ++round) {
            std::vector<std::size_t> cuts = {round < bytes.size() ? round + 1 : 1 + random() % 9,
                                             round < bytes.size() ? bytes.size()
                                                                  : 1 + random() % 40};
            RequestParser parser(limits);

            const auto requests = play(parser, bytes, cuts);

            CPPUNIT_ASSERT_EQUAL(expected.size(), requests.size());
            for (std::size_t i = 0; i < expected.size(); ++i)
                CPPUNIT_ASSERT_EQUAL(shown(expected[i]), shown(requests[i]));
        }
    }

    void requestsBehindEachOtherAreReadOneByOne()
    {
        RequestParser parser(limits);
        const std::string two =
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n";

        const std::size_t used = parser.feed(two);

        CPPUNIT_ASSERT_EQUAL(two.size() / 2, used);
        CPPUNIT_ASSERT(parser.progress() == Progress::Whole);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, parser.feed(two)); // until it is taken
        CPPUNIT_ASSERT_EQUAL(std::string("/1"), parser.take().path);
    }

    void badRequestsAreRejectedHoweverTheyAreCut()
    {
        for (const auto& bad : badRequests())
            for (const std::size_t cut : {std::size_t{1'000'000}, std::size_t{1}, std::size_t{7}}) {
                RequestParser parser(limits);

                const auto requests =
                    play(parser, bad.bytes + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", {cut});

                const std::string what = bad.what + ", cut at " + std::to_string(cut);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(what, std::size_t{0}, requests.size());
                CPPUNIT_ASSERT_MESSAGE(what, parser.progress() == Progress::Rejected);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(what + ": " + parser.rejection().detail, bad.status,
                                             parser.rejection().status);
            }
    }

    void aBodyIsAnnouncedBeforeItIsRead()
    {
        RequestParser known(limits);
        RequestParser chunked(limits);
        const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n";

        known.feed(post + "Content-Length: 3\r\n\r\nabc");
        chunked.feed(post + "Transfer-Encoding: chunked\r\n\r\n");
        CPPUNIT_ASSERT(chunked.progress() ==
                       Progress::BodyAhead); // of unknown size: time for 100 Continue
        chunked.feed("2\r\nab\r\n3\r\ncde");

        CPPUNIT_ASSERT(known.progress() == Progress::BodyAhead);
        CPPUNIT_ASSERT(known.expectsContinue());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, known.announced());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, known.bodyBytes());
        CPPUNIT_ASSERT(chunked.progress() == Progress::BodyAhead);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, chunked.announced());
    }

    void theConnectionIsKeptAsTheVersionSays()
    {
        const std::vector<std::pair<std::string, bool>> heads = {
            {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
            {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", false},
            {"GET / HTTP/1.0\r\n\r\n", false},
            {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true}};
        for (const auto& [bytes, kept] : heads) {
            RequestParser parser(limits);
            CPPUNIT_ASSERT_EQUAL(false, parser.keepAlive());

            parser.feed(bytes);

            CPPUNIT_ASSERT_EQUAL_MESSAGE(bytes, kept, parser.keepAlive());
        }
    }

    void randomBytesNeverMakeARequest()
    {
        std::mt19937 random(7);
        const std::string likely = "\r\n\r\n :;0123456789abcdefGETPOSTHTTP/1.1,\"%\t\x01\x80";
        for (int round = 0; round < 3000; ++round) {
            std::string bytes =
                round % 2 == 0 ? "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                               : "";
            for (std::size_t i = random() % 200; i > 0; --i)
                bytes += likely[random() % likely.size()];
            RequestParser parser(limits);

            const auto requests = play(parser, bytes, {1 + random() % 50, 1 + random() % 50});

            for (const Request& request :
                 requests) // a chunked body may end by chance; nothing else may
                CPPUNIT_ASSERT_EQUAL(std::string("POST"), request.method);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RequestParserTest);
