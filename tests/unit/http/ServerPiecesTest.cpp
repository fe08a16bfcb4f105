// Answers that come piece by piece, to clients of all kinds.
#include "http/Server.h"
#include "support/HttpClient.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

using namespace spokehub::http;
using namespace spokehub::test;
using namespace std::chrono_literals;

class ServerPiecesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ServerPiecesTest);
    CPPUNIT_TEST(theyComeInChunksAndTheConnectionIsKept);
    CPPUNIT_TEST(aClientOfHttp10ReadsUntilTheEnd);
    CPPUNIT_TEST(whatIsCutOffIsNotTakenForTheWhole);
    CPPUNIT_TEST(whoAsksForTheHeadAloneIsSentNoPiece);
    CPPUNIT_TEST(nothingIsAskedForWhileASlowReaderHasTheLast);
    CPPUNIT_TEST(whoReadsNothingIsCutOff);
    CPPUNIT_TEST(nothingIsAskedForWhenTheClientIsGone);
    CPPUNIT_TEST_SUITE_END();

    static constexpr std::size_t large = 8 << 20; // more than sockets hold

    std::atomic<int> asked{0};
    std::optional<Server> server;

    /// "0", then so many pieces, each `bytes` of its number; the last says so, or breaks.
    void start(int pieces, bool breaks = false, std::size_t bytes = 1, ServerOptions options = {})
    {
        options.listen = "127.0.0.1:0";
        options.linger = 200ms;
        server.emplace(options, [=, this](Request&&, Responder responder) {
            Response response{.contentType = "text/csv", .body = "0"};
            response.more = [=, this](const std::function<void(Piece)>& give) {
                const int piece = ++asked;
                if (piece == pieces && breaks)
                    return give({.broken = true});
                give({.bytes = std::string(bytes, static_cast<char>('0' + piece % 10)),
                      .last = piece == pieces});
            };
            responder.send(std::move(response));
        });
        server->start();
    }

    Poco::Net::StreamSocket request(const std::string& line)
    {
        Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", server->port()));
        socket.setReceiveTimeout(Poco::Timespan(10, 0));
        const std::string text = line + "\r\nHost: a\r\n\r\n";
        socket.sendBytes(text.data(), static_cast<int>(text.size()));
        return socket;
    }

    /// All until the connection ends; "reset" behind it when it did not end well.
    static std::string all(Poco::Net::StreamSocket& socket)
    {
        std::string text;
        std::array<char, 65536> room{};
        try {
            for (int got = 1; got > 0;) {
                got = socket.receiveBytes(room.data(), static_cast<int>(room.size()));
                text.append(room.data(), static_cast<std::size_t>(got));
            }
        } catch (const Poco::Net::ConnectionResetException&) {
            text += "reset";
        }
        return text;
    }

    static void await(const std::function<bool()>& holds)
    {
        const auto latest = std::chrono::steady_clock::now() + 10s;
        while (!holds()) {
            CPPUNIT_ASSERT_MESSAGE("waited ten seconds in vain",
                                   std::chrono::steady_clock::now() < latest);
            std::this_thread::yield();
        }
    }

public:
    void tearDown() override
    {
        server.reset();
        asked = 0;
    }

    void theyComeInChunksAndTheConnectionIsKept()
    {
        start(3);
        HttpClient client(server->port());

        const Reply first = client.get("/");
        asked = 0;
        const Reply second = client.get("/");

        CPPUNIT_ASSERT_EQUAL(std::string("0123"), first.body);
        CPPUNIT_ASSERT_EQUAL(std::string("chunked"), first.header("Transfer-Encoding"));
        CPPUNIT_ASSERT_EQUAL(std::string(), first.header("Content-Length"));
        CPPUNIT_ASSERT_EQUAL(std::string("0123"), second.body);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, server->figures().accepted);
    }

    void aClientOfHttp10ReadsUntilTheEnd()
    {
        start(3);
        auto socket = request("GET / HTTP/1.0\r\nConnection: keep-alive");

        const std::string text = all(socket);

        CPPUNIT_ASSERT_MESSAGE(text, text.ends_with("\r\n\r\n0123"));
        CPPUNIT_ASSERT_MESSAGE(text, text.find("chunked") == text.npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("Connection: close") != text.npos);
    }

    void whatIsCutOffIsNotTakenForTheWhole()
    {
        start(3, true);
        auto chunked = request("GET / HTTP/1.1");
        const std::string text = all(chunked);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("0\r\n\r\n", text.find("chunked")) == text.npos);

        asked = 0;
        auto plain = request("GET / HTTP/1.0");
        CPPUNIT_ASSERT(all(plain).ends_with("reset"));
    }

    void whoAsksForTheHeadAloneIsSentNoPiece()
    {
        start(3);
        HttpClient client(server->port());

        const Reply head = client.request("HEAD", "/", "");
        const Reply whole = client.get("/");

        CPPUNIT_ASSERT_EQUAL(std::string("chunked"), head.header("Transfer-Encoding"));
        CPPUNIT_ASSERT_EQUAL(std::string(), head.body);
        CPPUNIT_ASSERT_EQUAL(std::string("0123"), whole.body); // on the same connection
    }

    void nothingIsAskedForWhileASlowReaderHasTheLast()
    {
        start(3, false, large);
        auto socket = request("GET / HTTP/1.1");
        await([this] { return asked == 1; });
        HttpClient other(server->port());
        for (int i = 0; i < 10; ++i) // long enough for the server to do what it will
            CPPUNIT_ASSERT_EQUAL(200, other.request("HEAD", "/", "").status);

        CPPUNIT_ASSERT_EQUAL(1, asked.load());
        std::string text;
        std::array<char, 65536> room{};
        while (!text.ends_with("\r\n0\r\n\r\n"))
            text.append(room.data(), static_cast<std::size_t>(socket.receiveBytes(
                                         room.data(), static_cast<int>(room.size()))));
        CPPUNIT_ASSERT(text.size() > 3 * large);
        CPPUNIT_ASSERT_EQUAL(3, asked.load());
    }

    void whoReadsNothingIsCutOff()
    {
        ServerOptions options;
        options.write = 250ms;
        options.writeRateMin = 1'000'000'000;
        start(3, false, large, options);
        auto socket = request("GET / HTTP/1.0");

        await([this] {
            return server->figures().timeouts == 1 && server->figures().connections == 0;
        });

        CPPUNIT_ASSERT(all(socket).ends_with("reset"));
        CPPUNIT_ASSERT_EQUAL(1, asked.load());
    }

    void nothingIsAskedForWhenTheClientIsGone()
    {
        start(1000, false, large);
        {
            auto socket = request("GET / HTTP/1.1");
            await([this] { return asked == 1; });
        }
        await([this] { return server->figures().connections == 0; });

        CPPUNIT_ASSERT(asked < 5);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ServerPiecesTest);
