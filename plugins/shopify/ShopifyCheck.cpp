#include "ShopifyCheck.h"

#include "Queries.h"

#include <algorithm>
#include <set>

namespace spokehub::shopify
{

namespace
{

struct Scope
{
    const char* handle;
    bool needed;
    const char* without; // what cannot be done then
};

constexpr Scope scopes[] = {
    {"read_products", true, "listings cannot be read"},
    {"read_orders", true, "orders cannot be read, and order webhooks are not sent"},
    {"read_inventory", true, "levels cannot be read"},
    {"write_inventory", true, "stock cannot be set"},
    {"read_merchant_managed_fulfillment_orders", true,
     "what is still to be shipped cannot be read"},
    {"write_merchant_managed_fulfillment_orders", true, "shipments cannot be reported"},
    {"read_locations", false, "locations may be withheld"},
    {"read_customers", false, "names and mail addresses of customers may be withheld"},
    {"read_all_orders", false, "orders older than 60 days cannot be read"},
};

/// write_x includes read_x.
bool granted(const std::set<std::string>& given, const std::string& handle)
{
    return given.count(handle) != 0 ||
           (handle.rfind("read_", 0) == 0 && given.count("write_" + handle.substr(5)) != 0);
}

void checkScopes(const JsonObject& data, Out& out)
{
    std::set<std::string> given;
    const JsonObject installation = data.required("currentAppInstallation");
    installation.each("accessScopes", [&](const JsonObject& one) {
        given.insert(std::string(one.text("handle")));
    });
    bool complete = true;
    for (const Scope& scope : scopes) {
        if (granted(given, scope.handle))
            continue;
        complete = complete && !scope.needed;
        out.finding({scope.needed ? "error" : "warning", "access_token",
                     std::string("the scope ") + scope.handle + " is missing: " + scope.without,
                     std::string("grant ") + scope.handle + " to the app and install it again"});
    }
    if (complete)
        out.finding(
            {"ok", "access_token", "the token is valid and has every scope that is needed", ""});
}

void checkShop(const JsonObject& data, const ShopifySettings& settings, Out& out)
{
    const JsonObject shop = data.required("shop");
    const std::string domain(shop.text("myshopifyDomain"));
    if (detail::sameName(domain, settings.shop))
        out.finding(
            {"ok", "shop", domain + " answers as \"" + std::string(shop.text("name")) + "\"", ""});
    else
        out.finding({"error", "shop",
                     "the token belongs to " + domain + ", not to " + settings.shop,
                     "set 'shop' to " + domain + ", or give the token of " + settings.shop});
}

void checkLocation(const JsonObject& data, const ShopifySettings& settings, Out& out)
{
    const auto location = data.object("location");
    if (!location)
        return out.finding(
            {"error", "location", "the shop has no location " + settings.location,
             "take the number at the end of the location's address in Settings > Locations"});
    const std::string name(location->text("name"));
    if (!location->flag("isActive"))
        out.finding({"error", "location", "the location \"" + name + "\" is deactivated",
                     "activate it in Settings > Locations, or choose another one"});
    else if (!location->flag("fulfillsOnlineOrders", true))
        out.finding({"warning", "location",
                     "the location \"" + name + "\" does not fulfil online orders",
                     "allow it in Settings > Locations: its stock is not offered online"});
    else
        out.finding({"ok", "location", "\"" + name + "\" is active", ""});
}

void checkVersion(const JsonObject& data, const ShopifySettings& settings, Out& out)
{
    bool known = false;
    bool supported = false;
    data.each("publicApiVersions", [&](const JsonObject& one) {
        if (one.text("handle") != settings.version)
            return;
        known = true;
        supported = one.flag("supported");
    });
    if (supported)
        out.finding({"ok", "api_version", settings.version + " is supported", ""});
    else
        out.finding({"warning", "api_version",
                     settings.version +
                         (known ? " is no longer supported" : " is not known to the shop") +
                         ": Shopify answers with another version",
                     "set 'api_version' to a supported one"});
}

} // namespace

Class check(ShopifyApi& api, const ShopifySettings& settings, Out& out)
{
    std::string variables;
    JsonText(variables).beginObject().member("location", settings.location).endObject();
    try {
        const JsonObject data = api.call(queries::check, variables, out);
        checkShop(data, settings, out);
        checkScopes(data, out);
        checkLocation(data, settings, out);
        checkVersion(data, settings, out);
    } catch (const Failure& failure) {
        if (failure.kind() == Class::Auth)
            out.finding({"error", "access_token", failure.what(),
                         "give the access token of the installed app"});
        else if (failure.kind() == Class::Config || failure.kind() == Class::Retry)
            out.finding(
                {"error", "shop", failure.what(), "correct 'shop', 'base_url' or 'api_version'"});
        else
            throw;
    }
    return Class::Done;
}

} // namespace spokehub::shopify
