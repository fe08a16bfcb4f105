#include "stock/AvailabilityReader.h"

#include "support/CatalogStore.h"
#include "support/Engines.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <random>

using namespace spokehub;
using namespace spokehub::stock;

class AvailabilityReaderTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AvailabilityReaderTest);
    CPPUNIT_TEST(levelsOfTheChannelsLocationsCount);
    CPPUNIT_TEST(aBundleIsReadThroughItsLevels);
    CPPUNIT_TEST(theExplanationEqualsTheQuantity);
    CPPUNIT_TEST(manyOffersAreReadInTheirOrder);
    CPPUNIT_TEST(anotherTenantsStockIsNotRead);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        store.emplace();
        store->database.run(
            "INSERT INTO location (tenant_id, id, name) VALUES (1, 2, 'back'), (1, 3, 'far')");
    }
    void tearDown() override { store.reset(); }

    void levelsOfTheChannelsLocationsCount()
    {
        const Id sock = store->variant("SOCK");
        level(sock, 1, 10, 3, 2);
        level(sock, 2, 4, 0, 0);
        level(sock, 3, 100, 0, 0);

        CPPUNIT_ASSERT((
            quantities({{.variant = sock}, {.variant = sock, .unitsPerSale = 2}, {.variant = 7}}) ==
            std::vector<std::int64_t>{9, 4, 0}));
    }

    void aBundleIsReadThroughItsLevels()
    {
        const Id box = boxOfPairsWithALid();
        level(leg, 1, 13, 0, 0);
        level(lid, 1, 9, 0, 0);
        level(leg, 2, 8, 0, 0);
        level(lid, 2, 1, 0, 0);

        CPPUNIT_ASSERT(
            (quantities({{.variant = box}, {.variant = lid}}) == std::vector<std::int64_t>{4, 10}));
    }

    void theExplanationEqualsTheQuantity()
    {
        const Id box = boxOfPairsWithALid();
        level(leg, 1, 13, 0, 0);
        level(lid, 1, 9, 0, 0);
        rules.channel = {.buffer = 1};

        const Explanation why = store->read([&](store::Session& session) {
            return reader.explain(session, mainTenant, rules, {.variant = box});
        });

        CPPUNIT_ASSERT((quantities({{.variant = box}}) == std::vector<std::int64_t>{why.quantity}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, why.quantity);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, why.available);
        CPPUNIT_ASSERT_EQUAL(leg, why.places.at(0).limiting);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, why.rules.size());
    }

    void manyOffersAreReadInTheirOrder()
    {
        std::vector<Offer> offers;
        std::vector<std::int64_t> expected;
        std::string levels;
        store->write([&](store::Tx& tx) {
            for (int i = 0; i < 500; ++i) {
                const std::string number = std::to_string(i);
                const Id id = store->variants.create(tx, store->acme, {.sku = "LEG-" + number}).id;
                levels +=
                    (i == 0 ? "(1, " : ", (1, ") + std::to_string(id) + ", 1, " + number + ", 0)";
                offers.push_back({.variant = id});
                expected.push_back(i);
            }
            return 0;
        });
        store->database.run("INSERT INTO stock_level (tenant_id, variant_id, location_id, on_hand, "
                            "updated_at) VALUES " +
                            levels);
        std::shuffle(offers.begin(), offers.end(), std::mt19937(3));
        std::shuffle(expected.begin(), expected.end(), std::mt19937(3));

        CPPUNIT_ASSERT(quantities(offers) == expected);
    }

    void anotherTenantsStockIsNotRead()
    {
        const Id sock = store->variant("SOCK");
        level(sock, 1, 10, 0, 0);
        const std::vector<Offer> offers{{.variant = sock}};

        CPPUNIT_ASSERT((store->read([&](store::Session& session) {
            return reader.quantities(session, 2, rules, offers);
        }) == std::vector<std::int64_t>{0}));
    }

private:
    std::optional<test::CatalogStore> store;
    catalog::Bundles bundles;
    AvailabilityReader reader{bundles};
    ChannelStockRules rules{{}, {}, {}, {1, 2}};
    Id leg = 0;
    Id lid = 0;

    void level(Id variant, Id location, int onHand, int reserved, int safety)
    {
        store->database.run(
            "INSERT INTO stock_level (tenant_id, variant_id, location_id, on_hand, reserved, "
            "safety_stock, updated_at) VALUES (1, " +
            std::to_string(variant) + ", " + std::to_string(location) + ", " +
            std::to_string(onHand) + ", " + std::to_string(reserved) + ", " +
            std::to_string(safety) + ", 0)");
    }

    /// Two pairs of two legs each, and a lid.
    Id boxOfPairsWithALid()
    {
        leg = store->variant("LEG");
        lid = store->variant("LID");
        const Id pair = store->variant("PAIR");
        const Id box = store->variant("BOX");
        return store->write([&](store::Tx& tx) {
            store->bundles.set(tx, store->acme, pair, {{leg, 2}});
            store->bundles.set(tx, store->acme, box, {{pair, 2}, {lid, 1}});
            return box;
        });
    }

    std::vector<std::int64_t> quantities(const std::vector<Offer>& offers)
    {
        return store->read([&](store::Session& session) {
            return reader.quantities(session, mainTenant, rules, offers);
        });
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(AvailabilityReaderTest);
