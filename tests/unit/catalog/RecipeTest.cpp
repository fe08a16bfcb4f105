#include "catalog/Recipe.h"

#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <random>

using namespace spokehub;
using namespace spokehub::catalog;

class RecipeTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RecipeTest);
    CPPUNIT_TEST(quantitiesAreMultipliedThroughTheLevels);
    CPPUNIT_TEST(aVariantReachedTwiceIsSummed);
    CPPUNIT_TEST(aQuantityBeyondAnyStockIsNotCountedHigher);
    CPPUNIT_TEST(generatedRecipesEqualThePlainWalk);
    CPPUNIT_TEST(aCycleIsGivenAsItsWay);
    CPPUNIT_TEST(depthCountsTheLongestWayDown);
    CPPUNIT_TEST_SUITE_END();

public:
    void quantitiesAreMultipliedThroughTheLevels()
    {
        const Recipes recipes = explode({{1, {{2, 3}, {9, 1}}}, {2, {{8, 2}}}});

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, recipes.size());
        CPPUNIT_ASSERT((recipes.at(1) == Components{{8, 6}, {9, 1}}));
        CPPUNIT_ASSERT((recipes.at(2) == Components{{8, 2}}));
    }

    void aVariantReachedTwiceIsSummed()
    {
        const Recipes recipes =
            explode({{1, {{2, 1}, {3, 2}, {9, 5}}}, {2, {{9, 1}}}, {3, {{9, 10}}}});

        CPPUNIT_ASSERT((recipes.at(1) == Components{{9, 26}}));
    }

    void aQuantityBeyondAnyStockIsNotCountedHigher()
    {
        BundleEdges edges;
        for (Id bundle = 1; bundle <= bundleDepthMax; ++bundle)
            edges[bundle] = {{bundle + 1, componentQuantityMax}};

        CPPUNIT_ASSERT((explode(edges).at(1) == Components{{9, 1'000'000'000'000}}));
    }

    void generatedRecipesEqualThePlainWalk()
    {
        std::mt19937 random(7);
        for (int round = 0; round < 500; ++round) {
            const BundleEdges edges = generatedEdges(random);

            const Recipes recipes = explode(edges);

            CPPUNIT_ASSERT_EQUAL(edges.size(), recipes.size());
            for (const auto& [bundle, recipe] : recipes) {
                std::map<Id, std::int64_t> leaves;
                walk(edges, bundle, 1, leaves);
                Components expected;
                for (const auto& [variant, quantity] : leaves)
                    expected.push_back({variant, quantity});
                CPPUNIT_ASSERT(expected == recipe);
            }
        }
    }

    void aCycleIsGivenAsItsWay()
    {
        const BundleEdges edges{
            {1, {{7, 1}, {2, 1}}}, {2, {{8, 1}, {3, 1}}}, {3, {{1, 1}}}, {4, {{1, 1}}}};

        CPPUNIT_ASSERT((cycleOf(edges, 1) == std::vector<Id>{1, 2, 3, 1}));
        CPPUNIT_ASSERT(cycleOf(edges, 4).empty());
        CPPUNIT_ASSERT(cycleOf(edges, 7).empty());
    }

    void depthCountsTheLongestWayDown()
    {
        const BundleEdges edges{{1, {{7, 1}, {2, 1}}}, {2, {{3, 1}}}, {3, {{8, 1}}}};

        CPPUNIT_ASSERT_EQUAL(3, depthOf(edges, 1));
        CPPUNIT_ASSERT_EQUAL(1, depthOf(edges, 3));
        CPPUNIT_ASSERT_EQUAL(0, depthOf(edges, 7));
    }

private:
    /// Bundles contain only variants with a higher id, so there is no cycle; ids above 8 are plain.
    static BundleEdges generatedEdges(std::mt19937& random)
    {
        BundleEdges edges;
        for (Id bundle = 1; bundle <= 8; ++bundle) {
            std::map<Id, std::int64_t> components;
            for (int i = 0; i < 3; ++i)
                components[bundle + 1 + static_cast<Id>(random() % 6)] =
                    1 + static_cast<int>(random() % 3);
            for (const auto& [variant, quantity] : components)
                edges[bundle].push_back({variant, quantity});
        }
        return edges;
    }

    static void walk(const BundleEdges& edges, Id variant, std::int64_t quantity,
                     std::map<Id, std::int64_t>& leaves)
    {
        if (!edges.contains(variant))
            leaves[variant] += quantity;
        else
            for (const Component& component : edges.at(variant))
                walk(edges, component.variant, quantity * component.quantity, leaves);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RecipeTest);
