#include "FaultyManifest.h"

#include "Fault.h"

namespace faulty
{

namespace
{

constexpr const char* text = R"json({
  "name": "faulty", "version": "1.0.0", "title": "Faulty", "kind": "sales_channel",
  "verbs": ["check", "accept", "translate", "pull", "push", "subscribe"],
  "streams": ["orders", "listings", "levels", "shipments"], "push": ["stock", "shipment"], "quantity": "available",
  "settings": {"type": "object", "additionalProperties": false, "required": ["shop"], "properties": {
    "shop": {"type": "string", "pattern": "^[a-z]+$", "description": "name of the shop"},
    "pages": {"type": "integer", "default": 50, "minimum": 1, "maximum": 250,
              "description": "orders and listings on one page"}}},
  "secrets": {"token": {"required": true, "description": "opens the shop's API"},
              "webhook_secret": {"required": true, "list": true, "description": "signs the webhooks"}},
  "hosts": ["api.faulty.example"],
  "topics": ["orders/changed", "orders/thin", "stock/changed"],
  "rate": {"capacity": 4, "restore_per_second": 2, "cost": 1, "batch_max": 20, "concurrency": 1}
})json";

void replace(std::string& in, std::string_view what, std::string_view with)
{
    in.replace(in.find(what), what.size(), with);
}

} // namespace

std::string manifest()
{
    std::string made = text;
    static int asked = 0;
    if (has("load.manifest_fits"))
        replace(made, "\"faulty\"", "\"Not a name\"");
    if (has("load.describes_alike"))
        replace(made, "1.0.0", "1.0." + std::to_string(++asked));
    if (has("load.manifest_agrees"))
        replace(made, R"("topics": ["orders/changed", "orders/thin", "stock/changed"],)", "");
    if (has("settings.given_fit"))
        replace(made, "^[a-z]+$", "^[0-9]+$");
    if (has("settings.defaults_fit"))
        replace(made, "\"default\": 50", "\"default\": 500");
    if (has("settings.are_described"))
        replace(made, R"(, "description": "name of the shop")", "");
    if (has("settings.secrets_are_secrets"))
        replace(made, "\"pages\"",
                R"("api_token": {"type": "string", "description": "x"}, "pages")");
    if (has("translate.fetches_are_streams"))
        replace(made, "\"orders\", \"listings\"", "\"listings\"");
    return made;
}

} // namespace faulty
