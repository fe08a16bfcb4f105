#include "support/SmallServer.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/String.h>

#include <algorithm>

namespace spokehub::test
{

namespace net = Poco::Net;

class SmallServer::Handler : public net::HTTPRequestHandler
{
public:
    explicit Handler(SmallServer& owner) : _owner(owner) {}

    void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override
    {
        Asked asked{request.getMethod(), request.getURI(), {}, {}};
        for (const auto& [name, value] : request)
            asked.headers[Poco::toLower(name)] = value;
        Poco::StreamCopier::copyToString(request.stream(), asked.body);
        const Said said = _owner.take(std::move(asked));
        response.setStatus(static_cast<net::HTTPResponse::HTTPStatus>(said.status));
        response.setContentType(said.type);
        response.sendBuffer(said.body.data(), said.body.size());
    }

private:
    SmallServer& _owner;
};

class SmallServer::Factory : public net::HTTPRequestHandlerFactory
{
public:
    explicit Factory(SmallServer& owner) : _owner(owner) {}
    net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override
    {
        return new Handler(_owner);
    }

private:
    SmallServer& _owner;
};

SmallServer::SmallServer(Answer answer) : _answer(std::move(answer))
{
    const net::ServerSocket socket(net::SocketAddress("127.0.0.1", 0));
    _http =
        std::make_unique<net::HTTPServer>(new Factory(*this), socket, new net::HTTPServerParams);
    _http->start();
}

SmallServer::~SmallServer()
{
    _http->stopAll(true);
}

std::string SmallServer::url() const
{
    return "http://127.0.0.1:" + std::to_string(_http->port());
}

SmallServer::Said SmallServer::take(Asked asked)
{
    const std::lock_guard lock(_mutex);
    _asked.push_back(std::move(asked));
    return _answer(_asked.back());
}

int SmallServer::asked(const std::string& what) const
{
    const std::lock_guard lock(_mutex);
    return static_cast<int>(std::ranges::count_if(
        _asked, [&](const Asked& each) { return each.method + " " + each.target == what; }));
}

std::vector<SmallServer::Asked> SmallServer::all() const
{
    const std::lock_guard lock(_mutex);
    return _asked;
}

} // namespace spokehub::test
