#include "stock/StockReader.h"

#include "core/Error.h"
#include "support/Engines.h"
#include "support/TestStore.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace spokehub;
using namespace spokehub::stock;
using spokehub::test::TestStore;

class StockReaderTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StockReaderTest);
    CPPUNIT_TEST(movementsOfAllLocationsAreReadNewestFirstPageByPage);
    CPPUNIT_TEST(eachMovementShowsWhatItLeft);
    CPPUNIT_TEST(aVariantThatNeverMovedHasNoMovements);
    CPPUNIT_TEST(aForeignCursorShowsNothingOfAnotherSku);
    CPPUNIT_TEST(aGarbledCursorIsRefused);
    CPPUNIT_TEST(movementsOfAllSkusAreReadByCausePlaceAndTime);
    CPPUNIT_TEST(levelsThatMovedSinceComeInThatOrderOnceEach);
    CPPUNIT_TEST_SUITE_END();

public:
    std::optional<TestStore> store;

    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    store::Page<MovementRow> page(Id variant, int limit, const std::string& cursor = {})
    {
        store::Page<MovementRow> page;
        store->database->read([&](store::Session& session) {
            page = StockReader().movements(session, store->acme, variant,
                                           {.cursor = cursor, .limit = limit});
        });
        return page;
    }

    /// "LEG-S +5" for each movement that fits, page by page.
    std::string all(const MovementQuery& query, int limit = 2)
    {
        std::string text;
        store::PageRequest request{.cursor = {}, .limit = limit};
        do {
            store::Page<MovementRow> rows;
            store->database->read([&](store::Session& session) {
                rows = StockReader().allMovements(session, store->acme, query, request);
            });
            for (const MovementRow& row : rows.data)
                text += (text.empty() ? "" : " ") + row.sku + (row.onHand < 0 ? "" : "+") +
                        std::to_string(row.onHand);
            request.cursor = rows.nextCursor;
        } while (!request.cursor.empty());
        return text;
    }

    void movementsOfAllSkusAreReadByCausePlaceAndTime()
    {
        const Id leggings = store->stocked("LEG-S", 5);
        store->stocked("SOCK", 9);
        store->clock.advance(std::chrono::minutes(1));
        const Time then = store->clock.now();
        adjust("LEG-S", 7, "depot");
        adjust("SOCK", -2, "main");

        CPPUNIT_ASSERT_EQUAL(std::string("SOCK-2 LEG-S+7 SOCK+9 LEG-S+5"), all({}));
        CPPUNIT_ASSERT_EQUAL(std::string("SOCK-2 LEG-S+7"), all({.since = then}));
        CPPUNIT_ASSERT_EQUAL(std::string("SOCK+9 LEG-S+5"), all({.before = then}));
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S+7"), all({.location = "depot"}));
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S+7 LEG-S+5"), all({.variant = leggings}, 1));
        CPPUNIT_ASSERT_EQUAL(std::string(), all({.kind = MovementKind::Ship}));
        CPPUNIT_ASSERT_EQUAL(std::string(), all({.cause = "msg_none"}));
    }

    void levelsThatMovedSinceComeInThatOrderOnceEach()
    {
        store->stocked("LEG-S", 5);
        store->stocked("SOCK", 9);
        store->clock.advance(std::chrono::minutes(1));
        const Time then = store->clock.now();
        adjust("SOCK", 1, "main");
        adjust("LEG-S", 7, "depot");
        adjust("SOCK", -2, "main");

        std::string text;
        store::PageRequest request{.cursor = {}, .limit = 1};
        do {
            store::Page<SkuLevel> rows;
            store->database->read([&](store::Session& session) {
                rows =
                    StockReader().allLevels(session, store->acme, request, {.changedSince = then});
            });
            for (const SkuLevel& row : rows.data)
                text += row.sku + " " + row.level.locationName + " " +
                        std::to_string(row.level.onHand) + "\n";
            request.cursor = rows.nextCursor;
        } while (!request.cursor.empty());

        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S depot 7\nSOCK main 8\n"), text);
    }

    /// "main +5 = 5" for each movement, page by page.
    std::string history(Id variant, int limit)
    {
        std::string text;
        std::string cursor;
        do {
            const auto rows = page(variant, limit, cursor);
            for (const MovementRow& row : rows.data)
                text += row.location + (row.onHand < 0 ? " " : " +") + std::to_string(row.onHand) +
                        " = " + std::to_string(row.onHandAfter) + "\n";
            text += "--\n";
            cursor = rows.nextCursor;
        } while (!cursor.empty());
        return text;
    }

    void adjust(const std::string& sku, std::int64_t units, const std::string& location)
    {
        store->run(Adjust{.sku = sku, .location = location, .onHand = units, .reason = {}});
    }

    void movementsOfAllLocationsAreReadNewestFirstPageByPage()
    {
        const Id leggings = store->stocked("LEG-S", 5);
        store->stocked("SOCK", 9);
        adjust("LEG-S", 7, "depot");
        adjust("LEG-S", -2, "main");
        adjust("LEG-S", -1, "main");
        adjust("LEG-S", 1, "depot");

        CPPUNIT_ASSERT_EQUAL(std::string("depot +1 = 8\nmain -1 = 2\n--\n"
                                         "main -2 = 3\ndepot +7 = 7\n--\n"
                                         "main +5 = 5\n--\n"),
                             history(leggings, 2));
        CPPUNIT_ASSERT_EQUAL(history(leggings, 5), history(leggings, 500));
    }

    void eachMovementShowsWhatItLeft()
    {
        const Id leggings = store->stocked("LEG-S", 5);
        store->run(Reserve{.sku = "LEG-S", .quantity = 3});

        const auto rows = page(leggings, 10);

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows.data.size());
        CPPUNIT_ASSERT_EQUAL(Quantity{5}, rows.data[0].onHandAfter);
        CPPUNIT_ASSERT_EQUAL(Quantity{3}, rows.data[0].reservedAfter);
        CPPUNIT_ASSERT_EQUAL(Quantity{0}, rows.data[1].reservedAfter);
    }

    void aVariantThatNeverMovedHasNoMovements()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("--\n"), history(store->variant("LEG-S"), 10));
    }

    void aForeignCursorShowsNothingOfAnotherSku()
    {
        const Id leggings = store->stocked("LEG-S", 5);
        adjust("LEG-S", 1, "main");
        const std::string cursor = page(leggings, 1).nextCursor;
        const Id socks = store->stocked("SOCK", 9);

        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, page(socks, 10, cursor).data.size());
    }

    void aGarbledCursorIsRefused()
    {
        const Id leggings = store->stocked("LEG-S", 5);

        for (const char* key : {"x", "1,", "1,,2", "1;2", "99999999999999999999"})
            CPPUNIT_ASSERT_THROW_MESSAGE(key, page(leggings, 10, store::cursorOf("movements", key)),
                                         Error);
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(StockReaderTest);
