#include "plugins/ShopifyChannel.h"
#include "support/Paths.h"
#include "support/Skip.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

using namespace spokehub;
using namespace spokehub::test;
using spokehub::spokes::AcceptVerdict;
using spokehub::standin::Shop;

/// Which webhooks are genuine, and which id, topic and time they have.
class ShopifyAcceptTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ShopifyAcceptTest);
    CPPUNIT_TEST(aSignedWebhookIsGenuineWithItsIdTopicAndTime);
    CPPUNIT_TEST(anyOfTheSecretsMaySign);
    CPPUNIT_TEST(aMissingOrDoubledSignatureIsForged);
    CPPUNIT_TEST(oneChangedByteIsForged);
    CPPUNIT_TEST(aSignatureInHexOrOfAnotherLengthIsForged);
    CPPUNIT_TEST(anotherShopIsForged);
    CPPUNIT_TEST(theShopIsComparedWithoutCase);
    CPPUNIT_TEST(theNewerHeaderNamesAreUnderstood);
    CPPUNIT_TEST(theSameHeaderUnderBothNamesIsForged);
    CPPUNIT_TEST(withoutADeliveryIdItIsForged);
    CPPUNIT_TEST(thePathMayNameTheTopicWithDashOrSlash);
    CPPUNIT_TEST(anotherTopicInThePathIsAMismatch);
    CPPUNIT_TEST(thePathNamesTheTopicWhenTheHeaderIsMissing);
    CPPUNIT_TEST(theVectorsOfTheFixturesHold);
    CPPUNIT_TEST(theOfficialVectorHolds);
    CPPUNIT_TEST_SUITE_END();

    std::optional<ShopifyChannel> channel;
    SignedRequest request;

