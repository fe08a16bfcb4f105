#include "http/Server.h"

#include "support/Certificate.h"
#include "support/HttpClient.h"

#include <cppunit/extensions/HelperMacros.h>

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>

using namespace spokehub;
using namespace spokehub::http;
using namespace std::chrono_literals;

namespace
{

/// A plain, blocking TLS client.
class TlsClient
{
public:
    explicit TlsClient(std::uint16_t port, int versionMax = TLS1_3_VERSION,
                       const char* protocols = nullptr)
        : _context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
          _fd(::socket(AF_INET, SOCK_STREAM, 0))
    {
        sockaddr_in server{};
        server.sin_family = AF_INET;
        server.sin_port = htons(port);
        server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval wait{10, 0};
        ::setsockopt(_fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        if (::connect(_fd, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0)
            throw std::runtime_error("connect");
        SSL_CTX_set_max_proto_version(_context.get(), versionMax);
        SSL_CTX_set_min_proto_version(_context.get(), TLS1_VERSION);
        SSL_CTX_set_security_level(_context.get(), 0);
        _session.reset(SSL_new(_context.get()));
        if (protocols != nullptr)
            SSL_set_alpn_protos(_session.get(), reinterpret_cast<const unsigned char*>(protocols),
                                static_cast<unsigned>(std::string_view(protocols).size()));
        SSL_set_fd(_session.get(), _fd);
    }
    ~TlsClient() { ::close(_fd); }

    bool shakeHands() { return SSL_connect(_session.get()) == 1; }
    std::string protocol() const
    {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(_session.get(), &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }
    std::string fingerprint() const
    {
        const std::unique_ptr<X509, decltype(&X509_free)> peer(
            SSL_get1_peer_certificate(_session.get()), X509_free);
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        X509_digest(peer.get(), EVP_sha256(), digest.data(), &size);
        return {reinterpret_cast<const char*>(digest.data()), size};
    }

    void send(std::string_view bytes)
    {
        if (SSL_write(_session.get(), bytes.data(), static_cast<int>(bytes.size())) !=
            static_cast<int>(bytes.size()))
            throw std::runtime_error("SSL_write");
    }

    /// The body of the next answer; nothing when the server closed.
    std::optional<std::string> receive()
    {
        while (_in.find("\r\n\r\n") == std::string::npos)
            if (!fill())
                return std::nullopt;
        const std::size_t head = _in.find("\r\n\r\n") + 4;
        const std::size_t length = std::stoul(_in.substr(_in.find("Content-Length: ") + 16));
        while (_in.size() < head + length)
            if (!fill())
                return std::nullopt;
        std::string body = _in.substr(head, length);
        _in.erase(0, head + length);
        return body;
    }

    bool endsCleanly()
    {
        while (fill()) {
        }
        return (SSL_get_shutdown(_session.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

private:
    bool fill()
    {
        std::array<char, 16384> room{};
        const int got = SSL_read(_session.get(), room.data(), static_cast<int>(room.size()));
        if (got > 0)
            _in.append(room.data(), static_cast<std::size_t>(got));
        return got > 0;
    }

    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> _context;
    std::unique_ptr<SSL, decltype(&SSL_free)> _session{nullptr, SSL_free};
    const int _fd;
    std::string _in;
};

} // namespace

class TlsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TlsTest);
    CPPUNIT_TEST(requestsAreAnsweredOnOneConnection);
    CPPUNIT_TEST(bodiesLargerThanAnyBufferGoBothWays);
    CPPUNIT_TEST(aRequestMayComeByteByByte);
    CPPUNIT_TEST(pipelinedRequestsAreAnswered);
    CPPUNIT_TEST(theConnectionEndsWithANotice);
    CPPUNIT_TEST(aHandshakeThatStallsIsCutOff);
    CPPUNIT_TEST(whatIsNotTlsIsCutOff);
    CPPUNIT_TEST(oldVersionsAreRefused);
    CPPUNIT_TEST(http11IsTheOnlyProtocol);
    CPPUNIT_TEST(aNewCertificateServesNewConnections);
    CPPUNIT_TEST(filesThatCannotBeUsedAreRefused);
    CPPUNIT_TEST_SUITE_END();

    std::optional<test::Certificate> certificate;
    std::optional<Server> server;

    ServerOptions options() const
    {
        ServerOptions options;
        options.listen = "127.0.0.1:0";
        options.tlsCertificateFile = certificate->certificateFile();
        options.tlsKeyFile = certificate->keyFile();
        options.bodyBytesMax = 9'000'000;
        options.linger = 200ms;
        return options;
    }

    void start(ServerOptions given)
    {
        server.emplace(std::move(given), [](Request&& request, Responder responder) {
            responder.send(
                {.body = request.target + request.body, .close = request.path == "/close"});
        });
        server->start();
    }

public:
    void setUp() override { certificate.emplace(); }
    void tearDown() override
    {
        server.reset();
        certificate.reset();
    }

    void requestsAreAnsweredOnOneConnection()
    {
        start(options());
        TlsClient client(server->port());
        CPPUNIT_ASSERT(client.shakeHands());

        for (int i = 0; i < 50; ++i) {
            client.send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
            CPPUNIT_ASSERT_EQUAL("/" + std::to_string(i), client.receive().value());
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, server->figures().accepted);
    }

    void bodiesLargerThanAnyBufferGoBothWays()
    {
        start(options());
        TlsClient client(server->port());
        CPPUNIT_ASSERT(client.shakeHands());
        std::string body(8'000'000, 'x');
        for (std::size_t i = 0; i < body.size(); i += 997)
            body[i] = static_cast<char>('a' + i % 26);

        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n");
        client.send(body);

        CPPUNIT_ASSERT("/" + body == client.receive().value());
    }

    void aRequestMayComeByteByByte()
    {
        start(options());
        TlsClient client(server->port());
        CPPUNIT_ASSERT(client.shakeHands());

        for (const char byte :
             std::string_view("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"))
            client.send({&byte, 1});

        CPPUNIT_ASSERT_EQUAL(std::string("/xabc"), client.receive().value());
    }

    void pipelinedRequestsAreAnswered()
    {
        start(options());
        TlsClient client(server->port());
        CPPUNIT_ASSERT(client.shakeHands());
        std::string all;
        for (int i = 0; i < 1000; ++i)
            all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";

        client.send(all);

        for (int i = 0; i < 1000; ++i)
            CPPUNIT_ASSERT_EQUAL("/" + std::to_string(i), client.receive().value());
    }

    void theConnectionEndsWithANotice()
    {
        start(options());
        TlsClient client(server->port());
        CPPUNIT_ASSERT(client.shakeHands());

        client.send("GET /close HTTP/1.1\r\nHost: a\r\n\r\n");

        CPPUNIT_ASSERT_EQUAL(std::string("/close"), client.receive().value());
        CPPUNIT_ASSERT(client.endsCleanly());
    }

    void aHandshakeThatStallsIsCutOff()
    {
        ServerOptions given = options();
        given.head = 250ms;
        start(given);
        test::HttpClient client(server->port());

        client.send(
            std::string_view("\x16\x03\x01\x01\x00\x01", 6)); // the first bytes of a ClientHello

        CPPUNIT_ASSERT(client.endsHere());
    }

    void whatIsNotTlsIsCutOff()
    {
        start(options());
        test::HttpClient client(server->port());

        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        client.endsHere(); // with an alert, perhaps

        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, server->figures().requests);
    }

    void oldVersionsAreRefused()
    {
        start(options());

        CPPUNIT_ASSERT(TlsClient(server->port(), TLS1_2_VERSION).shakeHands());
        CPPUNIT_ASSERT(!TlsClient(server->port(), TLS1_1_VERSION).shakeHands());
    }

    void http11IsTheOnlyProtocol()
    {
        start(options());
        TlsClient both(server->port(), TLS1_3_VERSION, "\x02h2\x08http/1.1");
        TlsClient other(server->port(), TLS1_3_VERSION, "\x02h2");

        CPPUNIT_ASSERT(both.shakeHands());
        CPPUNIT_ASSERT_EQUAL(std::string("http/1.1"), both.protocol());
        CPPUNIT_ASSERT(!other.shakeHands());
    }

    void aNewCertificateServesNewConnections()
    {
        start(options());
        TlsClient before(server->port());
        CPPUNIT_ASSERT(before.shakeHands());
        {
            const test::Certificate fresh;
            const auto overwrite = std::filesystem::copy_options::overwrite_existing;
            std::filesystem::copy_file(fresh.certificateFile(), certificate->certificateFile(),
                                       overwrite);
            CPPUNIT_ASSERT_THROW(server->reloadCertificate(),
                                 std::invalid_argument); // the key is the old one
            std::filesystem::copy_file(fresh.keyFile(), certificate->keyFile(), overwrite);
            server->reloadCertificate();
        }
        TlsClient after(server->port());
        CPPUNIT_ASSERT(after.shakeHands());

        CPPUNIT_ASSERT(before.fingerprint() != after.fingerprint());
        before.send("GET /still HTTP/1.1\r\nHost: a\r\n\r\n");
        CPPUNIT_ASSERT_EQUAL(std::string("/still"), before.receive().value());
    }

    void filesThatCannotBeUsedAreRefused()
    {
        const auto refuse = [this](auto change) {
            ServerOptions given = options();
            change(given);
            CPPUNIT_ASSERT_THROW(Server(given, [](Request&&, Responder) {}), std::invalid_argument);
        };
        refuse([](ServerOptions& given) { given.tlsKeyFile.clear(); });
        refuse([](ServerOptions& given) { given.tlsCertificateFile = "/nowhere.pem"; });
        refuse([](ServerOptions& given) { given.tlsKeyFile = given.tlsCertificateFile; });
        const test::Certificate other;
        refuse([&other](ServerOptions& given) { given.tlsKeyFile = other.keyFile(); });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TlsTest);
