#include "http/Server.h"

#include "support/BadRequests.h"
#include "support/HttpClient.h"

#include "core/Json.h"
#include "core/Log.h"

#include <cppunit/extensions/HelperMacros.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

using namespace spokehub;
using namespace spokehub::http;
using namespace std::chrono_literals;
using test::HttpClient;
using test::Reply;

class ServerTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ServerTest);
    CPPUNIT_TEST(aRequestIsAnsweredWithTheHeadersThatAlwaysCome);
    CPPUNIT_TEST(aConnectionIsKept);
    CPPUNIT_TEST(theConnectionClosesWhenEitherSideAsks);
    CPPUNIT_TEST(http10ClosesUnlessItAsks);
    CPPUNIT_TEST(headIsAnsweredWithoutItsBody);
    CPPUNIT_TEST(anAnswerWithoutContentHasNoLength);
    CPPUNIT_TEST(pipelinedRequestsAreAnsweredInOrder);
    CPPUNIT_TEST(manyPipelinedRequestsAreAllAnswered);
    CPPUNIT_TEST(aRequestMayComeByteByByte);
    CPPUNIT_TEST(aClientMayEndItsSideBeforeTheAnswer);
    CPPUNIT_TEST(largeBodiesGoBothWays);
    CPPUNIT_TEST(continueIsToldOnceAndOnlyWhenWanted);
    CPPUNIT_TEST(badRequestsReachNoHandlerAndCloseTheConnection);
    CPPUNIT_TEST(aRejectionIsAProblemDocument);
    CPPUNIT_TEST(anEarlyAnswerIsReadThoughTheBodyIsNot);
    CPPUNIT_TEST(anAnswerMayComeFromAnotherThread);
    CPPUNIT_TEST(whatIsLeftUnansweredGets500);
    CPPUNIT_TEST(anAnswerThatCannotBeSentGets500);
    CPPUNIT_TEST(theCallersRequestIdIsKeptWhenItIsAPlainWord);
    CPPUNIT_TEST(onlyTrustedProxiesSayWhoTheClientIs);
    CPPUNIT_TEST(aSlowHeadIsCutOff);
    CPPUNIT_TEST(theFirstByteDoesNotProlongTheHead);
    CPPUNIT_TEST(aSlowBodyIsCutOff);
    CPPUNIT_TEST(aBodyBelowTheRateIsCutOff);
    CPPUNIT_TEST(anIdleConnectionIsClosedWithoutAWord);
    CPPUNIT_TEST(aSlowReaderIsCutOff);
    CPPUNIT_TEST(connectionsAreCapped);
    CPPUNIT_TEST(connectionsOfOneAddressAreCapped);
    CPPUNIT_TEST(bodiesTogetherAreCapped);
    CPPUNIT_TEST(roomForABodyIsGivenBack);
    CPPUNIT_TEST(manyIdleConnectionsDisturbNobody);
    CPPUNIT_TEST(aProcessOutOfDescriptorsRecovers);
    CPPUNIT_TEST(stopLetsRequestsInHandFinish);
    CPPUNIT_TEST(stopEndsWhenTheTimeIsOver);
    CPPUNIT_TEST(severalThreadsServe);
    CPPUNIT_TEST(aPortInUseIsRefused);
    CPPUNIT_TEST(optionsThatMakeNoSenseAreRefused);
    CPPUNIT_TEST_SUITE_END();

    std::mutex mutex;
    std::vector<std::string> seen;
    std::vector<Responder> kept;
    std::optional<Server> server;

    /// Options for tests: any port, and connections that end quickly.
    static ServerOptions options()
    {
        ServerOptions options;
        options.listen = "127.0.0.1:0";
        options.linger = 200ms;
        return options;
    }

    void start(ServerOptions given, Handler handler)
    {
        server.emplace(std::move(given), std::move(handler));
        server->start();
    }

    /// A server that tells what it got.
    void start(ServerOptions given = options())
    {
        start(std::move(given), [this](Request&& request, Responder responder) {
            note(request);
            responder.send({.contentType = "text/plain",
                            .body = request.method + " " + request.target + " " + request.body});
        });
    }

    /// A server that keeps the requests to /keep unanswered, in `kept`.
    void startKeeping(ServerOptions given = options())
    {
        start(std::move(given), [this](Request&& request, Responder responder) {
            const std::lock_guard lock(mutex);
            seen.push_back(request.path);
            if (request.path == "/keep")
                kept.push_back(std::move(responder));
            else
                responder.send({.body = "ok"});
        });
    }

    void note(const Request& request)
    {
        const std::lock_guard lock(mutex);
        seen.push_back(request.path);
    }

    std::size_t seenCount()
    {
        const std::lock_guard lock(mutex);
        return seen.size();
    }

    /// Waits until the server says so; ten seconds at most.
    void await(const std::function<bool()>& holds)
    {
        const auto latest = std::chrono::steady_clock::now() + 10s;
        while (!holds()) {
            CPPUNIT_ASSERT_MESSAGE("waited ten seconds in vain",
                                   std::chrono::steady_clock::now() < latest);
            std::this_thread::yield();
        }
    }

    HttpClient client() const { return HttpClient(server->port()); }

    static std::string code(const Reply& reply)
    {
        const auto document = JsonDocument::parse(reply.body);
        return document ? std::string(document->root().textOr("code")) : "no JSON: " + reply.body;
    }

