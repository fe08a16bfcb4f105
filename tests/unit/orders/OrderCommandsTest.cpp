#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::orders;
using namespace spokehub::test;

class OrderCommandsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OrderCommandsTest);
    CPPUNIT_TEST(aShipmentMovesTheStockNow);
    CPPUNIT_TEST(aShipmentWithoutLinesIsOfAllThatIsOwed);
    CPPUNIT_TEST(aShipmentOfMoreThanIsOwedIsRefused);
    CPPUNIT_TEST(anOrderUnderReviewIsNotShipped);
    CPPUNIT_TEST(theChannelsReportOfOurShipmentCountsOnce);
    CPPUNIT_TEST(aTiedShipmentIsKnownByItsIdAtTheSameMoment);
    CPPUNIT_TEST(aCancelHappensOnce);
    CPPUNIT_TEST(notesAreFacts);
    CPPUNIT_TEST(anUnknownOrderIsNotFound);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        store.emplace();
        store->stocked("LEG-S", 9);
        store->stocked("TOP-S", 9);
        store->record({orderDocument("1", {{"11", "LEG-S", 3}, {"12", "TOP-S", 1}})});
        order = store->order("1");
    }
    void tearDown() override { store.reset(); }

    void aShipmentMovesTheStockNow()
    {
        const Shipped shipped = ship({{lineId("11"), 2}});

        CPPUNIT_ASSERT_EQUAL(store->shop().id, shipped.channel);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::string("partly_shipped"), store->status("1"));
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{1},
            store->count("shipment",
                         R"(lines = '[{"line_id":"11","quantity":2}]' AND carrier = 'DHL')"));
        store->checkSums();
    }

    void aShipmentWithoutLinesIsOfAllThatIsOwed()
    {
        ship({{lineId("11"), 2}});
        ship({});

        CPPUNIT_ASSERT_EQUAL(std::string("shipped"), store->status("1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, store->onHand("TOP-S"));
        CPPUNIT_ASSERT_EQUAL(std::string("nothing of this order is left to ship"), refusal({}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Conflict);
        store->checkSums();
    }

    void aShipmentOfMoreThanIsOwedIsRefused()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("lines[0].quantity: 4 to ship, but only 3 are still owed"),
                             refusal({{lineId("11"), 4}}));
        CPPUNIT_ASSERT_EQUAL(std::string("lines[1].quantity: 4 to ship, but only 3 are still owed"),
                             refusal({{lineId("11"), 2}, {lineId("11"), 2}}));
        CPPUNIT_ASSERT_EQUAL(std::string("lines[0].quantity: must be at least 1"),
                             refusal({{lineId("11"), 0}}));
        CPPUNIT_ASSERT_EQUAL(std::string("lines[0].line_id: is not a line of this order"),
                             refusal({{77, 1}}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Unprocessable);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->count("shipment"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, store->onHand("LEG-S"));
    }

    void anOrderUnderReviewIsNotShipped()
    {
        note("hold", "fraud?");

        CPPUNIT_ASSERT_EQUAL("order " + showId("ord", order) + " is held for review: fraud?",
                             refusal({}));
        store->clock.advance(std::chrono::seconds(1));
        note("release", "");
        ship({});

        CPPUNIT_ASSERT_EQUAL(std::string("shipped"), store->status("1"));
    }

    void theChannelsReportOfOurShipmentCountsOnce()
    {
        const Shipped shipped = ship({{lineId("11"), 2}});
        store->record({report("f1", 2)});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->line("1", "11", "shipped"));

        tie(shipped.shipment, "f1");
        tie(shipped.shipment, "f1");
        store->record({report("f1", 2)});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->line("1", "11", "shipped"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("shipment", "external_id = 'f1'"));
        store->checkSums();
    }

    void aTiedShipmentIsKnownByItsIdAtTheSameMoment()
    {
        const Shipped shipped = ship({{lineId("11"), 2}}); // the clock stands still
        tie(shipped.shipment, "f1");

        store->record({report("f1", 1)}); // the channel split off a unit: only the id tells

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->line("1", "11", "shipped"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, store->onHand("LEG-S"));
        store->checkSums();
    }

    void aCancelHappensOnce()
    {
        ship({{lineId("11"), 1}});
        cancel("customer");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::string("shipped"), store->status("1"));
        CPPUNIT_ASSERT(store->database.text("SELECT detail FROM sales_order")
                           .find(R"("cancel_reason":"customer")") != std::string::npos);

        CPPUNIT_ASSERT_EQUAL("nothing of order " + showId("ord", order) +
                                 " is left to cancel: it is shipped",
                             store->refusalOf([&] { cancel("again"); }));
        store->record({orderDocument("2", {{"11", "LEG-S", 3}})});
        order = store->order("2");
        cancel("customer");
        cancel("customer");

        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"), store->status("2"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->reserved("LEG-S"));
        store->checkSums();
    }

    void notesAreFacts()
    {
        note("paid", "");
        CPPUNIT_ASSERT_EQUAL(std::string("confirmed"), store->status("1"));
        note("packed", "");
        CPPUNIT_ASSERT_EQUAL(std::string("packed"), store->status("1"));
        ship({});
        note("delivered", "");
        CPPUNIT_ASSERT_EQUAL(std::string("delivered"), store->status("1"));
        note("completed", "");

        CPPUNIT_ASSERT_EQUAL(std::string("completed"), store->status("1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, store->count("order_fact"));
    }

    void anUnknownOrderIsNotFound()
    {
        order = 7;

        CPPUNIT_ASSERT_EQUAL("there is no order " + showId("ord", 7), refusal({}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::NotFound);
    }

private:
    Id lineId(const std::string& line) { return store->line("1", line, "id"); }

    Shipped ship(std::vector<ShipLine> lines)
    {
        const ShipRequest request{.lines = std::move(lines), .carrier = "DHL"};
        return store->commands.run([&](store::Tx& tx) {
            return store->orderCommands.ship(tx, store->acme, order, request, "req_1");
        });
    }

    std::string refusal(const std::vector<ShipLine>& lines)
    {
        return store->refusalOf([&] { ship(lines); });
    }

    void tie(Id shipment, const std::string& externalId)
    {
        store->commands.run(
            [&](store::Tx& tx) { store->orderCommands.tie(tx, mainTenant, shipment, externalId); });
    }

    void cancel(const std::string& reason)
    {
        store->commands.run([&](store::Tx& tx) {
            store->orderCommands.cancel(tx, store->acme, order, reason, "req_1");
        });
    }

    void note(const std::string& type, const std::string& reason)
    {
        store->commands.run([&](store::Tx& tx) {
            store->orderCommands.note(tx, store->acme, order, type, reason, "req_1");
        });
    }

    static std::string report(const std::string& id, int units)
    {
        return eventDocument("fulfilment", "1", id, 1,
                             R"("lines": [{"line_id": "11", "quantity": )" + std::to_string(units) +
                                 "}]");
    }

    std::optional<TestStore> store;
    Id order = 0;
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(OrderCommandsTest);
