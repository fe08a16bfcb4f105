#pragma once

#include "Hub.h"
#include "core/Json.h"
#include "support/HttpClient.h"
#include "support/TestDatabase.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spokehub::test
{

/// A whole hub in this process, on port 0 and a fresh database of the engine that the test is for,
/// with the spokes of this build (`spokes`: its folders). Channels are given as YAML; secrets are
/// `env:SECRET`
/// ("flow-secret") and `env:TOKEN`.
class RunningHub
{
public:
    static constexpr const char* key = "flow-admin-key";
    static constexpr const char* secret = "flow-secret";

    /// The key of a role that comes with the hub; "admin" has `key`.
    static std::string keyOf(const std::string& role);

    explicit RunningHub(std::string channels, std::string token = "shpat_standin",
                        const std::vector<std::string>& spokes = {"spokes"});
    ~RunningHub();

    /// Stops it as TERM does and starts it anew on the same database.
    void restart();

    std::uint16_t port() const;
    std::string address() const { return "http://127.0.0.1:" + std::to_string(port()); }
    TestDatabase& database() { return _database; }
    const std::filesystem::path& directory() const { return _directory; }

    Reply get(const std::string& target);
    Reply post(const std::string& target, const std::string& body = "{}");
    /// Any method, of a target below /api/v1, as the administrator.
    Reply send(const std::string& method, const std::string& target, const std::string& body = "",
               HttpClient::Headers headers = {});
    /// The answer's JSON, which must be a 2xx.
    JsonDocument getJson(const std::string& target);
    JsonDocument postJson(const std::string& target, const std::string& body = "{}");

    /// A variant with stock at the first location.
    void sku(const std::string& sku, int onHand);
    /// What stock/{sku} says is available.
    std::int64_t available(const std::string& sku);
    /// Nothing waits in the inbox and no task is due or running.
    void settle();

private:
    Reply call(const std::string& method, const std::string& target, const std::string& body);

    std::string whatWaits();

    TestDatabase _database;
    std::filesystem::path _directory;
    std::string _yaml;
    std::string _token;
    std::unique_ptr<Hub> _hub;
};

/// An answer's JSON, which must be some; a member of it, as text.
JsonDocument jsonOf(const Reply& reply);
std::string memberOf(const Reply& reply, std::string_view member);

/// Waits until it is so, at most half a minute; then the test fails, naming what was waited for.
void eventually(const std::string& what, const std::function<bool()>& isSo,
                const std::function<std::string()>& whyNot = {});

/// base64(HMAC-SHA-256), as Shopify and the sandbox sign.
std::string signature(std::string_view body, std::string_view secret = RunningHub::secret);

/// The headers of a Shopify delivery.
HttpClient::Headers shopifyHeaders(const std::string& body, const std::string& topic,
                                   const std::string& id,
                                   const std::string& shop = "leggings.myshopify.com",
                                   std::string_view secret = RunningHub::secret);

} // namespace spokehub::test
