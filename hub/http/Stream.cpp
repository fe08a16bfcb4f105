#include "http/Stream.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace spokehub::http
{

namespace
{

Stream::Result failed()
{
    return {errno == EAGAIN || errno == EWOULDBLOCK ? Stream::State::Blocked
                                                    : Stream::State::Broken};
}

} // namespace

Stream::~Stream()
{
    ::close(_fd);
}

Stream::Result Stream::receive(std::span<char> room)
{
    ssize_t got = 0;
    do
        got = ::recv(_fd, room.data(), room.size(), 0);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return failed();
    return got == 0 ? Result{State::Ended} : Result{State::Moved, static_cast<std::size_t>(got)};
}

Stream::Result Stream::send(std::string_view one, std::string_view other)
{
    std::array<iovec, 2> parts{};
    parts[0] = {const_cast<char*>(one.data()), one.size()};
    parts[1] = {const_cast<char*>(other.data()), other.size()};
    msghdr message{};
    message.msg_iov = one.empty() ? parts.data() + 1 : parts.data();
    message.msg_iovlen = (one.empty() ? 0U : 1U) + (other.empty() ? 0U : 1U);
    ssize_t sent = 0;
    do
        sent = ::sendmsg(_fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? failed() : Result{State::Moved, static_cast<std::size_t>(sent)};
}

void Stream::endSending()
{
    ::shutdown(_fd, SHUT_WR);
}

} // namespace spokehub::http
