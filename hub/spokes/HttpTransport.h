#pragma once

#include "core/Clock.h"
#include "spokehub/Class.h"

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spokehub::spokes
{

struct HttpCall
{
    std::string method;
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string_view body;
    std::uint64_t bodyBytesMax = 16 * 1024 * 1024;
    Time deadline;           // absolute, for the whole exchange
    std::stop_token stopped; // looked at between reads
};

/// `kind`: Done: there was an answer, whatever its status. Retry: nothing was sent. UnknownOutcome:
/// it was sent, the answer is lost. Config: the address is not allowed. Cancelled. `reason` says
/// why in all but the first.
struct HttpReply
{
    Class kind = Class::Done;
    std::string reason;
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// How the hub reaches a channel; HttpClient in earnest, something else in tests and simulations.
class HttpTransport
{
public:
    virtual ~HttpTransport() = default;
    virtual HttpReply send(const HttpCall& call) = 0;
};

} // namespace spokehub::spokes
