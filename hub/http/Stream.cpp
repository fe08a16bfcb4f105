#include "http/Stream.h"

#include "http/Tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace spokehub::http
{

namespace
{

constexpr std::size_t recordBytesMax = 16 * 1024;

Stream::Result failed()
{
    return {errno == EAGAIN || errno == EWOULDBLOCK ? Stream::State::Blocked
                                                    : Stream::State::Broken};
}

} // namespace

Stream::Stream(int fd, const Tls* tls)
    : _fd(fd), _session(tls == nullptr ? nullptr : tls->accept(fd))
{
}

Stream::~Stream()
{
    SSL_free(_session);
    ::close(_fd);
}

Stream::Result Stream::receive(std::span<char> room)
{
    if (_session != nullptr && _sessionUsable)
        return receiveSealed(room);
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
    if (_session != nullptr)
        return _sessionUsable ? sendSealed(one, other) : Result{State::Broken};
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
    if (_session != nullptr && _sessionUsable) {
        ERR_clear_error();
        SSL_shutdown(_session); // one notice; the peer's own is not waited for
        ERR_clear_error();
        _sessionUsable = false;
    }
    ::shutdown(_fd, SHUT_WR);
}

void Stream::endAsReset()
{
    const linger none{1, 0};
    ::setsockopt(_fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

Stream::Result Stream::receiveSealed(std::span<char> room)
{
    ERR_clear_error();
    return judge(SSL_read(_session, room.data(), static_cast<int>(room.size())));
}

/// One record for what fits into one. Asked again after Blocked it offers the same bytes, as
/// OpenSSL demands.
Stream::Result Stream::sendSealed(std::string_view one, std::string_view other)
{
    ERR_clear_error();
    thread_local std::array<char, recordBytesMax> record;
    const std::size_t first = std::min(one.size(), record.size());
    const std::size_t second = std::min(other.size(), record.size() - first);
    std::copy_n(one.data(), first, record.begin());
    std::copy_n(other.data(), second, record.begin() + static_cast<std::ptrdiff_t>(first));
    return judge(SSL_write(_session, record.data(), static_cast<int>(first + second)));
}

Stream::Result Stream::judge(int outcome)
{
    if (outcome > 0)
        return {State::Moved, static_cast<std::size_t>(outcome)};
    const int error = SSL_get_error(_session, outcome);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return {State::Blocked};
    if (error == SSL_ERROR_ZERO_RETURN)
        return {State::Ended};
    _sessionUsable = false; // after such an error OpenSSL must not even be asked to say good-bye
    ERR_clear_error();
    return {State::Broken};
}

} // namespace spokehub::http
