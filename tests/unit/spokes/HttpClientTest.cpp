#include "spokes/HttpClient.h"

#include <cppunit/extensions/HelperMacros.h>

#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

using namespace spokehub::spokes;
using namespace std::chrono_literals;
using spokehub::Class;
namespace net = Poco::Net;
namespace fs = std::filesystem;

namespace
{

/// Serves connections one after the other on a free port; `serve` gets each one and what it has
/// read of a request.
class Server
{
public:
    using Serve = std::function<void(net::StreamSocket&, int connection)>;

    Server(net::ServerSocket socket, Serve serve)
        : _socket(std::move(socket)), _serve(std::move(serve)), _thread([this] { run(); })
    {
    }
    ~Server()
    {
        _stop = true;
        try {
            net::StreamSocket wake(net::SocketAddress("127.0.0.1", port()));
        } catch (const Poco::Exception&) {
            _socket.close();
        }
        _thread.join();
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const { return _socket.address().port(); }
    int connections() const { return _connections; }

    /// One whole request with its body; empty at the end of the connection.
    static std::string request(net::StreamSocket& socket)
    {
        std::string all;
        char buffer[4096];
        std::size_t bodyAt = std::string::npos, size = 0;
        while (bodyAt == std::string::npos || all.size() < bodyAt + size) {
            const int got = socket.receiveBytes(buffer, sizeof buffer);
            if (got <= 0)
                return "";
            all.append(buffer, static_cast<std::size_t>(got));
            if (bodyAt == std::string::npos && all.find("\r\n\r\n") != std::string::npos) {
                bodyAt = all.find("\r\n\r\n") + 4;
                const auto length = all.find("Content-Length: ");
                size = length < bodyAt ? std::stoul(all.substr(length + 16)) : 0;
            }
        }
        return all;
    }

    static void send(net::StreamSocket& socket, const std::string& bytes)
    {
        socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
    }

private:
    void run()
    {
        while (!_stop) {
            try {
                net::StreamSocket connection = _socket.acceptConnection();
                if (_stop)
                    return;
                _serve(connection, ++_connections);
            } catch (const Poco::Exception&) {
                if (_stop)
                    return; // a client that goes away is part of some tests
            }
        }
    }

    net::ServerSocket _socket;
    Serve _serve;
    std::atomic<bool> _stop = false;
    std::atomic<int> _connections = 0;
    std::thread _thread;
};

/// A certificate of "localhost" that signs itself, in files of a folder.
void writeCertificate(const fs::path& folder, const char* names)
{
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
    X509* x = certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509V3_CTX context;
    X509V3_set_ctx(&context, x, x, nullptr, nullptr, 0);
    const auto extend = [&](int id, const char* value) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
        X509_add_ext(x, extension, -1);
        X509_EXTENSION_free(extension);
    };
    extend(NID_basic_constraints, "critical,CA:TRUE");
    extend(NID_subject_alt_name, names);
    X509_sign(x, key.get(), EVP_sha256());
    std::FILE* file = std::fopen((folder / "cert.pem").c_str(), "w");
    PEM_write_X509(file, x);
    std::fclose(file);
    file = std::fopen((folder / "key.pem").c_str(), "w");
    PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
}

std::string ok(const std::string& body, const std::string& more = {})
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more +
           "\r\n" + body;
}

} // namespace

class HttpClientTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HttpClientTest);
    CPPUNIT_TEST(aRequestGoesOutWholeAndItsAnswerComesBack);
    CPPUNIT_TEST(aConnectionIsKept);
    CPPUNIT_TEST(aConnectionThatThePeerClosesIsNotKept);
    CPPUNIT_TEST(aChunkedAnswerIsJoined);
    CPPUNIT_TEST(anInterimAnswerIsPassedOver);
    CPPUNIT_TEST(anAnswerToHeadHasNoBody);
    CPPUNIT_TEST(aRedirectIsAnAnswer);
    CPPUNIT_TEST(noListenerMeansThatNothingWasSent);
    CPPUNIT_TEST(aCloseAfterTheRequestLeavesTheOutcomeUnknown);
    CPPUNIT_TEST(aReadOnAKeptConnectionIsSentOnceMore);
    CPPUNIT_TEST(aHalfAnswerLeavesTheOutcomeUnknown);
    CPPUNIT_TEST(anAnswerThatDripsEndsAtTheDeadline);
    CPPUNIT_TEST(aTooLargeAnswerIsNotRead);
    CPPUNIT_TEST(whatIsNotHttpIsNoAnswer);
    CPPUNIT_TEST(anAddressThatIsNotAllowedIsNotCalled);
    CPPUNIT_TEST(aNamedHostInAPrivateNetworkIsNotCalled);
    CPPUNIT_TEST(headersOfTheHubCannotBeSet);
    CPPUNIT_TEST(aStopBeforeTheRequestCancels);
    CPPUNIT_TEST(tlsIsSpokenToWhomWeTrust);
    CPPUNIT_TEST(anUnknownSignerIsRefused);
    CPPUNIT_TEST(aCertificateOfAnotherNameIsRefused);
    CPPUNIT_TEST_SUITE_END();

    spokehub::SystemClock clock;
    std::optional<Server> server;
    fs::path folder;

    void serve(Server::Serve answer)
    {
        server.emplace(net::ServerSocket(net::SocketAddress("127.0.0.1", 0)), std::move(answer));
    }
    void serveAlways(const std::string& answer)
    {
        serve([answer](net::StreamSocket& socket, int) {
            while (!Server::request(socket).empty())
                Server::send(socket, answer);
        });
    }
    void serveTls(const char* names)
    {
        writeCertificate(folder, names);
        net::Context::Ptr context =
            new net::Context(net::Context::TLS_SERVER_USE, (folder / "key.pem").string(),
                             (folder / "cert.pem").string(), "", net::Context::VERIFY_NONE);
        server.emplace(net::SecureServerSocket(net::SocketAddress("127.0.0.1", 0), 64, context),
                       [](net::StreamSocket& socket, int) {
                           while (!Server::request(socket).empty())
                               Server::send(socket, ok("safe"));
                       });
    }

    std::string base(const char* scheme = "http", const char* host = "127.0.0.1") const
    {
        return std::string(scheme) + "://" + host + ":" + std::to_string(server->port());
    }
    HttpClient client() const { return HttpClient(clock, {{}, base(), {}}); }

    HttpCall call(const std::string& method, const std::string& url,
                  std::chrono::milliseconds within = 5s) const
    {
        HttpCall made;
        made.method = method;
        made.url = url;
        made.deadline = clock.now() + within;
        return made;
    }

