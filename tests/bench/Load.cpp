#include "Load.h"

#include "Interrupt.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <deque>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>

namespace spokehub::bench
{

namespace
{

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

class Descriptor
{
public:
    explicit Descriptor(int fd) : _fd(fd)
    {
        if (fd < 0)
            fail("descriptor");
    }
    ~Descriptor() { ::close(_fd); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return _fd; }

private:
    int _fd;
};

bool sameName(std::string_view line, std::string_view name)
{
    return line.size() > name.size() && line[name.size()] == ':' &&
           ::strncasecmp(line.data(), name.data(), name.size()) == 0;
}

/// One kept connection: sends a request, reads its answer.
class Wire
{
public:
    explicit Wire(std::uint16_t port) : _socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            fail("connecting to the hub");
        const int on = 1;
        ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }

    int fd() const { return _socket.get(); }

    /// Blocks for the moment that the kernel needs to take it: a request is smaller than the
    /// socket's buffer.
    void send()
    {
        iovec pieces[3] = {{const_cast<char*>(out.head.data()), out.head.size()},
                           {const_cast<char*>(out.shared.data()), out.shared.size()},
                           {const_cast<char*>(out.tail.data()), out.tail.size()}};
        iovec* first = pieces;
        iovec* const end = pieces + 3;
        while (first != end) {
            msghdr message{};
            message.msg_iov = first;
            message.msg_iovlen = static_cast<std::size_t>(end - first);
            const ssize_t sent = ::sendmsg(fd(), &message, MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent < 0)
                fail("sending to the hub");
            auto rest = static_cast<std::size_t>(sent);
            while (first != end && rest >= first->iov_len)
                rest -= first++->iov_len;
            if (first != end) {
                first->iov_base = static_cast<char*>(first->iov_base) + rest;
                first->iov_len -= rest;
            }
        }
        _in.clear();
    }

    struct Answer
    {
        int status;
        std::string_view body;
    };

    /// Nothing while a part of the answer is missing.
    std::optional<Answer> receive()
    {
        char buffer[16384];
        const ssize_t got = ::recv(fd(), buffer, sizeof buffer, MSG_DONTWAIT);
        if (got == 0)
            throw std::runtime_error("the hub closed a connection in the middle of the load");
        if (got < 0) {
            if (errno == EAGAIN || errno == EINTR)
                return std::nullopt;
            fail("reading from the hub");
        }
        _in.append(buffer, static_cast<std::size_t>(got));
        const std::size_t headEnd = _in.find("\r\n\r\n");
        if (headEnd == std::string::npos)
            return std::nullopt;
        const std::size_t whole =
            headEnd + 4 + bodyLength(std::string_view(_in).substr(0, headEnd));
        if (_in.size() < whole)
            return std::nullopt;
        int status = 0;
        std::from_chars(_in.data() + 9, _in.data() + 12, status);
        return Answer{status, std::string_view(_in).substr(headEnd + 4)};
    }

    std::uint64_t number = 0;
    SteadyClock::time_point due;
    Outgoing out;

private:
    static std::size_t bodyLength(std::string_view head)
    {
        while (!head.empty()) {
            const std::size_t end = std::min(head.find("\r\n"), head.size());
            std::string_view line = head.substr(0, end);
            if (sameName(line, "content-length")) {
                line.remove_prefix(line.find_first_of("0123456789"));
                std::size_t length = 0;
                std::from_chars(line.data(), line.data() + line.size(), length);
                return length;
            }
            head.remove_prefix(std::min(end + 2, head.size()));
        }
        return 0;
    }

