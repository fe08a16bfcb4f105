#pragma once

#include "http/Message.h"
#include "http/Rejection.h"

#include <cstdint>
#include <memory>

namespace spokehub::http
{

struct ParserLimits
{
    std::size_t headBytesMax = 32 * 1024;
    std::size_t fieldsMax = 100;
    std::size_t bodyBytesMax = 5 * 1024 * 1024;
};

/// Reads one request after the other out of a connection's bytes, as RFC 9112 wants it and no
/// wider: what two programs could read in two ways is rejected. However the bytes are cut, the
/// outcome is the same.
class RequestParser
{
public:
    enum class Progress
    {
        NeedMore,  // all that can be read is read
        BodyAhead, // a body comes, or more of it: the next feed() agrees to take announced() bytes
        Whole,     // take() it
        Rejected,  // the end: nothing after it on this connection can be trusted
    };

    static constexpr std::size_t requestLineBytesMax = 8 * 1024;
    static constexpr std::size_t chunkLineBytesMax =
        4 * 1024; // a chunk's size and extension, or the trailers

    explicit RequestParser(const ParserLimits& limits);
    ~RequestParser();
    RequestParser(RequestParser&&) noexcept;

    /// Reads on and answers how many bytes it used; the others must be given again, with more
    /// behind them.
    std::size_t feed(std::string_view bytes);

    Progress progress() const;
    const Rejection& rejection() const;

    /// Body bytes that the request has announced so far: its length, or that of its chunks up to
    /// here.
    std::uint64_t announced() const;
    std::uint64_t bodyBytes() const; // that have come

    /// What is known of the request in hand; of keepAlive() and expectsContinue() once its head is
    /// whole.
    const Request& request() const;
    bool isHttp11() const;
    bool keepAlive() const;
    bool expectsContinue() const;

    /// The whole request; the parser is ready for the next one.
    Request take();

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

} // namespace spokehub::http
