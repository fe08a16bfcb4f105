#include "support/SandboxOrders.h"

#include "core/Json.h"

#include <atomic>

namespace spokehub::test
{

std::string SandboxOrder::text() const
{
    const bool paid = payment == "paid";
    const std::int64_t total = std::int64_t{6500} * quantity;
    JsonWriter json;
    json.beginObject()
        .member("type", "order")
        .member("order_id", std::to_string(number))
        .member("updated_at", placedAt)
        .member("number", "#" + std::to_string(number))
        .member("placed_at", placedAt)
        .member("currency", "USD")
        .member("test", false);
    json.key("status")
        .beginObject()
        .member("cancelled", false)
        .member("paid", paid)
        .member("payment", payment)
        .endObject();
    json.key("totals")
        .beginObject()
        .member("total", total)
        .member("subtotal", total)
        .member("tax", 0)
        .member("shipping", 0)
        .member("discount", 0)
        .endObject();
    if (!customer.empty())
        json.key("customer")
            .beginObject()
            .member("id", std::to_string(100'000 + number))
            .member("email", customer + "@example.com")
            .member("name", customer)
            .endObject();
    json.key("ship_to").beginObject().member("country", country).endObject();
    json.key("lines")
        .beginArray()
        .beginObject()
        .member("line_id", "1")
        .member("variant_id", sku)
        .member("sku", sku)
        .member("title", "Leggings")
        .member("quantity", quantity)
        .member("open", quantity)
        .member("unit_price", 6500)
        .member("requires_shipping", true)
        .endObject()
        .endArray()
        .endObject();
    return json.take();
}

std::string cornerShop(const std::string& catalog)
{
    return "channels:\n"
           "  - name: corner\n"
           "    spoke: sandbox\n"
           "    settings: { shop: " +
           freshShop() + ", catalog: [" + catalog +
           "] }\n"
           "    secrets: { webhook_secret: \"env:SECRET\" }\n";
}

std::string freshShop()
{
    static std::atomic<int> count = 0;
    return "shop-" + std::to_string(++count);
}

Reply deliver(HttpClient& client, const std::string& channel, const std::string& topic,
              const std::string& body, const std::string& messageId)
{
    return client.post("/webhooks/" + channel + "/" + topic, body,
                       {{"Content-Type", "application/json"},
                        {"X-Sandbox-Signature", signature(body)},
                        {"X-Sandbox-Id", messageId}});
}

int deliver(RunningHub& hub, const std::string& channel, const std::string& topic,
            const std::string& body, const std::string& messageId)
{
    HttpClient client(hub.port());
    return deliver(client, channel, topic, body, messageId).status;
}

} // namespace spokehub::test
