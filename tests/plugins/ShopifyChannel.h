#pragma once

#include "spokes/HttpClient.h"
#include "spokes/LoadedSpoke.h"
#include "standin/ShopifyStandIn.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace spokehub::test
{

using Value = nlohmann::json;

/// The Shopify spoke's own file, opened as a channel of a stand-in shop: what the hub's lane does
/// with it.
class ShopifyChannel
{
public:
    struct Said
    {
        spokes::Verdict verdict;
        std::vector<std::pair<spokes::DocumentKind, Value>> documents;

        /// The documents of one kind.
        std::vector<Value> of(spokes::DocumentKind kind) const;
        /// The result of one pushed item.
        Value result(const std::string& item) const;
    };

    explicit ShopifyChannel(standin::StandInOptions options = {},
                            const Value& settings = Value::object());

    static const spokes::SpokeLibrary& library();

    standin::ShopifyStandIn shop;

    spokes::Spoke& spoke() { return _spoke; }
    Said check() { return said(_spoke.check(call())); }
    Said push(const std::string& kind, const std::vector<Value>& items);
    Said subscribe(const std::string& action, const std::string& address);
    /// Stops after `checkpointsMax` checkpoints, as a lane that is cut off does.
    Said pull(const std::string& stream, const Value& request = Value::object(),
              int checkpointsMax = 1000);
    Said translate(const std::string& topic, const std::string& body) const;

    /// A stock item for the variant with that SKU.
    Value item(const std::string& sku, std::int64_t quantity, const Value& expected = nullptr);

private:
    static spokes::Call call();
    static Said said(spokes::Answer answer);

    SystemClock _clock;
    spokes::HttpClient _http;
    spokes::BufferedValues _values;
    spokes::LoadedSpoke _spoke;
};

/// Posts nothing: the parts of a request as accept gets it.
struct SignedRequest
{
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string topic; // of the path

    spokes::Accepted to(const spokes::Spoke& spoke) const;
    void set(const std::string& name, const std::string& value);
    void remove(const std::string& name);
};

} // namespace spokehub::test
