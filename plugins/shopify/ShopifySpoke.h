#pragma once

#include "ShopifyApi.h"
#include "ShopifySettings.h"

#include "spokehub/Spoke.h"

namespace spokehub::shopify
{

/// One Shopify shop. Translates and nothing else: it keeps no state but its settings.
class ShopifySpoke final : public Spoke
{
public:
    static std::string_view manifest();

    ShopifySpoke(Host host, const Settings& settings);

    Class check(Out& out) override;
    Accepted accept(const Request& request) const override;
    Class translate(const Message& message, Out& out) const override;
    Class pull(std::string_view stream, const PullRequest& request, Out& out) override;
    Class push(const PushBatch& batch, Out& out) override;
    Class subscribe(const SubscribeRequest& request, Out& out) override;

private:
    Host _host;
    ShopifySettings _settings;
    ShopifyApi _api;
};

} // namespace spokehub::shopify
