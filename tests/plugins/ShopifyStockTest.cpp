#include "plugins/ShopifyChannel.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::test;
using spokehub::spokes::DocumentKind;
using spokehub::standin::Fault;
using spokehub::standin::Shop;

/// StockPush against a shop with state, through the spoke's own file.
class ShopifyStockTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ShopifyStockTest);
    CPPUNIT_TEST(aBatchIsSetInOneCallAndSaysWhatThePointsAre);
    CPPUNIT_TEST(withoutAnExpectedQuantityNothingIsCompared);
    CPPUNIT_TEST(theSameBatchAgainChangesNothing);
    CPPUNIT_TEST(whenTheShopMovedFirstTheItemIsAConflictAndTheOthersAreSet);
    CPPUNIT_TEST(afterALostAnswerOurOwnWriteIsNoConflict);
    CPPUNIT_TEST(anItemThatIsNotStockedThereIsActivatedWithItsQuantity);
    CPPUNIT_TEST(oneBadItemOfAHundredFailsAlone);
    CPPUNIT_TEST(aBundleIsRefusedForGood);
    CPPUNIT_TEST(anInventoryItemThatIsGoneIsUnmatched);
    CPPUNIT_TEST(aSkuIsLookedUpExactly);
    CPPUNIT_TEST(aSkuThatTwoVariantsHaveIsAMappingError);
    CPPUNIT_TEST(aSkuThatNobodyHasIsUnmatched);
    CPPUNIT_TEST(aSkuWithAQuoteIsFoundAndBreaksNothing);
    CPPUNIT_TEST(twoListingsOfOneInventoryItemAreAMappingError);
    CPPUNIT_TEST(aLostAnswerIsAnUnknownOutcomeAndTheRetryUnderTheSameKeyMovesNothing);
    CPPUNIT_TEST(halfAnAnswerIsAnUnknownOutcome);
    CPPUNIT_TEST(aThrottledCallSaysHowLongToWait);
    CPPUNIT_TEST(tooManyRequestsSayHowLongToWait);
    CPPUNIT_TEST(aBadTokenIsAnAuthFailure);
    CPPUNIT_TEST(aFailingShopIsAnUnknownOutcomeForAWrite);
    CPPUNIT_TEST(anAddressThatTheHubWasNotToldIsAConfigurationMistake);
    CPPUNIT_TEST(aWrongLocationIsAConfigurationMistake);
    CPPUNIT_TEST_SUITE_END();

    std::optional<ShopifyChannel> channel;

