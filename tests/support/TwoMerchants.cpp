#include "support/TwoMerchants.h"

#include "access/Secrets.h"
#include "core/Permissions.h"
#include "support/Engines.h"

#include <cppunit/TestAssert.h>

#include <algorithm>

namespace spokehub::test
{

namespace
{

std::string yaml()
{
    const auto channel = [](const std::string& tenant, const std::string& name) {
        return "  - name: " + name + "\n    tenant: " + tenant +
               "\n    spoke: sandbox\n    settings: { shop: " + freshShop() +
               ", catalog: [\"SHARED=0\", \"ODD=0\"] }\n"
               "    secrets: { webhook_secret: \"env:SECRET\" }\n"
               "    orders_since: \"2026-01-01T00:00:00Z\"\n";
    };
    return "plans:\n"
           "  - { name: large }\n"
           "  - { name: small, variants: 2, users: 1 }\n"
           "  - { name: staff, permissions: [users.manage, employees.read, employees.manage, "
           "keys.manage, orders.read] }\n"
           "  - { name: helpers, permissions: [employees.read, employees.manage] }\n"
           "tenants: [{ name: acme, plan: large }, { name: globex, plan: large }]\n"
           "channels:\n" +
           channel("acme", "shop") + channel("acme", "acme-only") + channel("globex", "shop");
}

} // namespace

TwoMerchants::TwoMerchants() : hub(yaml())
{
    for (const char* tenant : {"acme", "globex"})
        for (const std::string& role : Roles().names())
            makeKey(tenant, role);
    fill("acme", canary);
    fill("globex", "GLOBEX");
}

Reply TwoMerchants::provider(const std::string& method, const std::string& target,
                             const std::string& body)
{
    return as(RunningHub::keyOf("provider"), method, target, body);
}

Id TwoMerchants::tenantId(const std::string& tenant)
{
    return hub.database().number("SELECT id FROM tenant WHERE name = '" + tenant + "'");
}

void TwoMerchants::makeKey(const std::string& tenant, const std::string& role)
{
    const Id id = tenantId(tenant);
    const std::string key = access::secret::make(access::secret::apiKey, id);
    std::string hex;
    for (const char c : access::secret::hashOf(key)) {
        hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        hex += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    const std::string hash =
        engine() == store::Engine::Postgres ? "'\\x" + hex + "'" : "x'" + hex + "'";
    hub.database().run("INSERT INTO api_key (tenant_id, id, name, hash, role, created_by, "
                       "created_at) VALUES (" +
                       std::to_string(id) + ", " + std::to_string(100 + keys.size()) + ", '" +
                       role + "', " + hash + ", '" + role + "', 'test', 0)");
    keys[tenant + "/" + role] = key;
}

Reply TwoMerchants::as(const std::string& key, const std::string& method, const std::string& target,
                       const std::string& body, HttpClient::Headers headers)
{
    HttpClient client(hub.port());
    if (std::ranges::find(headers, "Content-Type", &HttpClient::Headers::value_type::first) ==
        headers.end())
        headers.emplace_back("Content-Type", "application/json");
    if (!key.empty())
        headers.emplace_back("X-Api-Key", key);
    return client.request(method, target, body, headers);
}
JsonDocument TwoMerchants::good(const std::string& tenant, const std::string& method,
                                const std::string& target, const std::string& body)
{
    const Reply reply = as(keys.at(tenant + "/admin"), method, target, body);
    CPPUNIT_ASSERT_MESSAGE(method + " " + target + ": " + reply.body,
                           reply.status >= 200 && reply.status < 300);
    return JsonDocument::parse(reply.body).value();
}
std::string TwoMerchants::first(const std::string& tenant, const std::string& target,
                                std::string_view member)
{
    std::string value;
    const auto list = good(tenant, "GET", target);
    list.root()["data"].each([&](Json row) {
        value = row.textOr(member);
        return false;
    });
    CPPUNIT_ASSERT_MESSAGE(target, !value.empty());
    return value;
}

Reply TwoMerchants::webhook(const std::string& path, const SandboxOrder& order)
{
    HttpClient client(hub.port());
    const std::string body = order.text();
    return client.post(path + "/orders-create", body,
                       {{"Content-Type", "application/json"},
                        {"X-Sandbox-Signature", signature(body)},
                        {"X-Sandbox-Id", "m" + std::to_string(order.number)}});
}

void TwoMerchants::fill(const std::string& tenant, const std::string& text)
{
    good(tenant, "POST", "/admin/skus",
         R"({"product_title": ")" + text + R"(", "sku_code": "SHARED", "size": "S", )" +
             R"("color": "BK", "category": "x", "price_cents": 1, "cost_cents": 1, )" +
             R"("qty_on_hand": 10, "reorder_level": 1})");
    good(tenant, "POST", "/admin/skus",
         R"({"product_title": ")" + text + R"(", "sku_code": "OWN-)" + text + R"(", "size": )" +
             R"("S", "color": "BK", "category": "x", "price_cents": 1, "cost_cents": 1, )" +
             R"("qty_on_hand": 10, "reorder_level": 1})");
    good(tenant, "POST", "/api/v1/channels/shop/sync");
    const std::string where = "tenant_id = " + std::to_string(tenantId(tenant));
    eventually("the listings are there",
               [&] { return hub.database().count("listing", where) >= 2; });
    CPPUNIT_ASSERT_EQUAL(200, webhook("/t/" + tenant + "/webhooks/shop",
                                      {.number = 7, .sku = "SHARED", .customer = text})
                                  .status);
    hub.settle();
    const std::string order = first(tenant, "/api/v1/orders");
    good(tenant, "POST", "/api/v1/orders/" + order + "/shipments", "{}");
    good(tenant, "POST", "/api/v1/stock/reserve",
         R"({"sku": "SHARED", "quantity": 1, "reference": ")" + text + "\"}");
    hub.settle();
}

} // namespace spokehub::test
