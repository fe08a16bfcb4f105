#include "http/Connection.h"

#include "http/ForwardedFor.h"
#include "http/Loop.h"
#include "http/ResponseHead.h"

#include "core/Log.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <utility>

namespace spokehub::http
{

namespace
{

constexpr std::size_t turnBytesMax = 256 * 1024; // then the other connections have their turn
constexpr std::size_t idleRoomMax = 4 * 1024;    // what an idle connection may keep of its buffer
constexpr std::string_view goOn = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr auto never = TimePoint::max();

std::string chunkSize(std::string_view bytes)
{
    std::array<char, 20> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
    return std::string(digits.data(), end) + "\r\n";
}

/// True for an id of the caller's own that can stand in a header and in a log as it is.
bool isPlainWord(std::string_view id)
{
    return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_' || c == '-';
    });
}

} // namespace

Connection::Connection(Loop& loop, int fd, const Address& peer, std::uint64_t token)
    : _loop(loop), _peer(peer), _token(token), _deadline(loop.now() + loop.shared().options.head),
      _parser({.headBytesMax = loop.shared().options.headBytesMax,
               .fieldsMax = loop.shared().options.fieldsMax,
               .bodyBytesMax = loop.shared().options.bodyBytesMax}),
      _stream(fd, loop.shared().tls.get())
{
}

Connection::~Connection()
{
    release();
}

void Connection::release()
{
    if (_reserved > 0)
        _loop.shared().gate.release(_reserved);
    _reserved = 0;
}

void Connection::close()
{
    release();
    if (_untilClose)
        _stream.endAsReset();
    _state = State::Closed;
}

void Connection::onEvents(std::uint32_t events)
{
    if ((events & (EPOLLHUP | EPOLLERR)) != 0)
        return close(); // nobody is there to be answered
    _hungUp = _hungUp || (events & EPOLLRDHUP) != 0;
    _readable = _readable || _stream.isEntangled() || (events & (EPOLLIN | EPOLLRDHUP)) != 0;
    if (_state == State::Writing && (_stream.isEntangled() || (events & EPOLLOUT) != 0))
        flush();
    resume();
}

void Connection::resume()
{
    if (receiving())
        read();
    else if (_state == State::Lingering)
        discard();
}

/// Reads until nothing is there, a request is in hand, or the turn is over. The socket is watched
/// for edges, so that nothing may be left unread without being remembered.
void Connection::read()
{
    if (_parsed < _in.size())
        _parsed += parse(std::string_view(_in).substr(_parsed));

    const std::span<char> room = _loop.room();
    std::size_t taken = 0;
    while (receiving() && _readable) {
        if (taken >= turnBytesMax)
            return _loop.again(_token);
        const auto [state, bytes] = _stream.receive(room);
        if (state == Stream::State::Ended || state == Stream::State::Broken)
            return close(); // every answer was written before this was seen
        if (state == Stream::State::Blocked) {
            _readable = false;
            break;
        }
        taken += bytes;
        // A short read has emptied a plain socket.
        _readable = bytes == room.size() || _hungUp || _stream.isEntangled();

        const std::string_view fresh(room.data(), bytes);
        if (_parsed == _in.size()) {
            const std::size_t used = parse(fresh);
            _in.assign(fresh, used);
            _parsed = 0;
            continue;
        }
        _in.erase(0, _parsed);
        _in.append(fresh);
        _parsed = 0;
        _parsed = parse(_in);
    }
    if (_parsed == _in.size()) {
        _in.clear();
        _parsed = 0;
        if (_in.capacity() > idleRoomMax)
            std::string().swap(_in);
    }
}

