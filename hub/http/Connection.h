#pragma once

#include "http/Address.h"
#include "http/Mailbox.h"
#include "http/Rejection.h"
#include "http/RequestParser.h"
#include "http/Stream.h"

#include <cstdint>
#include <string>

namespace spokehub::http
{

class Loop;

/// One client: reads a request, hands it over, writes the answer, and so on, one at a time. Lives
/// on its loop's thread.
class Connection
{
public:
    Connection(Loop& loop, int fd, const Address& peer, std::uint64_t token);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void onEvents(std::uint32_t events);
    void onAnswer(Answer answer);
    void onTick();
    void resume(); // what the last turn left
    void drain();  // the server stops: what is idle ends, what is in hand is the last

    bool closed() const { return _state == State::Closed; }
    const Address& peer() const { return _peer; }

private:
    enum class State
    {
        Head,      // between two requests, or within a head
        Body,      // reads the body
        InHand,    // the handler has the request
        Writing,   // its answer is on the way
        Lingering, // all is said; waits for the peer to have read it
        Closed,
    };

    bool receiving() const { return _state == State::Head || _state == State::Body; }
    void read();
    std::size_t parse(std::string_view bytes);
    void beginRequest();
    bool takeBody();
    void handOver();
    void reject(const Rejection& rejection);
    void begin(Answer answer);
    void go(Piece piece);
    void askForMore();
    void write(std::string head, std::string body, bool close);
    void flush();
    void answered();
    void discard();
    void expire();
    void close();
    void release();
    std::string requestId() const;

    Loop& _loop;
    const Address _peer;
    const std::uint64_t _token;

    State _state = State::Head;
    TimePoint _deadline;
    bool _begun = false; // bytes of the request in hand have come
    bool _first = true;  // no request was answered yet
    bool _readable = false;
    bool _hungUp = false; // the peer sends no more than what is on the way
    bool _closeAfter = false;
    bool _clean = true; // all that the peer sent was read
    RequestParser _parser;
    std::string _in; // received and not yet parsed, from _parsed on
    std::size_t _parsed = 0;
    std::size_t _reserved = 0; // body bytes taken at the gate
    TimePoint _bodySince;
    More _more; // of the answer on its way
    bool _chunked = false;
    bool _untilClose = false; // nothing but its close says that the answer is whole
    std::string _outHead;
    std::string _outBody;
    std::size_t _sent = 0;
    Stream _stream; // last: what fails before it leaves the descriptor to the caller
};

} // namespace spokehub::http
