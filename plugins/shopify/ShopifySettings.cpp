#include "ShopifySettings.h"

#include "JsonObject.h"

namespace spokehub::shopify
{

namespace
{

constexpr std::string_view oldestVersion = "2026-01"; // before it stock is set with other fields

} // namespace

ShopifySettings::ShopifySettings(const Settings& settings)
    : shop(settings.text("shop")), version(settings.text("api_version", "2026-07")),
      location(gidOf("Location", settings.text("location"))),
      notifyCustomer(settings.boolean("notify_customer", false))
{
    if (version < oldestVersion)
        throw Failure(Class::Config, "setting 'api_version' is " + version + ": " +
                                         std::string(oldestVersion) + " or newer is needed");
    if (numberOfGid(location, "Location").empty())
        throw Failure(Class::Config, "setting 'location' is \"" + location +
                                         "\": a number or gid://shopify/Location/NUMBER is wanted");
    std::string base = settings.text("base_url", "https://" + shop);
    while (!base.empty() && base.back() == '/')
        base.pop_back();
    endpoint = base + "/admin/api/" + version + "/graphql.json";
}

} // namespace spokehub::shopify
