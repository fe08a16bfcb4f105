#include "stock/Locations.h"
#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::test;

class LocationsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LocationsTest);
    CPPUNIT_TEST(aNameIsAPlainWordAndTakenOnce);
    CPPUNIT_TEST(unitsGoFromOnePlaceToAnother);
    CPPUNIT_TEST(heldUnitsStayWhereTheyAre);
    CPPUNIT_TEST_SUITE_END();

    std::optional<TestStore> store;
    std::optional<stock::Locations> locations;

public:
    void setUp() override
    {
        store.emplace();
        locations.emplace(store->ledger, store->ids);
        make("window");
    }

    void tearDown() override
    {
        locations.reset();
        store.reset();
    }

    void make(const std::string& name)
    {
        store->commands.run([&](store::Tx& tx) {
            locations->create(tx, store->acme, {.name = name, .title = "Shown"});
        });
    }

    void transfer(Id variant, std::int64_t units)
    {
        store->commands.run([&](store::Tx& tx) {
            locations->transfer(tx, store->acme, variant,
                                {.sku = "LEG-S", .from = "main", .to = "window", .quantity = units},
                                "test");
        });
    }

    void aNameIsAPlainWordAndTakenOnce()
    {
        CPPUNIT_ASSERT_THROW(make("window"), Error);
        CPPUNIT_ASSERT_THROW(make("The Window"), Error);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->count("location", "name = 'window'"));
    }

    void unitsGoFromOnePlaceToAnother()
    {
        const Id variant = store->stocked("LEG-S", 5);

        transfer(variant, 3);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->onHand("LEG-S", "window"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->count("stock_movement", "kind = 7"));
    }

    void heldUnitsStayWhereTheyAre()
    {
        const Id variant = store->stocked("LEG-S", 5);
        store->run(stock::Reserve{.sku = "LEG-S", .quantity = 3});

        CPPUNIT_ASSERT_THROW(transfer(variant, 3), Error);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, store->onHand("LEG-S"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store->reserved("LEG-S"));
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(LocationsTest);