public:
    void setUp() override
    {
        channel.emplace();
        channel->shop.setTime(1'795'200'000'000'000);
        request = channel->shop.with([](Shop& shop) {
            shop.addVariant("LEG-S", 10);
            shop.place({{"LEG-S", 2}});
            return SignedRequest{{}, shop.waiting.at(1).body, ""};
        });
        request.headers = channel->shop.headers(
            channel->shop.with([](Shop& shop) { return shop.waiting.at(1); }));
    }
    void tearDown() override { channel.reset(); }

    void aSignedWebhookIsGenuineWithItsIdTopicAndTime()
    {
        const auto accepted = request.to(channel->spoke());

        CPPUNIT_ASSERT(accepted.verdict == AcceptVerdict::Genuine);
        CPPUNIT_ASSERT_EQUAL(std::string("orders/create"), accepted.topic);
        CPPUNIT_ASSERT_EQUAL(
            channel->shop.with([](Shop& shop) { return shop.waiting.at(1).webhookId; }),
            accepted.messageId);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'795'200'000'290'670},
                             accepted.occurredAt.value().micros);
    }

    void anyOfTheSecretsMaySign()
    {
        standin::ShopifyStandIn older({.secret = "older-secret"});
        request.headers =
            older.headers(channel->shop.with([](Shop& shop) { return shop.waiting.at(1); }));

        CPPUNIT_ASSERT(verdict() == AcceptVerdict::Genuine);
    }

    void aMissingOrDoubledSignatureIsForged()
    {
        auto doubled = request;
        doubled.headers.push_back(header("X-Shopify-Hmac-Sha256"));
        request.remove("X-Shopify-Hmac-Sha256");

        CPPUNIT_ASSERT(verdict() == AcceptVerdict::Forged);
        CPPUNIT_ASSERT(doubled.to(channel->spoke()).verdict == AcceptVerdict::Forged);
    }

    void oneChangedByteIsForged()
    {
        request.body[request.body.size() / 2] ^= 1;

        CPPUNIT_ASSERT(verdict() == AcceptVerdict::Forged);
    }

    void aSignatureInHexOrOfAnotherLengthIsForged()
    {
        for (const char* wrong :
             {"", "AAAA", "not base64",
              "0000000000000000000000000000000000000000000000000000000000000000"})
        {
            request.set("X-Shopify-Hmac-Sha256", wrong);

            CPPUNIT_ASSERT_MESSAGE(wrong, verdict() == AcceptVerdict::Forged);
        }
    }

    void anotherShopIsForged()
    {
        request.set("X-Shopify-Shop-Domain", "other.myshopify.com");
        CPPUNIT_ASSERT(verdict() == AcceptVerdict::Forged);

        request.remove("X-Shopify-Shop-Domain");
        CPPUNIT_ASSERT(verdict() == AcceptVerdict::Forged);
    }

    void theShopIsComparedWithoutCase()
    {
        request.set("X-Shopify-Shop-Domain", "LEGGINGS.myshopify.com");

        CPPUNIT_ASSERT(verdict() == AcceptVerdict::Genuine);
    }

    void theNewerHeaderNamesAreUnderstood()
    {
        for (auto& [name, value] : request.headers)
            if (name.rfind("X-", 0) == 0)
                name = name.substr(2);

        const auto accepted = request.to(channel->spoke());

        CPPUNIT_ASSERT(accepted.verdict == AcceptVerdict::Genuine);
        CPPUNIT_ASSERT_EQUAL(std::string("orders/create"), accepted.topic);
    }

    void theSameHeaderUnderBothNamesIsForged()
    {
        request.headers.emplace_back("Shopify-Hmac-Sha256", header("X-Shopify-Hmac-Sha256").second);

        CPPUNIT_ASSERT(verdict() == AcceptVerdict::Forged);
    }

    void withoutADeliveryIdItIsForged()
    {
        request.remove("X-Shopify-Webhook-Id");

        CPPUNIT_ASSERT(verdict() == AcceptVerdict::Forged);
    }

    void thePathMayNameTheTopicWithDashOrSlash()
    {
        for (const char* topic : {"orders-create", "orders/create"}) {
            request.topic = topic;

            CPPUNIT_ASSERT_MESSAGE(topic, verdict() == AcceptVerdict::Genuine);
        }
    }

    void anotherTopicInThePathIsAMismatch()
    {
        request.topic = "orders-paid";

        const auto accepted = request.to(channel->spoke());

        CPPUNIT_ASSERT(accepted.verdict == AcceptVerdict::Mismatch);
        CPPUNIT_ASSERT_EQUAL(
            std::string("the address is for orders/paid, but X-Shopify-Topic says orders/create"),
            accepted.reason);
    }

    void thePathNamesTheTopicWhenTheHeaderIsMissing()
    {
        request.remove("X-Shopify-Topic");
        CPPUNIT_ASSERT(verdict() == AcceptVerdict::Forged);

        request.topic = "orders-create";
        CPPUNIT_ASSERT_EQUAL(std::string("orders/create"), request.to(channel->spoke()).topic);
    }

    void theVectorsOfTheFixturesHold()
    {
        const Value vectors =
            read(std::filesystem::path(sourceDir) / "plugins/shopify/fixtures/signatures.json");

        for (const Value& one : vectors["vectors"])
            CPPUNIT_ASSERT_MESSAGE(one.dump(),
                                   one["genuine"].get<bool>() ==
                                       isGenuine(one["secret"], one["body"], one["signature"]));
    }

    void theOfficialVectorHolds()
    {
        const char* specs = std::getenv("SPOKEHUB_SPECS");
        const auto file =
            std::filesystem::path(specs ? specs : "") / "../fixtures/signature-vectors.json";
        if (!specs || !std::filesystem::exists(file))
            return skip("SPOKEHUB_SPECS does not name a folder with ../fixtures: the official "
                        "signature is not checked");
        const Value vector = read(file)["shopify_webhook"];

        CPPUNIT_ASSERT(isGenuine(vector["secret"], vector["body"], vector["expected"]));
        CPPUNIT_ASSERT(!isGenuine(vector["secret"], vector["body"].get<std::string>() + "\n",
                                  vector["expected"]));
    }

private:
    AcceptVerdict verdict() { return request.to(channel->spoke()).verdict; }

    std::pair<std::string, std::string> header(const std::string& name) const
    {
        for (const auto& one : request.headers)
            if (one.first == name)
                return one;
        return {name, ""};
    }

    static Value read(const std::filesystem::path& file)
    {
        std::ifstream in(file);
        return Value::parse(in);
    }

    bool isGenuine(const std::string& secret, const std::string& body, const std::string& signature)
    {
        ShopifyChannel other({.secret = secret});
        SignedRequest one = request;
        one.body = body;
        one.set("X-Shopify-Hmac-Sha256", signature);
        return one.to(other.spoke()).verdict == AcceptVerdict::Genuine;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ShopifyAcceptTest);
