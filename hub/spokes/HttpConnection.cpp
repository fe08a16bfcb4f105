#include "spokes/HttpConnection.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace spokehub::spokes
{

namespace
{

using namespace std::chrono_literals;
namespace net = Poco::Net;
namespace http = boost::beast::http;

constexpr auto stopLookedAt = 100ms;
constexpr auto stopGrace = 5s;
constexpr std::uint32_t headBytesMax = 64 * 1024;
constexpr int wantRead = net::SecureStreamSocket::ERR_SSL_WANT_READ;
constexpr int wantWrite = net::SecureStreamSocket::ERR_SSL_WANT_WRITE;

/// One context for each set of trusted certificates; to read the system's takes ten milliseconds
/// and a megabyte.
net::Context::Ptr tlsContext(const std::string& caFile)
{
    static std::mutex mutex;
    static std::map<std::string, net::Context::Ptr> contexts;
    const std::lock_guard lock(mutex);
    auto& context = contexts[caFile];
    if (context.isNull()) {
        net::Context::Params params;
        params.caLocation = caFile;
        params.loadDefaultCAs = caFile.empty();
        params.verificationMode = net::Context::VERIFY_STRICT;
        params.cipherList = "HIGH:!aNULL";
        context = new net::Context(net::Context::TLS_CLIENT_USE, params);
        context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
    }
    return context;
}

struct Lookup
{
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::string error;
    std::vector<net::IPAddress> addresses;
};

/// The system's resolver knows no deadline, so it runs on a thread of its own that may outlive our
/// interest.
std::vector<net::IPAddress> resolve(const std::string& host, Patience& patience)
{
    if (net::IPAddress literal; net::IPAddress::tryParse(host, literal))
        return {literal};
    const auto lookup = std::make_shared<Lookup>();
    std::thread([lookup, host] {
        std::vector<net::IPAddress> addresses;
        std::string error;
        try {
            addresses = net::DNS::hostByName(host).addresses();
        } catch (const Poco::Exception& exception) {
            error = exception.displayText();
        }
        const std::lock_guard lock(lookup->mutex);
        lookup->addresses = std::move(addresses);
        lookup->error = std::move(error);
        lookup->done = true;
        lookup->changed.notify_one();
    }).detach();
    std::unique_lock lock(lookup->mutex);
    while (!lookup->changed.wait_for(lock, patience.slice(), [&] { return lookup->done; }))
        continue;
    if (lookup->addresses.empty())
        throw patience.broken("the name '" + host + "' is not resolved: " + lookup->error);
    return lookup->addresses;
}

void waitFor(net::StreamSocket& socket, int mode, Patience& patience)
{
    while (!socket.poll(Poco::Timespan(std::chrono::microseconds(patience.slice()).count()), mode))
        continue;
}

net::StreamSocket connect(const net::SocketAddress& address, Patience& patience)
{
    net::StreamSocket socket(address.family());
    socket.connectNB(address);
    waitFor(socket, net::Socket::SELECT_WRITE | net::Socket::SELECT_ERROR, patience);
    if (const int error = socket.impl()->socketError(); error != 0)
        throw net::NetException(std::system_category().message(error));
    socket.setBlocking(false);
    socket.setNoDelay(true);
    return socket;
}

using ReplyParser = http::response_parser<http::string_body>;

std::unique_ptr<ReplyParser> beginReply(bool headOnly, std::uint64_t bodyBytesMax)
{
    auto parser = std::make_unique<ReplyParser>();
    parser->header_limit(headBytesMax);
    parser->body_limit(bodyBytesMax);
    parser->eager(
        false); // Beast 1.74 forgets what is wrong with a head when it goes straight on to the body
    parser->skip(headOnly);
    return parser;
}

/// The stream ended: the answer is whole now, or never.
void endReply(ReplyParser& parser, boost::system::error_code& error)
{
    if (parser.got_some())
        parser.put_eof(error);
    else
        error = http::error::end_of_stream;
}

std::string describe(const boost::system::error_code& error, std::uint64_t bodyBytesMax)
{
    if (error == http::error::body_limit)
        return "the answer has more than " + std::to_string(bodyBytesMax) + " bytes";
    if (error == http::error::end_of_stream)
        return "the connection was closed without an answer";
    if (error == http::error::partial_message)
        return "the connection was closed before the answer was whole";
    return "the answer is not HTTP: " + error.message();
}

} // namespace

Patience::Patience(std::chrono::microseconds span, std::stop_token stopped)
    : _deadline(std::chrono::steady_clock::now() + span), _stopped(std::move(stopped))
{
}

std::chrono::milliseconds Patience::slice()
{
    const auto now = std::chrono::steady_clock::now();
    if (_stopped.stop_requested() && !_sent)
        throw Broken{Class::Cancelled, "the hub stops"};
    if (_stopped.stop_requested() && !_graced) {
        _graced = true;
        _deadline = std::min(_deadline, now + stopGrace);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(_deadline - now);
    if (left <= 0ms)
        throw broken(_sent ? "no whole answer before the deadline"
                           : "no connection before the deadline");
    return std::min<std::chrono::milliseconds>(left, stopLookedAt);
}

struct HttpConnection::Impl
{
    void waitAfter(int result, Patience& patience)
    {
        waitFor(socket, result == wantWrite ? net::Socket::SELECT_WRITE : net::Socket::SELECT_READ,
                patience);
    }
    void handshake(const Url& url, const std::string& caFile, Patience& patience);
    bool readMore(std::string& pending, Patience& patience);

    net::StreamSocket socket;
    bool tls = false;
    bool reusable = false;
    bool answering = false;
    std::string buffer = std::string(16 * 1024, '\0');
};

HttpConnection::HttpConnection(std::unique_ptr<Impl> impl) : _impl(std::move(impl)) {}
HttpConnection::~HttpConnection() = default;
HttpConnection::HttpConnection(HttpConnection&&) noexcept = default;
HttpConnection& HttpConnection::operator=(HttpConnection&&) noexcept = default;

void HttpConnection::Impl::handshake(const Url& url, const std::string& caFile, Patience& patience)
{
    auto secure = net::SecureStreamSocket::attach(socket, url.host, tlsContext(caFile));
    socket = secure;
    tls = true;
    for (int result = secure.completeHandshake(); result < 0; result = secure.completeHandshake())
        waitAfter(result, patience);
    secure.verifyPeerCertificate(url.host);
}

HttpConnection HttpConnection::open(const Url& url, bool publicOnly, const std::string& caFile,
                                    Patience& patience)
{
    auto addresses = resolve(url.host, patience);
    if (publicOnly)
        std::erase_if(addresses, [](const net::IPAddress& address) {
            return !isPublic({static_cast<const std::uint8_t*>(address.addr()), address.length()});
        });
    if (addresses.empty())
        throw Broken{Class::Config,
                     "the name '" + url.host + "' leads into a private network; only base_url may"};
    std::string error;
    for (const auto& address : addresses) {
        try {
            auto impl = std::make_unique<Impl>();
            impl->socket = connect(net::SocketAddress(address, url.port), patience);
            if (url.tls)
                impl->handshake(url, caFile, patience);
            return HttpConnection(std::move(impl));
        } catch (const Poco::Exception& exception) {
            error = exception.displayText();
        }
    }
    throw patience.broken("no connection to " + url.authority() + ": " + error);
}

void HttpConnection::write(std::string_view bytes, Patience& patience)
{
    constexpr std::size_t pieceMax = 64 * 1024;
    _impl->reusable = false;
    _impl->answering = false;
    try {
        while (!bytes.empty()) {
            const auto piece = static_cast<int>(std::min(bytes.size(), pieceMax));
            const int result = _impl->socket.sendBytes(bytes.data(), piece);
            if (result > 0)
                bytes.remove_prefix(static_cast<std::size_t>(result));
            else
                _impl->waitAfter(_impl->tls ? result : wantWrite, patience);
        }
    } catch (const Poco::Exception& exception) {
        throw patience.broken("the connection broke while sending: " + exception.displayText());
    }
}

/// Appends at least one byte; false at the end of the stream.
bool HttpConnection::Impl::readMore(std::string& pending, Patience& patience)
{
    try {
        while (true) {
            const int result = socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
            if (result >= 0) {
                pending.append(buffer, 0, static_cast<std::size_t>(result));
                answering = answering || result > 0;
                return result > 0;
            }
            waitAfter(result, patience);
        }
    } catch (const Poco::Exception& exception) {
        throw patience.broken("the connection broke before the answer was whole: " +
                              exception.displayText());
    }
}

HttpReply HttpConnection::readReply(bool headOnly, std::uint64_t bodyBytesMax, Patience& patience)
{
    std::string pending;
    auto parser = beginReply(headOnly, bodyBytesMax);
    while (!parser->is_done()) {
        boost::system::error_code error = http::error::need_more;
        if (!pending.empty())
            pending.erase(0, parser->put(boost::asio::buffer(pending), error));
        if (error == http::error::need_more && !_impl->readMore(pending, patience))
            endReply(*parser, error);
        if (error && error != http::error::need_more)
            throw patience.broken(describe(error, bodyBytesMax));
        if (parser->is_done() && parser->get().result_int() < 200) // interim: the true one follows
            parser = beginReply(headOnly, bodyBytesMax);
    }
    _impl->reusable = parser->keep_alive() && pending.empty();
    HttpReply reply;
    reply.status = static_cast<int>(parser->get().result_int());
    for (const auto& field : parser->get())
        reply.headers.emplace_back(field.name_string(), field.value());
    reply.body = std::move(parser->get().body());
    return reply;
}

bool HttpConnection::reusable() const
{
    return _impl->reusable;
}

bool HttpConnection::answering() const
{
    return _impl->answering;
}

bool HttpConnection::quiet()
{
    try {
        return !_impl->socket.poll(Poco::Timespan(),
                                   net::Socket::SELECT_READ | net::Socket::SELECT_ERROR);
    } catch (const Poco::Exception&) {
        return false;
    }
}

} // namespace spokehub::spokes
