#include "ShopifySpoke.h"

#include "ShopifyCheck.h"
#include "ShopifyListings.h"
#include "ShopifyOrders.h"
#include "ShopifyShipments.h"
#include "ShopifyStock.h"
#include "ShopifySubscriptions.h"
#include "ShopifyTranslate.h"

#include <algorithm>

namespace spokehub::shopify
{

namespace
{

constexpr std::string_view manifestText = R"json({
  "name": "shopify", "version": "1.0.0", "title": "Shopify", "kind": "sales_channel",
  "verbs": ["check", "accept", "translate", "pull", "push", "subscribe"],
  "streams": ["orders", "listings", "levels"], "push": ["stock", "shipment"], "quantity": "available",
  "settings": {
    "type": "object",
    "properties": {
      "shop": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9-]*[.]myshopify[.]com$",
               "description": "The shop's own domain, such as leggings.myshopify.com"},
      "location": {"type": "string", "pattern": "^(gid://shopify/Location/)?[0-9]+$",
                   "description": "The shop's location whose stock is kept: its number, or gid://shopify/Location/NUMBER"},
      "api_version": {"type": "string", "default": "2026-07", "pattern": "^20[0-9]{2}-(01|04|07|10)$",
                      "description": "Version of the Admin API, 2026-01 or newer"},
      "notify_customer": {"type": "boolean", "default": false,
                          "description": "Whether Shopify mails the customer when a shipment is reported"},
      "base_url": {"type": "string", "pattern": "^https?://",
                   "description": "Only for stand-ins and proxies; without it the address follows from 'shop'"}
    },
    "required": ["shop", "location"], "additionalProperties": false
  },
  "secrets": {
    "access_token": {"required": true, "description": "Access token of the app for the Admin API (shpat_...)"},
    "webhook_secret": {"required": true, "list": true,
                       "description": "Client secret of the app, which signs webhooks; during a rotation the old one too"}
  },
  "hosts": ["*.myshopify.com"],
  "topics": ["orders/create", "orders/paid", "orders/updated", "orders/cancelled", "orders/edited", "orders/fulfilled",
             "refunds/create", "fulfillments/create", "fulfillments/update", "inventory_levels/update",
             "products/update", "app/uninstalled"],
  "api_version": "2026-07",
  "rate": {"capacity": 1000, "restore_per_second": 50, "cost": 13, "batch_max": 100, "concurrency": 1}
})json";

/// A header under its own name or under the newer one without "X-".
struct Sent
{
    std::size_t count;
    std::string_view value;
};

Sent header(const Request& request, std::string_view name)
{
    const std::string_view newer = name.substr(2);
    const std::size_t old = request.headerCount(name);
    const auto value = request.header(old > 0 ? name : newer);
    return {old + request.headerCount(newer), value.value_or(std::string_view())};
}

/// "orders-create" in a path is the topic "orders/create".
std::string topicOf(std::string_view path)
{
    std::string topic(path.substr(0, 100));
    std::replace(topic.begin(), topic.end(), '-', '/');
    return topic;
}

} // namespace

std::string_view ShopifySpoke::manifest()
{
    return manifestText;
}

ShopifySpoke::ShopifySpoke(Host host, const Settings& settings)
    : _host(host), _settings(settings), _api(host, _settings)
{
}

Accepted ShopifySpoke::accept(const Request& request) const
{
    const Sent signature = header(request, "X-Shopify-Hmac-Sha256");
    if (signature.count != 1)
        return Accepted::forged(signature.count == 0
                                    ? "X-Shopify-Hmac-Sha256 is missing"
                                    : "X-Shopify-Hmac-Sha256 was sent more than once");
    const auto mac = fromBase64(signature.value);
    if (!mac || mac->size() != 32 || !_host.signedBy("webhook_secret", request.body(), *mac))
        return Accepted::forged("the signature does not fit the body under any webhook_secret");

    const Sent shop = header(request, "X-Shopify-Shop-Domain");
    if (shop.count != 1 || !detail::sameName(shop.value, _settings.shop))
        return Accepted::forged("X-Shopify-Shop-Domain is not " + _settings.shop + " but \"" +
                                std::string(shop.value.substr(0, 100)) + "\"");
    const Sent id = header(request, "X-Shopify-Webhook-Id");
    if (id.count != 1 || id.value.empty() || id.value.size() > 200)
        return Accepted::forged("X-Shopify-Webhook-Id is missing, doubled or too long");

    const Sent sent = header(request, "X-Shopify-Topic");
    const std::string topic =
        sent.count == 0 ? topicOf(request.topic()) : std::string(sent.value.substr(0, 100));
    if (sent.count > 1 || topic.empty())
        return Accepted::forged("X-Shopify-Topic is missing or was sent more than once");
    if (!request.topic().empty() && topicOf(request.topic()) != topic)
        return Accepted::mismatch("the address is for " + topicOf(request.topic()) +
                                  ", but X-Shopify-Topic says " + topic);
    const Sent triggered = header(request, "X-Shopify-Triggered-At");
    return Accepted::genuine(id.value, topic, microsFromIso(triggered.value).value_or(0));
}

Class ShopifySpoke::translate(const Message& message, Out& out) const
{
    return shopify::translate(_host, message, out);
}

Class ShopifySpoke::check(Out& out)
{
    return shopify::check(_api, _settings, out);
}

Class ShopifySpoke::pull(std::string_view stream, const PullRequest& request, Out& out)
{
    if (stream == "orders")
        return pullOrders(_host, _api, request, out);
    if (stream == "listings")
        return pullListings(_host, _api, _settings, request, out);
    if (stream == "levels")
        return pullLevels(_host, _api, _settings, request, out);
    return out.problem(Class::Unsupported, "Shopify has no stream '" + std::string(stream) + "'");
}

Class ShopifySpoke::push(const PushBatch& batch, Out& out)
{
    if (batch.kind == "stock")
        return StockPush(_host, _api, _settings, out).run(batch.stock);
    if (batch.kind == "shipment")
        return ShipmentPush(_host, _api, _settings, out).run(batch.shipments);
    return out.problem(Class::Unsupported, "Shopify takes no push of kind '" + batch.kind + "'");
}

Class ShopifySpoke::subscribe(const SubscribeRequest& request, Out& out)
{
    return shopify::subscribe(_api, request, out);
}

} // namespace spokehub::shopify

SPOKEHUB_EXPORT(spokehub::shopify::ShopifySpoke);
