#include "http/RequestParser.h"

#include "http/Target.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace spokehub::http
{

namespace
{

namespace beast = boost::beast;
using BeastError = beast::http::error;
using Text = beast::string_view;

constexpr std::array<std::string_view, 7> methods = {"GET",   "HEAD",   "POST",   "PUT",
                                                     "PATCH", "DELETE", "OPTIONS"};

std::string_view view(Text text)
{
    return {text.data(), text.size()};
}

/// "0" CRLF CRLF: so much always comes. Given a part of it twice, Beast would abort the process.
constexpr std::size_t lastChunkBytes = 5;

bool isTokenCharacter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
}

bool isControl(char c)
{
    return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f;
}

bool carriesBody(std::string_view method)
{
    return method == "POST" || method == "PUT" || method == "PATCH";
}

/// "HTTP/" digit "." digit at the end of the request line, and not ours.
bool namesOtherVersion(std::string_view head)
{
    const auto line = head.substr(0, head.find('\r'));
    const auto version = line.substr(line.rfind(' ') + 1);
    const auto digit = [&](std::size_t at) { return version[at] >= '0' && version[at] <= '9'; };
    return version.size() == 8 && version.starts_with("HTTP/") && digit(5) && version[6] == '.' &&
           digit(7) && version != "HTTP/1.0" && version != "HTTP/1.1";
}

Rejection rejectionOf(beast::error_code error, std::string_view bytes)
{
    if (error == BeastError::bad_method)
        return {400, "the request does not begin with a method"};
    if (error == BeastError::bad_target)
        return {400, "the request-target holds what it must not"};
    if (error == BeastError::bad_version)
        return namesOtherVersion(bytes)
                   ? Rejection{505, "this server speaks HTTP/1.1 and HTTP/1.0"}
                   : Rejection{400, "the request line does not end with an HTTP version"};
    if (error == BeastError::bad_field)
        return {400,
                "a header's name is empty, holds what it must not, or has space before its colon"};
    if (error == BeastError::bad_value)
        return {400,
                "a header's value holds a control character, or is not what its name asks for"};
    if (error == BeastError::bad_line_ending)
        return {400, "a line ends with CR alone"};
    if (error == BeastError::bad_content_length)
        return {400, "Content-Length is not one number, or stands beside Transfer-Encoding"};
    if (error == BeastError::bad_transfer_encoding)
        return {400, "Transfer-Encoding is given twice, or stands beside Content-Length"};
    if (error == BeastError::bad_chunk || error == BeastError::bad_chunk_extension)
        return {400, "the chunks of the body are malformed"};
    if (error == BeastError::header_limit)
        return {431, "the head is too large"};
    if (error == BeastError::body_limit)
        return {413, "the body is too large"};
    return {400, "the request is malformed"};
}

/// Beast's parser, and what it does not ask: it keeps the request and refuses what RFC 9112 lets a
/// server refuse.
class Reader final : public beast::http::basic_parser<true>
{
public:
    explicit Reader(const ParserLimits& limits) : _limits(limits)
    {
        header_limit(static_cast<std::uint32_t>(limits.headBytesMax));
        body_limit(limits.bodyBytesMax);
    }

    Request request;
    std::optional<Rejection> rejection; // our own reason; else the parser's error tells
    std::uint64_t announced = 0;
    bool http11 = false;
    bool chunked = false;
    bool expectsContinue = false;
    bool headDone = false;

private:
    void reject(beast::error_code& error, int status, std::string detail)
    {
        rejection = Rejection{status, std::move(detail)};
        error = BeastError::bad_value;
    }

    void on_request_impl(beast::http::verb, Text method, Text target, int version,
                         beast::error_code&) override
    {
        http11 = version == 11;
        request.method = view(method);
        request.target = view(target);
        request.headers.reserve(16);
    }

    void on_field_impl(beast::http::field field, Text name, Text value,
                       beast::error_code& error) override
    {
        if (headDone)
            return; // trailers are read, and count for nothing
        if (request.headers.size() >= _limits.fieldsMax)
            return reject(error, 431,
                          "more than " + std::to_string(_limits.fieldsMax) + " header fields");

        if (field == beast::http::field::host)
            checkHost(view(value), error);
        else if (field == beast::http::field::content_length)
            checkLength(view(value), error);
        else if (field == beast::http::field::transfer_encoding)
            checkCoding(view(value), error);
        request.headers.push_back({std::string(view(name)), std::string(view(value))});
    }

    void checkHost(std::string_view value, beast::error_code& error)
    {
        if (request.count("Host") != 0)
            return reject(error, 400, "Host is given more than once");
        if (!isAuthority(value))
            return reject(error, 400, "Host is not a host and port");
    }

    void checkLength(std::string_view value, beast::error_code& error)
    {
        if (request.count("Content-Length") != 0)
            return reject(error, 400, "Content-Length is given more than once");
        if (value.empty() ||
            !std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; }))
            return reject(error, 400, "Content-Length is not one number");
        if (request.header("Transfer-Encoding") != nullptr)
            return reject(error, 400, "Content-Length stands beside Transfer-Encoding");
    }

    void checkCoding(std::string_view value, beast::error_code& error)
    {
        if (request.header("Content-Length") != nullptr)
            return reject(error, 400, "Content-Length stands beside Transfer-Encoding");
        if (request.header("Transfer-Encoding") != nullptr)
            return reject(error, 400, "Transfer-Encoding is given more than once");
        if (!http11)
            return reject(error, 400, "HTTP/1.0 has no Transfer-Encoding");
        chunked = equalNames(value, "chunked");
        if (chunked)
            return;

        const auto comma = value.rfind(',');
        const auto start = value.find_first_not_of(" \t", comma == value.npos ? 0 : comma + 1);
        const auto last = start == value.npos ? std::string_view{} : value.substr(start);
        if (comma == value.npos || !equalNames(last, "chunked"))
            return reject(error, 400,
                          "the last transfer coding is not chunked, so the body has no end");
        reject(error, 501, "chunked is the only transfer coding this server knows");
    }

    void on_header_impl(beast::error_code& error) override
    {
        headDone = true;
        const std::string* host = request.header("Host");
        if (http11 && host == nullptr)
            return reject(error, 400, "Host is missing");
        if (std::ranges::find(methods, request.method) == methods.end())
            return reject(error, 501, "the method is not one that this server knows");

        const auto target = splitTarget(request.method, request.target);
        if (!target)
            return reject(error, 400, "the request-target is not a path, nor the URL of one");
        if (!target->authority.empty() && host != nullptr && !equalNames(target->authority, *host))
            return reject(error, 400, "the request-target and Host name different hosts");
        request.path = target->path;
        request.query = target->query;
        checkExpectations(error);
    }

    void checkExpectations(beast::error_code& error)
    {
        if (!http11 && carriesBody(request.method) && request.header("Content-Length") == nullptr)
            return reject(error, 411, "HTTP/1.0 needs a Content-Length here");
        const std::string* expectation = request.header("Expect");
        if (expectation == nullptr || !http11)
            return;
        if (!equalNames(*expectation, "100-continue"))
            return reject(error, 417, "100-continue is the only expectation this server knows");
        expectsContinue = true;
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                           beast::error_code&) override
    {
        if (length)
            request.body.reserve(static_cast<std::size_t>(*length));
    }

    std::size_t on_body_impl(Text body, beast::error_code&) override
    {
        request.body.append(body.data(), body.size());
        return body.size();
    }

    void on_chunk_header_impl(std::uint64_t size, Text extension, beast::error_code& error) override
    {
        announced += size;
        if (std::ranges::any_of(view(extension), isControl))
            reject(error, 400, "a chunk's extension holds a control character");
    }

    std::size_t on_chunk_body_impl(std::uint64_t, Text body, beast::error_code&) override
    {
        request.body.append(body.data(), body.size());
        return body.size();
    }

    void on_response_impl(int, Text, int, beast::error_code&) override {}
    void on_finish_impl(beast::error_code&) override {}

    const ParserLimits& _limits;
};

} // namespace

