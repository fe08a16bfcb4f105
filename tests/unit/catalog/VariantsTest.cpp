#include "support/CatalogStore.h"
#include "support/Engines.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <optional>
#include <thread>

using namespace spokehub;
using namespace spokehub::catalog;

class VariantsTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(VariantsTest);
    CPPUNIT_TEST(theSkuOfAnIdentityIsGenerated);
    CPPUNIT_TEST(aMerchantsOwnSkuStands);
    CPPUNIT_TEST(aTakenSkuIsRefused);
    CPPUNIT_TEST(ofTwoCreatorsAtOnceOneWins);
    CPPUNIT_TEST(malformedFieldsAreNamedAndNothingIsMade);
    CPPUNIT_TEST(aPatchChangesOnlyWhatItNames);
    CPPUNIT_TEST(anotherCategoryMayChangeWhatIsShown);
    CPPUNIT_TEST(skusAreLookedUpAsASet);
    CPPUNIT_TEST(aListIsPagedByIdAndByPrefix);
    CPPUNIT_TEST(skusSortByTheirBytesOnBothEngines);
    CPPUNIT_TEST(aTenantSeesOnlyItsOwn);
    CPPUNIT_TEST(whatChangedSinceComesInTheOrderOfTheChange);
    CPPUNIT_TEST(theyAreFilteredByCategoryAndBrand);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    void theSkuOfAnIdentityIsGenerated()
    {
        const Id identity = store->write([&](store::Tx& tx) {
            const Id family = store->families.create(tx, store->acme, {"00845", "Leggings"}).id;
            return store->identities.create(tx, store->acme, {family, IdentityType::Part, 1}).id;
        });

        const Variant plain = create({.identity = identity, .color = "WY", .condition = "N"});
        const Variant sized =
            create({.identity = identity, .color = "WY", .condition = "N", .size = "L"});

        CPPUNIT_ASSERT_EQUAL(std::string("00845-P-1-WY-N"), plain.sku);
        CPPUNIT_ASSERT_EQUAL(std::string("00845-P-1-WY-N-L"), sized.sku);
        CPPUNIT_ASSERT_EQUAL(identity, bySku("00845-P-1-WY-N-L")->identity.value_or(0));
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "a generated SKU of 00845-P-1: color must be two upper-case letters, such as WY"),
            refusalOf({.identity = identity, .color = "white", .condition = "N"}));
        CPPUNIT_ASSERT_EQUAL(std::string("there is no such identity"),
                             refusalOf({.identity = 7, .sku = "X"}));
    }

    void aMerchantsOwnSkuStands()
    {
        const Variant made = create({.sku = "LEG-CORE-BLK-S",
                                     .title = "Leggings",
                                     .category = "legs",
                                     .color = "Black",
                                     .size = "S",
                                     .barcode = "4006381333931",
                                     .price = 6500,
                                     .cost = 2100,
                                     .currency = "EUR"});

        const auto read = store->read([&](store::Session& session) {
            return store->variants.get(session, store->acme, made.id);
        });

        CPPUNIT_ASSERT(read.has_value());
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-CORE-BLK-S"), read->sku);
        CPPUNIT_ASSERT(!read->identity);
        CPPUNIT_ASSERT_EQUAL(std::string("Leggings"), read->title);
        CPPUNIT_ASSERT_EQUAL(std::string("legs"), read->category);
        CPPUNIT_ASSERT_EQUAL(std::string("Black"), read->color);
        CPPUNIT_ASSERT_EQUAL(std::string(), read->condition);
        CPPUNIT_ASSERT_EQUAL(std::string("S"), read->size);
        CPPUNIT_ASSERT_EQUAL(std::string("4006381333931"), read->barcode);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6500}, read->price);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2100}, read->cost);
        CPPUNIT_ASSERT_EQUAL(std::string("EUR"), read->currency);
        CPPUNIT_ASSERT_EQUAL(store->clock.now().micros, read->createdAt.micros);
        CPPUNIT_ASSERT_EQUAL(store->clock.now().micros, read->updatedAt.micros);
    }

    void aTakenSkuIsRefused()
    {
        store->variant("LEG-S");

        CPPUNIT_ASSERT_EQUAL(std::string("SKU LEG-S exists already"), refusalOf({.sku = "LEG-S"}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Conflict);
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-s"), create({.sku = "LEG-s"}).sku);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->database.count("variant"));
    }

    void ofTwoCreatorsAtOnceOneWins()
    {
        std::atomic<int> made = 0;
        std::atomic<int> conflicts = 0;
        const auto creator = [&] {
            const auto connection = store->database->connect();
            for (int i = 0; i < 20; ++i) {
                connection->begin(false);
                store::Tx tx(*connection);
                try {
                    store->variants.create(tx, store->acme, {.sku = "LEG-" + std::to_string(i)});
                    connection->commit();
                    ++made;
                } catch (const Error&) {
                    connection->rollback();
                    ++conflicts;
                }
            }
        };

        std::thread one(creator);
        std::thread two(creator);
        one.join();
        two.join();

        CPPUNIT_ASSERT_EQUAL(20, made.load());
        CPPUNIT_ASSERT_EQUAL(20, conflicts.load());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, store->database.count("variant"));
    }

    void malformedFieldsAreNamedAndNothingIsMade()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string("variant: sku is missing: give one, or an identity to generate it"),
            refusalOf({}));
        CPPUNIT_ASSERT_EQUAL(std::string("variant: sku has 101 characters, allowed are 1 to 100"),
                             refusalOf({.sku = std::string(101, 'A')}));
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "variant: sku has a control character at place 2; condition must be N (new), R "
                "(refurbished), U (used) or none; price is -1, allowed are 0 to 1000000000000000; "
                "currency must be three upper-case letters, such as USD"),
            refusalOf({.sku = "A\tB", .condition = "X", .price = -1, .currency = "usd"}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::BadRequest);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->database.count("variant"));
    }

    void aPatchChangesOnlyWhatItNames()
    {
        const Variant made = create({.sku = "LEG-S", .title = "Old", .price = 1, .cost = 2});
        store->clock.advance(std::chrono::seconds(5));

        const Variant now = patch(made.id, {.title = "New", .cost = 3});

        CPPUNIT_ASSERT_EQUAL(std::string("New"), now.title);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, now.price);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, now.cost);
        CPPUNIT_ASSERT_EQUAL(made.createdAt.micros, now.createdAt.micros);
        CPPUNIT_ASSERT_EQUAL(store->clock.now().micros, now.updatedAt.micros);
        CPPUNIT_ASSERT_EQUAL(std::string("New"), bySku("LEG-S")->title);
        CPPUNIT_ASSERT(store->changed.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("there is no such variant"),
                             store->refusalOf([&](store::Tx& tx) {
                                 return store->variants.patch(tx, store->acme, 7, {.title = "New"});
                             }));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::NotFound);
    }

    void anotherCategoryMayChangeWhatIsShown()
    {
        const Id id = store->variant("LEG-S", "legs");

        patch(id, {.category = "tops"});

        CPPUNIT_ASSERT((store->changed == std::set<Id>{id}));
    }

    void skusAreLookedUpAsASet()
    {
        std::vector<std::string> skus{"NONE"};
        std::vector<Id> ids;
        for (int i = 0; i < 90; ++i) {
            skus.push_back("LEG-" + std::to_string(i));
            ids.push_back(store->variant(skus.back()));
        }
        skus.push_back("LEG-0"); // asked twice

        const auto found = store->read([&](store::Session& session) {
            return store->variants.idsOf(session, mainTenant, skus);
        });
        const auto back = store->read([&](store::Session& session) {
            return store->variants.skusOf(session, mainTenant, ids);
        });

        CPPUNIT_ASSERT_EQUAL(std::size_t{90}, found.size());
        CPPUNIT_ASSERT_EQUAL(ids[0], found.at("LEG-0"));
        CPPUNIT_ASSERT_EQUAL(ids[89], found.at("LEG-89"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{90}, back.size());
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-7"), back.at(ids[7]));
    }

    void aListIsPagedByIdAndByPrefix()
    {
        for (const char* sku : {"TOP-1", "LEG-3", "LEG-1", "LEG-2", "LEH", "LEG"})
            store->variant(sku);

        CPPUNIT_ASSERT_EQUAL(std::string("TOP-1 LEG-3 LEG-1 LEG-2 | LEH LEG"), listed("", 4));
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-1 LEG-2 | LEG-3"), listed("LEG-", 2));
        CPPUNIT_ASSERT_EQUAL(std::string("LEG LEG-1 LEG-2 LEG-3"), listed("LEG", 4));
        CPPUNIT_ASSERT_EQUAL(std::string(), listed("%", 4));
    }

    void skusSortByTheirBytesOnBothEngines()
    {
        for (const char* sku : {"Xä", "Xa", "XB", "X-2", "X_1", "X 1"})
            store->variant(sku);

        CPPUNIT_ASSERT_EQUAL(std::string("X 1 X-2 | XB X_1 | Xa Xä"), listed("X", 2));
    }

    void aTenantSeesOnlyItsOwn()
    {
        const Id id = store->variant("LEG-S");

        CPPUNIT_ASSERT(!store->read([&](store::Session& session) {
            return store->variants.get(session, store->other, id);
        }));
        CPPUNIT_ASSERT(!store->read([&](store::Session& session) {
            return store->variants.bySku(session, store->other, "LEG-S");
        }));
        CPPUNIT_ASSERT(store
                           ->read([&](store::Session& session) {
                               return store->variants.list(session, store->other, {});
                           })
                           .data.empty());
        CPPUNIT_ASSERT_EQUAL(
            std::string("there is no such variant"), store->refusalOf([&](store::Tx& tx) {
                return store->variants.patch(tx, store->other, id, {.title = "Mine"});
            }));
    }

private:
    std::optional<test::CatalogStore> store;

    Variant create(const NewVariant& wanted)
    {
        return store->write(
            [&](store::Tx& tx) { return store->variants.create(tx, store->acme, wanted); });
    }

    Variant patch(Id id, const VariantPatch& what)
    {
        return store->write(
            [&](store::Tx& tx) { return store->variants.patch(tx, store->acme, id, what); });
    }

    std::string refusalOf(const NewVariant& wanted)
    {
        return store->refusalOf(
            [&](store::Tx& tx) { return store->variants.create(tx, store->acme, wanted); });
    }

    std::optional<Variant> bySku(const char* sku)
    {
        return store->read([&](store::Session& session) {
            return store->variants.bySku(session, store->acme, sku);
        });
    }

    void whatChangedSinceComesInTheOrderOfTheChange()
    {
        const Id first = store->variant("A");
        store->variant("B");
        store->clock.advance(std::chrono::seconds(1));
        const Time then = store->clock.now();
        store->variant("C");
        store->clock.advance(std::chrono::seconds(1));
        store->write([&](store::Tx& tx) {
            return store->variants.patch(tx, store->acme, first, {.title = "Changed"});
        });

        CPPUNIT_ASSERT_EQUAL(std::string("C | A"), listed(VariantQuery{.updatedSince = then}, 1));
        CPPUNIT_ASSERT_EQUAL(std::string("A"), listed(VariantQuery{.updatedSince = store->clock.now()}, 1));
        CPPUNIT_ASSERT_EQUAL(std::string("A | B | C"), listed(VariantQuery{}, 1));
    }

    void theyAreFilteredByCategoryAndBrand()
    {
        store->variant("A", "beds");
        store->variant("B", "lamps");
        store->write([&](store::Tx& tx) {
            return store->variants.create(tx, store->acme,
                                          {.sku = "C", .category = "beds", .brand = "Acme"});
        });

        CPPUNIT_ASSERT_EQUAL(std::string("A | C"), listed(VariantQuery{.category = "beds"}, 1));
        CPPUNIT_ASSERT_EQUAL(std::string("C"), listed(VariantQuery{.category = "beds", .brand = "Acme"}, 5));
        CPPUNIT_ASSERT_EQUAL(std::string(), listed(VariantQuery{.brand = "Other"}, 5));
    }

    std::string listed(const std::string& prefix, int limit)
    {
        return listed(VariantQuery{.skuPrefix = prefix}, limit);
    }

    /// The SKUs of all pages.
    std::string listed(const VariantQuery& query, int limit)
    {
        std::string text;
        store::PageRequest request{"", limit};
        do {
            const auto page = store->read([&](store::Session& session) {
                return store->variants.list(session, store->acme, request, query);
            });
            text += request.cursor.empty() ? "" : " |";
            for (const Variant& variant : page.data)
                text += (text.empty() ? "" : " ") + variant.sku;
            request.cursor = page.nextCursor;
        } while (!request.cursor.empty());
        return text;
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(VariantsTest);
