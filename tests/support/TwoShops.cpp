#include "support/TwoShops.h"

#include "support/Paths.h"
#include "support/RunningHub.h"

namespace spokehub::test
{

std::string twoShopsYaml(standin::ShopifyStandIn& shop, const std::string& sku,
                         const std::filesystem::path& directory)
{
    const auto location =
        shop.with([](standin::Shop& real) { return std::to_string(real.locations.front().id); });
    return "server: { listen: \"127.0.0.1:PORT\" }\n"
           "database: { url: \"env:DATABASE_URL\" }\n"
           "spokes: { directories: [\"" +
           std::string(binaryDir) +
           "/spokes\"] }\n"
           "api_keys: [{ name: admin, key: \"env:ADMIN_KEY\", role: admin }]\n"
           "sync: { attempts: 50, base: 20ms, cap: 100ms }\n"
           "channels:\n"
           "  - name: shopify\n"
           "    spoke: shopify\n"
           "    settings: { shop: leggings.myshopify.com, base_url: \"" +
           shop.url() + "\", location: \"gid://shopify/Location/" + location +
           "\" }\n"
           "    secrets: { access_token: \"env:TOKEN\", webhook_secret: [\"env:SECRET\"] }\n"
           "    pull: { orders: off, listings: off, levels: off }\n"
           "  - name: corner\n"
           "    spoke: sandbox\n"
           "    settings: { shop: corner, catalog: [\"" +
           sku + "=0\"], file: \"" + (directory / "corner.json").string() +
           "\" }\n"
           "    secrets: { webhook_secret: \"env:SECRET\" }\n"
           "    pull: { orders: off, listings: off, levels: off }\n";
}

HubProcess::Environment twoShopsEnvironment(const standin::ShopifyStandIn& shop,
                                            const std::string& databaseUrl)
{
    return {{"DATABASE_URL", databaseUrl},
            {"ADMIN_KEY", RunningHub::key},
            {"SECRET", RunningHub::secret},
            {"TOKEN", shop.options().token}};
}

} // namespace spokehub::test
