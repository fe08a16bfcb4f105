#include "plugins/ShopifyChannel.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <optional>

using namespace spokehub;
using namespace spokehub::test;
using spokehub::spokes::DocumentKind;
using spokehub::standin::Fault;
using spokehub::standin::Shop;

/// What check finds, what settings are refused, and the webhook subscriptions.
class ShopifyCheckTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ShopifyCheckTest);
    CPPUNIT_TEST(whenAllIsWellNothingIsAnError);
    CPPUNIT_TEST(aMissingScopeIsNamedWithWhatCannotBeDone);
    CPPUNIT_TEST(aWriteScopeIncludesTheReadScope);
    CPPUNIT_TEST(aTokenOfAnotherShopIsFound);
    CPPUNIT_TEST(aBadTokenIsAFinding);
    CPPUNIT_TEST(aMissingOrDeactivatedLocationIsFound);
    CPPUNIT_TEST(aVersionThatTheShopDoesNotSupportIsAWarning);
    CPPUNIT_TEST(aVersionThatIsTooOldIsRefusedWhenOpening);
    CPPUNIT_TEST(theManifestRefusesWhatIsNoShopOrLocation);
    CPPUNIT_TEST(missingSubscriptionsAreCreated);
    CPPUNIT_TEST(aSubscriptionOfTheHubsOldAddressIsMoved);
    CPPUNIT_TEST(whatOthersSubscribedIsLeftAlone);
    CPPUNIT_TEST(anAddressThatShopifyRefusesIsSaidForEachTopic);
    CPPUNIT_TEST(subscriptionsAreRemoved);
    CPPUNIT_TEST_SUITE_END();

    const std::string address = "https://hub.example.com/webhooks/shopify";
    std::optional<ShopifyChannel> channel;

