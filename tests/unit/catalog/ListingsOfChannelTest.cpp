#include "support/CatalogStore.h"
#include "support/Engines.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::catalog;

class ListingsOfChannelTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ListingsOfChannelTest);
    CPPUNIT_TEST(aDocumentMakesAListingAndASecondOneChangesIt);
    CPPUNIT_TEST(whatDidNotChangeIsNotWritten);
    CPPUNIT_TEST(theLastDocumentOfAnExternalIdCounts);
    CPPUNIT_TEST(aRemovedListingStaysAndComesBack);
    CPPUNIT_TEST(anEqualSkuMatchesByItself);
    CPPUNIT_TEST(twoListingsOfOneSkuMatchNothing);
    CPPUNIT_TEST(aMatchThatStandsIsKept);
    CPPUNIT_TEST(aChannelThatMatchesByHandMatchesNothingByItself);
    CPPUNIT_TEST(aVariantMadeLaterMatches);
    CPPUNIT_TEST(quantitiesOfListingsAreObserved);
    CPPUNIT_TEST(whatWePushedIsAnEcho);
    CPPUNIT_TEST(theNewerObservationWins);
    CPPUNIT_TEST(levelsWithoutAListingAreTold);
    CPPUNIT_TEST(manyDocumentsGoAtOnce);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    void aDocumentMakesAListingAndASecondOneChangesIt()
    {
        upsert({{.externalId = "1",
                 .parentId = "9",
                 .stockId = "5",
                 .sku = "LEG-S",
                 .title = "Leggings",
                 .price = 6500,
                 .currency = "USD"}});
        const Listing made = byExternalId("1");
        store->clock.advance(std::chrono::seconds(1));

        upsert({{.externalId = "1",
                 .parentId = "9",
                 .stockId = "6",
                 .sku = "LEG-S",
                 .title = "New",
                 .currency = "USD"}});
        const Listing now = byExternalId("1");

        CPPUNIT_ASSERT_EQUAL(made.id, now.id);
        CPPUNIT_ASSERT_EQUAL(std::string("9"), made.parentId);
        CPPUNIT_ASSERT_EQUAL(std::string("5"), made.stockId);
        CPPUNIT_ASSERT_EQUAL(std::string("6"), now.stockId);
        CPPUNIT_ASSERT_EQUAL(std::string("New"), now.title);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6500},
                             now.price.value_or(0)); // the second one does not say
        CPPUNIT_ASSERT_EQUAL(made.createdAt.micros, now.createdAt.micros);
        CPPUNIT_ASSERT_EQUAL(store->clock.now().micros, now.updatedAt.micros);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->database.count("listing"));
    }

    void whatDidNotChangeIsNotWritten()
    {
        const ListingDocument document{.externalId = "1",
                                       .parentId = "9",
                                       .stockId = "5",
                                       .sku = "LEG-S",
                                       .title = "L",
                                       .price = 6500,
                                       .currency = "USD"};
        upsert({document});
        const Time before = store->clock.now();
        store->clock.advance(std::chrono::seconds(1));

        upsert({document});

        CPPUNIT_ASSERT_EQUAL(before.micros, byExternalId("1").updatedAt.micros);
    }

    void theLastDocumentOfAnExternalIdCounts()
    {
        upsert({{.externalId = "1", .stockId = "1", .title = "first"},
                {.externalId = "1", .stockId = "1", .title = "last"}});

        CPPUNIT_ASSERT_EQUAL(std::string("last"), byExternalId("1").title);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->database.count("listing"));
    }

    void aRemovedListingStaysAndComesBack()
    {
        const Id leg = store->variant("LEG-S");
        upsert({{.externalId = "1", .stockId = "1", .sku = "LEG-S"}});

        upsert(
            {{.externalId = "1", .removed = true}, {.externalId = "never seen", .removed = true}});
        const Listing gone = byExternalId("1");
        upsert({{.externalId = "1", .stockId = "1", .sku = "LEG-S"}});

        CPPUNIT_ASSERT(gone.removed);
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), gone.sku);
        CPPUNIT_ASSERT_EQUAL(leg, gone.variant.value_or(0));
        CPPUNIT_ASSERT(!byExternalId("1").removed);
        CPPUNIT_ASSERT((store->changed == std::set<Id>{leg}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->database.count("listing"));
    }

    void anEqualSkuMatchesByItself()
    {
        const Id leg = store->variant("LEG-S");

        const auto result = upsert({{.externalId = "1", .stockId = "1", .sku = "LEG-S"},
                                    {.externalId = "2", .stockId = "2", .sku = "leg-s"},
                                    {.externalId = "3", .stockId = "3"}});

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, result.matched.size());
        CPPUNIT_ASSERT_EQUAL(leg, result.matched[0].variant);
        CPPUNIT_ASSERT_EQUAL(byExternalId("1").id, result.matched[0].listing);
        CPPUNIT_ASSERT((store->changed == std::set<Id>{leg}));
        CPPUNIT_ASSERT_EQUAL(leg, byExternalId("1").variant.value_or(0));
        CPPUNIT_ASSERT(!byExternalId("2").variant);
    }

    void twoListingsOfOneSkuMatchNothing()
    {
        store->variant("LEG-S");

        const auto result = upsert({{.externalId = "1", .stockId = "1", .sku = "LEG-S"},
                                    {.externalId = "2", .stockId = "2", .sku = "LEG-S"}});
        const auto onAnother = store->write([&](store::Tx& tx) {
            const ListingDocument document{.externalId = "1", .stockId = "1", .sku = "LEG-S"};
            return store->listings.upsert(tx, mainTenant, 11, std::span(&document, 1), Match::Sku);
        });
        const auto afterOneWent = upsert({{.externalId = "2", .removed = true},
                                          {.externalId = "1", .stockId = "1", .sku = "LEG-S"}});

        CPPUNIT_ASSERT(result.matched.empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, onAnother.matched.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, afterOneWent.matched.size());
    }

    void aMatchThatStandsIsKept()
    {
        const Id s = store->variant("LEG-S");
        store->variant("LEG-M");
        upsert({{.externalId = "1", .stockId = "1", .sku = "LEG-S"}});

        const auto twin = upsert({{.externalId = "2", .stockId = "2", .sku = "LEG-S"}});
        const auto renamed = upsert({{.externalId = "1", .stockId = "1", .sku = "LEG-M"}});

        CPPUNIT_ASSERT(twin.matched.empty());
        CPPUNIT_ASSERT(renamed.matched.empty());
        CPPUNIT_ASSERT_EQUAL(s, byExternalId("1").variant.value_or(0));
        CPPUNIT_ASSERT(!byExternalId("2").variant);
    }

    void aChannelThatMatchesByHandMatchesNothingByItself()
    {
        store->variant("LEG-S");

        const auto result =
            upsert({{.externalId = "1", .stockId = "1", .sku = "LEG-S"}}, Match::Manual);

        CPPUNIT_ASSERT(result.matched.empty());
        CPPUNIT_ASSERT(!byExternalId("1").variant);
    }

    void aVariantMadeLaterMatches()
    {
        upsert({{.externalId = "1", .stockId = "1", .sku = "LEG-S"}});
        const Id leg = store->variant("LEG-S");

        const auto matches = store->write([&](store::Tx& tx) {
            return store->listings.matchBySku(tx, mainTenant, shop,
                                              std::vector<std::string>{"LEG-S", "", "NONE"});
        });

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, matches.size());
        CPPUNIT_ASSERT_EQUAL(leg, matches[0].variant);
        CPPUNIT_ASSERT((store->changed == std::set<Id>{leg}));
    }

    void quantitiesOfListingsAreObserved()
    {
        const Id leg = store->variant("LEG-S");

        const auto result =
            upsert({{.externalId = "1",
                     .stockId = "5",
                     .sku = "LEG-S",
                     .quantity = 12,
                     .updatedAt = at(3)},
                    {.externalId = "2", .stockId = "6", .quantity = 7},
                    {.externalId = "3", .stockId = "7", .tracked = false, .quantity = 7}});

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, result.observed.different.size());
        CPPUNIT_ASSERT_EQUAL(leg, result.observed.different[0].variant.value_or(0));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, byExternalId("1").observed.value_or(0));
        CPPUNIT_ASSERT_EQUAL(at(3).micros, byExternalId("1").observedAt.value_or(Time{}).micros);
        CPPUNIT_ASSERT_EQUAL(store->clock.now().micros,
                             byExternalId("2").observedAt.value_or(Time{}).micros);
        CPPUNIT_ASSERT(!byExternalId("3").observed);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->database.count("stock_level"));
    }

    void whatWePushedIsAnEcho()
    {
        upsert({{.externalId = "1", .stockId = "5"}, {.externalId = "2", .stockId = "6"}});
        store->database.run("UPDATE listing SET pushed = 12, sold = 2");

        const auto observed = observe({{"5", "", 12, at(1)}, {"6", "", 10, at(1)}});

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, observed.echoes.size());
        CPPUNIT_ASSERT_EQUAL(byExternalId("1").id, observed.echoes[0].listing);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, observed.different.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, observed.different[0].quantity);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, observed.different[0].pushed.value_or(0));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, observed.different[0].sold);
    }

    void theNewerObservationWins()
    {
        upsert({{.externalId = "1", .stockId = "5"}});

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, observe({{"5", "", 12, at(5)}}).different.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, observe({{"5", "", 9, at(4)}}).different.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, observe({{"5", "", 12, at(5)}}).different.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, byExternalId("1").observed.value_or(0));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1},
                             observe({{"5", "", 8, at(7)}, {"5", "", 3, at(6)}}).different.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, byExternalId("1").observed.value_or(0));
        CPPUNIT_ASSERT_EQUAL(at(7).micros, byExternalId("1").observedAt.value_or(Time{}).micros);
    }

    void levelsWithoutAListingAreTold()
    {
        const auto observed = observe({{"5", "", 12, at(5)}, {"4", "", 1, {}}});

        CPPUNIT_ASSERT((observed.unknown == std::vector<std::string>{"4", "5"}));
        CPPUNIT_ASSERT(observed.echoes.empty() && observed.different.empty());
    }

    void manyDocumentsGoAtOnce()
    {
        std::vector<ListingDocument> documents;
        store->write([&](store::Tx& tx) {
            for (int i = 0; i < 300; ++i) {
                const std::string number = std::to_string(i);
                if (i % 2 == 0)
                    store->variants.create(tx, store->acme, {.sku = "LEG-" + number});
                documents.push_back({.externalId = number,
                                     .stockId = number,
                                     .sku = "LEG-" + number,
                                     .quantity = i});
            }
            return 0;
        });

        const auto result = upsert(documents);

        CPPUNIT_ASSERT_EQUAL(std::size_t{150}, result.matched.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{300}, result.observed.different.size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{150},
                             store->database.count("listing", "variant_id IS NULL"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{299}, byExternalId("299").observed.value_or(0));
    }

private:
    static constexpr Id shop = 10;
    std::optional<test::CatalogStore> store;

    static Time at(int second) { return test::TestClock::start + std::chrono::seconds(second); }

    Upserted upsert(const std::vector<ListingDocument>& documents, Match how = Match::Sku)
    {
        return store->write([&](store::Tx& tx) {
            return store->listings.upsert(tx, mainTenant, shop, documents, how);
        });
    }

    Observed observe(const std::vector<LevelDocument>& levels)
    {
        return store->write(
            [&](store::Tx& tx) { return store->listings.observe(tx, mainTenant, shop, levels); });
    }

    Listing byExternalId(const char* externalId)
    {
        return store
            ->read([&](store::Session& session) {
                return store->listings.byExternalId(session, store->acme, shop, externalId);
            })
            .value();
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ListingsOfChannelTest);