struct RequestParser::Impl
{
    explicit Impl(const ParserLimits& given) : limits(given) { reader.emplace(limits); }

    const ParserLimits limits;
    std::optional<Reader> reader;
    Progress progress = Progress::NeedMore;
    Rejection rejection;
    std::size_t scanned = 0; // of a head that is not yet whole
    std::size_t lineAt = 0;  // where the line begins that is being scanned
    std::uint64_t chunkLineBytes = 0;
    bool emptyLineSkipped = false;

    void reject(Rejection why)
    {
        rejection = std::move(why);
        progress = Progress::Rejected;
    }

    std::size_t feedHead(std::string_view bytes);
    std::size_t headEnd(std::string_view bytes);
    std::size_t feedBody(std::string_view bytes);
    std::size_t put(std::string_view bytes);
    void checkChunkLine(std::string_view line, bool whole);
    void restart();
};

/// Where the head ends: behind its first empty line; 0 while that has not come. Looks at each byte
/// once, and sees what Beast would let pass: LF alone, and folded lines.
std::size_t RequestParser::Impl::headEnd(std::string_view bytes)
{
    while (const void* found = std::memchr(bytes.data() + scanned, '\n', bytes.size() - scanned)) {
        const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
        if (end == lineAt || bytes[end - 1] != '\r')
            return reject({400, "a line ends with LF alone"}), 0;
        if (lineAt == 0 && end > requestLineBytesMax)
            break;
        if (end >= limits.headBytesMax)
            break;
        if (end - 1 == lineAt)
            return end + 1;
        if (bytes[lineAt] == ' ' || bytes[lineAt] == '\t')
            return reject({400, "a line of the head begins with space"}), 0;
        lineAt = scanned = end + 1;
    }
    if (lineAt == 0 && bytes.size() > requestLineBytesMax)
        reject({414, "the request line is longer than " + std::to_string(requestLineBytesMax) +
                         " bytes"});
    else if (bytes.size() > limits.headBytesMax)
        reject({431, "the head is larger than " + std::to_string(limits.headBytesMax) + " bytes"});
    scanned = bytes.size();
    return 0;
}

