#include "orders/Parcels.h"

#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::test;

class ParcelsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ParcelsTest);
    CPPUNIT_TEST(whatIsDeliveredDeliversTheUnitsThatWentOutWithIt);
    CPPUNIT_TEST(theOrderMayComeAfterItsCarriersNews);
    CPPUNIT_TEST(newsReachOrdersOfEveryChannelAndOwnShipments);
    CPPUNIT_TEST(numbersAreComparedAsPeopleWriteThem);
    CPPUNIT_TEST(newsInAnyOrderLeaveTheNewest);
    CPPUNIT_TEST(ofOneMomentWhatIsFurtherOnItsWayStands);
    CPPUNIT_TEST(theChannelsOwnReportOfOurShipmentIsDeliveredToo);
    CPPUNIT_TEST(anUnknownParcelIsKeptAndShown);
    CPPUNIT_TEST(whatHasNotArrivedIsAskedForUntilItIsTooOld);
    CPPUNIT_TEST(aParcelOfAnotherTenantIsNotOurs);
    CPPUNIT_TEST(deliveryMovesNoStock);
    CPPUNIT_TEST(whatIsNotDeliveredIsRaisedUntilItIs);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestStore> store;

    static std::string parcel(const std::string& number, const std::string& status, int minutes = 0)
    {
        return R"({"tracking_number": ")" + number + R"(", "status": ")" + status +
               R"(", "updated_at": ")" + toIso(TestClock::start + std::chrono::minutes(minutes)) +
               R"(", "unknown_member": 7})";
    }
    void track(const std::vector<std::string>& documents, Id tenant = mainTenant)
    {
        sync::Meaning meaning;
        for (const std::string& document : documents)
            meaning.add(spokes::DocumentKind::Parcel, document);
        store->commands.run([&](store::Tx& tx) {
            const sync::Applier::Item item{tenant, store->market().id, &meaning, {"t", "t", {}}};
            store->applier.apply(tx, {&item, 1});
        });
    }
    void sent(const std::string& order, const std::string& id, const std::string& line,
              const std::string& number)
    {
        store->record(
            {eventDocument("fulfilment", order, id, 1,
                           R"("tracking_number": ")" + number + R"(", "lines": [{"line_id": ")" +
                               line + R"(", "quantity": 1}])")});
    }
    std::vector<std::string> open()
    {
        std::vector<std::string> numbers;
        store->database->point([&](store::Session& session) {
            numbers = orders::Parcels::open(session, mainTenant,
                                            store->clock.now() - std::chrono::days(60));
        });
        return numbers;
    }
    std::vector<orders::ParcelRow> listed(std::optional<bool> known)
    {
        std::vector<orders::ParcelRow> rows;
        store->database->point([&](store::Session& session) {
            rows = orders::Parcels::list(session, store->acme, known, {}).data;
        });
        return rows;
    }

