#include "support/RunningHub.h"
#include "support/Paths.h"

#include "core/Clock.h"
#include "core/Config.h"
#include "core/Permissions.h"

#include <cppunit/TestAssert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <chrono>
#include <thread>

namespace spokehub::test
{

namespace
{

const SystemClock systemClock;

std::filesystem::path freshDirectory()
{
    std::string name = (std::filesystem::temp_directory_path() / "spokehub-flow-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a directory for the test");
    return name;
}

std::string listed(const std::vector<std::string>& spokes)
{
    std::string list;
    for (const std::string& folder : spokes)
        list += (list.empty() ? "\"" : ", \"") + std::string(binaryDir) + "/" + folder + "\"";
    return list;
}

constexpr std::string_view keyVariable = "KEY_";

std::string keysOfRoles()
{
    std::string keys;
    for (const std::string& role : Roles().names()) {
        const std::string name = role == "admin" ? role : "k" + std::to_string(keys.size());
        keys += "{ name: " + name + ", key: \"env:" + std::string(keyVariable) + role +
                "\", role: " + role + " }, ";
    }
    return keys;
}

} // namespace

std::string RunningHub::keyOf(const std::string& role)
{
    return role == "admin" ? key : "flow-key-of-" + role;
}

RunningHub::RunningHub(std::string channels, std::string token,
                       const std::vector<std::string>& spokes)
    : _directory(freshDirectory()), _token(std::move(token))
{
    _yaml = "server: { listen: \"127.0.0.1:0\", secret_key: \"env:SECRET_KEY\" }\n"
            "database: { url: \"env:DATABASE_URL\" }\n"
            "spokes: { directories: [" +
            listed(spokes) + "], in_hand: \"" + (_directory / "in_hand").string() +
            "\" }\n"
            "api_keys: [" +
            keysOfRoles() +
            "]\n"
            "inbox: { spool: \"" +
            (_directory / "spool").string() +
            "\" }\n"
            "sync: { attempts: 50, base: 20ms, cap: 100ms }\n" +
            channels;
    restart();
}

RunningHub::~RunningHub()
{
    _hub.reset();
    std::error_code ignored;
    std::filesystem::remove_all(_directory, ignored);
}

void RunningHub::restart()
{
    _hub.reset();
    const auto config = Config::parse(
        _yaml, "flow.yaml", [this](const std::string& name) -> std::optional<std::string> {
            if (name == "DATABASE_URL")
                return _database.url();
            if (name.starts_with(keyVariable))
                return keyOf(name.substr(keyVariable.size()));
            if (name == "SECRET")
                return secret;
            if (name == "TOKEN")
                return _token;
            if (name == "SECRET_KEY")
                return "Zmxvdy1zZWFsaW5nLWtleS1vZi10aGlydHktdHdvLWI=";
            return std::nullopt;
        });
    _hub = std::make_unique<Hub>(config, std::string(sourceDir) + "/migrations", systemClock);
    _hub->start();
}

std::uint16_t RunningHub::port() const
{
    return _hub->port();
}

Reply RunningHub::call(const std::string& method, const std::string& target,
                       const std::string& body)
{
    HttpClient client(port());
    return client.request(
        method, target, body,
        {{"Authorization", std::string("Bearer ") + key}, {"Content-Type", "application/json"}});
}

Reply RunningHub::send(const std::string& method, const std::string& target,
                       const std::string& body, HttpClient::Headers headers)
{
    headers.emplace_back("X-Api-Key", key);
    if (!body.empty())
        headers.emplace_back("Content-Type", "application/json");
    return HttpClient(port()).request(method, "/api/v1" + target, body, headers);
}

JsonDocument jsonOf(const Reply& reply)
{
    auto document = JsonDocument::parse(reply.body);
    CPPUNIT_ASSERT_MESSAGE(reply.body, document.has_value());
    return *std::move(document);
}

std::string memberOf(const Reply& reply, std::string_view member)
{
    return std::string(jsonOf(reply).root().textOr(member));
}

Reply RunningHub::get(const std::string& target)
{
    return call("GET", target, "");
}

Reply RunningHub::post(const std::string& target, const std::string& body)
{
    return call("POST", target, body);
}

namespace
{

JsonDocument good(const std::string& target, const Reply& reply)
{
    CPPUNIT_ASSERT_MESSAGE(target + ": " + std::to_string(reply.status) + " " + reply.body,
                           reply.status >= 200 && reply.status < 300);
    auto document = JsonDocument::parse(reply.body);
    CPPUNIT_ASSERT_MESSAGE(target + " is not JSON: " + reply.body, document.has_value());
    return std::move(*document);
}

} // namespace

JsonDocument RunningHub::getJson(const std::string& target)
{
    return good(target, get(target));
}

JsonDocument RunningHub::postJson(const std::string& target, const std::string& body)
{
    return good(target, post(target, body));
}

void RunningHub::sku(const std::string& sku, int onHand)
{
    postJson("/admin/skus",
             R"({"product_title": "Leggings", "category": "leggings", "sku_code": ")" + sku +
                 R"(", "size": "S", "color": "BK", "price_cents": 6500, "cost_cents": 2000, )" +
                 R"("qty_on_hand": )" + std::to_string(onHand) + R"(, "reorder_level": 1})");
}

