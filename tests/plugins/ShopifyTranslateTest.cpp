#include "plugins/ShopifyChannel.h"
#include "support/Paths.h"
#include "support/Skip.h"

#include "orders/Fact.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

using namespace spokehub;
using namespace spokehub::test;
using spokehub::spokes::DocumentKind;
using spokehub::standin::Shop;

namespace
{

std::string textOf(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string bodyOf(const Value& message)
{
    return message.contains("body_text") ? message["body_text"].get<std::string>()
                                         : message["body"].dump();
}

} // namespace

/// What webhooks mean: the fixtures, the recorded payloads, and what the stand-in sends.
class ShopifyTranslateTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ShopifyTranslateTest);
    CPPUNIT_TEST(everyFixtureMeansWhatItsPairSays);
    CPPUNIT_TEST(everyRecordedPayloadIsUnderstood);
    CPPUNIT_TEST(aRecordedOrderKeepsTheIdsThatItsGidsSay);
    CPPUNIT_TEST(aTruncatedBodyIsRefusedWhereverItIsCut);
    CPPUNIT_TEST(brokenUtf8IsRefused);
    CPPUNIT_TEST(aSkuLongerThanTheHubsIsLeftOut);
    CPPUNIT_TEST(whatIsNoCurrencyIsRefusedByName);
    CPPUNIT_TEST(aSaleAtTheShopIsTheSameByWebhookAndByPull);
    CPPUNIT_TEST_SUITE_END();

    std::optional<ShopifyChannel> channel;

