#pragma once

#include "JsonObject.h"
#include "ShopifySettings.h"

#include "spokehub/Spoke.h"

namespace spokehub::shopify
{

/// What a query costs more than Shopify allows for one query.
class TooCostly : public Failure
{
public:
    using Failure::Failure;
};

/// A cursor that Shopify gave once and does not take any more.
class LostCursor : public Failure
{
public:
    using Failure::Failure;
};

/// The Admin GraphQL API of one shop: everything that is not an answer with data becomes a Failure
/// with its class, and the points that are left become a rate document. For one thread, the
/// channel's lane.
class ShopifyApi
{
public:
    ShopifyApi(Host host, const ShopifySettings& settings)
        : _host(host), _endpoint(settings.endpoint)
    {
    }

    /// Sends one document of Queries.h with its variables (JSON text) and answers `data`, valid
    /// until the next call.
    JsonObject call(const char* document, std::string_view variables, Out& out);

private:
    std::string post(const char* document, std::string_view variables, bool writes);
    void refuseStatus(const HttpResult& answer, bool writes) const;
    void heed(const JsonObject& answer, Out& out);
    void refuseErrors(const JsonObject& answer, bool writes) const;

    Host _host;
    std::string _endpoint;
    simdjson::dom::parser _parser;
    std::string _body;
    // What the last answer said of the bucket, for the wait when it is throttled.
    std::int64_t _asked = 0;
    std::int64_t _left = 0;
    std::int64_t _restore = 0;
};

/// The userErrors of a mutation's payload as one sentence; empty when there are none.
std::string userErrors(const JsonObject& payload);

/// Whether a connection has another page, and after which cursor.
struct PageInfo
{
    bool more = false;
    std::string cursor;

    static PageInfo of(const JsonObject& connection);
};

/// A page of a connection. Where Shopify does not take the cursor any more it is the first one:
/// read twice does no harm, and nothing is left out. `variables` makes them with `cursor`.
template <class Variables>
JsonObject pageOf(ShopifyApi& api, const char* document, std::string& cursor, Variables&& variables,
                  Out& out)
{
    try {
        return api.call(document, variables(), out);
    } catch (const LostCursor&) {
        if (cursor.empty())
            throw;
    }
    cursor.clear();
    return api.call(document, variables(), out);
}

} // namespace spokehub::shopify
