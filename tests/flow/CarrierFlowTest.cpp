// A carrier's news reach the orders whose parcels it brings, whichever channel they are of: by pull
// and by webhook, with a real hub, a carrier's spoke in a process of its own, and a shop.
#include "support/Engines.h"
#include "support/SandboxOrders.h"
#include "support/SmallServer.h"

#include "core/Id.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/hmac.h>

#include <fstream>
#include <map>
#include <mutex>
#include <optional>

using namespace spokehub;
using namespace spokehub::test;

namespace
{

std::string hexSignature(std::string_view body)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), RunningHub::secret,
         static_cast<int>(std::string_view(RunningHub::secret).size()),
         reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac, &size);
    std::string hex;
    for (unsigned i = 0; i < size; ++i)
        for (const int digit : {mac[i] >> 4, mac[i] & 15})
            hex += "0123456789abcdef"[digit];
    return hex;
}

std::string parcelJson(const std::string& number, const std::string& status, int minute)
{
    return R"({"number": ")" + number + R"(", "status": ")" + status +
           R"(", "at": "2026-11-20T10:)" + (minute < 10 ? "0" : "") + std::to_string(minute) +
           R"(:00Z"})";
}

/// The carrier's own side: parcels, those it was told of, and refresh tokens that are good once.
class Carrier
{
public:
    void set(const std::string& number, const std::string& status, int minute)
    {
        const std::lock_guard lock(_mutex);
        _parcels[number] = parcelJson(number, status, minute);
    }
    std::string url() const { return _server.url(); }
    int told(const std::string& number) const { return _server.asked("PUT /parcels/" + number); }
    /// Access tokens are good no more.
    void forgetTokens()
    {
        const std::lock_guard lock(_mutex);
        _access = "none";
    }
    int tokensGiven() const
    {
        const std::lock_guard lock(_mutex);
        return _given;
    }

    static constexpr const char* canary = "refresh-canary-";

private:
    SmallServer::Said answer(const SmallServer::Asked& asked)
    {
        const std::lock_guard lock(_mutex);
        if (asked.target == "/token")
            return token(asked.body);
        const auto sent = asked.headers.find("authorization");
        if (sent == asked.headers.end() || sent->second != "Bearer " + _access)
            return {401, R"({"error": "who are you?"})"};
        if (asked.method == "PUT")
            return {200, R"({"id": "tracker"})"};
        std::string list;
        for (const auto& [number, json] : _parcels)
            if (asked.target.find(number) != std::string::npos)
                list += (list.empty() ? "" : ",") + json;
        return {200, R"({"parcels": [)" + list + "]}"};
    }

    SmallServer::Said token(const std::string& body)
    {
        const std::string wanted =
            _given == 0 ? std::string("shpat_standin") : canary + std::to_string(_given);
        if (!body.ends_with("refresh_token=" + wanted))
            return {400, R"({"error": "invalid_grant"})"};
        _access = "access-" + std::to_string(++_given);
        return {200, R"({"access_token": ")" + _access + R"(", "refresh_token": ")" + canary +
                         std::to_string(_given) + R"("})"};
    }

    mutable std::mutex _mutex;
    std::map<std::string, std::string> _parcels;
    std::string _access = "shpat_standin";
    int _given = 0;
    SmallServer _server{[this](const SmallServer::Asked& asked) { return answer(asked); }};
};

} // namespace

class CarrierFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CarrierFlowTest);
    CPPUNIT_TEST(aParcelThatIsPulledDeliversItsOrder);
    CPPUNIT_TEST(aCarriersWebhookDeliversAnOrderOfTheShops);
    CPPUNIT_TEST(newsOfAnUnknownParcelWaitForItsOrder);
    CPPUNIT_TEST(aShipmentMadeHereIsToldToTheShopAndToTheCarrier);
    CPPUNIT_TEST(aReplacedRefreshTokenOutlivesTheHubAndIsSeenNowhere);
    CPPUNIT_TEST_SUITE_END();

    std::optional<Carrier> carrier;
    std::optional<RunningHub> hub;

    void start(const std::string& signIn)
    {
        hub.emplace(cornerShop("\"LEG-S=0\"") +
                        "    orders_since: \"2026-01-01T00:00:00Z\"\n"
                        "  - name: post\n"
                        "    spoke: carrier\n"
                        "    settings: { base_url: \"" +
                        carrier->url() + "\", sign_in: " + signIn +
                        " }\n"
                        "    secrets: { token: \"env:TOKEN\", refresh_token: \"env:TOKEN\", "
                        "webhook_secret: \"env:SECRET\" }\n"
                        "    pull: { shipments: 1h }\n",
                    "shpat_standin", std::vector<std::string>{"spokes", "test-spokes"});
        hub->sku("LEG-S", 10);
    }

    void order(int number, int quantity = 2)
    {
        const SandboxOrder placed{.number = number, .quantity = quantity};
        CPPUNIT_ASSERT_EQUAL(200, deliver(*hub, "corner", "orders-create", placed.text(),
                                          "m" + std::to_string(number)));
        hub->settle();
    }
    /// The shop ships some of it.
    void shipped(int number, const std::string& tracking, int quantity)
    {
        const std::string line =
            hub->database().text("SELECT external_line_id FROM order_line WHERE order_id = "
                                 "(SELECT id FROM sales_order WHERE external_id = '" +
                                 externalId(number) + "')");
        const std::string body =
            R"({"type": "fulfilment", "id": "f-)" + tracking + R"(", "order_id": ")" +
            externalId(number) +
            R"(", "updated_at": "2026-11-20T10:00:00Z", "status": "success", "tracking_number": ")" +
            tracking + R"(", "lines": [{"line_id": ")" + line + R"(", "quantity": )" +
            std::to_string(quantity) + "}]}";
        CPPUNIT_ASSERT_EQUAL(200,
                             deliver(*hub, "corner", "fulfilments-create", body, "f" + tracking));
        hub->settle();
    }
    static std::string externalId(int number)
    {
        const auto document = JsonDocument::parse(SandboxOrder{.number = number}.text());
        return std::string(document->root().textOr("order_id"));
    }
    std::string status(int number)
    {
        return hub->database().text("SELECT status FROM sales_order WHERE external_id = '" +
                                    externalId(number) + "'");
    }
    void pull() { hub->postJson("/api/v1/channels/post/sync", R"({"stream": "shipments"})"); }
    int webhook(const std::string& body, const std::string& id)
    {
        HttpClient client(hub->port());
        return client
            .post("/webhooks/post", body,
                  {{"X-Parcel-Event", id}, {"X-Parcel-Signature", hexSignature(body)}})
            .status;
    }
    void becomes(int number, const std::string& wanted)
    {
        eventually("order " + std::to_string(number) + " is " + wanted,
                   [&] { return status(number) == wanted; });
    }