std::size_t Connection::parse(std::string_view bytes)
{
    std::size_t used = 0;
    while (receiving()) {
        if (!_begun && used < bytes.size())
            beginRequest();
        used += _parser.feed(bytes.substr(used));
        switch (_parser.progress()) {
        case RequestParser::Progress::NeedMore:
            return used;
        case RequestParser::Progress::BodyAhead:
            if (!takeBody())
                return used;
            break;
        case RequestParser::Progress::Whole:
            handOver();
            break;
        case RequestParser::Progress::Rejected:
            reject(_parser.rejection());
            break;
        }
    }
    return used;
}

void Connection::beginRequest()
{
    _begun = true;
    if (!_first) // of the first request the time runs since the connection
        _deadline = _loop.now() + _loop.shared().options.head;
}

/// Room at the gate for what the body has announced, before any of it is read.
bool Connection::takeBody()
{
    const auto more = static_cast<std::size_t>(_parser.announced()) - _reserved;
    if (!_loop.shared().gate.reserve(more)) {
        reject({503, "too many bodies are being received; try again"});
        return false;
    }
    _reserved += more;
    if (_state == State::Body)
        return true;

    _state = State::Body;
    _bodySince = _loop.now();
    _deadline = _bodySince + _loop.shared().options.body;
    if (!_parser.expectsContinue() || _parser.bodyBytes() > 0)
        return true;
    const auto sent = _stream.send(goOn, {});
    if (sent.bytes != goOn.size())
        close(); // it has not even read what it was told before
    return !closed();
}

std::string Connection::requestId() const
{
    const Request& request = _parser.request();
    const std::string* given = request.header("X-Request-Id");
    if (given != nullptr && isPlainWord(*given))
        return *given;
    return showId("req", _loop.shared().requestIds.next());
}

void Connection::handOver()
{
    Shared& shared = _loop.shared();
    Exchange exchange{.connection = _token,
                      .reserved = std::exchange(_reserved, 0),
                      .id = requestId(),
                      .http11 = _parser.isHttp11(),
                      .keepAlive = _parser.keepAlive(),
                      .headOnly = _parser.request().method == "HEAD"};
    Request request = _parser.take();
    request.id = exchange.id;
    setOrigin(request, _peer, shared.gate);

    _state = State::InHand;
    _deadline = never;
    shared.counters.requests.fetch_add(1, std::memory_order_relaxed);
    try {
        shared.handler(std::move(request), Responder(_loop.mailbox(), std::move(exchange)));
    } catch (const std::exception& error) {
        Log::error("the handler failed", {{"reason", std::string_view(error.what())}});
    }
}

void Connection::reject(const Rejection& rejection)
{
    Counters& counters = _loop.shared().counters;
    counters.rejected.fetch_add(1, std::memory_order_relaxed);
    if (rejection.status == 413 || rejection.status == 431)
        counters.tooLarge.fetch_add(1, std::memory_order_relaxed);
    release();
    _clean = false;
    const Exchange exchange{.connection = _token,
                            .id = requestId(),
                            .keepAlive = false,
                            .headOnly = _parser.request().method == "HEAD"};
    Response response = problem(rejection, exchange.id);
    std::string head = headOf(response, exchange);
    write(std::move(head), std::move(response.body), true);
}

void Connection::onAnswer(Answer answer)
{
    if (_state == State::InHand && answer.piece)
        go(*std::move(answer.piece));
    else if (_state == State::InHand)
        begin(std::move(answer));
    resume();
}

void Connection::begin(Answer answer)
{
    _more = std::move(answer.more);
    _chunked = answer.chunked;
    _untilClose = _more && !_chunked;
    if (_chunked && !answer.body.empty()) {
        answer.head += chunkSize(answer.body);
        answer.body += "\r\n";
    }
    write(std::move(answer.head), std::move(answer.body), answer.close);
}

/// The next piece of an answer. Nothing is asked for while a slow peer still reads the one before.
void Connection::go(Piece piece)
{
    if (piece.broken)
        return close(); // without the end that a whole answer has
    std::string head;
    if (_chunked && !piece.bytes.empty()) {
        head = chunkSize(piece.bytes);
        piece.bytes += "\r\n";
    }
    if (_chunked && piece.last)
        piece.bytes += "0\r\n\r\n";
    if (piece.last)
        _more = nullptr;
    write(std::move(head), std::move(piece.bytes), false);
}