public:
    void setUp() override
    {
        store.emplace();
        store->stocked("LEG-S", 10);
        store->record({orderDocument("1", {{"11", "LEG-S", 1}, {"12", "LEG-S", 1}})});
    }
    void tearDown() override { store.reset(); }

    void whatIsDeliveredDeliversTheUnitsThatWentOutWithIt()
    {
        sent("1", "f1", "11", "A1");
        sent("1", "f2", "12", "A2");

        track({parcel("A1", "in_transit")});
        CPPUNIT_ASSERT_EQUAL(std::string("shipped"), store->status("1"));
        track({parcel("A1", "delivered", 1)});
        CPPUNIT_ASSERT_EQUAL(std::string("partly_delivered"), store->status("1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->line("1", "11", "delivered"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->line("1", "12", "delivered"));
        track({parcel("A2", "delivered", 1)});
        CPPUNIT_ASSERT_EQUAL(std::string("delivered"), store->status("1"));
    }

    void theOrderMayComeAfterItsCarriersNews()
    {
        track({parcel("B1", "delivered")});
        sent("2", "f1", "21", "B1");
        store->record({orderDocument("2", {{"21", "LEG-S", 1}})});

        CPPUNIT_ASSERT_EQUAL(std::string("delivered"), store->status("2"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("order_fact", "fact_key = 'parcel:B1'"));
    }

    void newsReachOrdersOfEveryChannelAndOwnShipments()
    {
        store->record(store->market(), {orderDocument("7", {{"71", "LEG-S", 1}})});
        store->commands.run([&](store::Tx& tx) {
            store->orderCommands.ship(tx, store->acme, store->order("7"),
                                      {.carrier = "UPS", .trackingNumber = "C1"}, "test");
        });
        sent("1", "f1", "11", "C1");

        track({parcel("C1", "delivered")});

        CPPUNIT_ASSERT_EQUAL(std::string("delivered"), store->status("7"));
        CPPUNIT_ASSERT_EQUAL(std::string("partly_delivered"), store->status("1"));
    }

    void numbersAreComparedAsPeopleWriteThem()
    {
        sent("1", "f1", "11", "1z 99-aa");

        track({parcel("1Z99AA", "delivered")});

        CPPUNIT_ASSERT_EQUAL(std::string("partly_delivered"), store->status("1"));
    }

    void newsInAnyOrderLeaveTheNewest()
    {
        sent("1", "f1", "11", "D1");
        track({parcel("D1", "delivered", 5), parcel("D1", "announced", 1)});
        track({parcel("D1", "out_for_delivery", 4)});

        CPPUNIT_ASSERT_EQUAL(std::string("partly_delivered"), store->status("1"));
        CPPUNIT_ASSERT_EQUAL(std::string("delivered"), listed({}).at(0).status);

        track({parcel("D1", "returned", 6)}); // the carrier was wrong
        CPPUNIT_ASSERT_EQUAL(std::string("partly_shipped"), store->status("1"));
    }

    void ofOneMomentWhatIsFurtherOnItsWayStands()
    {
        sent("1", "f1", "11", "E1");
        track({parcel("E1", "delivered")});
        track({parcel("E1", "out_for_delivery")});

        CPPUNIT_ASSERT_EQUAL(std::string("partly_delivered"), store->status("1"));
    }

    void theChannelsOwnReportOfOurShipmentIsDeliveredToo()
    {
        const auto shipped = store->commands.run([&](store::Tx& tx) {
            return store->orderCommands.ship(tx, store->acme, store->order("1"),
                                             {.trackingNumber = "F1"}, "test");
        });
        store->commands.run([&](store::Tx& tx) {
            store->orderCommands.tie(tx, mainTenant, shipped.shipment, "theirs");
        });
        store->record({eventDocument(
            "fulfilment", "1", "theirs", 2,
            R"("lines": [{"line_id": "11", "quantity": 1}, {"line_id": "12", "quantity": 1}])")});

        track({parcel("F1", "delivered", 9)});

        CPPUNIT_ASSERT_EQUAL(std::string("delivered"), store->status("1"));
    }

    void anUnknownParcelIsKeptAndShown()
    {
        sent("1", "f1", "11", "G1");
        track({parcel("G1", "in_transit"), parcel("X-9", "delivered")});

        const auto unknown = listed(false);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, unknown.size());
        CPPUNIT_ASSERT_EQUAL(std::string("X-9"), unknown[0].trackingNumber);
        CPPUNIT_ASSERT_EQUAL(std::string("delivered"), unknown[0].status);
        CPPUNIT_ASSERT_EQUAL(store->market().id, unknown[0].carrier);
        CPPUNIT_ASSERT(unknown[0].body.find("unknown_member") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("G1"), listed(true).at(0).trackingNumber);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, listed(true).at(0).orders);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, listed({}).size());
    }

    void whatHasNotArrivedIsAskedForUntilItIsTooOld()
    {
        sent("1", "f1", "11", "h-1");
        store->clock.advance(std::chrono::hours(1));
        sent("1", "f2", "12", "h-2");

        CPPUNIT_ASSERT((open() == std::vector<std::string>{"H2", "H1"}));
        track({parcel("H1", "delivered"), parcel("H2", "failed")});
        CPPUNIT_ASSERT(open() == std::vector<std::string>{"H2"});
        store->clock.advance(std::chrono::days(60) + std::chrono::seconds(1));
        CPPUNIT_ASSERT(open().empty());
    }

    void aParcelOfAnotherTenantIsNotOurs()
    {
        sent("1", "f1", "11", "I1");

        track({parcel("I1", "delivered")}, 2);

        CPPUNIT_ASSERT_EQUAL(std::string("partly_shipped"), store->status("1"));
        CPPUNIT_ASSERT(listed({}).empty());
    }

    void whatIsNotDeliveredIsRaisedUntilItIs()
    {
        sent("1", "f1", "11", "G1");
        const auto open = [this](const std::string& message) {
            return store->count("exception",
                                "kind = 'parcel_not_delivered' AND resolved_at IS NULL AND "
                                "message LIKE '" +
                                    message + "%'");
        };

        track({parcel("G1", "in_transit")});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, open(""));
        track({parcel("G1", "failed", 1)});
        track({parcel("G1", "failed", 1)});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, open("the carrier could not deliver parcel G1"));
        track({parcel("G1", "returned", 2)});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, open("the carrier sends back parcel G1"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, open(""));
        track({parcel("G1", "delivered", 3)});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, open(""));
    }

    void deliveryMovesNoStock()
    {
        sent("1", "f1", "11", "J1");
        const auto movements = store->count("stock_movement");

        track({parcel("J1", "delivered")});

        CPPUNIT_ASSERT_EQUAL(movements, store->count("stock_movement"));
        store->checkSums();
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ParcelsTest);
