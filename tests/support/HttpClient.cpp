#include "support/HttpClient.h"

#include "core/Json.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <strings.h>
#include <system_error>

namespace spokehub::test
{

namespace
{

constexpr int waitSeconds = 30;

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::system_category(), what);
}

Reply parseHead(std::string_view head)
{
    Reply reply;
    if (!head.starts_with("HTTP/1.1 ") || head.size() < 12)
        throw std::runtime_error("not an HTTP answer: " + std::string(head.substr(0, 100)));
    reply.status = std::stoi(std::string(head.substr(9, 3)));
    for (auto at = std::min(head.find("\r\n"), head.size()); at + 2 < head.size();) {
        const auto end = std::min(head.find("\r\n", at + 2), head.size());
        const auto line = head.substr(at + 2, end - at - 2);
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos)
            throw std::runtime_error("not a header: " + std::string(line));
        reply.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
        at = end;
    }
    return reply;
}

void record(std::string_view method, std::string_view target, std::string_view body,
            const HttpClient::Headers& headers, const Reply& reply)
{
    static const char* const file = std::getenv("SPOKEHUB_TRAFFIC");
    if (file == nullptr || !isUtf8(body) || !isUtf8(reply.body) || !isUtf8(target))
        return;
    JsonWriter line;
    const auto write = [&](std::string_view name, const HttpClient::Headers& all) {
        line.key(name).beginArray();
        for (const auto& [key, value] : all)
            line.beginArray().value(key).value(value).endArray();
        line.endArray();
    };
    line.beginObject().member("method", method).member("target", target).member("body", body);
    write("headers", headers);
    line.member("status", reply.status).member("answer", reply.body);
    write("answer_headers", reply.headers);
    const std::string text = line.endObject().take() + "\n";
    static const int log = ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (::write(log, text.data(), text.size()) !=
        static_cast<ssize_t>(text.size())) // at once: others write, too
        throw std::runtime_error(std::string("cannot write to ") + file);
}

} // namespace

std::string Reply::header(std::string_view name) const
{
    for (const auto& [known, value] : headers)
        if (known.size() == name.size() &&
            ::strncasecmp(known.data(), name.data(), name.size()) == 0)
            return value;
    return {};
}

HttpClient::HttpClient(std::uint16_t port) : _port(port) {}

HttpClient::~HttpClient()
{
    disconnect();
}

HttpClient::HttpClient(HttpClient&& other) noexcept
    : _port(other._port), _fd(std::exchange(other._fd, -1)), _in(std::move(other._in))
{
}

void HttpClient::disconnect()
{
    if (_fd >= 0)
        ::close(_fd);
    _fd = -1;
    _in.clear();
}

void HttpClient::connect()
{
    if (_fd >= 0)
        return;
    _fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (_fd < 0)
        fail("socket");
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(_port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval wait{waitSeconds, 0};
    const int one = 1;
    ::setsockopt(_fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    ::setsockopt(_fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    ::setsockopt(_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (::connect(_fd, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
        const int error = errno;
        disconnect();
        errno = error;
        fail("connect");
    }
}

bool HttpClient::send(std::string_view bytes)
{
    connect();
    while (!bytes.empty()) {
        const ssize_t sent = ::send(_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return false;
        if (sent < 0)
            fail("send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void HttpClient::endSending()
{
    ::shutdown(_fd, SHUT_WR);
}

bool HttpClient::fill()
{
    connect();
    std::array<char, 65536> room{};
    const ssize_t got = ::recv(_fd, room.data(), room.size(), 0);
    if (got < 0 && errno != ECONNRESET)
        fail("recv");
    if (got <= 0)
        return false;
    _in.append(room.data(), static_cast<std::size_t>(got));
    return true;
}

std::optional<Reply> HttpClient::receive(bool headOnly)
{
    int interim = 0;
    while (true) {
        auto end = _in.find("\r\n\r\n");
        for (; end == std::string::npos; end = _in.find("\r\n\r\n"))
            if (!fill()) {
                const bool silent = _in.empty();
                disconnect();
                if (!silent)
                    throw std::runtime_error("the answer was cut off");
                return std::nullopt;
            }
        Reply reply = parseHead(std::string_view(_in).substr(0, end));
        _in.erase(0, end + 4);
        if (reply.status < 200) {
            ++interim;
            continue;
        }
        reply.interim = interim;
        if (reply.header("Transfer-Encoding") == "chunked" && !headOnly) {
            reply.body = receiveChunks();
            return reply;
        }
        const std::string length = reply.header("Content-Length");
        const std::size_t size = headOnly || length.empty() ? 0 : std::stoul(length);
        while (_in.size() < size)
            if (!fill())
                throw std::runtime_error("the answer's body was cut off");
        reply.body = _in.substr(0, size);
        _in.erase(0, size);
        return reply;
    }
}

std::string HttpClient::receiveChunks()
{
    std::string body;
    for (;;) {
        auto end = _in.find("\r\n");
        for (; end == std::string::npos; end = _in.find("\r\n"))
            if (!fill())
                throw std::runtime_error("the answer was cut off between two chunks");
        const std::size_t size = std::stoul(_in.substr(0, end), nullptr, 16);
        while (_in.size() < end + 2 + size + 2)
            if (!fill())
                throw std::runtime_error("the answer was cut off within a chunk");
        body.append(_in, end + 2, size);
        _in.erase(0, end + 2 + size + 2);
        if (size == 0)
            return body;
    }
}

bool HttpClient::endsHere()
{
    while (fill()) {
    }
    const bool silent = _in.empty();
    disconnect();
    return silent;
}

Reply HttpClient::request(std::string_view method, std::string_view target, std::string_view body,
                          const Headers& headers)
{
    std::string text;
    text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    for (const auto& [name, value] : headers)
        text.append(name).append(": ").append(value).append("\r\n");
    if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH")
        text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    text.append("\r\n").append(body);

    send(text);
    auto reply = receive(method == "HEAD");
    if (!reply)
        throw std::runtime_error("the server closed without an answer");
    if (reply->header("Connection") == "close")
        disconnect();
    record(method, target, body, headers, *reply);
    return *std::move(reply);
}

Reply HttpClient::get(std::string_view target, const Headers& headers)
{
    return request("GET", target, {}, headers);
}

Reply HttpClient::post(std::string_view target, std::string_view body, const Headers& headers)
{
    return request("POST", target, body, headers);
}

} // namespace spokehub::test
