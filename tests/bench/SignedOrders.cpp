#include "SignedOrders.h"
#include "support/Paths.h"

#include <nlohmann/json.hpp>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace spokehub::bench
{

namespace
{

using Json = nlohmann::ordered_json;

/// Numbers that look random and are the same in every run.
std::uint64_t mixed(std::uint64_t x)
{
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

std::string uuid(std::uint64_t number)
{
    char text[40];
    const std::uint64_t a = mixed(number), b = mixed(~number);
    std::snprintf(text, sizeof text, "%08x-%04x-4%03x-8%03x-%012llx",
                  static_cast<unsigned>(a >> 32), static_cast<unsigned>(a >> 16 & 0xffff),
                  static_cast<unsigned>(a & 0xfff), static_cast<unsigned>(b >> 52),
                  static_cast<unsigned long long>(b & 0xffffffffffff));
    return text;
}

std::string readTemplate()
{
    std::ifstream file(std::string(test::sourceDir) + "/tests/bench/order.json");
    if (!file)
        throw std::runtime_error("tests/bench/order.json cannot be read");
    std::ostringstream text;
    text << file.rdbuf();
    std::string made = text.str();
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char time[32];
    std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &parts);
    for (std::size_t at; (at = made.find("@time@")) != std::string::npos;)
        made.replace(at, 6, time);
    return made;
}

/// A JSON object without its closing brace.
std::string opened(const Json& object)
{
    std::string text = object.dump();
    text.pop_back();
    return text;
}

} // namespace

/// HMAC-SHA256 over what all bodies begin with.
struct SignedOrders::Signature
{
    Signature(const std::string& secret, std::string_view shared)
        : mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr)), begun(EVP_MAC_CTX_new(mac))
    {
        char digest[] = "SHA256";
        const OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
            OSSL_PARAM_construct_end()};
        if (EVP_MAC_init(begun, reinterpret_cast<const unsigned char*>(secret.data()),
                         secret.size(), params) != 1 ||
            EVP_MAC_update(begun, reinterpret_cast<const unsigned char*>(shared.data()),
                           shared.size()) != 1)
            throw std::runtime_error("HMAC-SHA256 cannot be used");
    }

    ~Signature()
    {
        EVP_MAC_CTX_free(begun);
        EVP_MAC_free(mac);
    }

    Signature(const Signature&) = delete;
    Signature& operator=(const Signature&) = delete;

    std::string of(std::string_view tail) const
    {
        EVP_MAC_CTX* context = EVP_MAC_CTX_dup(begun);
        unsigned char digest[32];
        std::size_t size = 0;
        EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(tail.data()), tail.size());
        EVP_MAC_final(context, digest, &size, sizeof digest);
        EVP_MAC_CTX_free(context);
        char text[45];
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text), digest, sizeof digest);
        return text;
    }

    EVP_MAC* mac;
    EVP_MAC_CTX* begun;
};

SignedOrders::SignedOrders(std::string shop, const std::string& secret, std::vector<Ware> wares,
                           Spread spread, std::int64_t first)
    : _shop(std::move(shop)), _wares(std::move(wares)), _spread(spread), _first(first)
{
    const Json parts = Json::parse(readTemplate());
    _shared = opened(parts.at("order"));
    _line = opened(parts.at("line"));
    _signature = std::make_unique<Signature>(secret, _shared);
}

SignedOrders::~SignedOrders() = default;

std::pair<std::size_t, std::size_t> SignedOrders::choice(std::uint64_t number) const
{
    const std::size_t count = _wares.size();
    if (_spread == Spread::InTurn)
        return {number * 2 % count, (number * 2 + 1) % count};
    const std::size_t one = mixed(number) % count;
    return {one, (one + 1 + mixed(~number) % (count - 1)) % count};
}

const std::string& SignedOrders::firstSku(std::uint64_t number) const
{
    return _wares[choice(number).first].sku;
}

void SignedOrders::fill(std::uint64_t number, Outgoing& out) const
{
    const std::uint64_t n = number + static_cast<std::uint64_t>(_first);
    const std::string id = std::to_string(5'000'000'000'000 + n * 1021);
    std::string& tail = out.tail;
    tail.clear();
    tail += ",\"id\":" + id + ",\"admin_graphql_api_id\":\"gid://shopify/Order/" + id +
            "\",\"line_items\":[";
    const auto [one, other] = choice(number);
    for (const std::size_t at : {one, other}) {
        const Ware& ware = _wares[at];
        const std::string line =
            std::to_string(13'000'000'000'000 + n * 2042 + (at == one ? 0 : 1021));
        tail += _line;
        tail += ",\"id\":" + line + ",\"admin_graphql_api_id\":\"gid://shopify/LineItem/" + line;
        tail += "\",\"product_id\":" + std::to_string(ware.product);
        tail +=
            ",\"variant_id\":" + std::to_string(ware.variant) + ",\"sku\":\"" + ware.sku + "\"}";
        tail += at == one ? "," : "]}";
    }
    out.shared = _shared;

    std::string& head = out.head;
    head =
        "POST /webhooks/shopify HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Shopify-Captain-Hook\r\n"
        "Accept: */*\r\nContent-Type: application/json\r\nX-Shopify-Topic: orders/create\r\n"
        "X-Shopify-Api-Version: 2026-07\r\nX-Shopify-Triggered-At: "
        "2026-11-20T10:15:30.290670248Z\r\n"
        "X-Shopify-Shop-Domain: ";
    head += _shop;
    head += "\r\nX-Shopify-Webhook-Id: " + uuid(n) +
            "\r\nX-Shopify-Hmac-Sha256: " + _signature->of(tail);
    head += "\r\nContent-Length: " + std::to_string(_shared.size() + tail.size()) + "\r\n\r\n";
}

} // namespace spokehub::bench