    Descriptor _socket;
    std::string _in;
};

class Loader
{
public:
    Loader(const LoadOptions& options, const Fill& fill, const Seen& seen)
        : _options(options), _fill(fill), _seen(seen), _epoll(::epoll_create1(EPOLL_CLOEXEC)),
          _timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK))
    {
        watch(_timer.get(), nullptr);
        for (int i = 0; i < options.connections; ++i) {
            _wires.emplace_back(options.port);
            watch(_wires.back().fd(), &_wires.back());
            _free.push_back(&_wires.back());
        }
    }

    LoadResult run()
    {
        _begun = SteadyClock::now();
        sendWhatIsDue();
        auto ended = _begun;
        while (_inFlight > 0 || !_over) {
            std::array<epoll_event, 128> events;
            const int silenceMax =
                static_cast<int>(std::chrono::milliseconds(_options.silenceMax).count());
            const int count = ::epoll_wait(_epoll.get(), events.data(),
                                           static_cast<int>(events.size()), silenceMax);
            throwIfInterrupted();
            if (count < 0 && errno != EINTR)
                fail("epoll_wait");
            if (count == 0)
                throw std::runtime_error("no answer from the hub for " +
                                         std::to_string(_options.silenceMax.count()) + " seconds");
            for (int i = 0; i < count; ++i)
                if (auto* wire = static_cast<Wire*>(events[static_cast<std::size_t>(i)].data.ptr))
                    take(*wire);
                else
                    quietTimer();
            sendWhatIsDue();
            ended = SteadyClock::now();
        }
        _result.seconds = std::chrono::duration<double>(ended - _begun).count();
        return std::move(_result);
    }

private:
    void watch(int fd, Wire* wire)
    {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = wire;
        if (::epoll_ctl(_epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0)
            fail("epoll_ctl");
    }

    void take(Wire& wire)
    {
        const auto answer = wire.receive();
        if (!answer)
            return;
        const auto now = SteadyClock::now();
        _result.answers += 1;
        _result.statuses[answer->status] += 1;
        _result.micros.push_back(static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(now - wire.due).count()));
        if (_seen)
            _seen({wire.number, answer->status, wire.due, now, answer->body});
        --_inFlight;
        _free.push_back(&wire);
    }

    void sendWhatIsDue()
    {
        while (!_over && !_free.empty()) {
            const auto now = SteadyClock::now();
            const auto due = _options.perSecond > 0 ? dueAt(_next) : now;
            if (due > now)
                return wakeAt(due);
            Wire& wire = *_free.back();
            if (!_fill(_next, wire.out)) {
                _over = true;
                return;
            }
            _free.pop_back();
            wire.number = _next++;
            wire.due = due;
            wire.send();
            ++_inFlight;
        }
    }

    SteadyClock::time_point dueAt(std::uint64_t number) const
    {
        return _begun +
               std::chrono::duration_cast<SteadyClock::duration>(
                   std::chrono::duration<double>(static_cast<double>(number) / _options.perSecond));
    }

    void wakeAt(SteadyClock::time_point when)
    {
        const auto since = when.time_since_epoch();
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
        itimerspec spec{};
        spec.it_value.tv_sec = seconds.count();
        spec.it_value.tv_nsec = std::chrono::nanoseconds(since - seconds).count();
        if (::timerfd_settime(_timer.get(), TFD_TIMER_ABSTIME, &spec, nullptr) != 0)
            fail("timerfd_settime");
    }

    void quietTimer()
    {
        std::uint64_t times = 0;
        (void)!::read(_timer.get(), &times, sizeof times); // it may have been set anew meanwhile
    }

    const LoadOptions _options;
    const Fill& _fill;
    const Seen& _seen;
    Descriptor _epoll;
    Descriptor _timer;
    std::deque<Wire> _wires;
    std::vector<Wire*> _free;
    LoadResult _result;
    SteadyClock::time_point _begun;
    std::uint64_t _next = 0;
    std::size_t _inFlight = 0;
    bool _over = false;
};

} // namespace

std::uint64_t LoadResult::with(int status) const
{
    const auto found = statuses.find(status);
    return found == statuses.end() ? 0 : found->second;
}

LoadResult load(const LoadOptions& options, const Fill& fill, const Seen& seen)
{
    return Loader(options, fill, seen).run();
}

} // namespace spokehub::bench