/// Gives Beast the head in one piece, so that what comes of it does not depend on how the bytes
/// arrived.
std::size_t RequestParser::Impl::feedHead(std::string_view bytes)
{
    std::size_t skipped = 0;
    if (scanned == 0 && !emptyLineSkipped && bytes.starts_with('\r')) {
        if (bytes.size() == 1)
            return 0;
        if (bytes[1] == '\n') {
            emptyLineSkipped = true; // RFC 9112, 2.2: one empty line before a request is borne
            skipped = 2;
            bytes.remove_prefix(2);
        }
    }
    if (bytes.empty())
        return skipped;
    if (!isTokenCharacter(bytes.front()))
        return reject({400, "the request does not begin with a method"}), skipped;

    const std::size_t end = headEnd(bytes);
    if (end == 0)
        return skipped;
    const std::size_t used = put(bytes.substr(0, end));
    if (progress == Progress::Rejected)
        return skipped + used;
    if (!reader->headDone || used != end)
        return reject({400, "the head ends too early"}), skipped + used;

    reader->announced = reader->content_length().value_or(0); // chunks announce themselves
    progress = reader->is_done() ? Progress::Whole : Progress::BodyAhead;
    return skipped + used;
}

/// One step of Beast. That it wants more bytes than there are is no error here.
std::size_t RequestParser::Impl::put(std::string_view bytes)
{
    beast::error_code error;
    const std::size_t used = reader->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error && error != BeastError::need_more)
        reject(reader->rejection ? *reader->rejection : rejectionOf(error, bytes));
    return used;
}

std::size_t RequestParser::Impl::feedBody(std::string_view bytes)
{
    std::size_t used = 0;
    while (used < bytes.size()) {
        const std::uint64_t announcedBefore = reader->announced;
        const auto rest = bytes.substr(used);
        const bool betweenChunks =
            reader->chunked && reader->announced == reader->request.body.size();
        if (betweenChunks && rest.size() < lastChunkBytes)
            return used;
        const std::size_t step = put(rest);
        used += step;
        if (progress == Progress::Rejected)
            return used;
        if (betweenChunks)
            checkChunkLine(step == 0 ? rest : rest.substr(0, step), step != 0);
        if (progress == Progress::Rejected)
            return used;
        if (reader->is_done())
            return progress = Progress::Whole, used;
        if (reader->announced != announcedBefore)
            return progress = Progress::BodyAhead, used;
        if (step == 0)
            return used;
    }
    return used;
}

void RequestParser::Impl::checkChunkLine(std::string_view line, bool whole)
{
    if (line.size() > chunkLineBytesMax)
        return reject({400, "a chunk's first line, or the trailers, are longer than " +
                                std::to_string(chunkLineBytesMax) + " bytes"});
    if (!whole)
        return;
    chunkLineBytes += line.size();
    if (chunkLineBytes > reader->announced + 4 * chunkLineBytesMax)
        return reject({400, "the body comes in chunks that are smaller than their first lines"});
    if (line.find("\r\n ") != line.npos || line.find("\r\n\t") != line.npos)
        reject({400, "a trailer begins with space"});
}

void RequestParser::Impl::restart()
{
    reader.emplace(limits);
    progress = Progress::NeedMore;
    scanned = lineAt = 0;
    chunkLineBytes = 0;
    emptyLineSkipped = false;
}

RequestParser::RequestParser(const ParserLimits& limits) : _impl(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;

std::size_t RequestParser::feed(std::string_view bytes)
{
    if (_impl->progress == Progress::BodyAhead)
        _impl->progress = Progress::NeedMore;
    if (_impl->progress != Progress::NeedMore)
        return 0;
    return _impl->reader->headDone ? _impl->feedBody(bytes) : _impl->feedHead(bytes);
}

RequestParser::Progress RequestParser::progress() const
{
    return _impl->progress;
}

const Rejection& RequestParser::rejection() const
{
    return _impl->rejection;
}

std::uint64_t RequestParser::announced() const
{
    return _impl->reader->announced;
}

std::uint64_t RequestParser::bodyBytes() const
{
    return _impl->reader->request.body.size();
}

const Request& RequestParser::request() const
{
    return _impl->reader->request;
}

bool RequestParser::isHttp11() const
{
    return _impl->reader->http11;
}

bool RequestParser::keepAlive() const
{
    return _impl->reader->headDone &&
           _impl->reader->keep_alive(); // it aborts before the head is whole
}

bool RequestParser::expectsContinue() const
{
    return _impl->reader->expectsContinue;
}

Request RequestParser::take()
{
    Request request = std::move(_impl->reader->request);
    _impl->restart();
    return request;
}

} // namespace spokehub::http
