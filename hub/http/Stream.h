#pragma once

#include <cstddef>
#include <span>
#include <string_view>

struct ssl_st;

namespace spokehub::http
{

class Tls;

/// The bytes of one connection: a socket that never blocks, with or without TLS. Owns it once it is
/// made.
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

    /// `tls`: null for plain bytes. The handshake is a part of the first receive().
    Stream(int fd, const Tls* tls);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    Result receive(std::span<char> room);
    /// Sends of one and then the other, in one packet where they fit.
    Result send(std::string_view one, std::string_view other);
    /// Nothing more is sent; what is received from now on is good for nothing but to be thrown
    /// away.
    void endSending();
    /// Its end will be a reset: the peer cannot take what it has for all there is.
    void endAsReset();

    /// True with TLS: either direction may wait for the other, and a short read says nothing of
    /// what is left.
    bool isEntangled() const { return _session != nullptr; }

private:
    Result receiveSealed(std::span<char> room);
    Result sendSealed(std::string_view one, std::string_view other);
    Result judge(int outcome);

    const int _fd;
    ssl_st* const _session;
    bool _sessionUsable = true;
};

} // namespace spokehub::http
