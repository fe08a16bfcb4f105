#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace spokehub::spokes
{

/// What the hub and the process of an isolated spoke say to each other. The child begins with
/// Loaded; then the hub asks, and the child answers with any number of documents and host calls,
/// and at last Ended. All of it stands in RemoteCalls and child/; the numbers are those of one
/// release, for both sides come from it.
enum class FrameKind : std::uint8_t
{
    // from the child
    Loaded = 1,    // what its file is
    Document,      // kind, json
    AskedDocument, // the same; the child waits for Continue
    LargeDocument, // kind, size: it is not worth sending
    Accepted,
    HostCall, // service, its arguments; the child waits for HostAnswer
    Ended,    // the class

    // from the hub
    Describe = 64,
    Open,
    Verb,
    Accept,
    Translate,
    HostAnswer,
    Continue, // is more wanted?
    Stop,     // no more documents, please
};

struct Frame
{
    FrameKind kind;
    std::string_view payload; // until the next one is asked for
};

/// Why there is no frame.
class FrameError : public std::runtime_error
{
public:
    enum class Kind
    {
        Closed,   // the other side is gone
        TimedOut, // it did not come in time
        Garbage,  // what came is no frame
    };

    FrameError(Kind kind, const std::string& what) : std::runtime_error(what), _kind(kind) {}
    Kind kind() const { return _kind; }

private:
    Kind _kind;
};

/// Length-prefixed frames over one end of a socket pair, which it owns. One thread at a time.
class Frames
{
public:
    /// A body of 64 MiB and its headers fit.
    static constexpr std::size_t frameBytesMax = 72 * 1024 * 1024;

    /// Waits until the socket is ready for `events` (as poll has them), or throws a FrameError.
    using Wait = std::function<void(int socket, short events)>;

    Frames(int socket, Wait wait);
    ~Frames();
    Frames(const Frames&) = delete;
    Frames& operator=(const Frames&) = delete;

    /// Buffered until flush, or until there is enough of it.
    void put(FrameKind kind, std::string_view payload);
    void flush();

    Frame next();
    /// Whether one is there already; does not wait.
    bool ready();

    int socket() const { return _socket; }

private:
    bool receive();
    std::size_t frameSize() const;

    const int _socket;
    const Wait _wait;
    std::string _out;
    std::string _in;
    std::size_t _begin = 0; // of what is not read yet
    std::size_t _end = 0;   // of what has come
    std::size_t _last = 0;  // size of the frame that was handed out
};

/// Numbers and texts, one after the other.
class Packer
{
public:
    Packer& number(std::int64_t number);
    Packer& text(std::string_view text);
    const std::string& packed() const { return _packed; }

private:
    std::string _packed;
};

/// What a Packer packed; throws a FrameError when there is less than asked for.
class Unpacker
{
public:
    explicit Unpacker(std::string_view packed) : _rest(packed) {}
    std::int64_t number();
    std::string_view text();

private:
    std::string_view take(std::size_t bytes);
    std::string_view _rest;
};

} // namespace spokehub::spokes
