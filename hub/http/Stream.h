#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace spokehub::http
{

/// The bytes of one connection: a socket that never blocks. Owns it.
class Stream
{
public:
    enum class State
    {
        Moved,   // some bytes
        Blocked, // none now
        Ended,   // the peer has said all it will say
        Broken,
    };
    struct Result
    {
        State state;
        std::size_t bytes = 0;
    };

    explicit Stream(int fd) : _fd(fd) {}
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    int fd() const { return _fd; }
    Result receive(std::span<char> room);
    /// Sends of one and then the other, in one packet where they fit.
    Result send(std::string_view one, std::string_view other);
    void endSending();

private:
    const int _fd;
};

} // namespace spokehub::http