public:
    void setUp() override
    {
        std::string name = (fs::temp_directory_path() / "spokehub-XXXXXX").string();
        CPPUNIT_ASSERT(mkdtemp(name.data()) != nullptr);
        folder = name;
    }
    void tearDown() override
    {
        server.reset();
        fs::remove_all(folder);
    }

    void aRequestGoesOutWholeAndItsAnswerComesBack()
    {
        std::string seen;
        serve([&seen](net::StreamSocket& socket, int) {
            seen = Server::request(socket);
            Server::send(socket, ok("{}", "X-One: 1\r\nX-One: 2\r\n"));
        });
        auto request = call("POST", base() + "/a?b=c");
        request.headers = {{"X-Token", "abc"}};
        request.body = "{\"q\": 1}";

        const auto reply = client().send(request);

        CPPUNIT_ASSERT_EQUAL(std::string(), reply.reason);
        CPPUNIT_ASSERT(reply.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), reply.body);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, reply.headers.size());
        server.reset();
        CPPUNIT_ASSERT_EQUAL(0, seen.compare(0, 26, "POST /a?b=c HTTP/1.1\r\nHost"));
        CPPUNIT_ASSERT(seen.find("\r\nX-Token: abc\r\n") != std::string::npos);
        CPPUNIT_ASSERT(seen.find("\r\nContent-Length: 8\r\n") != std::string::npos);
        CPPUNIT_ASSERT(seen.ends_with("\r\n\r\n{\"q\": 1}"));
    }

    void aConnectionIsKept()
    {
        serveAlways(ok("x"));
        {
            auto kept = client();

            for (int i = 0; i < 3; ++i)
                CPPUNIT_ASSERT_EQUAL(200, kept.send(call("POST", base() + "/")).status);
        }

        CPPUNIT_ASSERT_EQUAL(1, server->connections());
    }

    void aConnectionThatThePeerClosesIsNotKept()
    {
        serve([](net::StreamSocket& socket, int) {
            Server::request(socket);
            Server::send(socket, ok("x", "Connection: close\r\n"));
        });
        auto kept = client();

        for (int i = 0; i < 2; ++i)
            CPPUNIT_ASSERT_EQUAL(200, kept.send(call("POST", base() + "/")).status);
        CPPUNIT_ASSERT_EQUAL(2, server->connections());
    }

    void aChunkedAnswerIsJoined()
    {
        serveAlways("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");

        CPPUNIT_ASSERT_EQUAL(std::string("abcde"), client().send(call("GET", base() + "/")).body);
    }

    void anInterimAnswerIsPassedOver()
    {
        serveAlways("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + ok("late"));

        const auto reply = client().send(call("GET", base() + "/"));

        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("late"), reply.body);
    }

    void anAnswerToHeadHasNoBody()
    {
        serveAlways("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");

        CPPUNIT_ASSERT_EQUAL(200, client().send(call("HEAD", base() + "/")).status);
    }

    void aRedirectIsAnAnswer()
    {
        serveAlways(
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");

        CPPUNIT_ASSERT_EQUAL(302, client().send(call("GET", base() + "/")).status);
    }

    void noListenerMeansThatNothingWasSent()
    {
        serveAlways(ok("x"));
        const auto url = base();
        server.reset();

        const auto reply = HttpClient(clock, {{}, url, {}}).send(call("POST", url + "/"));

        CPPUNIT_ASSERT(reply.kind == Class::Retry);
        CPPUNIT_ASSERT(reply.reason.find("no connection to 127.0.0.1:") == 0);
    }

    void aCloseAfterTheRequestLeavesTheOutcomeUnknown()
    {
        serve([](net::StreamSocket& socket, int) { Server::request(socket); });

        const auto reply = client().send(call("POST", base() + "/"));

        CPPUNIT_ASSERT(reply.kind == Class::UnknownOutcome);
        CPPUNIT_ASSERT_EQUAL(1, server->connections());
    }

    void aReadOnAKeptConnectionIsSentOnceMore()
    {
        serve([](net::StreamSocket& socket, int connection) {
            Server::request(socket);
            Server::send(socket, ok("x"));
            if (connection == 1)
                Server::request(socket); // swallowed
        });
        auto kept = client();
        kept.send(call("GET", base() + "/"));

        CPPUNIT_ASSERT_EQUAL(200, kept.send(call("GET", base() + "/")).status);
        CPPUNIT_ASSERT_EQUAL(2, server->connections());
    }

    void aHalfAnswerLeavesTheOutcomeUnknown()
    {
        serve([](net::StreamSocket& socket, int) {
            Server::request(socket);
            Server::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        });

        const auto reply = client().send(call("POST", base() + "/"));

        CPPUNIT_ASSERT(reply.kind == Class::UnknownOutcome);
        CPPUNIT_ASSERT_EQUAL(std::string("the connection was closed before the answer was whole"),
                             reply.reason);
    }

    void anAnswerThatDripsEndsAtTheDeadline()
    {
        std::mutex done;
        std::unique_lock hold(done);
        serve([&done](net::StreamSocket& socket, int) {
            Server::request(socket);
            Server::send(socket, "HTTP/1.1 200 OK\r\nContent-Le");
            const std::lock_guard wait(done);
        });

        const auto reply = client().send(call("POST", base() + "/", 150ms));
        hold.unlock();
        server.reset(); // it uses the mutex

        CPPUNIT_ASSERT(reply.kind == Class::UnknownOutcome);
        CPPUNIT_ASSERT_EQUAL(std::string("no whole answer before the deadline"), reply.reason);
    }

    void aTooLargeAnswerIsNotRead()
    {
        serveAlways(ok(std::string(2000, 'x')));
        auto request = call("GET", base() + "/");
        request.bodyBytesMax = 1000;

        const auto reply = client().send(request);

        CPPUNIT_ASSERT_EQUAL(std::string("the answer has more than 1000 bytes"), reply.reason);
        CPPUNIT_ASSERT(reply.kind == Class::UnknownOutcome);
    }

    void whatIsNotHttpIsNoAnswer()
    {
        serveAlways("hello\r\n\r\n");

        const auto reply = client().send(call("POST", base() + "/"));

        CPPUNIT_ASSERT(reply.kind == Class::UnknownOutcome);
        CPPUNIT_ASSERT(reply.reason.find("the answer is not HTTP: ") == 0);
    }

    void anAddressThatIsNotAllowedIsNotCalled()
    {
        serveAlways(ok("x"));

        const auto reply =
            HttpClient(clock, {{"*.shop.example"}, {}, {}}).send(call("GET", base() + "/"));

        CPPUNIT_ASSERT(reply.kind == Class::Config);
        CPPUNIT_ASSERT_EQUAL(0, server->connections());
    }

    void aNamedHostInAPrivateNetworkIsNotCalled()
    {
        const auto reply =
            HttpClient(clock, {{"127.0.0.1"}, {}, {}}).send(call("GET", "https://127.0.0.1/"));

        CPPUNIT_ASSERT(reply.kind == Class::Config);
        CPPUNIT_ASSERT_EQUAL(
            std::string("the name '127.0.0.1' leads into a private network; only base_url may"),
            reply.reason);
    }

    void headersOfTheHubCannotBeSet()
    {
        serveAlways(ok("x"));
        auto request = call("GET", base() + "/");
        request.headers = {{"transfer-encoding", "chunked"}};

        CPPUNIT_ASSERT(client().send(request).kind == Class::Bug);
    }

    void aStopBeforeTheRequestCancels()
    {
        serveAlways(ok("x"));
        std::stop_source stop;
        stop.request_stop();
        auto request = call("POST", base() + "/");
        request.stopped = stop.get_token();

        CPPUNIT_ASSERT(client().send(request).kind == Class::Cancelled);
    }

    void tlsIsSpokenToWhomWeTrust()
    {
        serveTls("DNS:localhost,IP:127.0.0.1");
        auto kept =
            HttpClient(clock, {{}, base("https", "localhost"), (folder / "cert.pem").string()});

        for (int i = 0; i < 2; ++i) {
            const auto reply = kept.send(call("POST", base("https", "localhost") + "/"));
            CPPUNIT_ASSERT_EQUAL(std::string(), reply.reason);
            CPPUNIT_ASSERT_EQUAL(std::string("safe"), reply.body);
        }
        CPPUNIT_ASSERT_EQUAL(1, server->connections());
    }

    void anUnknownSignerIsRefused()
    {
        serveTls("DNS:localhost");

        const auto reply = HttpClient(clock, {{}, base("https", "localhost"), {}})
                               .send(call("POST", base("https", "localhost") + "/"));

        CPPUNIT_ASSERT(reply.kind == Class::Retry);
        CPPUNIT_ASSERT(reply.reason.find("certificate verify failed") != std::string::npos);
    }

    void aCertificateOfAnotherNameIsRefused()
    {
        serveTls("DNS:other.example");

        const auto reply =
            HttpClient(clock, {{}, base("https", "localhost"), (folder / "cert.pem").string()})
                .send(call("POST", base("https", "localhost") + "/"));

        CPPUNIT_ASSERT(reply.kind == Class::Retry);
        CPPUNIT_ASSERT_EQUAL(std::string(), reply.body);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpClientTest);