void Connection::askForMore()
{
    _state = State::InHand;
    _deadline = never;
    const auto more = _more; // may be gone while it runs
    try {
        more([mailbox = _loop.mailbox(), token = _token](Piece piece) {
            Answer answer;
            answer.connection = token;
            answer.piece = std::move(piece);
            mailbox->post(std::move(answer));
        });
    } catch (const std::exception& error) {
        Log::error("an answer could not go on", {{"reason", std::string_view(error.what())}});
        close();
    }
}

void Connection::write(std::string head, std::string body, bool close)
{
    const ServerOptions& options = _loop.shared().options;
    _state = State::Writing;
    _closeAfter = _closeAfter || close;
    _outHead = std::move(head);
    _outBody = std::move(body);
    _sent = 0;
    _deadline =
        _loop.now() + options.write +
        std::chrono::seconds(_outBody.size() / std::max<std::size_t>(1, options.writeRateMin));
    flush();
}

void Connection::flush()
{
    const std::size_t all = _outHead.size() + _outBody.size();
    while (_sent < all) {
        const std::string_view head =
            std::string_view(_outHead).substr(std::min(_sent, _outHead.size()));
        const std::string_view body =
            std::string_view(_outBody).substr(_sent - (_outHead.size() - head.size()));
        const auto [state, bytes] = _stream.send(head, body);
        if (state == Stream::State::Blocked)
            return;
        if (state != Stream::State::Moved)
            return close();
        _sent += bytes;
    }
    answered();
}

void Connection::answered()
{
    std::string().swap(_outHead);
    std::string().swap(_outBody);
    if (_more)
        return askForMore();
    _untilClose = false;
    _first = false;
    if (!_closeAfter) {
        _state = State::Head;
        _begun = false;
        _deadline = _loop.now() + _loop.shared().options.idle;
        return;
    }
    _stream.endSending();
    _state = State::Lingering;
    _deadline = _loop.now() + _loop.shared().options.linger;
    _clean = _clean && _parsed == _in.size();
    _readable = true;
    discard();
}

/// Reads what still comes and forgets it: closed with bytes unread, the kernel would cut off the
/// answer as well.
void Connection::discard()
{
    const std::span<char> room = _loop.room();
    for (std::size_t taken = 0; _readable; taken += room.size()) {
        if (taken >= turnBytesMax)
            return _loop.again(_token);
        const auto [state, bytes] = _stream.receive(room);
        if (state == Stream::State::Blocked)
            _readable = false;
        else if (state != Stream::State::Moved)
            return close();
        else
            _clean = false;
    }
    if (_clean)
        close();
}

void Connection::drain()
{
    _closeAfter = true;
    _readable = true; // what came at the last moment is still served
    if (receiving())
        read();
    if (_state == State::Head && !_begun)
        close();
}

void Connection::onTick()
{
    const TimePoint now = _loop.now();
    if (now >= _deadline)
        return expire();
    if (_state != State::Body)
        return;
    const ServerOptions& options = _loop.shared().options;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - _bodySince);
    if (since > options.bodyGrace &&
        _parser.bodyBytes() * 1000 <
            options.bodyRateMin * static_cast<std::uint64_t>(since.count()))
        expire();
}

void Connection::expire()
{
    const bool idle = _state == State::Head && !_begun;
    if (!idle && _state != State::Lingering)
        _loop.shared().counters.timeouts.fetch_add(1, std::memory_order_relaxed);
    if (_state == State::Body)
        return reject({408, "the body did not come in time"});
    if (_state == State::Head && _begun)
        return reject({408, "the head did not come in time"});
    close();
}

} // namespace spokehub::http
