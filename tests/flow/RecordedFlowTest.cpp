// What Shopify really sent, recorded, through a whole hub.
#include "support/Engines.h"
#include "support/RunningHub.h"
#include "support/Skip.h"

#include "standin/ShopifyStandIn.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace spokehub;
using namespace spokehub::test;

class RecordedFlowTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RecordedFlowTest);
    CPPUNIT_TEST(everyRecordedWebhookIsUnderstoodAndHasItsEffect);
    CPPUNIT_TEST_SUITE_END();

public:
    struct Recorded
    {
        std::string topic;
        std::string body;
    };

    /// The recorded webhooks, the farewell of the app last.
    static std::vector<Recorded> recorded(const std::filesystem::path& folder)
    {
        std::vector<Recorded> all;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            if (!entry.path().filename().string().starts_with("webhook-"))
                continue;
            std::ifstream in(entry.path());
            std::stringstream text;
            text << in.rdbuf();
            const auto document = JsonDocument::parse(text.str());
            CPPUNIT_ASSERT_MESSAGE(entry.path().string(), document.has_value());
            all.push_back({std::string(document->root()["headers"].textOr("x-shopify-topic")),
                           document->root()["body"].dump()});
        }
        std::ranges::sort(all, {}, [](const Recorded& one) {
            return std::pair(one.topic == "app/uninstalled", one.topic);
        });
        return all;
    }

    void everyRecordedWebhookIsUnderstoodAndHasItsEffect()
    {
        const char* specs = std::getenv("SPOKEHUB_SPECS");
        const auto folder =
            std::filesystem::path(specs == nullptr ? "" : specs) / ".." / "fixtures" / "shopify";
        if (specs == nullptr || !std::filesystem::exists(folder))
            return skip("SPOKEHUB_SPECS does not name a folder with recorded payloads beside it");
        standin::ShopifyStandIn shop({.secret = RunningHub::secret, .allowHttp = true});
        RunningHub hub(
            "channels:\n"
            "  - name: shopify\n"
            "    spoke: shopify\n"
            "    settings: { shop: leggings.myshopify.com, base_url: \"" +
            shop.url() +
            "\", location: \"gid://shopify/Location/1\" }\n"
            "    secrets: { access_token: \"env:TOKEN\", webhook_secret: [\"env:SECRET\"] }\n"
            "    pull: { orders: off, listings: off, levels: off }\n"
            "    orders_since: \"2020-01-01T00:00:00Z\"\n");
        hub.sku("IPOD2008PINK", 5);

        const auto webhooks = recorded(folder);
        CPPUNIT_ASSERT(webhooks.size() >= 11);
        HttpClient client(hub.port());
        for (std::size_t i = 0; i < webhooks.size(); ++i)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                webhooks[i].topic, 200,
                client
                    .post("/webhooks/shopify", webhooks[i].body,
                          shopifyHeaders(webhooks[i].body, webhooks[i].topic,
                                         "recorded-" + std::to_string(i)))
                    .status);
        eventually("all are applied",
                   [&] { return hub.database().count("inbox_message", "state = 1") == 0; });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, hub.database().count("inbox_message", "state = 3"));
        CPPUNIT_ASSERT_EQUAL(static_cast<std::int64_t>(webhooks.size()),
                             hub.database().count("inbox_message"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1}, // exact, although JavaScript rounded the recorded number
            hub.database().count("sales_order",
                                 "external_id = '820982911946154508' AND status = 'cancelled'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, hub.available("IPOD2008PINK"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, hub.database().count("channel", "paused = 1"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(RecordedFlowTest);