std::int64_t RunningHub::available(const std::string& sku)
{
    return getJson("/api/v1/stock/" + sku).root().integerOr("available", -1);
}

void RunningHub::settle()
{
    eventually(
        "nothing waits",
        [this] {
            return _database.count("inbox_message", "state = 1") == 0 &&
                   _database.count("task", "state IN (1, 2)") == 0;
        },
        [this] { return whatWaits(); });
}

std::string RunningHub::whatWaits()
{
    std::string text;
    const auto tell = [&](const char* what, const char* sql) {
        _database->read([&](store::Session& session) {
            session.queryText(sql, {}, [&](const store::Row& row) {
                text += std::string("\n") + what;
                for (int column = 0; column < 6; ++column)
                    text += " " + std::to_string(row.integer(column));
                text += " " + row.string(6);
            });
        });
    };
    tell("task: tenant, channel, kind, state, attempts, next attempt, reason:",
         "SELECT tenant_id, channel_id, kind, state, attempts, next_attempt_at, reason FROM task "
         "WHERE state IN (1, 2)");
    tell("message: tenant, channel, id, state, attempts, next attempt, reason:",
         "SELECT tenant_id, channel_id, id, state, attempts, next_attempt_at, reason "
         "FROM inbox_message WHERE state = 1");
    tell("lane: tenant, channel, owner, fence, expiry, paused, reason:",
         "SELECT l.tenant_id, l.channel_id, l.owner, l.fence, l.expires_at, c.paused, "
         "c.paused_reason FROM lane l JOIN channel c ON c.tenant_id = l.tenant_id AND c.id = "
         "l.channel_id");
    return text + "\nnow: " + std::to_string(SystemClock().now().micros);
}

void eventually(const std::string& what, const std::function<bool()>& isSo,
                const std::function<std::string()>& whyNot)
{
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!isSo()) {
        if (std::chrono::steady_clock::now() >= limit)
            CPPUNIT_FAIL("waited in vain: " + what + (whyNot ? whyNot() : ""));
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

std::string signature(std::string_view body, std::string_view secretKey)
{
    unsigned char mac[32];
    unsigned int size = 0;
    HMAC(EVP_sha256(), secretKey.data(), static_cast<int>(secretKey.size()),
         reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac, &size);
    char text[64];
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text), mac, 32);
    return {text, static_cast<std::size_t>(length)};
}

HttpClient::Headers shopifyHeaders(const std::string& body, const std::string& topic,
                                   const std::string& id, const std::string& shop,
                                   std::string_view secretKey)
{
    return {
        {"Content-Type", "application/json"}, {"X-Shopify-Hmac-Sha256", signature(body, secretKey)},
        {"X-Shopify-Topic", topic},           {"X-Shopify-Shop-Domain", shop},
        {"X-Shopify-API-Version", "2026-07"}, {"X-Shopify-Webhook-Id", id}};
}

} // namespace spokehub::test
