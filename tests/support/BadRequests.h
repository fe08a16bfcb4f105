#pragma once

#include <string>
#include <vector>

namespace spokehub::test
{

struct BadRequest
{
    std::string what;
    std::string bytes;
    int status;
};

/// Requests that an HTTP/1.1 server must not act on, each with the answer it deserves.
const std::vector<BadRequest>& badRequests();

} // namespace spokehub::test
