#pragma once

#include "FaultyDocuments.h"

#include "spokehub/Spoke.h"

namespace faulty
{

/// The shop's REST API: what is no answer with data becomes a Failure with its class.
class ShopApi
{
public:
    explicit ShopApi(spokehub::Host host) : _host(host) {}

    Json get(const std::string& target) const { return call("GET", target, {}); }
    /// Nothing when there is no such thing (404).
    std::optional<Json> find(const std::string& target) const;
    Json put(const std::string& target, const Json& body) const;
    Json post(const std::string& target, const Json& body) const;

private:
    spokehub::HttpResult send(const std::string& method, const std::string& target,
                              const std::string& body) const;
    Json call(const std::string& method, const std::string& target, const std::string& body) const;
    static spokehub::Class classOf(int status, bool writes);
    [[noreturn]] void refuse(const spokehub::HttpResult& answer, bool writes) const;

    spokehub::Host _host;
};

spokehub::Class check(const spokehub::Host& host, spokehub::Out& out);
spokehub::Class pull(const spokehub::Host& host, std::int64_t pages, std::string_view stream,
                     const spokehub::PullRequest& request, spokehub::Out& out);
spokehub::Class push(const spokehub::Host& host, const spokehub::PushBatch& batch,
                     spokehub::Out& out);
spokehub::Class subscribe(const spokehub::Host& host, const spokehub::SubscribeRequest& request,
                          spokehub::Out& out);

} // namespace faulty
