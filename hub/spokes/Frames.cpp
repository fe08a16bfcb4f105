#include "spokes/Frames.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace spokehub::spokes
{

namespace
{

constexpr std::size_t headBytes = 5; // length of the payload, kind
constexpr std::size_t flushBytes = 64 * 1024;
constexpr std::size_t readBytes = 64 * 1024;
constexpr std::size_t keptBytesMax = 1024 * 1024; // of a buffer between two frames

[[noreturn]] void closed()
{
    throw FrameError(FrameError::Kind::Closed, "the connection is closed");
}

[[noreturn]] void garbage(const std::string& what)
{
    throw FrameError(FrameError::Kind::Garbage, what);
}

} // namespace

Frames::Frames(int socket, Wait wait) : _socket(socket), _wait(std::move(wait)) {}

Frames::~Frames()
{
    ::close(_socket);
}

void Frames::put(FrameKind kind, std::string_view payload)
{
    if (payload.size() > frameBytesMax)
        garbage("a frame of " + std::to_string(payload.size()) + " bytes");
    char head[headBytes];
    const auto length = static_cast<std::uint32_t>(payload.size());
    std::memcpy(head, &length, sizeof length);
    head[4] = static_cast<char>(kind);
    _out.append(head, headBytes).append(payload);
    if (_out.size() >= flushBytes)
        flush();
}

void Frames::flush()
{
    for (std::size_t sent = 0; sent < _out.size();) {
        const auto bytes =
            ::send(_socket, _out.data() + sent, _out.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (bytes >= 0)
            sent += static_cast<std::size_t>(bytes);
        else if (errno == EAGAIN)
            _wait(_socket, POLLOUT);
        else if (errno != EINTR)
            closed();
    }
    _out.clear();
    if (_out.capacity() > keptBytesMax)
        _out.shrink_to_fit();
}

/// The whole frame that the buffer begins with; 0 while its head is not there.
std::size_t Frames::frameSize() const
{
    if (_end - _begin < headBytes)
        return 0;
    std::uint32_t length = 0;
    std::memcpy(&length, _in.data() + _begin, sizeof length);
    if (length > frameBytesMax)
        garbage("a frame of " + std::to_string(length) + " bytes was announced");
    return headBytes + length;
}

/// Takes what is there; false when that is nothing.
bool Frames::receive()
{
    const std::size_t wanted = std::max(frameSize(), readBytes);
    if (_begin > 0 && (_begin == _end || _in.size() - _begin < wanted)) {
        std::memmove(_in.data(), _in.data() + _begin, _end - _begin);
        _end -= _begin;
        _begin = 0;
    }
    if (_in.size() < wanted)
        _in.resize(wanted);
    else if (_end == 0 && _in.size() > keptBytesMax) {
        _in.resize(wanted);
        _in.shrink_to_fit();
    }
    for (;;) {
        const auto bytes = ::recv(_socket, _in.data() + _end, _in.size() - _end, MSG_DONTWAIT);
        if (bytes > 0) {
            _end += static_cast<std::size_t>(bytes);
            return true;
        }
        if (bytes < 0 && errno == EAGAIN)
            return false;
        if (bytes == 0 || errno != EINTR)
            closed();
    }
}

Frame Frames::next()
{
    _begin += std::exchange(_last, 0);
    std::size_t size = 0;
    while ((size = frameSize()) == 0 || _end - _begin < size)
        if (!receive())
            _wait(_socket, POLLIN);
    _last = size;
    return {static_cast<FrameKind>(_in[_begin + 4]),
            std::string_view(_in).substr(_begin + headBytes, size - headBytes)};
}

bool Frames::ready()
{
    _begin += std::exchange(_last, 0);
    if (frameSize() == 0)
        receive();
    const std::size_t size = frameSize();
    return size != 0 && _end - _begin >= size;
}

Packer& Packer::number(std::int64_t number)
{
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    _packed.append(bytes, sizeof bytes);
    return *this;
}

Packer& Packer::text(std::string_view text)
{
    number(static_cast<std::int64_t>(text.size()));
    _packed.append(text);
    return *this;
}

std::string_view Unpacker::take(std::size_t bytes)
{
    if (bytes > _rest.size())
        garbage("a frame that is too short");
    const auto taken = _rest.substr(0, bytes);
    _rest.remove_prefix(bytes);
    return taken;
}

std::int64_t Unpacker::number()
{
    std::int64_t number = 0;
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
}

std::string_view Unpacker::text()
{
    return take(static_cast<std::size_t>(number()));
}

} // namespace spokehub::spokes
