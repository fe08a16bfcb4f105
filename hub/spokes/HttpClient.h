#pragma once

#include "spokes/HttpTransport.h"

#include <memory>
#include <string>
#include <vector>

namespace spokehub::spokes
{

/// Where one channel may call.
struct HttpRules
{
    std::vector<std::string>
        hosts; // of the manifest: "api.shop.example", "*.myshopify.com"; https on port 443 only
    std::string baseUrl; // of the operator's settings: any scheme, port and network
};

/// HTTP(S) to one channel over Poco::Net: kept connections, an absolute deadline, verified TLS, no
/// redirects. An address must be allowed by the rules; private and loopback networks are reached
/// through base_url alone. For one thread, the channel's lane.
class HttpClient final : public HttpTransport
{
public:
    HttpClient(const Clock& clock, HttpRules rules);
    ~HttpClient() override;

    HttpReply send(const HttpCall& call) override;

private:
    struct Impl;
    std::unique_ptr<Impl> _impl;
};

} // namespace spokehub::spokes