public:
    void setUp() override
    {
        channel.emplace();
        channel->shop.with([](Shop& shop) {
            shop.addVariant("LEG-S", 10);
            shop.addVariant("LEG-M", 4);
        });
    }
    void tearDown() override { channel.reset(); }

    void aBatchIsSetInOneCallAndSaysWhatThePointsAre()
    {
        const auto said =
            channel->push("stock", {channel->item("LEG-S", 7, 10), channel->item("LEG-M", 0, 4)});

        CPPUNIT_ASSERT(said.verdict.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("LEG-S")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("LEG-M")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, channel->shop.available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, channel->shop.available("LEG-M"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, channel->shop.calls().size());
        const Value rate = said.of(DocumentKind::Rate).at(0);
        CPPUNIT_ASSERT_EQUAL(2000, rate["capacity"].get<int>());
        CPPUNIT_ASSERT_EQUAL(100, rate["restore_per_second"].get<int>());
    }

    void withoutAnExpectedQuantityNothingIsCompared()
    {
        const auto said = channel->push("stock", {channel->item("LEG-S", 3)});

        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("LEG-S")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, channel->shop.available("LEG-S"));
        const auto call = channel->shop.calls("inventorySetQuantities").at(0);
        CPPUNIT_ASSERT(call.variables["input"]["quantities"][0]["changeFromQuantity"].is_null());
        CPPUNIT_ASSERT(call.variables["input"]["quantities"][0].contains("changeFromQuantity"));
    }

    void theSameBatchAgainChangesNothing()
    {
        channel->push("stock", {channel->item("LEG-S", 7, 10)});
        channel->shop.with(
            [](Shop& shop) { shop.setAvailable(shop.variant("LEG-S")->itemId, 1, 5); });

        const auto said = channel->push("stock", {channel->item("LEG-S", 7, 10)});

        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("LEG-S")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, channel->shop.available("LEG-S"));
        const auto calls = channel->shop.calls("inventorySetQuantities");
        CPPUNIT_ASSERT(calls.at(0).variables["key"] == calls.at(1).variables["key"]);
    }

    void whenTheShopMovedFirstTheItemIsAConflictAndTheOthersAreSet()
    {
        channel->shop.with([](Shop& shop) { shop.place({{"LEG-S", 2}}); });

        const auto said =
            channel->push("stock", {channel->item("LEG-S", 9, 10), channel->item("LEG-M", 3, 4)});

        CPPUNIT_ASSERT_EQUAL(std::string("conflict"),
                             said.result("LEG-S")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(8, said.result("LEG-S")["observed"].get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("LEG-M")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, channel->shop.available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, channel->shop.available("LEG-M"));
    }

    void afterALostAnswerOurOwnWriteIsNoConflict()
    {
        Value item = channel->item("LEG-S", 7, 10);
        channel->shop.with(
            [](Shop& shop) { shop.setAvailable(shop.variant("LEG-S")->itemId, 1, 7); });
        item["previous"] = "unknown_outcome";

        const auto said = channel->push("stock", {item});

        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("LEG-S")["class"].get<std::string>());
    }

    void anItemThatIsNotStockedThereIsActivatedWithItsQuantity()
    {
        channel->shop.with([](Shop& shop) {
            shop.levels.erase({shop.variant("LEG-S")->itemId, 1});
        });

        const auto said =
            channel->push("stock", {channel->item("LEG-S", 6, 0), channel->item("LEG-M", 2, 4)});

        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("LEG-S")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("LEG-M")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, channel->shop.available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, channel->shop.available("LEG-M"));
    }

    void oneBadItemOfAHundredFailsAlone()
    {
        std::vector<Value> items;
        for (int i = 0; i < 100; ++i) {
            const std::string sku = "S" + std::to_string(i);
            channel->shop.with([&](Shop& shop) { shop.addVariant(sku, 1); });
            items.push_back(channel->item(sku, 5, 1));
        }
        items[42]["quantity"] = 2'000'000'000;

        const auto said = channel->push("stock", items);

        CPPUNIT_ASSERT_EQUAL(std::size_t{100}, said.of(DocumentKind::Result).size());
        CPPUNIT_ASSERT_EQUAL(std::string("rejected"),
                             said.result("S42")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "INVALID_QUANTITY_TOO_HIGH: The quantity can't be higher than 1,000,000,000."),
            said.result("S42")["reason"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, channel->shop.available("S42"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, channel->shop.available("S41"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, channel->shop.calls().size());
        const auto calls = channel->shop.calls("inventorySetQuantities");
        CPPUNIT_ASSERT(calls.at(0).variables["key"] != calls.at(1).variables["key"]);
    }

    void aBundleIsRefusedForGood()
    {
        channel->shop.with([](Shop& shop) { shop.variant("LEG-S")->bundle = true; });

        const auto said = channel->push("stock", {channel->item("LEG-S", 6, 10)});

        CPPUNIT_ASSERT_EQUAL(std::string("rejected"),
                             said.result("LEG-S")["class"].get<std::string>());
    }

    void anInventoryItemThatIsGoneIsUnmatched()
    {
        Value item = channel->item("LEG-S", 6, 10);
        item["stock_id"] = "999";

        const auto said = channel->push("stock", {item, channel->item("LEG-M", 2, 4)});

        CPPUNIT_ASSERT_EQUAL(std::string("unmatched"),
                             said.result("LEG-S")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, channel->shop.available("LEG-M"));
    }

    void aSkuIsLookedUpExactly()
    {
        channel->shop.with([](Shop& shop) { shop.addVariant("LEG-S-LONG", 1); });

        const auto said = channel->push("stock", {bySku("LEG-S", 6)});

        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("1")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, channel->shop.available("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, channel->shop.available("LEG-S-LONG"));
    }

    void aSkuThatTwoVariantsHaveIsAMappingError()
    {
        channel->shop.with([](Shop& shop) { shop.addVariant("LEG-S", 1); });

        const auto said = channel->push("stock", {bySku("LEG-S", 6)});

        CPPUNIT_ASSERT_EQUAL(std::string("rejected"), said.result("1")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "mapping error: 2 variants of the shop have the SKU LEG-S; give each its own"),
            said.result("1")["reason"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, channel->shop.available("LEG-S"));
    }

    void aSkuThatNobodyHasIsUnmatched()
    {
        const auto said = channel->push("stock", {bySku("leg-s", 6)});

        CPPUNIT_ASSERT_EQUAL(std::string("unmatched"),
                             said.result("1")["class"].get<std::string>());
    }

    void aSkuWithAQuoteIsFoundAndBreaksNothing()
    {
        channel->shop.with([](Shop& shop) { shop.addVariant("5' \\ 6\"", 1); });

        const auto said = channel->push("stock", {bySku("5' \\ 6\"", 8)});

        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("1")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, channel->shop.available("5' \\ 6\""));
    }

    void twoListingsOfOneInventoryItemAreAMappingError()
    {
        Value twin = channel->item("LEG-S", 3, 10);
        twin["item"] = "twin";

        const auto said = channel->push("stock", {channel->item("LEG-S", 6, 10), twin});

        CPPUNIT_ASSERT_EQUAL(std::string("done"), said.result("LEG-S")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("rejected"),
                             said.result("twin")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, channel->shop.available("LEG-S"));
    }

    void aLostAnswerIsAnUnknownOutcomeAndTheRetryUnderTheSameKeyMovesNothing()
    {
        channel->shop.fail(Fault::Lost);

        const auto lost = channel->push("stock", {channel->item("LEG-S", 7, 10)});
        channel->shop.with([](Shop& shop) { shop.place({{"LEG-S", 2}}); });
        const auto again = channel->push("stock", {channel->item("LEG-S", 7, 10)});

        CPPUNIT_ASSERT(lost.verdict.kind == Class::UnknownOutcome);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, lost.of(DocumentKind::Result).size());
        CPPUNIT_ASSERT_EQUAL(std::string("done"),
                             again.result("LEG-S")["class"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, channel->shop.available("LEG-S"));
    }

    void halfAnAnswerIsAnUnknownOutcome()
    {
        channel->shop.fail(Fault::Cut);
        channel->shop.fail(Fault::Malformed);

        const auto cut = channel->push("stock", {channel->item("LEG-S", 7, 10)});
        const auto malformed = channel->push("stock", {channel->item("LEG-S", 7, 10)});

        CPPUNIT_ASSERT(cut.verdict.kind == Class::UnknownOutcome);
        CPPUNIT_ASSERT(malformed.verdict.kind == Class::UnknownOutcome);
    }

    void aThrottledCallSaysHowLongToWait()
    {
        channel.reset();
        channel.emplace(standin::StandInOptions{.capacity = 1000, .restorePerSecond = 1});
        channel->shop.with([](Shop& shop) { shop.addVariant("LEG-S", 10); });
        channel->shop.setPoints(2);

        const auto said = channel->push("stock", {channel->item("LEG-S", 7, 10)});

        CPPUNIT_ASSERT(said.verdict.kind == Class::RateLimited);
        const std::int64_t wait = said.verdict.retryAfter.value().count();
        CPPUNIT_ASSERT_MESSAGE(std::to_string(wait),
                               wait > 5'000 && wait < 15'000); // 12 points at one a second
        CPPUNIT_ASSERT_EQUAL(2, said.of(DocumentKind::Rate).at(0)["available"].get<int>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, channel->shop.available("LEG-S"));
    }

    void tooManyRequestsSayHowLongToWait()
    {
        channel->shop.fail(Fault::TooMany);

        const auto said = channel->push("stock", {channel->item("LEG-S", 7, 10)});

        CPPUNIT_ASSERT(said.verdict.kind == Class::RateLimited);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2000},
                             static_cast<std::int64_t>(said.verdict.retryAfter.value().count()));
    }

    void aBadTokenIsAnAuthFailure()
    {
        channel->shop.fail(Fault::Unauthorized);

        const auto said = channel->push("stock", {channel->item("LEG-S", 7, 10)});

        CPPUNIT_ASSERT(said.verdict.kind == Class::Auth);
    }

    void aFailingShopIsAnUnknownOutcomeForAWrite()
    {
        channel->shop.fail(Fault::ServerError);

        const auto said = channel->push("stock", {channel->item("LEG-S", 7, 10)});

        CPPUNIT_ASSERT(said.verdict.kind == Class::UnknownOutcome);
    }

    void anAddressThatTheHubWasNotToldIsAConfigurationMistake()
    {
        const Value item = channel->item("LEG-S", 7, 10);
        channel.reset();
        channel.emplace(standin::StandInOptions{}, Value{{"base_url", "http://127.0.0.1:1"}});

        const auto said = channel->push("stock", {item});

        CPPUNIT_ASSERT(said.verdict.kind == Class::Config);
    }

    void aWrongLocationIsAConfigurationMistake()
    {
        channel.reset();
        channel.emplace(standin::StandInOptions{}, Value{{"location", "77"}});
        channel->shop.with([](Shop& shop) { shop.addVariant("LEG-S", 10); });

        const auto said = channel->push("stock", {channel->item("LEG-S", 7, 10)});

        CPPUNIT_ASSERT(said.verdict.kind == Class::Config);
        CPPUNIT_ASSERT_EQUAL(std::string("the shop has no location gid://shopify/Location/77: "
                                         "correct the setting 'location'"),
                             said.verdict.reason);
    }

private:
    static Value bySku(const std::string& sku, std::int64_t quantity)
    {
        return {{"item", "1"},
                {"key", "k"},
                {"sku", sku},
                {"quantity", quantity},
                {"expected", nullptr}};
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ShopifyStockTest);
