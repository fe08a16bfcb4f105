#include "api/Reply.h"

#include "api/Problem.h"
#include "core/Log.h"

namespace spokehub::api
{

Reply::Reply(std::string requestId, Send send)
    : _state(std::make_shared<State>(std::move(requestId), std::move(send)))
{
}

void Reply::send(http::Response response) const
{
    _state->send(std::move(response));
}

void Reply::json(std::string document, int status) const
{
    send(jsonResponse(std::move(document), status));
}

void Reply::fail(const std::exception_ptr& why) const
{
    const LogRequest request(_state->requestId);
    send(responseOf(problemOf(why), _state->requestId));
}

http::Response jsonResponse(std::string document, int status)
{
    http::Response response;
    response.status = status;
    response.contentType = "application/json";
    response.body = std::move(document);
    return response;
}

} // namespace spokehub::api