public:
    void setUp() override { channel.emplace(); }
    void tearDown() override { channel.reset(); }

    void whenAllIsWellNothingIsAnError()
    {
        const auto findings = channel->check().of(DocumentKind::Finding);

        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, levels(findings, "error"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{4},
                             levels(findings, "ok")); // shop, token, location, version
    }

    void aMissingScopeIsNamedWithWhatCannotBeDone()
    {
        channel->shop.with([](Shop& shop) { std::erase(shop.scopes, "write_inventory"); });

        const auto findings = channel->check().of(DocumentKind::Finding);

        CPPUNIT_ASSERT_EQUAL(
            std::string("the scope write_inventory is missing: stock cannot be set"),
            errorOf(findings)["message"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("grant write_inventory to the app and install it again"),
                             errorOf(findings)["remedy"].get<std::string>());
    }

    void aWriteScopeIncludesTheReadScope()
    {
        channel->shop.with([](Shop& shop) { std::erase(shop.scopes, "read_inventory"); });

        CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                             levels(channel->check().of(DocumentKind::Finding), "error"));
    }

    void aTokenOfAnotherShopIsFound()
    {
        channel->shop.with([](Shop& shop) { shop.domain = "other.myshopify.com"; });

        CPPUNIT_ASSERT_EQUAL(
            std::string("the token belongs to other.myshopify.com, not to leggings.myshopify.com"),
            errorOf(channel->check().of(DocumentKind::Finding))["message"].get<std::string>());
    }

    void aBadTokenIsAFinding()
    {
        channel->shop.fail(Fault::Unauthorized);

        const auto said = channel->check();

        CPPUNIT_ASSERT(said.verdict.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::string("access_token"),
                             errorOf(said.of(DocumentKind::Finding))["subject"].get<std::string>());
    }

    void aMissingOrDeactivatedLocationIsFound()
    {
        channel->shop.with([](Shop& shop) { shop.locations.front().active = false; });
        CPPUNIT_ASSERT_EQUAL(
            std::string("the location \"Shop location\" is deactivated"),
            errorOf(channel->check().of(DocumentKind::Finding))["message"].get<std::string>());

        channel->shop.with([](Shop& shop) { shop.locations.clear(); });
        CPPUNIT_ASSERT_EQUAL(
            std::string("the shop has no location gid://shopify/Location/1"),
            errorOf(channel->check().of(DocumentKind::Finding))["message"].get<std::string>());
    }

    void aVersionThatTheShopDoesNotSupportIsAWarning()
    {
        channel.reset();
        channel.emplace(standin::StandInOptions{}, Value{{"api_version", "2027-01"}});

        const auto findings = channel->check().of(DocumentKind::Finding);

        CPPUNIT_ASSERT(std::any_of(findings.begin(), findings.end(), [](const Value& one) {
            return one["level"] == "warning" && one["subject"] == "api_version";
        }));
    }

    void aVersionThatIsTooOldIsRefusedWhenOpening()
    {
        std::string reason;
        try {
            ShopifyChannel old(standin::StandInOptions{}, Value{{"api_version", "2025-10"}});
        } catch (const spokes::SpokeError& e) {
            reason = e.what();
        }

        CPPUNIT_ASSERT_MESSAGE(
            reason,
            reason.find("'api_version' is 2025-10: 2026-01 or newer is needed") != reason.npos);
    }

    void theManifestRefusesWhatIsNoShopOrLocation()
    {
        const auto parsed = JsonDocument::parse(
            R"({"shop": "https://leggings.myshopify.com/admin", "location": "Berlin", "locations": ["1"]})");

        const auto mistakes =
            spokes::checkSettings(ShopifyChannel::library().manifest(), parsed->root());

        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, mistakes.size());
    }

    void missingSubscriptionsAreCreated()
    {
        const auto first = channel->subscribe("repair", address).of(DocumentKind::Subscription);
        channel->shop.with(
            [](Shop& shop) { shop.subscriptions.pop_back(); }); // as after eight failed deliveries
        const auto second = channel->subscribe("repair", address).of(DocumentKind::Subscription);

        CPPUNIT_ASSERT_EQUAL(std::size_t{12}, first.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{12}, states(first, "created"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{11}, states(second, "present"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, states(second, "created"));
        CPPUNIT_ASSERT_EQUAL(
            std::size_t{12},
            states(channel->subscribe("list", address).of(DocumentKind::Subscription), "present"));
    }

    void aSubscriptionOfTheHubsOldAddressIsMoved()
    {
        channel->subscribe("repair", "https://old.example.com/webhooks/shopify");

        const auto said = channel->subscribe("repair", address).of(DocumentKind::Subscription);

        CPPUNIT_ASSERT_EQUAL(std::size_t{12}, states(said, "repaired"));
        channel->shop.with([&](Shop& shop) {
            CPPUNIT_ASSERT_EQUAL(std::size_t{12}, shop.subscriptions.size());
            CPPUNIT_ASSERT_EQUAL(address, shop.subscriptions.front().uri);
        });
    }

    void whatOthersSubscribedIsLeftAlone()
    {
        const std::string others = "https://other.example.com/hooks";
        channel->shop.with([&](Shop& shop) {
            shop.subscriptions.push_back({1, "ORDERS_CREATE", others, 0, 0});
        });

        channel->subscribe("repair", address);
        channel->subscribe("remove", address);

        channel->shop.with([&](Shop& shop) {
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, shop.subscriptions.size());
            CPPUNIT_ASSERT_EQUAL(others, shop.subscriptions.front().uri);
        });
    }

    void anAddressThatShopifyRefusesIsSaidForEachTopic()
    {
        const auto said = channel->subscribe("repair", "http://hub.example.com/webhooks/shopify")
                              .of(DocumentKind::Subscription);

        CPPUNIT_ASSERT_EQUAL(std::size_t{12}, states(said, "failed"));
        CPPUNIT_ASSERT_EQUAL(std::string("Address protocol http:// is not supported"),
                             said.at(0)["reason"].get<std::string>());
    }

    void subscriptionsAreRemoved()
    {
        channel->subscribe("repair", address);

        const auto said = channel->subscribe("remove", address).of(DocumentKind::Subscription);

        CPPUNIT_ASSERT_EQUAL(std::size_t{12}, states(said, "removed"));
        CPPUNIT_ASSERT_EQUAL(std::string("orders/create"), said.at(0)["topic"].get<std::string>());
        CPPUNIT_ASSERT(channel->shop.with([](Shop& shop) { return shop.subscriptions.empty(); }));
    }

private:
    static std::size_t levels(const std::vector<Value>& findings, const char* level)
    {
        return static_cast<std::size_t>(
            std::count_if(findings.begin(), findings.end(),
                          [&](const Value& one) { return one["level"] == level; }));
    }

    static std::size_t states(const std::vector<Value>& subscriptions, const char* state)
    {
        return static_cast<std::size_t>(
            std::count_if(subscriptions.begin(), subscriptions.end(),
                          [&](const Value& one) { return one["state"] == state; }));
    }

    static Value errorOf(const std::vector<Value>& findings)
    {
        for (const Value& one : findings)
            if (one["level"] == "error")
                return one;
        return {{"message", "no error"}};
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ShopifyCheckTest);
