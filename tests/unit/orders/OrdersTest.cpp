#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <random>

using namespace spokehub;
using namespace spokehub::test;
using stock::Adjust;
using stock::MovementKind;

class OrdersTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OrdersTest);
    CPPUNIT_TEST(anOrderHoldsItsUnits);
    CPPUNIT_TEST(theSameMessageAgainChangesNothing);
    CPPUNIT_TEST(anUnknownSkuHoldsItsLineUntilItIsMatched);
    CPPUNIT_TEST(anOrderThatWaitsForTwoSkusIsMatchedOnce);
    CPPUNIT_TEST(aLineIsMatchedByTheChannelsVariantIdFirst);
    CPPUNIT_TEST(paidBeforeTheOrderIsCountedWhenItComes);
    CPPUNIT_TEST(cancelledBeforeTheOrderHoldsNothing);
    CPPUNIT_TEST(aCancelReleasesOnce);
    CPPUNIT_TEST(aRefundDoesNotRestockAReturnDoes);
    CPPUNIT_TEST(messagesInAnyOrderLeaveTheSameStock);
    CPPUNIT_TEST(whatStockDoesNotCoverIsShortUntilStockComesOldestOrderFirst);
    CPPUNIT_TEST(aBundleIsExplodedAndWaitsForItsParts);
    CPPUNIT_TEST(aSetOfSixIsHeldInPieces);
    CPPUNIT_TEST(aShipmentBeyondWhatIsFreeTakesOtherHoldsAndRaisesAnException);
    CPPUNIT_TEST(anExcessIsAnExceptionAndMovesNothing);
    CPPUNIT_TEST(aLineThatTheChannelTookAwayIsReleased);
    CPPUNIT_TEST(twoMessagesOfOneOrderInOneBatchAreOneChange);
    CPPUNIT_TEST(ordersOfTwoChannelsWithOneIdAreTwoOrders);
    CPPUNIT_TEST(manyNewOrdersInOneBatchAreAllRecorded);
    CPPUNIT_TEST(whatAChannelSoldIsTakenOffWhatItShows);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    void anOrderHoldsItsUnits()
    {
        store->stocked("LEG-S", 5);

        store->record({orderDocument("1", {{"11", "LEG-S", 2}})});

        CPPUNIT_ASSERT_EQUAL(std::string("pending"), store->status("1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->line("1", "11", "target"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->line("1", "11", "short"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1000}, store->number("SELECT total FROM sales_order"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("exception"));
        store->checkSums();
    }

    void theSameMessageAgainChangesNothing()
    {
        store->stocked("LEG-S", 5);
        const auto document = orderDocument("1", {{"11", "LEG-S", 2}});
        store->record({document});
        const auto movements = store->count("stock_movement");
        store->clock.advance(std::chrono::minutes(1));

        store->record({document, document});
        store->record({document});

        CPPUNIT_ASSERT_EQUAL(movements, store->count("stock_movement"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("sales_order"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("order_line"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("order_fact"));
    }

    void anUnknownSkuHoldsItsLineUntilItIsMatched()
    {
        store->stocked("LEG-S", 5);
        store->record({orderDocument("1", {{"11", "LEG-S", 1}, {"12", "TOP-S", 2}})});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("order_line", "variant_id IS NULL"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->line("1", "12", "target"));
        store->record({eventDocument("fulfilment", "1", "f1", 1,
                                     R"("lines": [{"line_id": "12", "quantity": 1}])")});

        store->stocked("TOP-S", 5);
        rematch({"TOP-S"});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("order_line", "variant_id IS NULL"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, store->onHand("TOP-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("TOP-S"));
        rematch({"TOP-S"});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, store->onHand("TOP-S"));
        store->checkSums();
    }

    void anOrderThatWaitsForTwoSkusIsMatchedOnce()
    {
        store->record({orderDocument("1", {{"11", "LEG-S", 1}, {"12", "TOP-S", 2}})});
        store->stocked("LEG-S", 5);
        store->stocked("TOP-S", 5);

        rematch({"LEG-S", "TOP-S", "LEG-S", ""});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("order_line"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("TOP-S"));
        store->checkSums();
    }

    void aLineIsMatchedByTheChannelsVariantIdFirst()
    {
        store->stocked("LEG-S", 5);
        store->stocked("TOP-S", 5);
        store->listing(store->shop(), "808", "LEG-S");

        store->record({orderDocument("1", {{"11", "TOP-S", 2, "808"}})});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->reserved("TOP-S"));
    }

    void paidBeforeTheOrderIsCountedWhenItComes()
    {
        store->stocked("LEG-S", 5);

        store->record({eventDocument("paid", "1", "p1", 1)});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("sales_order"));
        store->record({orderDocument("1", {{"11", "LEG-S", 2}})});

        CPPUNIT_ASSERT_EQUAL(std::string("confirmed"), store->status("1"));
        CPPUNIT_ASSERT_EQUAL(std::string("paid"),
                             store->database.text("SELECT payment_status FROM sales_order"));
    }

    void cancelledBeforeTheOrderHoldsNothing()
    {
        store->stocked("LEG-S", 5);

        store->record({eventDocument("cancel", "1", "c1", 1)});
        store->record({orderDocument("1", {{"11", "LEG-S", 2}})});

        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"), store->status("1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("stock_movement"));
    }

    void aCancelReleasesOnce()
    {
        store->stocked("LEG-S", 5);
        store->record({orderDocument("1", {{"11", "LEG-S", 2}})});

        store->record({eventDocument("cancel", "1", "c1", 1)});
        store->record({eventDocument("cancel", "1", "c2", 2)});
        store->record({orderDocument("1", {{"11", "LEG-S", 2}}, 3, R"({"cancelled": true})")});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("stock_movement", "kind = 4"));
        store->checkSums();
    }

    void aRefundDoesNotRestockAReturnDoes()
    {
        store->stocked("LEG-S", 5);
        store->record({orderDocument("1", {{"11", "LEG-S", 2}}), fulfilment("1", "f1", 1, 2)});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->onHand("LEG-S"));

        store->record({refund("1", "r1", 2, 1, "none")});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->onHand("LEG-S"));
        store->record({refund("1", "r2", 3, 1, "return")});
        store->record({refund("1", "r2", 3, 1, "return")});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1000}, store->number("SELECT refunded FROM sales_order"));
        store->checkSums();
    }

    void messagesInAnyOrderLeaveTheSameStock()
    {
        store->stocked("LEG-S", 100);
        const auto messages = [](const std::string& order) {
            return std::vector<std::string>{
                orderDocument(order, {{"11", "LEG-S", 5}}),
                orderDocument(order, {{"11", "LEG-S", 5}}, 9),
                fulfilment(order, "f1", 1, 2),
                fulfilment(order, "f2", 2, 1),
                eventDocument(
                    "fulfilment", order, "f2", 4,
                    R"("status": "cancelled", "lines": [{"line_id": "11", "quantity": 1}])"),
                refund(order, "r1", 3, 1, "cancel"),
                refund(order, "r2", 5, 1, "return"),
                eventDocument("paid", order, "p1", 1),
            };
        };
        std::mt19937 random(7);

        for (int i = 0; i < 20; ++i) {
            auto told = messages(std::to_string(i));
            for (std::size_t repeated = 0; repeated < 4; ++repeated)
                told.push_back(std::string(told[repeated]));
            std::ranges::shuffle(told, random);
            for (const std::string& message : told)
                store->record({message});
        }

        CPPUNIT_ASSERT_EQUAL(std::int64_t{80},
                             store->onHand("LEG-S")); // 2 of each left, 1 came back
        CPPUNIT_ASSERT_EQUAL(std::int64_t{40}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{20},
                             store->count("order_line",
                                          "shipped = 2 AND cancelled = 1 AND "
                                          "returned = 1 AND target = 2 AND short = 0"));
        store->checkSums();
    }

    void whatStockDoesNotCoverIsShortUntilStockComesOldestOrderFirst()
    {
        store->stocked("LEG-S", 1);
        store->record({orderDocument("young", {{"11", "LEG-S", 2}}, 30, "{}", 30)});
        store->record({orderDocument("old", {{"11", "LEG-S", 2}}, 31, "{}", 10)});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->line("young", "11", "short"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->line("old", "11", "short"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
                             store->count("exception", "kind = 'short' AND resolved_at IS NULL"));

        store->run(
            Adjust{.sku = "LEG-S", .kind = MovementKind::Receive, .onHand = 2, .reason = {}});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->line("old", "11", "short"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->line("young", "11", "short"));
        store->run(
            Adjust{.sku = "LEG-S", .kind = MovementKind::Receive, .onHand = 5, .reason = {}});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->line("young", "11", "short"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("exception", "resolved_at IS NULL"));
        store->checkSums();
    }

    void aBundleIsExplodedAndWaitsForItsParts()
    {
        const Id leg = store->stocked("LEG-S", 9);
        const Id top = store->stocked("TOP-S", 2);
        const Id set = store->bundle("SET-S", {{leg, 1}, {top, 2}});
        store->bundle("PARTY", {{set, 2}, {leg, 1}});

        store->record({orderDocument("1", {{"11", "PARTY", 1}})});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->line("1", "11", "short"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->reserved("LEG-S"));
        store->run(Adjust{.sku = "TOP-S", .onHand = 2, .reason = {}});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->line("1", "11", "short"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, store->reserved("TOP-S"));
        store->record({fulfilment("1", "f1", 1, 1)});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->onHand("TOP-S"));
        store->checkSums();
    }

    void aSetOfSixIsHeldInPieces()
    {
        store->stocked("SOCK", 20);
        const Id listing = store->listing(store->shop(), "900", "SOCK");
        store->commands.run(
            [&](store::Tx& tx) { store->listings.setUnitsPerSale(tx, store->acme, listing, 6); });

        store->record({orderDocument("1", {{"11", "SOCK", 4, "900"}})});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{18}, store->reserved("SOCK"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->line("1", "11", "short"));
        store->checkSums();
    }

    void aShipmentBeyondWhatIsFreeTakesOtherHoldsAndRaisesAnException()
    {
        store->stocked("LEG-S", 3);
        store->record({orderDocument("mine", {{"11", "LEG-S", 3}})});

        store->record({orderDocument("theirs", {{"11", "LEG-S", 4}}, 2, "{}", 2),
                       fulfilment("theirs", "f1", 2, 4)});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->line("mine", "11", "short"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("exception", "kind = 'shipped_beyond_stock'"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("stock_movement", "kind = 8 AND on_hand_delta = 1"));
        store->checkSums();
    }

    void anExcessIsAnExceptionAndMovesNothing()
    {
        store->stocked("LEG-S", 9);

        store->record({orderDocument("1", {{"11", "LEG-S", 2}}), fulfilment("1", "f1", 1, 2),
                       fulfilment("1", "f2", 2, 2)});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->count("exception", "kind = 'shipped_beyond_ordered'"));
    }

    void aLineThatTheChannelTookAwayIsReleased()
    {
        store->stocked("LEG-S", 9);
        store->stocked("TOP-S", 9);
        store->record({orderDocument("1", {{"11", "LEG-S", 2}, {"12", "TOP-S", 3}})});

        store->record({orderDocument("1", {{"11", "LEG-S", 2}, {"13", "TOP-S", 1}}, 5)});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("TOP-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->count("order_line"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->line("1", "12", "cancelled"));
        store->checkSums();
    }

    void twoMessagesOfOneOrderInOneBatchAreOneChange()
    {
        store->stocked("LEG-S", 9);

        store->record({orderDocument("1", {{"11", "LEG-S", 2}}),
                       orderDocument("2", {{"11", "LEG-S", 1}}),
                       eventDocument("cancel", "1", "c1", 1)});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"), store->status("1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("stock_movement"));
    }

    void ordersOfTwoChannelsWithOneIdAreTwoOrders()
    {
        store->stocked("LEG-S", 9);

        store->record(store->shop(), {orderDocument("1", {{"11", "LEG-S", 2}})});
        store->record(store->market(), {orderDocument("1", {{"11", "LEG-S", 1}})});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("sales_order"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->reserved("LEG-S"));
    }

    void manyNewOrdersInOneBatchAreAllRecorded()
    {
        store->stocked("LEG-S", 200);
        store->stocked("TOP-S", 1000);
        std::vector<std::string> documents;
        for (int i = 0; i < 256; ++i)
            documents.push_back(
                orderDocument(std::to_string(i), {{"1", "LEG-S"}, {"2", "TOP-S", 2}}, 0, "{}", i));

        store->record(documents);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{256}, store->count("sales_order"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{512}, store->reserved("TOP-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{56}, store->count("order_line", "short = 1"));
        store->checkSums();
    }

    void whatAChannelSoldIsTakenOffWhatItShows()
    {
        store->stocked("LEG-S", 9);
        store->listing(store->shop(), "808", "LEG-S");
        store->listing(store->market(), "m1", "LEG-S");
        const auto sold = [&] {
            return store->number(
                "SELECT CAST(SUM(sold) AS BIGINT) FROM listing WHERE external_id = '808'");
        };

        store->record({orderDocument("1", {{"11", "LEG-S", 2, "808"}})});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, sold());
        store->record({fulfilment("1", "f1", 1, 1)});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, sold());
        store->record({eventDocument("cancel", "1", "c1", 2)});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, sold());
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{0},
            store->number(
                "SELECT CAST(SUM(sold) AS BIGINT) FROM listing WHERE external_id = 'm1'"));
    }

private:
    static std::string fulfilment(const std::string& order, const std::string& id, int updated,
                                  int units)
    {
        return eventDocument("fulfilment", order, id, updated,
                             R"("lines": [{"line_id": "11", "quantity": )" + std::to_string(units) +
                                 "}]");
    }

    static std::string refund(const std::string& order, const std::string& id, int updated,
                              int units, const std::string& disposition)
    {
        return eventDocument("refund", order, id, updated,
                             R"("amount": 500, "lines": [{"line_id": "11", "quantity": )" +
                                 std::to_string(units) + R"(, "disposition": ")" + disposition +
                                 "\"}]");
    }

    void rematch(const std::vector<std::string>& skus)
    {
        store->commands.run([&](store::Tx& tx) {
            store->orders.rematch(tx, mainTenant, skus, {"req_2", "test", {}});
        });
    }

    std::optional<TestStore> store;
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(OrdersTest);
