#include "plugins/ShopifyChannel.h"
#include "support/Paths.h"

#include <algorithm>

namespace spokehub::test
{

using namespace spokes;

namespace
{

std::string settingsFor(const standin::ShopifyStandIn& shop, const Value& more)
{
    Value settings = {{"shop", shop.options().shop},
                      {"base_url", shop.url()},
                      {"location", "gid://shopify/Location/1"},
                      {"api_version", "2026-07"}};
    settings.update(more);
    return settings.dump();
}

HttpRules rulesFor(const standin::ShopifyStandIn& shop)
{
    HttpRules rules;
    rules.baseUrl = shop.url();
    return rules;
}

} // namespace

std::vector<Value> ShopifyChannel::Said::of(DocumentKind kind) const
{
    std::vector<Value> found;
    for (const auto& [one, document] : documents)
        if (one == kind)
            found.push_back(document);
    return found;
}

Value ShopifyChannel::Said::result(const std::string& item) const
{
    for (const Value& result : of(DocumentKind::Result))
        if (result["item"] == item)
            return result;
    return {{"class", std::string(toText(verdict.kind))}, {"reason", verdict.reason}};
}

ShopifyChannel::ShopifyChannel(standin::StandInOptions options, const Value& settings)
    : shop(std::move(options)), _http(_clock, rulesFor(shop)),
      _spoke(library(),
             {"shopify",
              _clock,
              _http,
              _values,
              {{"access_token", {"shpat_standin"}},
               {"webhook_secret", {"older-secret", shop.options().secret}}}},
             settingsFor(shop, settings))
{
    shop.with([](standin::Shop& it) { it.addLocation("Shop location"); });
}

const SpokeLibrary& ShopifyChannel::library()
{
    static const SpokeLibrary shopify(std::string(binaryDir) + "/spokes/shopify.so");
    return shopify;
}

Call ShopifyChannel::call()
{
    return {SystemClock().now() + std::chrono::seconds(20), {}};
}

ShopifyChannel::Said ShopifyChannel::said(Answer answer)
{
    Said said{answer.verdict, {}};
    for (const Document& document : answer.documents)
        said.documents.emplace_back(document.kind, Value::parse(document.json));
    return said;
}

ShopifyChannel::Said ShopifyChannel::push(const std::string& kind, const std::vector<Value>& items)
{
    return said(_spoke.push(call(), Value{{"kind", kind}, {"items", items}}.dump()));
}

ShopifyChannel::Said ShopifyChannel::subscribe(const std::string& action,
                                               const std::string& address)
{
    return said(_spoke.subscribe(call(), Value{{"action", action}, {"address", address}}.dump()));
}

ShopifyChannel::Said ShopifyChannel::pull(const std::string& stream, const Value& request,
                                          int checkpointsMax)
{
    Said said;
    said.verdict =
        _spoke.pull(call(), stream, request.dump(), [&](DocumentKind kind, std::string_view json) {
            said.documents.emplace_back(kind, Value::parse(json));
            return kind != DocumentKind::Checkpoint || --checkpointsMax > 0;
        });
    return said;
}

ShopifyChannel::Said ShopifyChannel::translate(const std::string& topic,
                                               const std::string& body) const
{
    return said(_spoke.translate({"webhook-1", topic, body, Time{}}));
}

Value ShopifyChannel::item(const std::string& sku, std::int64_t quantity, const Value& expected)
{
    return shop.with([&](standin::Shop& it) {
        const standin::Variant& variant = *it.variant(sku);
        return Value{{"item", sku},
                     {"key", "key-" + sku},
                     {"external_id", std::to_string(variant.id)},
                     {"parent_id", std::to_string(variant.productId)},
                     {"stock_id", std::to_string(variant.itemId)},
                     {"sku", sku},
                     {"quantity", quantity},
                     {"expected", expected}};
    });
}

Accepted SignedRequest::to(const Spoke& spoke) const
{
    std::vector<WebhookHeader> all;
    for (const auto& [name, value] : headers)
        all.push_back({name, value});
    return spoke.accept({"POST", topic, "", all, body, Time{}});
}

void SignedRequest::set(const std::string& name, const std::string& value)
{
    remove(name);
    headers.emplace_back(name, value);
}

void SignedRequest::remove(const std::string& name)
{
    std::erase_if(headers, [&](const auto& header) { return header.first == name; });
}

} // namespace spokehub::test
