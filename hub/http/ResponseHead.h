#pragma once

#include "http/Message.h"

#include <cstdint>
#include <string>

namespace spokehub::http
{

/// What an answer must know of its request.
struct Exchange
{
    std::uint64_t connection = 0; // its token in the loop
    std::size_t reserved = 0;     // body bytes taken at the gate, given back with the answer
    std::string id;
    bool http11 = true;
    bool keepAlive = true;
    bool headOnly = false;
};

/// Status line and headers. A response that cannot be sent as it is (a status out of range, a
/// header with a control character) becomes a 500. Drops the body where there must be none.
std::string headOf(Response& response, const Exchange& exchange);

} // namespace spokehub::http