public:
    void setUp() override { channel.emplace(); }
    void tearDown() override { channel.reset(); }

    static std::string orderWith(const std::string& sku, const std::string& currency)
    {
        return R"({"id": 1, "name": "#1", "created_at": "2026-11-20T10:00:00Z", "updated_at": )"
               R"("2026-11-20T10:00:00Z", "currency": ")" +
               currency + R"(", "line_items": [{"id": 2, "variant_id": 3, "sku": ")" + sku +
               R"(", "quantity": 1, "price": "1.00"}]})";
    }

    void aSkuLongerThanTheHubsIsLeftOut()
    {
        for (const auto& [given, taken] : {std::pair(std::string(200, 'x'), std::string(200, 'x')),
                                           {std::string(256, 'x'), std::string()}})
        {
            const auto said = channel->translate("orders/create", orderWith(given, "USD"));

            CPPUNIT_ASSERT(said.verdict.kind == Class::Done);
            const auto order = said.of(DocumentKind::Fact).at(0);
            CPPUNIT_ASSERT_EQUAL(taken, order["lines"][0]["sku"].get<std::string>());
            CPPUNIT_ASSERT_EQUAL(std::string("3"),
                                 order["lines"][0]["variant_id"].get<std::string>());
            orders::readFacts(order.dump());
        }
    }

    void whatIsNoCurrencyIsRefusedByName()
    {
        const auto said =
            channel->translate("orders/create", orderWith("LEG-S", std::string(300, 'U')));

        CPPUNIT_ASSERT(said.verdict.kind == Class::Rejected);
        CPPUNIT_ASSERT_EQUAL("currency is no currency: \"" + std::string(40, 'U') + "\"",
                             said.verdict.reason);
    }

    void everyFixtureMeansWhatItsPairSays()
    {
        int played = 0;
        for (const auto& entry : std::filesystem::directory_iterator(fixtures())) {
            const std::string name = entry.path().filename().string();
            if (!name.ends_with(".in.json"))
                continue;
            const Value message = Value::parse(textOf(entry.path()));

            const auto said = channel->translate(message["topic"], bodyOf(message));

            const auto out = fixtures() / (name.substr(0, name.size() - 8) + ".out.json");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, textOf(out), meaning(said));
            ++played;
        }
        CPPUNIT_ASSERT_EQUAL(49, played);
    }

    void everyRecordedPayloadIsUnderstood()
    {
        const auto folder = recorded();
        if (!folder)
            return;
        int played = 0;
        for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
            const std::string name = entry.path().filename().string();
            if (name.rfind("webhook-", 0) != 0)
                continue;
            const Value delivery = Value::parse(textOf(entry.path()));

            const auto said = channel->translate(delivery["topic"], delivery["body"].dump());

            CPPUNIT_ASSERT_MESSAGE(name + ": " + said.verdict.reason,
                                   said.verdict.kind == Class::Done);
            const bool silent =
                delivery["topic"] == "inventory_levels/update"; // its available is null
            CPPUNIT_ASSERT_MESSAGE(name, said.documents.empty() == silent);
            ++played;
        }
        CPPUNIT_ASSERT_EQUAL(11, played);
    }

    void aRecordedOrderKeepsTheIdsThatItsGidsSay()
    {
        const auto folder = recorded();
        if (!folder)
            return;
        const Value delivery = Value::parse(textOf(*folder / "webhook-2024-10-orders.create.json"));

        const auto said = channel->translate(delivery["topic"], delivery["body"].dump());

        const Value order = said.of(DocumentKind::Fact).at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("820982911946154508"),
                             order["order_id"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("866550311766439020"),
                             order["lines"][0]["line_id"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("2022-01-01T00:00:00Z"),
                             order["updated_at"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(38800, order["totals"]["total"].get<int>());
        CPPUNIT_ASSERT(order["status"]["cancelled"].get<bool>());
        CPPUNIT_ASSERT_EQUAL(std::string("voided"), order["status"]["payment"].get<std::string>());
    }

    void aTruncatedBodyIsRefusedWhereverItIsCut()
    {
        const std::string body =
            bodyOf(Value::parse(textOf(fixtures() / "orders-fulfilled.in.json")));

        for (std::size_t size = 0; size < body.size(); size += 7)
            CPPUNIT_ASSERT(channel->translate("orders/create", body.substr(0, size)).verdict.kind ==
                           Class::Rejected);
    }

    void brokenUtf8IsRefused()
    {
        const auto said =
            channel->translate("orders/create", "{\"id\":1,\"name\":\"\xff\",\"line_items\":[]}");

        CPPUNIT_ASSERT(said.verdict.kind == Class::Rejected);
        CPPUNIT_ASSERT(said.documents.empty());
    }

    void aSaleAtTheShopIsTheSameByWebhookAndByPull()
    {
        const std::string body = channel->shop.with([](Shop& shop) {
            shop.addVariant("LEG-S", 10);
            shop.addVariant("LEG-M", 10, 5500);
            auto& order = shop.place({{"LEG-S", 2}, {"LEG-M", 3}});
            shop.fulfil(order, {{order.lines[0].id, 1}},
                        {.company = "UPS", .number = "1Z1", .url = "https://u.example"});
            shop.refund(order, {{0, order.lines[1].id, 1, "cancel"}}, 5500);
            return shop.restOrder(order).dump();
        });

        auto byWebhook = channel->translate("orders/updated", body).of(DocumentKind::Fact);
        auto byPull = channel->pull("orders").of(DocumentKind::Fact);

        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, byWebhook.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, byPull.size());
        byPull[0]["read_at"] = byWebhook[0]["read_at"];
        byPull[0]["lines"][0]["product_id"] = byWebhook[0]["lines"][0]["product_id"];
        for (std::size_t i = 0; i < 3; ++i)
            CPPUNIT_ASSERT_EQUAL(byWebhook[i].dump(1), byPull[i].dump(1));
    }

private:
    static std::filesystem::path fixtures()
    {
        return std::filesystem::path(sourceDir) / "plugins/shopify/fixtures";
    }

    /// The recorded payloads stand beside the schemas; they may not be part of the tree.
    static std::optional<std::filesystem::path> recorded()
    {
        const char* specs = std::getenv("SPOKEHUB_SPECS");
        const auto folder = std::filesystem::path(specs ? specs : "") / "../fixtures/shopify";
        if (specs && std::filesystem::is_directory(folder))
            return folder;
        skip("SPOKEHUB_SPECS does not name a folder with ../fixtures/shopify: recorded payloads "
             "are not played");
        return std::nullopt;
    }

    /// The form of a fixture's pair.
    static std::string meaning(const ShopifyChannel::Said& said)
    {
        nlohmann::ordered_json out;
        out["class"] = std::string(toText(said.verdict.kind));
        if (!said.verdict.reason.empty())
            out["reason"] = said.verdict.reason;
        out["documents"] = nlohmann::ordered_json::array();
        for (const auto& [kind, document] : said.documents)
            out["documents"].push_back(nlohmann::ordered_json(document));
        return out.dump(1) + "\n";
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ShopifyTranslateTest);
