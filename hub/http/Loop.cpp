#include "http/Loop.h"

#include "core/Log.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

namespace spokehub::http
{

namespace
{

constexpr std::uint64_t listenerToken = ~std::uint64_t{0};
constexpr std::uint64_t mailboxToken = listenerToken - 1;
constexpr std::size_t roomBytes = 64 * 1024;
constexpr int acceptsPerTurn = 128;
constexpr int eventsPerTurn = 256;
constexpr std::uint32_t edges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::string_view full =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n";

/// Deadlines are looked at this often: fine enough for the shortest of them.
std::chrono::milliseconds tickOf(const ServerOptions& options)
{
    const auto shortest = std::min({options.head, options.body, options.bodyGrace, options.idle,
                                    options.write, options.linger});
    return std::clamp(shortest / 8, std::chrono::milliseconds(5), std::chrono::milliseconds(500));
}

std::uint64_t tokenOf(std::size_t slot, std::uint32_t generation)
{
    return std::uint64_t{generation} << 32 | slot;
}

} // namespace

Loop::Loop(Shared& shared)
    : _shared(shared), _mailbox(std::make_shared<Mailbox>()), _tickEvery(tickOf(shared.options)),
      _epoll(::epoll_create1(EPOLL_CLOEXEC)), _now(std::chrono::steady_clock::now()),
      _nextTick(_now), _room(roomBytes)
{
    if (_epoll < 0)
        throw std::system_error(errno, std::system_category(), "epoll_create1");
    watch(_mailbox->fd(), mailboxToken, EPOLLIN);
}

Loop::~Loop()
{
    _mailbox->close();
    _slots.clear();
    if (_listener >= 0)
        ::close(_listener);
    ::close(_epoll);
}

void Loop::watch(int fd, std::uint64_t token, std::uint32_t events)
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = token;
    if (::epoll_ctl(_epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        throw std::system_error(errno, std::system_category(), "epoll_ctl");
}

void Loop::listen(int listener, std::vector<std::shared_ptr<Mailbox>> loops)
{
    _listener = listener;
    _loops = std::move(loops);
    watch(_listener, listenerToken, EPOLLIN);
    _accepting = true;
}

void Loop::run()
{
    std::array<epoll_event, eventsPerTurn> events{};
    while (true) {
        const bool mayRest = _mailbox->rest() && _again.empty();
        if (const auto latest = _mailbox->stopAt()) {
            if (!_draining)
                beginDrain();
            if (_open == 0 || _now >= *latest)
                return;
        }
        const int count = ::epoll_wait(_epoll, events.data(), eventsPerTurn, waitMillis(mayRest));
        _now = std::chrono::steady_clock::now();
        const auto happened = std::span(events).first(static_cast<std::size_t>(std::max(count, 0)));
        _mailbox->awake(std::ranges::any_of(
            happened, [](const epoll_event& event) { return event.data.u64 == mailboxToken; }));

        for (const epoll_event& event : happened)
            handle(event.data.u64, event.events);
        deliver();
        for (const std::uint64_t token : std::exchange(_again, {}))
            step(token, [](Connection& connection) { connection.resume(); });
        if (_now >= _nextTick)
            tick();
    }
}

int Loop::waitMillis(bool mayRest) const
{
    if (!mayRest)
        return 0;
    if (_open == 0 && (_accepting || _listener < 0) && !_draining)
        return -1;
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(
        _nextTick - std::chrono::steady_clock::now());
    return std::max(0, static_cast<int>(rest.count()) + 1);
}

void Loop::handle(std::uint64_t token, std::uint32_t events)
{
    if (token == listenerToken)
        accept();
    else if (token != mailboxToken)
        step(token, [events](Connection& connection) { connection.onEvents(events); });
}

Connection* Loop::find(std::uint64_t token)
{
    const auto slot = static_cast<std::size_t>(token & 0xffffffff);
    if (slot >= _slots.size() || _slots[slot].generation != token >> 32)
        return nullptr;
    return _slots[slot].connection.get();
}

template <class Step>
void Loop::step(std::uint64_t token, Step step)
{
    Connection* connection = find(token);
    if (connection == nullptr)
        return;
    try {
        step(*connection);
        if (!connection->closed())
            return;
    } catch (const std::exception& error) {
        Log::error("a connection failed", {{"reason", std::string_view(error.what())}});
    }
    bury(token);
}

void Loop::bury(std::uint64_t token)
{
    const auto slot = static_cast<std::uint32_t>(token);
    _shared.gate.leave(_slots[slot].connection->peer());
    _slots[slot].connection.reset();
    ++_slots[slot].generation; // what comes late for it finds nobody
    _freeSlots.push_back(slot);
    --_open;
}

void Loop::deliver()
{
    _mailbox->take(_answers, _newcomers);
    for (const Newcomer& newcomer : _newcomers)
        adopt(newcomer);
    _newcomers.clear();

    if (_answers.empty())
        return;
    const auto whole = std::ranges::count_if(
        _answers, [](const Answer& answer) { return !answer.piece.has_value(); });
    _shared.counters.answers.fetch_add(static_cast<std::uint64_t>(whole),
                                       std::memory_order_relaxed);
    for (Answer& answer : _answers) {
        if (answer.reserved > 0)
            _shared.gate.release(answer.reserved);
        step(answer.connection,
             [&answer](Connection& connection) { connection.onAnswer(std::move(answer)); });
    }
    _answers.clear();
}

void Loop::accept()
{
    for (int i = 0; i < acceptsPerTurn && _accepting; ++i) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        const int fd = ::accept4(_listener, reinterpret_cast<sockaddr*>(&peer), &size,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            admit(fd, Address::of(reinterpret_cast<const sockaddr&>(peer)));
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return;
        if (errno == EINTR || errno == ECONNABORTED)
            continue;

        // Mostly: no descriptor left. Clients wait in the kernel's queue until the next tick looks
        // again.
        _shared.counters.acceptFailures.fetch_add(1, std::memory_order_relaxed);
        ::epoll_ctl(_epoll, EPOLL_CTL_DEL, _listener, nullptr);
        _accepting = false;
    }
}

void Loop::admit(int fd, const Address& peer)
{
    if (_shared.gate.enter(peer) != Gate::Entry::Open) {
        _shared.counters.refusedConnections.fetch_add(1, std::memory_order_relaxed);
        if (_shared.tls == nullptr) // best effort: nobody is waited for
            ::send(fd, full.data(), full.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        ::close(fd);
        return;
    }
    _shared.counters.accepted.fetch_add(1, std::memory_order_relaxed);
    const auto& loop = _loops[_nextLoop++ % _loops.size()];
    if (loop == _mailbox)
        adopt({fd, peer});
    else
        loop->post(Newcomer{fd, peer});
}

void Loop::adopt(const Newcomer& newcomer)
{
    std::uint64_t token = 0;
    try {
        if (_freeSlots.empty()) {
            _freeSlots.push_back(static_cast<std::uint32_t>(_slots.size()));
            _slots.emplace_back();
        }
        Slot& slot = _slots[_freeSlots.back()];
        token = tokenOf(_freeSlots.back(), slot.generation);
        slot.connection = std::make_unique<Connection>(*this, newcomer.fd, newcomer.peer, token);
    } catch (const std::exception& error) // the descriptor is not yet the connection's
    {
        Log::error("a connection could not be taken", {{"reason", std::string_view(error.what())}});
        ::close(newcomer.fd);
        _shared.gate.leave(newcomer.peer);
        return;
    }
    _freeSlots.pop_back();
    if (_open++ == 0)
        _nextTick = _now + _tickEvery;
    step(token, [&](Connection&) { watch(newcomer.fd, token, edges); });
}

void Loop::tick()
{
    _nextTick = _now + _tickEvery;
    for (std::size_t slot = 0; slot < _slots.size(); ++slot)
        step(tokenOf(slot, _slots[slot].generation),
             [](Connection& connection) { connection.onTick(); });
    if (_listener >= 0 && !_accepting) {
        watch(_listener, listenerToken, EPOLLIN);
        _accepting = true;
    }
}

void Loop::beginDrain()
{
    _draining = true;
    if (_listener >= 0) {
        accept(); // who is in the queue already may have sent a request
        ::close(_listener);
        _listener = -1;
        _accepting = false;
    }
    for (std::size_t slot = 0; slot < _slots.size(); ++slot)
        step(tokenOf(slot, _slots[slot].generation),
             [](Connection& connection) { connection.drain(); });
}

} // namespace spokehub::http
