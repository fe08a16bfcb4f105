#include "support/CatalogStore.h"
#include "support/Engines.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::catalog;

class ListingsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ListingsTest);
    CPPUNIT_TEST(aListingByHandMatchesByVariantOrSku);
    CPPUNIT_TEST(aListingByHandIsRefusedWhenItExistsOrMatchesNothing);
    CPPUNIT_TEST(matchingAndUnmatchingTellsWhoChanged);
    CPPUNIT_TEST(unitsPerSaleAreSet);
    CPPUNIT_TEST(listsAreFilteredAndPaged);
    CPPUNIT_TEST(aLineIsMatchedByVariantIdFirstThenBySku);
    CPPUNIT_TEST(manyLinesAreMatchedAtOnce);
    CPPUNIT_TEST(listingsOfVariantsLeaveOutRemovedOnes);
    CPPUNIT_TEST(aTenantSeesOnlyItsOwn);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    void aListingByHandMatchesByVariantOrSku()
    {
        const Id leg = store->variant("LEG-S");

        const Listing bySku = create({.channel = shop, .externalId = "1", .sku = "LEG-S"});
        CPPUNIT_ASSERT((store->changed == std::set<Id>{leg}));
        const Listing byVariant = create({.channel = shop,
                                          .externalId = "2",
                                          .stockId = "20",
                                          .sku = "other",
                                          .variant = leg,
                                          .unitsPerSale = 6});

        CPPUNIT_ASSERT_EQUAL(leg, get(bySku.id).variant.value_or(0));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), get(bySku.id).stockId);
        CPPUNIT_ASSERT_EQUAL(leg, get(byVariant.id).variant.value_or(0));
        CPPUNIT_ASSERT_EQUAL(std::string("20"), get(byVariant.id).stockId);
        CPPUNIT_ASSERT_EQUAL(std::string("other"), get(byVariant.id).sku);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, get(byVariant.id).unitsPerSale);
        CPPUNIT_ASSERT(!get(byVariant.id).pushed && !get(byVariant.id).observed);
        CPPUNIT_ASSERT_EQUAL(byVariant.id, store->read([&](store::Session& session) {
            return store->listings.byExternalId(session, store->acme, shop, "2").value().id;
        }));
    }

    void aListingByHandIsRefusedWhenItExistsOrMatchesNothing()
    {
        store->variant("LEG-S");
        create({.channel = shop, .externalId = "1", .sku = "LEG-S"});

        CPPUNIT_ASSERT_EQUAL(std::string("the channel has a listing 1 already"),
                             refusalOf({.channel = shop, .externalId = "1", .sku = "LEG-S"}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Conflict);
        CPPUNIT_ASSERT_EQUAL(std::string("there is no variant with the SKU LEG-M"),
                             refusalOf({.channel = shop, .externalId = "2", .sku = "LEG-M"}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::NotFound);
        CPPUNIT_ASSERT_EQUAL(std::string("there is no such variant"),
                             refusalOf({.channel = shop, .externalId = "2", .variant = 7}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("listing: external_id is missing; units_per_sale is 0, allowed are 1 to "
                        "1000000; variant_id is missing: give it, or the sku"),
            refusalOf({.channel = shop, .externalId = "", .unitsPerSale = 0}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->database.count("listing"));
        create({.channel = market, .externalId = "1", .sku = "LEG-S"});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->database.count("listing"));
    }

    void matchingAndUnmatchingTellsWhoChanged()
    {
        const Id s = store->variant("LEG-S");
        const Id m = store->variant("LEG-M");
        const Id listing = create({.channel = shop, .externalId = "1", .sku = "LEG-S"}).id;

        change([&](store::Tx& tx) { store->listings.match(tx, store->acme, listing, m); });
        CPPUNIT_ASSERT((store->changed == std::set<Id>{s, m}));
        CPPUNIT_ASSERT_EQUAL(m, get(listing).variant.value_or(0));

        change([&](store::Tx& tx) { store->listings.match(tx, store->acme, listing, m); });
        CPPUNIT_ASSERT(store->changed.empty());

        change([&](store::Tx& tx) { store->listings.unmatch(tx, store->acme, listing); });
        CPPUNIT_ASSERT((store->changed == std::set<Id>{m}));
        CPPUNIT_ASSERT(!get(listing).variant);

        CPPUNIT_ASSERT_EQUAL(std::string("there is no such listing"),
                             store->refusalOf([&](store::Tx& tx) {
                                 store->listings.unmatch(tx, store->acme, 7);
                                 return 0;
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("there is no such variant"),
                             store->refusalOf([&](store::Tx& tx) {
                                 store->listings.match(tx, store->acme, listing, 7);
                                 return 0;
                             }));
    }

    void unitsPerSaleAreSet()
    {
        const Id leg = store->variant("LEG-S");
        const Id listing = create({.channel = shop, .externalId = "1", .sku = "LEG-S"}).id;

        change(
            [&](store::Tx& tx) { store->listings.setUnitsPerSale(tx, store->acme, listing, 12); });

        CPPUNIT_ASSERT((store->changed == std::set<Id>{leg}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, get(listing).unitsPerSale);
        CPPUNIT_ASSERT_EQUAL(std::string("listing: units_per_sale is 0, allowed are 1 to 1000000"),
                             store->refusalOf([&](store::Tx& tx) {
                                 store->listings.setUnitsPerSale(tx, store->acme, listing, 0);
                                 return 0;
                             }));
    }

    void listsAreFilteredAndPaged()
    {
        store->variant("LEG-S");
        for (const char* id : {"1", "2", "3"})
            create({.channel = shop, .externalId = id, .sku = "LEG-S"});
        const Id unmatched = create({.channel = shop, .externalId = "4", .sku = "LEG-S"}).id;
        change([&](store::Tx& tx) { store->listings.unmatch(tx, store->acme, unmatched); });
        create({.channel = market, .externalId = "5", .sku = "LEG-S"});
        store->database.run("UPDATE listing SET removed = 1 WHERE external_id = '2'");

        CPPUNIT_ASSERT_EQUAL(std::string("1 3 | 4 5"), listed({}));
        CPPUNIT_ASSERT_EQUAL(std::string("1 3 | 4"), listed({.channel = shop}));
        CPPUNIT_ASSERT_EQUAL(std::string("1 3"), listed({.channel = shop, .matched = true}));
        CPPUNIT_ASSERT_EQUAL(std::string("4"), listed({.matched = false}));
        CPPUNIT_ASSERT_EQUAL(std::string("1 2 | 3 4"),
                             listed({.channel = shop, .removedToo = true}));
    }

    void aLineIsMatchedByVariantIdFirstThenBySku()
    {
        const Id s = store->variant("LEG-S");
        const Id m = store->variant("LEG-M");
        create({.channel = shop, .externalId = "1", .sku = "LEG-S", .unitsPerSale = 6});
        create({.channel = market, .externalId = "2", .sku = "LEG-S", .unitsPerSale = 3});
        const Id unmatched =
            create({.channel = shop, .externalId = "3", .sku = "LEG-S", .unitsPerSale = 2}).id;
        change([&](store::Tx& tx) { store->listings.unmatch(tx, store->acme, unmatched); });

        const auto found = variantsOf({{"1", "LEG-M"},
                                       {"2", "LEG-M"},
                                       {"", "LEG-S"},
                                       {"9", "NONE"},
                                       {"3", "LEG-M"},
                                       {"", ""}});

        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, found.size());
        CPPUNIT_ASSERT_EQUAL(s, found[0].value().variant);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, found[0].value().unitsPerSale);
        CPPUNIT_ASSERT_EQUAL(m, found[1].value().variant); // "2" is another channel's
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, found[1].value().unitsPerSale);
        CPPUNIT_ASSERT_EQUAL(s, found[2].value().variant);
        CPPUNIT_ASSERT(!found[3]);
        CPPUNIT_ASSERT_EQUAL(m, found[4].value().variant);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, found[4].value().unitsPerSale);
        CPPUNIT_ASSERT(!found[5]);
    }

    void manyLinesAreMatchedAtOnce()
    {
        std::vector<Id> variants;
        std::vector<std::string> skus;
        for (int i = 0; i < 100; ++i) {
            skus.push_back("LEG-" + std::to_string(i));
            variants.push_back(store->variant(skus.back()));
        }
        std::vector<LineKey> lines;
        for (const std::string& sku : skus)
            lines.push_back({"unknown", sku});

        const auto found = variantsOf(lines);

        for (std::size_t i = 0; i < 100; ++i)
            CPPUNIT_ASSERT_EQUAL(variants[i], found[i].value().variant);
    }

    void listingsOfVariantsLeaveOutRemovedOnes()
    {
        const Id s = store->variant("LEG-S");
        const Id m = store->variant("LEG-M");
        const Id here = create({.channel = shop, .externalId = "1", .sku = "LEG-S"}).id;
        create({.channel = shop, .externalId = "2", .sku = "LEG-S"});
        create({.channel = shop, .externalId = "3", .sku = "LEG-M"});
        store->database.run("UPDATE listing SET removed = 1 WHERE external_id = '2'");

        const auto found = store->read([&](store::Session& session) {
            return store->listings.ofVariants(session, mainTenant, std::vector<Id>{s});
        });

        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, found.size());
        CPPUNIT_ASSERT_EQUAL(here, found[0].listing);
        CPPUNIT_ASSERT_EQUAL(shop, found[0].channel);
        CPPUNIT_ASSERT_EQUAL(s, found[0].variant);
        CPPUNIT_ASSERT(m != s);
    }

    void aTenantSeesOnlyItsOwn()
    {
        const Id leg = store->variant("LEG-S");
        const Id listing = create({.channel = shop, .externalId = "1", .sku = "LEG-S"}).id;

        CPPUNIT_ASSERT(!store->read([&](store::Session& session) {
            return store->listings.get(session, store->other, listing);
        }));
        CPPUNIT_ASSERT(store
                           ->read([&](store::Session& session) {
                               return store->listings.list(session, store->other, {});
                           })
                           .data.empty());
        CPPUNIT_ASSERT(!store->read([&](store::Session& session) {
            return store->listings.variantsOfLines(session, 2, shop,
                                                   std::vector<LineKey>{{"1", "LEG-S"}});
        })[0]);
        CPPUNIT_ASSERT_EQUAL(std::string("there is no such variant"),
                             store->refusalOf([&](store::Tx& tx) {
                                 store->listings.match(tx, store->other, listing, leg);
                                 return 0;
                             }));
    }

private:
    static constexpr Id shop = 10;
    static constexpr Id market = 11;
    std::optional<test::CatalogStore> store;

    template <class Work>
    void change(const Work& work)
    {
        store->write([&](store::Tx& tx) {
            work(tx);
            return 0;
        });
    }

    Listing create(const NewListing& wanted)
    {
        return store->write(
            [&](store::Tx& tx) { return store->listings.create(tx, store->acme, wanted); });
    }

    std::string refusalOf(const NewListing& wanted)
    {
        return store->refusalOf(
            [&](store::Tx& tx) { return store->listings.create(tx, store->acme, wanted); });
    }

    Listing get(Id id)
    {
        return store
            ->read([&](store::Session& session) {
                return store->listings.get(session, store->acme, id);
            })
            .value();
    }

    std::vector<std::optional<LineVariant>> variantsOf(const std::vector<LineKey>& lines)
    {
        return store->read([&](store::Session& session) {
            return store->listings.variantsOfLines(session, mainTenant, shop, lines);
        });
    }

    /// The external ids of all pages, two each.
    std::string listed(const ListingQuery& query)
    {
        std::string text;
        store::PageRequest request{"", 2};
        do {
            const auto page = store->read([&](store::Session& session) {
                return store->listings.list(session, store->acme, request, query);
            });
            text += request.cursor.empty() ? "" : " |";
            for (const Listing& listing : page.data)
                text += (text.empty() ? "" : " ") + listing.externalId;
            request.cursor = page.nextCursor;
        } while (!request.cursor.empty());
        return text;
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(ListingsTest);
