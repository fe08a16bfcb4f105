#include "plugins/ShopifyChannel.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <set>

using namespace spokehub;
using namespace spokehub::test;
using spokehub::spokes::DocumentKind;
using spokehub::standin::Fault;
using spokehub::standin::Shop;

/// What is read at the shop: orders, listings and levels, page by page.
class ShopifyPullTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ShopifyPullTest);
    CPPUNIT_TEST(ordersComeInPagesOfFiftyWithACheckpointAfterEach);
    CPPUNIT_TEST(ordersGoOnFromEveryCheckpointAndNoneIsMissed);
    CPPUNIT_TEST(theNextPullBeginsMinutesBeforeTheNewestChange);
    CPPUNIT_TEST(aCursorThatShopifyLostBeginsThePassAnew);
    CPPUNIT_TEST(sinceBoundsTheFirstPull);
    CPPUNIT_TEST(ordersOfOneInstantAreNotLostBetweenPages);
    CPPUNIT_TEST(aSnapshotSaysWhenItWasRead);
    CPPUNIT_TEST(anOrderIsReadByItsId);
    CPPUNIT_TEST(anOrderThatIsGoneSaysNothing);
    CPPUNIT_TEST(linesRefundsAndFulfilmentsBeyondOnePageAreReadToTheEnd);
    CPPUNIT_TEST(aCancelledOrderSaysSo);
    CPPUNIT_TEST(aThrottledPullKeepsItsCheckpoints);
    CPPUNIT_TEST(aPageThatCostsTooMuchIsHalved);
    CPPUNIT_TEST(aReadThatFailsIsRetried);
    CPPUNIT_TEST(listingsCarryTheirIdsPriceAndQuantityAtTheLocation);
    CPPUNIT_TEST(listingsGoOnFromEveryCheckpoint);
    CPPUNIT_TEST(aListingThatIsGoneIsRemoved);
    CPPUNIT_TEST(levelsAreThoseOfTheLocation);
    CPPUNIT_TEST(levelsOfSubjectsAreOnlyTheirs);
    CPPUNIT_TEST(aLocationThatIsNotThereIsAConfigurationMistake);
    CPPUNIT_TEST_SUITE_END();

    static constexpr std::int64_t noon = 1'795'176'000'000'000; // 2026-11-20T12:00:00Z
    static constexpr std::int64_t minute = 60'000'000;

    std::optional<ShopifyChannel> channel;

