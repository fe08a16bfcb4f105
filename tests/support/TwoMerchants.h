#pragma once

#include "support/RunningHub.h"
#include "support/SandboxOrders.h"

#include <map>
#include <optional>
#include <string>

namespace spokehub::test
{

/// A hub with the merchants acme and globex, which sell the same SKU under the same names, each
/// with a key of every role, an order, a shipment and a reservation. What is acme's own has
/// `canary` in it.
struct TwoMerchants
{
    static constexpr const char* canary = "CANARY-OF-ACME";

    TwoMerchants();

    RunningHub hub;
    std::map<std::string, std::string> keys; // by "tenant/role"

    Id tenantId(const std::string& tenant);
    /// As `spokehub key add --tenant` does.
    void makeKey(const std::string& tenant, const std::string& role);

    Reply as(const std::string& key, const std::string& method, const std::string& target,
             const std::string& body = {}, HttpClient::Headers headers = {});
    Reply provider(const std::string& method, const std::string& target,
                   const std::string& body = {});
    /// Of the tenant's administrator; it must succeed.
    JsonDocument good(const std::string& tenant, const std::string& method,
                      const std::string& target, const std::string& body = {});
    std::string first(const std::string& tenant, const std::string& target,
                      std::string_view member = "id");
    /// A genuine delivery at this path.
    Reply webhook(const std::string& path, const SandboxOrder& order);

private:
    void fill(const std::string& tenant, const std::string& text);
};

} // namespace spokehub::test
