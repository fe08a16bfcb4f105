#include "support/CatalogStore.h"
#include "support/Engines.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <optional>
#include <thread>

using namespace spokehub;
using namespace spokehub::catalog;

class BundlesTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BundlesTest);
    CPPUNIT_TEST(aRecipeGoesThroughAllLevels);
    CPPUNIT_TEST(settingReplacesWhatWasThere);
    CPPUNIT_TEST(componentsAreAddedAndRemoved);
    CPPUNIT_TEST(ancestorsAreFoundOnEveryLevel);
    CPPUNIT_TEST(aCycleIsRefusedWithItsWay);
    CPPUNIT_TEST(twoChangesAtOnceCloseNoCycle);
    CPPUNIT_TEST(moreThanEightLevelsAreRefused);
    CPPUNIT_TEST(aVariantWithStockIsNoBundle);
    CPPUNIT_TEST(malformedComponentsAreRefused);
    CPPUNIT_TEST(aTenantSeesOnlyItsOwn);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    void aRecipeGoesThroughAllLevels()
    {
        const Id leg = store->variant("LEG");
        const Id pair = store->variant("PAIR");
        const Id box = store->variant("BOX");
        const Id lid = store->variant("LID");
        set(pair, {{leg, 2}});
        set(box, {{pair, 3}, {lid, 1}});

        const Recipes recipes = recipesOf({box, leg});

        CPPUNIT_ASSERT((recipes.at(box) == Components{{leg, 6}, {lid, 1}}));
        CPPUNIT_ASSERT((recipes.at(pair) == Components{{leg, 2}}));
        CPPUNIT_ASSERT(!recipes.contains(leg));
        CPPUNIT_ASSERT(recipesOf({leg, lid}).empty());
    }

    void settingReplacesWhatWasThere()
    {
        const Id leg = store->variant("LEG");
        const Id lid = store->variant("LID");
        const Id box = store->variant("BOX");
        set(box, {{leg, 2}});

        set(box, {{lid, 1}});

        CPPUNIT_ASSERT((store->changed == std::set<Id>{box}));
        CPPUNIT_ASSERT((recipesOf({box}).at(box) == Components{{lid, 1}}));

        set(box, {});

        CPPUNIT_ASSERT((store->changed == std::set<Id>{box}));
        CPPUNIT_ASSERT(recipesOf({box}).empty());
    }

    void componentsAreAddedAndRemoved()
    {
        const Id leg = store->variant("LEG");
        const Id lid = store->variant("LID");
        const Id box = store->variant("BOX");

        change([&](store::Tx& tx) { store->bundles.add(tx, store->acme, box, {leg, 2}); });
        change([&](store::Tx& tx) { store->bundles.add(tx, store->acme, box, {lid, 1}); });
        change([&](store::Tx& tx) { store->bundles.add(tx, store->acme, box, {leg, 5}); });
        CPPUNIT_ASSERT((componentsOf(box) == Components{{leg, 5}, {lid, 1}}));

        change([&](store::Tx& tx) { store->bundles.remove(tx, store->acme, box, leg); });
        CPPUNIT_ASSERT((componentsOf(box) == Components{{lid, 1}}));
        CPPUNIT_ASSERT_EQUAL(std::string("bundle BOX has no such component"),
                             store->refusalOf([&](store::Tx& tx) {
                                 store->bundles.remove(tx, store->acme, box, leg);
                                 return 0;
                             }));
    }

    void ancestorsAreFoundOnEveryLevel()
    {
        const Id leg = store->variant("LEG");
        const Id pair = store->variant("PAIR");
        const Id box = store->variant("BOX");
        const Id pallet = store->variant("PALLET");
        const Id other = store->variant("OTHER");
        set(pair, {{leg, 2}});
        set(box, {{pair, 3}});
        set(pallet, {{box, 10}, {leg, 1}});
        set(other, {{store->variant("LID"), 1}});

        CPPUNIT_ASSERT((ancestorsOf({leg}) == std::vector<Id>{pair, box, pallet}));
        CPPUNIT_ASSERT((ancestorsOf({box, pair}) == std::vector<Id>{box, pallet}));
        CPPUNIT_ASSERT(ancestorsOf({pallet, other}).empty());
    }

    void aCycleIsRefusedWithItsWay()
    {
        const Id a = store->variant("A");
        const Id b = store->variant("B");
        const Id c = store->variant("C");
        set(b, {{a, 1}});
        set(c, {{b, 1}});

        CPPUNIT_ASSERT_EQUAL(std::string("bundle A would contain itself: A > C > B > A"),
                             refusalOf(a, {{c, 1}}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Unprocessable);
        CPPUNIT_ASSERT_EQUAL(std::string("bundle A would contain itself: A > A"),
                             refusalOf(a, {{a, 1}}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store->database.count("bundle_component"));
    }

    void twoChangesAtOnceCloseNoCycle()
    {
        std::atomic<int> refused = 0;
        std::vector<std::pair<Id, Id>> pairs;
        for (int i = 0; i < 10; ++i)
            pairs.emplace_back(store->variant("A" + std::to_string(i)),
                               store->variant("B" + std::to_string(i)));
        const auto changer = [&](bool turned) {
            const auto connection = store->database->connect();
            for (const auto& [a, b] : pairs) {
                connection->begin(false);
                store::Tx tx(*connection);
                try {
                    store->bundles.set(tx, store->acme, turned ? b : a, {{turned ? a : b, 1}});
                    connection->commit();
                } catch (const Error&) {
                    connection->rollback();
                    ++refused;
                }
            }
        };

        std::thread one(changer, false);
        std::thread two(changer, true);
        one.join();
        two.join();

        CPPUNIT_ASSERT_EQUAL(10, refused.load());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, store->database.count("bundle_component"));
    }

    void moreThanEightLevelsAreRefused()
    {
        std::vector<Id> chain;
        for (int i = 0; i <= 9; ++i)
            chain.push_back(store->variant("V" + std::to_string(i)));
        for (std::size_t i = 0; i < 8; ++i)
            if (i != 4)
                set(chain[i], {{chain[i + 1], 1}});

        set(chain[4], {{chain[5], 1}}); // the middle one: four levels above, three below

        CPPUNIT_ASSERT_EQUAL(std::string("bundle V8 would be part of 9 levels, allowed are 8"),
                             refusalOf(chain[8], {{chain[9], 1}}));
        CPPUNIT_ASSERT_EQUAL(std::string("bundle V9 would be part of 9 levels, allowed are 8"),
                             refusalOf(chain[9], {{chain[0], 1}}));
        CPPUNIT_ASSERT((recipesOf({chain[0]}).at(chain[0]) == Components{{chain[8], 1}}));
    }

    void aVariantWithStockIsNoBundle()
    {
        const Id leg = store->variant("LEG");
        const Id box = store->variant("BOX");
        store->database.run(
            "INSERT INTO stock_level (tenant_id, variant_id, location_id, on_hand, updated_at) "
            "VALUES (1, " +
            std::to_string(box) + ", 1, 5, 0)");

        CPPUNIT_ASSERT_EQUAL(std::string("bundle BOX has 5 units of stock of its own, and a bundle "
                                         "has none: bring it to 0 first"),
                             refusalOf(box, {{leg, 1}}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Unprocessable);

        store->database.run("UPDATE stock_level SET on_hand = 0");
        set(box, {{leg, 1}});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->database.count("bundle_component"));
    }

    void malformedComponentsAreRefused()
    {
        const Id leg = store->variant("LEG");
        const Id box = store->variant("BOX");

        CPPUNIT_ASSERT_EQUAL(
            std::string("bundle: components[0].quantity is 0, allowed are 1 to 10000"),
            refusalOf(box, {{leg, 0}}));
        CPPUNIT_ASSERT_EQUAL(std::string("bundle: components[1] is given twice"),
                             refusalOf(box, {{leg, 1}, {leg, 2}}));
        CPPUNIT_ASSERT_EQUAL(std::string("bundle BOX: component 2 is not a known variant"),
                             refusalOf(box, {{leg, 1}, {7, 2}}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::NotFound);
        CPPUNIT_ASSERT_EQUAL(std::string("there is no such variant to make a bundle of"),
                             refusalOf(7, {{leg, 1}}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store->database.count("bundle_component"));
    }

    void aTenantSeesOnlyItsOwn()
    {
        const Id leg = store->variant("LEG");
        const Id box = store->variant("BOX");
        set(box, {{leg, 1}});

        CPPUNIT_ASSERT(store
                           ->read([&](store::Session& session) {
                               return store->bundles.recipesOf(session, 2, std::vector<Id>{box});
                           })
                           .empty());
        CPPUNIT_ASSERT(store
                           ->read([&](store::Session& session) {
                               return store->bundles.ancestorsOf(session, 2, std::vector<Id>{leg});
                           })
                           .empty());
        CPPUNIT_ASSERT_EQUAL(std::string("there is no such variant to make a bundle of"),
                             store->refusalOf([&](store::Tx& tx) {
                                 store->bundles.set(tx, store->other, box, {});
                                 return 0;
                             }));
    }

private:
    std::optional<test::CatalogStore> store;

    template <class Work>
    void change(const Work& work)
    {
        store->write([&](store::Tx& tx) {
            work(tx);
            return 0;
        });
    }

    void set(Id bundle, const Components& components)
    {
        change([&](store::Tx& tx) { store->bundles.set(tx, store->acme, bundle, components); });
    }

    std::string refusalOf(Id bundle, const Components& components)
    {
        return store->refusalOf([&](store::Tx& tx) {
            store->bundles.set(tx, store->acme, bundle, components);
            return 0;
        });
    }

    Recipes recipesOf(const std::vector<Id>& variants)
    {
        return store->read([&](store::Session& session) {
            return store->bundles.recipesOf(session, mainTenant, variants);
        });
    }

    std::vector<Id> ancestorsOf(const std::vector<Id>& variants)
    {
        return store->read([&](store::Session& session) {
            return store->bundles.ancestorsOf(session, mainTenant, variants);
        });
    }

    Components componentsOf(Id bundle)
    {
        return store->read([&](store::Session& session) {
            return store->bundles.componentsOf(session, store->acme, bundle);
        });
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(BundlesTest);