public:
    void setUp() override
    {
        channel.emplace(standin::StandInOptions{.capacity = 100'000, .restorePerSecond = 1'000});
        channel->shop.with([](Shop& shop) { shop.addVariant("LEG-S", 1'000); });
    }
    void tearDown() override { channel.reset(); }

    void ordersComeInPagesOfFiftyWithACheckpointAfterEach()
    {
        placeOrders(120, minute);

        const auto said = channel->pull("orders");

        CPPUNIT_ASSERT(said.verdict.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t{120}, idsIn(said).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, said.of(DocumentKind::Checkpoint).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, channel->shop.calls("orders").size());
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-20T13:59:00Z"), lastCursor(said));
    }

    void ordersGoOnFromEveryCheckpointAndNoneIsMissed()
    {
        placeOrders(120, minute);

        std::set<std::string> seen;
        std::string cursor;
        for (int page = 0; page < 3; ++page) // each pull is cut off after its first checkpoint
        {
            const auto said = channel->pull("orders", {{"cursor", cursor}}, 1);
            seen.merge(idsIn(said));
            cursor = lastCursor(said);
        }

        CPPUNIT_ASSERT_EQUAL(std::size_t{120}, seen.size());
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-20T13:59:00Z"), cursor);
    }

    void theNextPullBeginsMinutesBeforeTheNewestChange()
    {
        placeOrders(10, minute); // 12:00 to 12:09
        const std::string cursor = lastCursor(channel->pull("orders"));

        const auto said = channel->pull("orders", {{"cursor", cursor}});

        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-20T12:09:00Z"), cursor);
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, idsIn(said).size()); // 12:04 to 12:09
        CPPUNIT_ASSERT_EQUAL(cursor, lastCursor(said));
    }

    void aCursorThatShopifyLostBeginsThePassAnew()
    {
        placeOrders(10, minute); // 12:00 to 12:09

        const auto orders = channel->pull("orders", {{"cursor", "2026-11-20T12:04:00Z bG9zdA=="}});
        const auto listings = channel->pull("listings", {{"cursor", "bG9zdA=="}});
        const auto levels = channel->pull("levels", {{"cursor", "bG9zdA=="}});

        CPPUNIT_ASSERT(orders.verdict.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, idsIn(orders).size()); // 12:04 to 12:09
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-20T12:09:00Z"), lastCursor(orders));
        CPPUNIT_ASSERT(listings.verdict.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(channel->pull("listings").of(DocumentKind::Listing).size(),
                             listings.of(DocumentKind::Listing).size());
        CPPUNIT_ASSERT(levels.verdict.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(channel->pull("levels").of(DocumentKind::Level).size(),
                             levels.of(DocumentKind::Level).size());
    }

    void sinceBoundsTheFirstPull()
    {
        placeOrders(10, minute);

        const auto said = channel->pull("orders", {{"since", "2026-11-20T12:07:00Z"}});

        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, idsIn(said).size());
    }

    void ordersOfOneInstantAreNotLostBetweenPages()
    {
        placeOrders(130, 0);

        std::set<std::string> seen;
        std::string cursor;
        for (int page = 0; page < 3; ++page) {
            const auto said = channel->pull("orders", {{"cursor", cursor}}, 1);
            seen.merge(idsIn(said));
            cursor = lastCursor(said);
        }

        CPPUNIT_ASSERT_EQUAL(std::size_t{130}, seen.size());
    }

    void aSnapshotSaysWhenItWasRead()
    {
        placeOrders(1, 0);

        const Value order = channel->pull("orders").of(DocumentKind::Fact).at(0);

        CPPUNIT_ASSERT(order["read_at"].is_string());
        CPPUNIT_ASSERT_EQUAL(std::string("order"), order["type"].get<std::string>());
    }

    void anOrderIsReadByItsId()
    {
        placeOrders(3, minute);
        const auto id =
            channel->shop.with([](Shop& shop) { return std::to_string(shop.orders[1].id); });

        const auto said = channel->pull("orders", {{"id", id}});

        CPPUNIT_ASSERT(idsIn(said) == std::set<std::string>{id});
        CPPUNIT_ASSERT(said.of(DocumentKind::Checkpoint).empty());
    }

    void anOrderThatIsGoneSaysNothing()
    {
        const auto said = channel->pull("orders", {{"id", "12345"}});

        CPPUNIT_ASSERT(said.verdict.kind == Class::Done);
        CPPUNIT_ASSERT(said.of(DocumentKind::Fact).empty());
    }

    void linesRefundsAndFulfilmentsBeyondOnePageAreReadToTheEnd()
    {
        channel->shop.with([](Shop& shop) {
            std::vector<std::pair<std::string, std::int64_t>> wanted(320, {"LEG-S", 2});
            auto& order = shop.place(wanted);
            std::vector<standin::FulfilmentLine> shipped;
            std::vector<standin::RefundLine> returned;
            for (const auto& line : order.lines) {
                shipped.push_back({line.id, 1});
                returned.push_back({0, line.id, 1, "return"});
            }
            shop.fulfil(order, shipped);
            shop.refund(order, returned, 100);
        });

        const auto facts = channel->pull("orders").of(DocumentKind::Fact);

        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, facts.size());
        for (const Value& fact : facts) {
            std::set<std::string> ids;
            for (const Value& line : fact["lines"])
                ids.insert(line["line_id"].get<std::string>());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(fact["type"].dump(), std::size_t{320}, ids.size());
        }
    }

    void aCancelledOrderSaysSo()
    {
        channel->shop.with([](Shop& shop) {
            shop.cancel(shop.place({{"LEG-S", 2}}), "inventory");
        });

        const auto facts = channel->pull("orders").of(DocumentKind::Fact);

        CPPUNIT_ASSERT(facts.at(0)["status"]["cancelled"].get<bool>());
        CPPUNIT_ASSERT_EQUAL(std::string("inventory"),
                             facts.at(0)["status"]["cancel_reason"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(0, facts.at(0)["lines"][0]["open"].get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("cancel"),
                             facts.at(1)["lines"][0]["disposition"].get<std::string>());
    }

    void aThrottledPullKeepsItsCheckpoints()
    {
        placeOrders(60, minute);
        const std::string cursor = lastCursor(channel->pull("orders", Value::object(), 1));
        channel->shop.fail(Fault::Throttled);

        const auto throttled = channel->pull("orders", {{"cursor", cursor}});
        const auto again = channel->pull("orders", {{"cursor", cursor}});

        CPPUNIT_ASSERT(throttled.verdict.kind == Class::RateLimited);
        CPPUNIT_ASSERT(throttled.verdict.retryAfter.has_value());
        CPPUNIT_ASSERT(throttled.of(DocumentKind::Checkpoint).empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{10}, idsIn(again).size());
    }

    void aPageThatCostsTooMuchIsHalved()
    {
        channel.reset();
        channel.emplace(standin::StandInOptions{.capacity = 100'000, .costMax = 300});
        channel->shop.with([](Shop& shop) { shop.addVariant("LEG-S", 1'000); });
        placeOrders(30, minute);

        const auto said = channel->pull("orders");

        CPPUNIT_ASSERT_MESSAGE(said.verdict.reason, said.verdict.kind == Class::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t{30}, idsIn(said).size());
        CPPUNIT_ASSERT(said.of(DocumentKind::Checkpoint).size() > 1);
    }

    void aReadThatFailsIsRetried()
    {
        for (const Fault fault :
             {Fault::ServerError, Fault::Lost, Fault::Cut, Fault::Malformed, Fault::Closed})
        {
            channel->shop.fail(fault);

            const auto said = channel->pull("orders");

            CPPUNIT_ASSERT_MESSAGE(said.verdict.reason, said.verdict.kind == Class::Retry);
        }
    }

    void listingsCarryTheirIdsPriceAndQuantityAtTheLocation()
    {
        channel->shop.with([](Shop& shop) {
            const auto other = shop.addLocation("Another").id;
            shop.levels[{shop.variant("LEG-S")->itemId, other}] = {50, 0, 0};
        });

        const auto listing = channel->pull("listings").of(DocumentKind::Listing).at(0);

        channel->shop.with([&](Shop& shop) {
            const auto& variant = *shop.variant("LEG-S");
            CPPUNIT_ASSERT_EQUAL(std::to_string(variant.id),
                                 listing["external_id"].get<std::string>());
            CPPUNIT_ASSERT_EQUAL(std::to_string(variant.productId),
                                 listing["parent_id"].get<std::string>());
            CPPUNIT_ASSERT_EQUAL(std::to_string(variant.itemId),
                                 listing["stock_id"].get<std::string>());
        });
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), listing["sku"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(6500, listing["price"].get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("USD"), listing["currency"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(1'000, listing["quantity"].get<int>());
        CPPUNIT_ASSERT(!listing["removed"].get<bool>());
    }

    void listingsGoOnFromEveryCheckpoint()
    {
        channel->shop.with([](Shop& shop) {
            for (int i = 0; i < 249; ++i)
                shop.addVariant("S" + std::to_string(i), i);
        });

        std::set<std::string> seen;
        std::string cursor;
        for (int page = 0; page < 3; ++page) {
            const auto said = channel->pull("listings", {{"cursor", cursor}}, 1);
            for (const Value& listing : said.of(DocumentKind::Listing))
                seen.insert(listing["sku"].get<std::string>());
            cursor = lastCursor(said);
        }

        CPPUNIT_ASSERT_EQUAL(std::size_t{250}, seen.size());
        CPPUNIT_ASSERT_EQUAL(std::string(), cursor); // the next pull begins again
    }

    void aListingThatIsGoneIsRemoved()
    {
        const auto said = channel->pull("listings", {{"id", "12345"}});

        CPPUNIT_ASSERT(said.of(DocumentKind::Listing).at(0)["removed"].get<bool>());
    }

    void levelsAreThoseOfTheLocation()
    {
        channel->shop.with([](Shop& shop) {
            const auto other = shop.addLocation("Another").id;
            shop.addVariant("LEG-M", 4);
            shop.levels[{shop.variant("LEG-S")->itemId, other}] = {50, 0, 0};
            shop.place({{"LEG-M", 1}});
        });

        const auto said = channel->pull("levels");

        const auto levels = said.of(DocumentKind::Level);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, levels.size());
        CPPUNIT_ASSERT_EQUAL(1'000, levels[0]["quantity"].get<int>());
        CPPUNIT_ASSERT_EQUAL(3, levels[1]["quantity"].get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("1"), levels[0]["location"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string(), lastCursor(said));
    }

    void levelsOfSubjectsAreOnlyTheirs()
    {
        const auto wanted = channel->shop.with(
            [](Shop& shop) { return std::to_string(shop.addVariant("LEG-M", 4).itemId); });

        const auto levels = channel->pull("levels", {{"subjects", Value::array({wanted, "12345"})}})
                                .of(DocumentKind::Level);

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, levels.size());
        CPPUNIT_ASSERT_EQUAL(wanted, levels[0]["stock_id"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(4, levels[0]["quantity"].get<int>());
    }

    void aLocationThatIsNotThereIsAConfigurationMistake()
    {
        channel.reset();
        channel.emplace(standin::StandInOptions{}, Value{{"location", "77"}});

        CPPUNIT_ASSERT(channel->pull("levels").verdict.kind == Class::Config);
    }

private:
    void placeOrders(int count, std::int64_t apart)
    {
        for (int i = 0; i < count; ++i) {
            channel->shop.setTime(noon + i * apart);
            channel->shop.with([](Shop& shop) { shop.place({{"LEG-S", 1}}); });
        }
        channel->shop.setTime(0);
    }

    static std::set<std::string> idsIn(const ShopifyChannel::Said& said)
    {
        std::set<std::string> ids;
        for (const Value& fact : said.of(DocumentKind::Fact))
            ids.insert(fact["order_id"].get<std::string>());
        return ids;
    }

    static std::string lastCursor(const ShopifyChannel::Said& said)
    {
        return said.of(DocumentKind::Checkpoint).back()["cursor"].get<std::string>();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ShopifyPullTest);
