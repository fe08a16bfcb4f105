#pragma once

#include "spokes/AddressRules.h"
#include "spokes/HttpTransport.h"

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace spokehub::spokes
{

/// Why an exchange ended early, inside HttpClient.
struct Broken
{
    Class kind;
    std::string reason;
};

/// How long an exchange may still wait. Before the request is sent a failure means that nothing
/// happened; after it, that nobody knows, and a stop is heeded only after a grace: what is half
/// done should end.
class Patience
{
public:
    Patience(std::chrono::microseconds span, std::stop_token stopped);

    void sent() { _sent = true; }
    void sendAgain() { _sent = false; }

    /// The next span to wait in one go. Throws Broken when there is none.
    std::chrono::milliseconds slice();

    Broken broken(std::string reason) const
    {
        return {_sent ? Class::UnknownOutcome : Class::Retry, std::move(reason)};
    }

private:
    std::chrono::steady_clock::time_point _deadline;
    std::stop_token _stopped;
    bool _graced = false;
    bool _sent = false;
};

/// One TCP or TLS connection that speaks HTTP/1.1. Every wait is bounded by the patience it is
/// given; what fails throws Broken. Movable.
class HttpConnection
{
public:
    /// Resolves, connects, and verifies the certificate.
    static HttpConnection open(const Url& url, bool publicOnly, const std::string& caFile,
                               Patience& patience);

    void write(std::string_view bytes, Patience& patience);
    HttpReply readReply(bool headOnly, std::uint64_t bodyBytesMax, Patience& patience);

    /// The last answer was whole and the peer keeps the connection.
    bool reusable() const;
    /// Part of an answer has come.
    bool answering() const;
    /// Still open and nothing to read, as it must be between two requests.
    bool quiet();

    ~HttpConnection();
    HttpConnection(HttpConnection&&) noexcept;
    HttpConnection& operator=(HttpConnection&&) noexcept;

private:
    struct Impl;
    explicit HttpConnection(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> _impl;
};

} // namespace spokehub::spokes
