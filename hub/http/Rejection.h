#pragma once

#include "http/Message.h"

#include <string>
#include <string_view>

namespace spokehub::http
{

/// Why the server itself turns a request down; after saying so it closes the connection.
struct Rejection
{
    int status = 400;
    std::string detail;
};

/// The problem document (RFC 9457) of a rejection; 503 carries Retry-After.
Response problem(const Rejection& rejection, std::string_view requestId);

/// "Not Found" for 404; "Unknown" for a status without a name.
std::string_view reasonPhrase(int status);

} // namespace spokehub::http
