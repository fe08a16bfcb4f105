#pragma once

#include "http/Message.h"

#include <exception>
#include <functional>
#include <memory>
#include <string>

namespace spokehub::api
{

/// Answers one request, once, from any thread. Copies answer the same request; the first answer
/// counts.
class Reply
{
public:
    using Send = std::function<void(http::Response)>;

    Reply(std::string requestId, Send send);

    void send(http::Response response) const;
    /// 200 with a JSON document, or another status.
    void json(std::string document, int status = 200) const;
    /// The problem document of what was thrown.
    void fail(const std::exception_ptr& why) const;

    const std::string& requestId() const { return _state->requestId; }

private:
    struct State
    {
        std::string requestId;
        Send send;
    };

    std::shared_ptr<State> _state;
};

http::Response jsonResponse(std::string document, int status = 200);

} // namespace spokehub::api
