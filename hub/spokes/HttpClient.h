#pragma once

#include "spokes/AddressRules.h"
#include "spokes/HttpTransport.h"

#include <memory>

namespace spokehub::spokes
{

/// HTTP(S) to one channel over Poco::Net: kept connections, one absolute deadline for the whole
/// exchange, verified TLS, no redirects. An address must be allowed by the rules. For one thread,
/// the channel's lane.
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
