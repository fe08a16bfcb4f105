#pragma once

#include "http/Message.h"
#include "http/Responder.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace spokehub::http
{

/// Called on an I/O thread: it must only hand the request over, or answer what takes no time.
using Handler = std::function<void(Request&&, Responder)>;

struct ServerOptions
{
    std::string listen =
        "127.0.0.1:8080"; // address and port; IPv6 in brackets; port 0: any that is free
    int ioThreads = 1;    // 1 to 4

    std::size_t headBytesMax = 32 * 1024;
    std::size_t fieldsMax = 100;
    std::size_t bodyBytesMax = 5 * 1024 * 1024;
    std::size_t bodiesBytesMax = 256 * 1024 * 1024; // of all requests in hand together
    std::size_t connectionsMax = 10'000; // or fewer, when the process may open fewer files
    std::size_t connectionsPerAddressMax =
        512; // an IPv6 /64 counts as one; trusted proxies are not bound

    // All deadlines are absolute: a byte now and then does not move them.
    std::chrono::milliseconds head{
        10'000}; // from the connection, or from the first byte of a later request
    std::chrono::milliseconds body{30'000}; // from the end of the head
    std::chrono::milliseconds bodyGrace{
        5'000}; // after that a body must have come at bodyRateMin on average
    std::chrono::milliseconds idle{60'000}; // between two requests
    std::chrono::milliseconds write{
        30'000}; // for an answer, and a second more for every writeRateMin bytes
    std::chrono::milliseconds linger{2'000}; // for the peer to read the last answer
    std::size_t bodyRateMin = 1024;          // bytes a second
    std::size_t writeRateMin = 16 * 1024;    // bytes a second

    /// PEM files; both or none. With them the server speaks TLS and nothing else.
    std::string tlsCertificateFile;
    std::string tlsKeyFile;

    /// Addresses or ranges whose X-Forwarded-For is believed.
    std::vector<std::string> trustedProxies;
};

/// What happened since the start, and what is going on.
struct Figures
{
    std::uint64_t accepted = 0;
    std::uint64_t refusedConnections = 0; // above a cap
    std::uint64_t acceptFailures = 0;     // mostly: no file descriptor left
    std::uint64_t requests = 0;           // that reached the handler
    std::uint64_t answers = 0;            // that the handler gave
    std::uint64_t rejected = 0;           // that the server itself turned down
    std::uint64_t tooLarge = 0;           // of these, for their size (413, 431)
    std::uint64_t timeouts = 0;           // deadlines missed by peers, the idle one not counted
    std::uint64_t connections = 0;        // now
    std::uint64_t inHand = 0;             // now: requests that wait for their answer
    std::uint64_t bodyBytes = 0;          // now: taken out of bodiesBytesMax
};

/// The edge: a strict HTTP/1.1 server, driven by events. A request reaches the handler whole or not
/// at all.
class Server
{
public:
    /// Throws std::invalid_argument, naming the option, when one makes no sense.
    Server(ServerOptions options, Handler handler);
    ~Server(); // stops without waiting

    /// Listens and serves. Throws std::runtime_error when the address cannot be had.
    void start();

    /// Takes no new connections, lets the requests in hand finish until `drain` is over, closes.
    void stop(std::chrono::milliseconds drain);

    /// Reads certificate and key anew, for the connections to come. Throws std::invalid_argument,
    /// and keeps the old, when they cannot be used. Nothing without TLS.
    void reloadCertificate();

    std::uint16_t port() const; // 0 before start()
    Figures figures() const;

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

} // namespace spokehub::http