public:
    void tearDown() override
    {
        kept.clear();
        server.reset();
        seen.clear();
    }

    void aRequestIsAnsweredWithTheHeadersThatAlwaysCome()
    {
        start();
        auto caller = client();

        const Reply reply = caller.get("/a?b=c");

        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("GET /a?b=c "), reply.body);
        CPPUNIT_ASSERT_EQUAL(std::string("11"), reply.header("Content-Length"));
        CPPUNIT_ASSERT_EQUAL(std::string("text/plain"), reply.header("Content-Type"));
        CPPUNIT_ASSERT_EQUAL(std::string("nosniff"), reply.header("X-Content-Type-Options"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{29}, reply.header("Date").size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{17}, reply.header("X-Request-Id").size());
        CPPUNIT_ASSERT_EQUAL(std::string("req_"), reply.header("X-Request-Id").substr(0, 4));
        CPPUNIT_ASSERT_EQUAL(std::string(), reply.header("Connection"));
    }

    void aConnectionIsKept()
    {
        start();
        auto caller = client();

        for (int i = 0; i < 20; ++i)
            CPPUNIT_ASSERT_EQUAL(std::string("POST / ") + std::to_string(i),
                                 caller.post("/", std::to_string(i)).body);

        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, server->figures().accepted);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{20}, server->figures().requests);
    }

    void theConnectionClosesWhenEitherSideAsks()
    {
        start(options(), [](Request&& request, Responder responder) {
            responder.send({.close = request.path == "/close"});
        });
        auto asking = client();
        auto told = client();

        asking.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        told.send("GET /close HTTP/1.1\r\nHost: a\r\n\r\n");

        CPPUNIT_ASSERT_EQUAL(std::string("close"), asking.receive()->header("Connection"));
        CPPUNIT_ASSERT(asking.endsHere());
        CPPUNIT_ASSERT_EQUAL(std::string("close"), told.receive()->header("Connection"));
        CPPUNIT_ASSERT(told.endsHere());
    }

    void http10ClosesUnlessItAsks()
    {
        start();
        auto plain = client();
        auto asking = client();

        plain.send("GET /plain HTTP/1.0\r\n\r\n");
        CPPUNIT_ASSERT_EQUAL(std::string("GET /plain "), plain.receive()->body);
        CPPUNIT_ASSERT(plain.endsHere());

        for (int i = 0; i < 2; ++i) {
            asking.send("GET /kept HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            CPPUNIT_ASSERT_EQUAL(std::string("keep-alive"), asking.receive()->header("Connection"));
        }
    }

    void headIsAnsweredWithoutItsBody()
    {
        start();
        auto caller = client();

        const Reply head = caller.request("HEAD", "/x", "");
        const Reply get = caller.get("/x");

        CPPUNIT_ASSERT_EQUAL(std::string("8"), head.header("Content-Length"));
        CPPUNIT_ASSERT_EQUAL(std::string("GET /x "), get.body);
    }

    void anAnswerWithoutContentHasNoLength()
    {
        start(options(), [](Request&&, Responder responder) {
            responder.send({.status = 204, .contentType = "text/plain", .body = "dropped"});
        });
        auto caller = client();

        const Reply first = caller.get("/");
        const Reply second = caller.get("/");

        CPPUNIT_ASSERT_EQUAL(std::string(), first.header("Content-Length"));
        CPPUNIT_ASSERT_EQUAL(std::string(), first.header("Content-Type"));
        CPPUNIT_ASSERT_EQUAL(204, second.status);
    }

    void pipelinedRequestsAreAnsweredInOrder()
    {
        startKeeping();
        auto caller = client();

        caller.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
        await([this] { return seenCount() == 1; });
        auto other = client();
        other.get("/other"); // what the second request would have needed to run, it had

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, seenCount());
        kept.at(0).send({.body = "first"});
        CPPUNIT_ASSERT_EQUAL(std::string("first"), caller.receive()->body);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), caller.receive()->body);
    }

    void manyPipelinedRequestsAreAllAnswered()
    {
        start();
        auto caller = client();
        std::string all;
        for (int i = 0; i < 5000; ++i)
            all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";

        auto sending = std::async(std::launch::async, [&] { return caller.send(all); });
        sending.get();

        for (int i = 0; i < 5000; ++i)
            CPPUNIT_ASSERT_EQUAL("GET /" + std::to_string(i) + " ", caller.receive()->body);
    }

    void aRequestMayComeByteByByte()
    {
        start();
        auto caller = client();

        for (const char byte :
             std::string_view("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"))
            caller.send({&byte, 1});

        CPPUNIT_ASSERT_EQUAL(std::string("POST /slow abc"), caller.receive()->body);
    }

    void aClientMayEndItsSideBeforeTheAnswer()
    {
        startKeeping();
        auto caller = client();

        caller.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
        caller.endSending();
        await([this] { return seenCount() == 1; });
        kept.at(0).send({.body = "late"});

        CPPUNIT_ASSERT_EQUAL(std::string("late"), caller.receive()->body);
        CPPUNIT_ASSERT(caller.endsHere());
    }

    void largeBodiesGoBothWays()
    {
        ServerOptions given = options();
        given.bodyBytesMax = 9'000'000;
        start(given);
        auto caller = client();
        std::string body(8'000'000, 'x');
        for (std::size_t i = 0; i < body.size(); i += 997)
            body[i] = static_cast<char>('a' + i % 26);

        const Reply reply = caller.post("/", body);

        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT("POST / " + body == reply.body);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, server->figures().bodyBytes);
    }

    void continueIsToldOnceAndOnlyWhenWanted()
    {
        start();
        auto waiting = client();
        auto chunked = client();
        auto hasty = client();
        const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n";

        waiting.send(head + "Content-Length: 2\r\n\r\n");
        chunked.send(head + "Transfer-Encoding: chunked\r\n\r\n");
        hasty.send(head + "Content-Length: 0\r\n\r\n");
        CPPUNIT_ASSERT_EQUAL(0, hasty.receive()->interim);
        await([this] { return server->figures().bodyBytes == 2; });
        waiting.send("hi");
        chunked.send("2\r\nhi\r\n0\r\n\r\n");

        for (HttpClient* caller : {&waiting, &chunked}) {
            const Reply reply = *caller->receive();
            CPPUNIT_ASSERT_EQUAL(1, reply.interim);
            CPPUNIT_ASSERT_EQUAL(std::string("POST / hi"), reply.body);
        }
    }

    void badRequestsReachNoHandlerAndCloseTheConnection()
    {
        start();
        for (const auto& bad : test::badRequests()) {
            auto caller = client();

            caller.send(bad.bytes + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
            const auto reply = caller.receive(bad.bytes.starts_with("HEAD"));

            CPPUNIT_ASSERT_MESSAGE(bad.what, reply.has_value());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(bad.what + reply->body, bad.status, reply->status);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(bad.what, std::string("close"),
                                         reply->header("Connection"));
            caller.endSending();
            CPPUNIT_ASSERT_MESSAGE(bad.what, caller.endsHere());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(bad.what, std::size_t{0}, seenCount());
        }
        CPPUNIT_ASSERT(test::badRequests().size() >= 100);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{test::badRequests().size()}, server->figures().rejected);
    }

    void aRejectionIsAProblemDocument()
    {
        start();
        auto caller = client();

        caller.send("GET /x HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine-1\r\nHost: b\r\n\r\n");
        const Reply reply = *caller.receive();

        CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"), reply.header("Content-Type"));
        CPPUNIT_ASSERT_EQUAL(std::string("mine-1"), reply.header("X-Request-Id"));
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                R"({"type":"/problems/bad-request","title":"Bad Request","status":400,)"
                R"("code":"bad_request","detail":"Host is given more than once","request_id":"mine-1"})"),
            reply.body);
    }

    void anEarlyAnswerIsReadThoughTheBodyIsNot()
    {
        start();
        auto caller = client();
        const std::string body(6'000'000, 'x');

        caller.connect();
        std::thread sending([&] {
            caller.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6000000\r\n\r\n" + body);
        });
        const auto reply = caller.receive();
        sending.join();

        CPPUNIT_ASSERT_EQUAL(413, reply->status);
        CPPUNIT_ASSERT_EQUAL(std::string("too_large"), code(*reply));
        CPPUNIT_ASSERT(caller.endsHere());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, seenCount());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, server->figures().tooLarge);
    }

    void anAnswerMayComeFromAnotherThread()
    {
        startKeeping();
        std::vector<HttpClient> callers;
        for (int i = 0; i < 32; ++i) {
            callers.push_back(client());
            callers.back().send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        await([this] { return seenCount() == 32; });

        std::thread([this] {
            for (Responder& responder : kept)
                responder.send({.body = "from afar"});
            kept.at(0).send({.body = "twice"});
        }).join();

        for (HttpClient& caller : callers)
            CPPUNIT_ASSERT_EQUAL(std::string("from afar"), caller.receive()->body);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), callers[0].get("/").body);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, server->figures().inHand);
    }

    void whatIsLeftUnansweredGets500()
    {
        start(options(), [](Request&& request, Responder) {
            if (request.path == "/throw")
                throw std::runtime_error("no");
        });
        auto caller = client();
        Log::threshold(
            Level(static_cast<int>(Level::Error) + 1)); // both are logged as errors, rightly

        const Reply dropped = caller.get("/drop");
        const Reply thrown = caller.get("/throw");

        Log::threshold(Level::Warning);
        CPPUNIT_ASSERT_EQUAL(500, dropped.status);
        CPPUNIT_ASSERT_EQUAL(std::string("internal"), code(dropped));
        CPPUNIT_ASSERT_EQUAL(500, thrown.status);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, server->figures().accepted);
    }

    void anAnswerThatCannotBeSentGets500()
    {
        start(options(), [](Request&& request, Responder responder) {
            if (request.path == "/status")
                return responder.send({.status = 99});
            responder.send({.headers = {{"Location", "/x\r\nSet-Cookie: y"}}});
        });
        auto caller = client();
        Log::threshold(Level(static_cast<int>(Level::Error) + 1));

        const Reply split = caller.get("/");
        const Reply status = caller.get("/status");

        Log::threshold(Level::Warning);
        CPPUNIT_ASSERT_EQUAL(500, split.status);
        CPPUNIT_ASSERT_EQUAL(std::string(), split.header("Set-Cookie"));
        CPPUNIT_ASSERT_EQUAL(500, status.status);
    }

    void theCallersRequestIdIsKeptWhenItIsAPlainWord()
    {
        start(options(),
              [](Request&& request, Responder responder) { responder.send({.body = request.id}); });
        auto caller = client();

        const Reply plain = caller.get("/", {{"X-Request-Id", "Order_1-a"}});
        CPPUNIT_ASSERT_EQUAL(std::string("Order_1-a"), plain.header("X-Request-Id"));
        CPPUNIT_ASSERT_EQUAL(std::string("Order_1-a"), plain.body);

        for (const std::string& odd :
             {std::string("a b"), std::string("a\"b"), std::string(65, 'a'), std::string()})
        {
            const Reply reply = caller.get("/", {{"X-Request-Id", odd}});
            CPPUNIT_ASSERT_EQUAL(std::string("req_"), reply.header("X-Request-Id").substr(0, 4));
            CPPUNIT_ASSERT_EQUAL(reply.body, reply.header("X-Request-Id"));
        }
    }

    void onlyTrustedProxiesSayWhoTheClientIs()
    {
        const auto tell = [](Request&& request, Responder responder) {
            responder.send({.body = request.remoteAddress + (request.viaLoopback ? " here" : "")});
        };
        start(options(), tell);
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1 here"), client().get("/").body);
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"),
                             client().get("/", {{"X-Forwarded-For", "192.0.2.1"}}).body);

        ServerOptions behind = options();
        behind.trustedProxies = {"127.0.0.1", "10.0.0.0/8", "2001:db8::/32"};
        start(behind, tell);
        const std::vector<std::pair<std::string, std::string>> cases = {
            {"192.0.2.1", "192.0.2.1"},
            {"192.0.2.66, 192.0.2.1", "192.0.2.1"},
            {"192.0.2.66, 192.0.2.1, 10.1.2.3", "192.0.2.1"},
            {"192.0.2.1,2001:db8::7 , 10.1.2.3", "192.0.2.1"},
            {"2001:db9::1", "2001:db9::1"},
            {"nonsense, 10.1.2.3", "10.1.2.3"},
            {"10.1.2.3", "10.1.2.3"},
            {"", "127.0.0.1"}};
        for (const auto& [forwarded, expected] : cases)
            CPPUNIT_ASSERT_EQUAL(expected,
                                 client().get("/", {{"X-Forwarded-For", forwarded}}).body);
        CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.1"),
                             client()
                                 .get("/", {{"X-Forwarded-For", "192.0.2.66, 192.0.2.1"},
                                            {"X-Forwarded-For", "10.1.2.3"}})
                                 .body);
    }

    void aSlowHeadIsCutOff()
    {
        ServerOptions given = options();
        given.head = 250ms;
        start(given);
        auto first = client();
        auto second = client();

        first.send("GET / HTTP/1.1\r\nHo");
        second.get("/");
        second.send("G");

        CPPUNIT_ASSERT_EQUAL(408, first.receive()->status);
        CPPUNIT_ASSERT(first.endsHere());
        CPPUNIT_ASSERT_EQUAL(408, second.receive()->status);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, seenCount());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, server->figures().timeouts);
    }

    void theFirstByteDoesNotProlongTheHead()
    {
        ServerOptions given = options();
        given.head = 100ms;
        start(given);
        auto caller = client();
        const auto begin = std::chrono::steady_clock::now();

        caller.connect();
        std::atomic<bool> ended = false;
        std::thread dripping([&] {
            while (!ended && caller.send("G"))
                std::this_thread::yield();
        });
        const auto reply = caller.receive();
        ended = true;
        dripping.join();

        CPPUNIT_ASSERT(reply->status == 408 ||
                       reply->status == 414); // whichever bound is met first
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begin < 5s);
    }

    void aSlowBodyIsCutOff()
    {
        ServerOptions given = options();
        given.body = 250ms;
        start(given);
        auto caller = client();

        caller.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");

        const Reply reply = *caller.receive();
        CPPUNIT_ASSERT_EQUAL(408, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("request_timeout"), code(reply));
        CPPUNIT_ASSERT(caller.endsHere());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, seenCount());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, server->figures().bodyBytes);
    }

    void aBodyBelowTheRateIsCutOff()
    {
        ServerOptions given = options();
        given.bodyGrace = 250ms;
        given.bodyRateMin = 1'000'000;
        start(given);
        auto caller = client();

        caller.send(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");

        CPPUNIT_ASSERT_EQUAL(408, caller.receive()->status);
    }

    void anIdleConnectionIsClosedWithoutAWord()
    {
        ServerOptions given = options();
        given.idle = 250ms;
        given.head = 250ms;
        start(given);
        auto silent = client();
        auto idle = client();

        silent.connect();
        idle.get("/");

        CPPUNIT_ASSERT(silent.endsHere());
        CPPUNIT_ASSERT(idle.endsHere());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, server->figures().timeouts);
    }

    void aSlowReaderIsCutOff()
    {
        ServerOptions given = options();
        given.write = 250ms;
        given.writeRateMin = 1'000'000'000;
        start(given, [](Request&&, Responder responder) {
            responder.send({.body = std::string(30'000'000, 'x')});
        });
        auto caller = client();

        caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        await([this] {
            return server->figures().timeouts == 1 && server->figures().connections == 0;
        });
    }

    void connectionsAreCapped()
    {
        ServerOptions given = options();
        given.connectionsMax = 3;
        start(given);
        std::vector<HttpClient> callers;
        for (int i = 0; i < 3; ++i) {
            callers.push_back(client());
            CPPUNIT_ASSERT_EQUAL(200, callers.back().get("/").status);
        }
        auto fourth = client();

        fourth.connect();
        const Reply refusal = *fourth.receive();
        CPPUNIT_ASSERT_EQUAL(503, refusal.status);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), refusal.header("Retry-After"));
        CPPUNIT_ASSERT(fourth.endsHere());
        CPPUNIT_ASSERT_EQUAL(200, callers[0].get("/").status);

        callers.clear();
        await([this] { return server->figures().connections == 0; });
        CPPUNIT_ASSERT_EQUAL(200, fourth.get("/").status);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, server->figures().refusedConnections);
    }

    void connectionsOfOneAddressAreCapped()
    {
        ServerOptions given = options();
        given.connectionsPerAddressMax = 1;
        start(given);
        auto one = client();
        auto two = client();
        CPPUNIT_ASSERT_EQUAL(200, one.get("/").status);
        two.connect();
        CPPUNIT_ASSERT_EQUAL(503, two.receive()->status);

        given.trustedProxies = {"127.0.0.0/8"};
        start(given);
        auto three = client();
        auto four = client();
        CPPUNIT_ASSERT_EQUAL(200, three.get("/").status);
        CPPUNIT_ASSERT_EQUAL(200, four.get("/").status);
    }

    void bodiesTogetherAreCapped()
    {
        ServerOptions given = options();
        given.bodiesBytesMax = 1000;
        startKeeping(given);
        auto one = client();
        auto two = client();
        auto chunked = client();
        one.send("POST /keep HTTP/1.1\r\nHost: a\r\nContent-Length: 600\r\n\r\n" +
                 std::string(600, 'x'));
        await([this] { return seenCount() == 1; });

        two.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 600\r\n\r\n");
        chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n300\r\n");

        for (HttpClient* caller : {&two, &chunked}) {
            const Reply reply = *caller->receive();
            CPPUNIT_ASSERT_EQUAL(503, reply.status);
            CPPUNIT_ASSERT_EQUAL(std::string("1"), reply.header("Retry-After"));
            CPPUNIT_ASSERT_EQUAL(std::string("unavailable"), code(reply));
        }
        kept.at(0).send({});
        CPPUNIT_ASSERT_EQUAL(200, one.receive()->status);
        CPPUNIT_ASSERT_EQUAL(200, client().post("/", std::string(600, 'x')).status);
    }

    void roomForABodyIsGivenBack()
    {
        startKeeping();
        std::optional<HttpClient> gone(client());
        std::optional<HttpClient> half(client());

        gone->send("POST /keep HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        half->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nhel");
        await([this] { return server->figures().bodyBytes == 12 && seenCount() == 1; });
        half.reset();
        await([this] { return server->figures().bodyBytes == 5; });
        gone.reset();
        kept.at(0).send({.body = "nobody hears this"});

        await([this] {
            return server->figures().bodyBytes == 0 && server->figures().connections == 0;
        });
    }

    void manyIdleConnectionsDisturbNobody()
    {
        start();
        std::vector<HttpClient> idle;
        for (int i = 0; i < 200; ++i) {
            idle.push_back(client());
            idle.back().connect();
            if (i % 2 == 0)
                idle.back().send("GET / HT");
        }
        await([this] { return server->figures().connections == 200; });

        auto caller = client();
        for (int i = 0; i < 100; ++i)
            CPPUNIT_ASSERT_EQUAL(200, caller.get("/").status);
        for (std::size_t i = 0; i < idle.size(); i += 2) {
            idle[i].send("TP/1.1\r\nHost: a\r\n\r\n");
            CPPUNIT_ASSERT_EQUAL(200, idle[i].receive()->status);
        }
    }

    void aProcessOutOfDescriptorsRecovers()
    {
        start();
        auto before = client();
        auto waiting = client();
        CPPUNIT_ASSERT_EQUAL(200, before.get("/").status);
        std::vector<int> taken = {::open("/dev/null", O_RDONLY | O_CLOEXEC)};
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        const rlimit low{static_cast<rlim_t>(taken[0]) + 30, limit.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &low);
        while (taken.back() >= 0)
            taken.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        taken.pop_back();
        ::close(taken.back()); // one for the client, none for the server
        taken.pop_back();

        waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await([this] { return server->figures().acceptFailures > 0; });
        const int alive = before.get("/").status;
        for (const int fd : taken)
            ::close(fd);
        ::setrlimit(RLIMIT_NOFILE, &limit);

        CPPUNIT_ASSERT_EQUAL(200, alive);
        CPPUNIT_ASSERT_EQUAL(200, waiting.receive()->status);
        CPPUNIT_ASSERT(server->figures().acceptFailures < 20); // it waits, it does not spin
    }

    void stopLetsRequestsInHandFinish()
    {
        startKeeping();
        auto inHand = client();
        auto idle = client();
        auto half = client();
        idle.get("/");
        half.send("POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
        inHand.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
        await([this] { return seenCount() == 2 && server->figures().bodyBytes == 5; });

        std::thread stopping([this] { server->stop(10s); });
        CPPUNIT_ASSERT(idle.endsHere());
        half.send("llo");
        const auto late = half.receive();
        kept.at(0).send({.body = "done"});
        const auto done = inHand.receive();
        stopping.join();

        CPPUNIT_ASSERT_EQUAL(std::string("close"), late->header("Connection"));
        CPPUNIT_ASSERT_EQUAL(std::string("done"), done->body);
        CPPUNIT_ASSERT_EQUAL(std::string("close"), done->header("Connection"));
        CPPUNIT_ASSERT_THROW(client().get("/"), std::exception);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, server->figures().connections);
    }

    void stopEndsWhenTheTimeIsOver()
    {
        startKeeping();
        auto caller = client();
        caller.send("POST /keep HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
        await([this] { return seenCount() == 1; });

        server->stop(20ms);

        CPPUNIT_ASSERT(!caller.receive().has_value());
        kept.at(0).send({.body = "too late"}); // harmless
    }

    void severalThreadsServe()
    {
        ServerOptions given = options();
        given.ioThreads = 3;
        std::set<std::thread::id> threads;
        start(given, [&](Request&& request, Responder responder) {
            const std::lock_guard lock(mutex);
            threads.insert(std::this_thread::get_id());
            responder.send({.body = request.body});
        });
        std::vector<HttpClient> callers;
        for (int i = 0; i < 9; ++i)
            callers.push_back(client());

        for (HttpClient& caller : callers)
            CPPUNIT_ASSERT_EQUAL(std::string("hello"), caller.post("/", "hello").body);

        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, threads.size());
        server->stop(1s);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, server->figures().answers);
    }

    void aPortInUseIsRefused()
    {
        start();
        ServerOptions same = options();
        same.listen = "127.0.0.1:" + std::to_string(server->port());
        Server second(same, [](Request&&, Responder) {});

        CPPUNIT_ASSERT_THROW(second.start(), std::runtime_error);
    }

    void optionsThatMakeNoSenseAreRefused()
    {
        const auto refuse = [](auto change) {
            ServerOptions given = options();
            change(given);
            CPPUNIT_ASSERT_THROW(Server(given, [](Request&&, Responder) {}), std::invalid_argument);
        };
        refuse([](ServerOptions& given) { given.ioThreads = 0; });
        refuse([](ServerOptions& given) { given.ioThreads = 5; });
        refuse([](ServerOptions& given) { given.connectionsMax = 0; });
        refuse([](ServerOptions& given) { given.headBytesMax = 10; });
        refuse([](ServerOptions& given) { given.trustedProxies = {"10.0.0.0/33"}; });
        refuse([](ServerOptions& given) { given.trustedProxies = {"proxy.example"}; });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ServerTest);
