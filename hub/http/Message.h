#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::http
{

struct Header
{
    std::string name;
    std::string value;
};

/// One whole request, checked: a handler never sees a part of one, or one that breaks RFC 9112.
struct Request
{
    std::string method; // GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS
    std::string target; // as sent
    std::string path;   // as sent, percent-encoding and all; every % is followed by two hex digits
    std::string query;  // what follows the first ?
    std::vector<Header> headers;
    std::string body;
    std::string remoteAddress; // of the peer; of the client when the peer is a trusted proxy
    std::string id; // "req_…", or the caller's own X-Request-Id when that is a plain word
    bool viaLoopback = false; // from this machine, and not through a proxy that says so

    /// The first header of this name, in any case; null when there is none.
    const std::string* header(std::string_view name) const;
    std::size_t count(std::string_view name) const;
};

/// Some more of an answer.
struct Piece
{
    std::string bytes{};
    bool last = false;
    bool broken =
        false; // there is more, and it cannot be had: the peer sees that the answer is cut
};

/// Asked on an I/O thread, once what came before was sent; hands on the next piece, at once or
/// later from any thread. So an answer that never ends takes no more memory than a piece.
using More = std::function<void(std::function<void(Piece)>)>;

/// The server adds Content-Length, Date, X-Request-Id, X-Content-Type-Options and Connection;
/// headers of these names are not taken from here.
struct Response
{
    int status = 200;
    std::vector<Header> headers = {};
    std::string contentType = {};
    std::string body = {};
    bool close = false;
    More more = nullptr; // what follows the body; not for answers without one
};

/// True when both are equal, whatever the case of their ASCII letters.
bool equalNames(std::string_view one, std::string_view other);

} // namespace spokehub::http
