#include "http/Server.h"

#include "http/Loop.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace spokehub::http
{

namespace
{

constexpr int backlog = 1024;
constexpr std::size_t filesForOthers = 256; // databases, channels, logs

void demand(bool holds, const std::string& message)
{
    if (!holds)
        throw std::invalid_argument(message);
}

ServerOptions checked(ServerOptions options)
{
    demand(options.ioThreads >= 1 && options.ioThreads <= 4, "server.io_threads must be 1 to 4");
    demand(options.headBytesMax >= 1024 && options.headBytesMax <= 1024 * 1024,
           "server.head_bytes_max must be 1 KiB to 1 MiB");
    demand(options.connectionsMax > 0 && options.connectionsPerAddressMax > 0,
           "server: at least one connection must be allowed");
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY) {
        const auto may = static_cast<std::size_t>(files.rlim_cur);
        options.connectionsMax = std::min(
            options.connectionsMax, may > 2 * filesForOthers ? may - filesForOthers : may / 2);
    }
    return options;
}

std::vector<AddressRange> rangesOf(const std::vector<std::string>& texts)
{
    std::vector<AddressRange> ranges;
    for (const std::string& text : texts) {
        const auto range = AddressRange::parse(text);
        demand(range.has_value(),
               "server.trusted_proxies: " + text + " is not an address or a range");
        ranges.push_back(*range);
    }
    return ranges;
}

std::unique_ptr<Tls> tlsOf(const ServerOptions& options)
{
    demand(options.tlsCertificateFile.empty() == options.tlsKeyFile.empty(),
           "server.tls needs both a certificate and a key");
    if (options.tlsCertificateFile.empty())
        return nullptr;
    return std::make_unique<Tls>(options.tlsCertificateFile, options.tlsKeyFile);
}

/// Another hub on the same port must be noticed: the address is shared with nobody.
int listenAt(const std::string& address, std::uint16_t& port)
{
    try {
        const Poco::Net::SocketAddress where(address);
        Poco::Net::ServerSocket socket;
        if (where.family() == Poco::Net::SocketAddress::IPv6)
            socket.bind6(where, true, false, false);
        else
            socket.bind(where, true, false);
        socket.listen(backlog);
        socket.setBlocking(false);
        socket.setNoDelay(true); // what is accepted inherits it
        port = socket.address().port();
        const int fd = ::fcntl(socket.impl()->sockfd(), F_DUPFD_CLOEXEC, 0);
        if (fd < 0)
            throw std::system_error(errno, std::system_category(), "fcntl");
        return fd;
    } catch (const Poco::Exception& error) {
        throw std::runtime_error("server.listen: cannot listen at " + address + ": " +
                                 error.displayText());
    }
}

} // namespace

struct Server::Impl
{
    Impl(ServerOptions options, Handler handler)
        : shared{.options = options,
                 .handler = std::move(handler),
                 .tls = tlsOf(options),
                 .gate = Gate(options.connectionsMax, options.connectionsPerAddressMax,
                              options.bodiesBytesMax, rangesOf(options.trustedProxies)),
                 .clock = {},
                 .requestIds = IdGenerator(
                     shared.clock, static_cast<int>(std::random_device()() & IdGenerator::nodeMax)),
                 .counters = {}}
    {
    }

    Shared shared;
    std::vector<std::unique_ptr<Loop>> loops;
    std::vector<std::thread> threads;
    std::uint16_t port = 0;
};

Server::Server(ServerOptions options, Handler handler)
    : _impl(std::make_unique<Impl>(checked(std::move(options)), std::move(handler)))
{
}

Server::~Server()
{
    stop(std::chrono::milliseconds(0));
}

void Server::start()
{
    std::uint16_t port = 0;
    const int listener = listenAt(_impl->shared.options.listen, port);
    std::vector<std::shared_ptr<Mailbox>> mailboxes;
    for (int i = 0; i < _impl->shared.options.ioThreads; ++i) {
        _impl->loops.push_back(std::make_unique<Loop>(_impl->shared));
        mailboxes.push_back(_impl->loops.back()->mailbox());
    }
    _impl->loops.front()->listen(listener, std::move(mailboxes));
    _impl->port = port;
    for (const auto& loop : _impl->loops) {
        _impl->threads.emplace_back([&loop = *loop] { loop.run(); });
        const std::string name = "http-" + std::to_string(_impl->threads.size());
        ::pthread_setname_np(_impl->threads.back().native_handle(), name.c_str());
    }
}

void Server::stop(std::chrono::milliseconds drain)
{
    for (const auto& loop : _impl->loops)
        loop->mailbox()->stop(std::chrono::steady_clock::now() + drain);
    for (std::thread& thread : _impl->threads)
        thread.join();
    _impl->threads.clear();
    _impl->loops.clear();
}

void Server::reloadCertificate()
{
    if (_impl->shared.tls != nullptr)
        _impl->shared.tls->reload();
}

std::uint16_t Server::port() const
{
    return _impl->port;
}

Figures Server::figures() const
{
    const Counters& counters = _impl->shared.counters;
    Figures figures;
    figures.accepted = counters.accepted.load();
    figures.refusedConnections = counters.refusedConnections.load();
    figures.acceptFailures = counters.acceptFailures.load();
    figures.answers = counters.answers.load();
    figures.requests = counters.requests.load();
    figures.rejected = counters.rejected.load();
    figures.tooLarge = counters.tooLarge.load();
    figures.timeouts = counters.timeouts.load();
    figures.connections = _impl->shared.gate.connections();
    figures.inHand = figures.requests - figures.answers;
    figures.bodyBytes = _impl->shared.gate.bodyBytes();
    return figures;
}

} // namespace spokehub::http