public:
    void setUp() override { carrier.emplace(); }
    void tearDown() override
    {
        hub.reset();
        carrier.reset();
    }

    void aParcelThatIsPulledDeliversItsOrder()
    {
        start("token");
        order(1);
        shipped(1, "PP1", 1);
        shipped(1, "PP2", 1);
        CPPUNIT_ASSERT_EQUAL(std::string("shipped"), status(1));

        carrier->set("PP1", "delivered", 5);
        carrier->set("PP2", "transit", 5);
        pull();
        becomes(1, "partly_delivered");
        carrier->set("PP2", "delivered", 9);
        pull();
        becomes(1, "delivered");
    }

    void aCarriersWebhookDeliversAnOrderOfTheShops()
    {
        start("token");
        order(1);
        shipped(1, "PP1", 2);

        const std::string body = parcelJson("PP1", "delivered", 5);
        CPPUNIT_ASSERT_EQUAL(401, HttpClient(hub->port())
                                      .post("/webhooks/post", body, {{"X-Parcel-Event", "e1"}})
                                      .status);
        CPPUNIT_ASSERT_EQUAL(200, webhook(body, "e1"));
        CPPUNIT_ASSERT_EQUAL(200, webhook(body, "e1"));
        becomes(1, "delivered");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("parcel"));
    }

    void newsOfAnUnknownParcelWaitForItsOrder()
    {
        start("token");
        CPPUNIT_ASSERT_EQUAL(200, webhook(parcelJson("PP9", "delivered", 5), "e1"));
        hub->settle();

        const auto unknown = hub->getJson("/api/v1/parcels?known=false");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, unknown.root()["data"].size());
        unknown.root()["data"].each([](Json parcel) {
            CPPUNIT_ASSERT_EQUAL(std::string_view("PP9"), parcel.textOr("tracking_number"));
            CPPUNIT_ASSERT_EQUAL(std::string_view("post"), parcel.textOr("channel"));
            CPPUNIT_ASSERT_EQUAL(std::string_view("delivered"), parcel.textOr("status"));
            return true;
        });
        order(1);
        shipped(1, "PP9", 2);
        becomes(1, "delivered");
        CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                             hub->getJson("/api/v1/parcels?known=false").root()["data"].size());
    }

    void aShipmentMadeHereIsToldToTheShopAndToTheCarrier()
    {
        start("token");
        order(1);
        const std::string id = showId("ord", hub->database().number("SELECT id FROM sales_order"));
        hub->postJson("/api/v1/orders/" + id + "/shipments", R"({"tracking_number": "PP7"})");
        hub->settle();

        CPPUNIT_ASSERT_EQUAL(1, carrier->told("PP7"));
        // The shop's own id of the shipment, not the carrier's of the parcel.
        CPPUNIT_ASSERT_EQUAL(std::string("F-1"),
                             hub->database().text("SELECT external_id FROM shipment"));
        carrier->set("PP7", "delivered", 5);
        pull();
        becomes(1, "delivered");
    }

    void aReplacedRefreshTokenOutlivesTheHubAndIsSeenNowhere()
    {
        start("oauth");
        order(1);
        shipped(1, "PP1", 2);
        pull();
        eventually("a token was given", [this] { return carrier->tokensGiven() == 1; });
        hub->restart();

        carrier->forgetTokens();
        carrier->set("PP1", "delivered", 5);
        pull();
        becomes(1, "delivered");

        CPPUNIT_ASSERT_EQUAL(2, carrier->tokensGiven());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub->database().count("sealed_secret"));
        for (const char* target : {"/api/v1/channels", "/api/v1/channels/post", "/metrics"})
            CPPUNIT_ASSERT(hub->get(target).body.find(Carrier::canary) == std::string::npos);
        if (engine() == store::Engine::Sqlite) { // the whole of the database, byte by byte
            const std::string file = hub->database().url().substr(std::string("sqlite:").size());
            for (const char* part : {"", "-wal"}) {
                std::ifstream in(file + part, std::ios::binary);
                const std::string bytes((std::istreambuf_iterator<char>(in)), {});
                CPPUNIT_ASSERT(bytes.find(Carrier::canary) == std::string::npos);
            }
        }
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(CarrierFlowTest);
