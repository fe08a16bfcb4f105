#include "stock/Items.h"
#include "stock/Locations.h"
#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::test;
using stock::ItemStatus;

class ItemsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ItemsTest);
    CPPUNIT_TEST(aUnitIsReceivedWithItsSerial);
    CPPUNIT_TEST(aSerialIsKnownOnce);
    CPPUNIT_TEST(noMoreSerialsThanUnitsOnHand);
    CPPUNIT_TEST(aReservedUnitIsReservedInTheLedger);
    CPPUNIT_TEST(aReservationThatEndsElsewhereFreesItsUnit);
    CPPUNIT_TEST(aSoldUnitLeavesTheShelf);
    CPPUNIT_TEST(aUnitIsNeverTakenFromWhatOthersHold);
    CPPUNIT_TEST(aUnitMovesWithItsStock);
    CPPUNIT_TEST(aBrokenUnitIsNotOnHandUntilItIsGoodAgain);
    CPPUNIT_TEST(unitsAreCountedByStatusAndValuedByCost);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestStore> store;
    std::optional<stock::Items> items;
    Id variant = 0;

public:
    void setUp() override
    {
        store.emplace();
        items.emplace(store->ledger, store->ids, store->clock);
        variant = store->variant("LEG-S");
    }

    void tearDown() override
    {
        items.reset();
        store.reset();
    }

    template <class Work>
    stock::Item change(Work work)
    {
        return store->commands.run([&](store::Tx& tx) { return work(tx); });
    }

    stock::Item make(const std::string& serial, bool receive = true)
    {
        return change([&](store::Tx& tx) {
            return items->create(
                tx, store->acme, variant,
                {.sku = "LEG-S", .serial = serial, .cost = 2100, .receive = receive}, "test");
        });
    }

    stock::Item reserve(Id id)
    {
        return change(
            [&](store::Tx& tx) { return items->reserve(tx, store->acme, id, "cart", "test"); });
    }

    stock::Item sell(Id id)
    {
        return change(
            [&](store::Tx& tx) { return items->sell(tx, store->acme, id, std::nullopt, "test"); });
    }

    ItemStatus statusOf(Id id)
    {
        std::optional<stock::Item> item;
        store->database->point(
            [&](store::Session& session) { item = items->get(session, store->acme, id); });
        return item.value().status;
    }

    template <class Work>
    void refuses(Refusal refusal, Work work)
    {
        std::optional<Refusal> seen;
        try {
            work();
        } catch (const Error& error) {
            seen = error.refusal();
        }
        CPPUNIT_ASSERT(seen == refusal);
    }

    void aUnitIsReceivedWithItsSerial()
    {
        const auto item = make("SN-1");

        CPPUNIT_ASSERT(item.status == ItemStatus::Available);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("stock_movement"));
    }

    void aSerialIsKnownOnce()
    {
        make("SN-1");

        refuses(Refusal::Conflict, [&] { make("SN-1"); });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("inventory_item"));
    }

    void noMoreSerialsThanUnitsOnHand()
    {
        store->run(stock::Adjust{.sku = "LEG-S", .onHand = 1});
        make("SN-1", false);

        refuses(Refusal::Unprocessable, [&] { make("SN-2", false); });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->onHand("LEG-S"));
    }

    void aReservedUnitIsReservedInTheLedger()
    {
        const Id id = make("SN-1").id;

        CPPUNIT_ASSERT(reserve(id).status == ItemStatus::Reserved);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("LEG-S"));
        refuses(Refusal::Conflict, [&] { reserve(id); });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("LEG-S"));
        change([&](store::Tx& tx) { return items->release(tx, store->acme, id, "test"); });
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT(statusOf(id) == ItemStatus::Available);
    }

    void aReservationThatEndsElsewhereFreesItsUnit()
    {
        const Id freed = make("SN-1").id, gone = make("SN-2").id;
        const Id first = reserve(freed).reservation.value();
        const Id second = reserve(gone).reservation.value();

        store->run(stock::EndReservation{first, stock::HoldState::Released});
        store->run(stock::EndReservation{second, stock::HoldState::Committed});

        CPPUNIT_ASSERT(statusOf(freed) == ItemStatus::Available);
        CPPUNIT_ASSERT(statusOf(gone) == ItemStatus::Sold);
        CPPUNIT_ASSERT(reserve(freed).status == ItemStatus::Reserved);
        refuses(Refusal::Conflict, [&] { sell(gone); });
    }

    void aSoldUnitLeavesTheShelf()
    {
        const Id free = make("SN-1").id, held = make("SN-2").id;
        reserve(held);

        CPPUNIT_ASSERT(sell(free).status == ItemStatus::Sold);
        CPPUNIT_ASSERT(sell(held).status == ItemStatus::Sold);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->reserved("LEG-S"));
        refuses(Refusal::Conflict, [&] { sell(free); });
    }

    void aUnitIsNeverTakenFromWhatOthersHold()
    {
        const Id id = make("SN-1").id;
        store->run(stock::Reserve{.sku = "LEG-S", .quantity = 1});

        refuses(Refusal::OutOfStock, [&] { sell(id); });
        refuses(Refusal::OutOfStock, [&] { reserve(id); });

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->reserved("LEG-S"));
        CPPUNIT_ASSERT(statusOf(id) == ItemStatus::Available);
    }

    void aUnitMovesWithItsStock()
    {
        const stock::Locations locations(store->ledger, store->ids);
        store->commands.run([&](store::Tx& tx) {
            locations.create(tx, store->acme, {.name = "window", .title = ""});
        });
        const Id id = make("SN-1").id;

        const auto moved = change(
            [&](store::Tx& tx) { return items->move(tx, store->acme, id, "window", "test"); });

        CPPUNIT_ASSERT_EQUAL(std::string("window"), moved.location);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->onHand("LEG-S", "window"));
    }

    void aBrokenUnitIsNotOnHandUntilItIsGoodAgain()
    {
        const Id id = make("SN-1").id;
        const auto set = [&](ItemStatus status) {
            change([&](store::Tx& tx) {
                return items->setStatus(tx, store->acme, id, status, "fell", "test");
            });
        };

        set(ItemStatus::Damaged);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->onHand("LEG-S"));
        set(ItemStatus::Rma); // from one shelf that does not count to another
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->onHand("LEG-S"));
        set(ItemStatus::Available);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->onHand("LEG-S"));
        refuses(Refusal::BadRequest, [&] { set(ItemStatus::Sold); });
    }

    void unitsAreCountedByStatusAndValuedByCost()
    {
        make("SN-1");
        reserve(make("SN-2").id);
        sell(make("SN-3").id);

        std::vector<stock::ItemCount> counts;
        std::vector<stock::ItemValue> values;
        store->database->read([&](store::Session& session) {
            counts = items->summary(session, store->acme, variant);
            values = items->value(session, store->acme);
        });

        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, counts.size());
        for (const auto& count : counts)
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, count.units);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, values.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, values[0].units);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4200}, values[0].cost);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ItemsTest);
