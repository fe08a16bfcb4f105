#include "stock/Availability.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>

using namespace spokehub;
using namespace spokehub::stock;

namespace
{

/// The same rule as the header tells it, slow and obvious: floor by counting, one thing after
/// the other.
std::int64_t modelQuantity(const Offer& offer, const catalog::Recipes& recipes,
                           const std::map<std::pair<Id, Id>, LevelFigures>& levels,
                           const ChannelStockRules& rules)
{
    std::map<Id, std::int64_t> parts{{offer.variant, 1}};
    if (recipes.contains(offer.variant)) {
        parts.clear();
        for (const auto& component : recipes.at(offer.variant))
            parts[component.variant] += component.quantity;
    }

    std::int64_t value = 0;
    for (const Id location : rules.locations) {
        std::int64_t bundles = 0;
        for (bool enough = true; enough; bundles += enough ? 1 : 0)
            for (const auto& [variant, quantity] : parts) {
                const auto level = levels.find({variant, location});
                const LevelFigures figures = level == levels.end() ? LevelFigures{} : level->second;
                const std::int64_t free = figures.onHand - figures.reserved - figures.safetyStock;
                enough = enough && quantity * (bundles + 1) <= free;
            }
        value += bundles;
    }

    const auto decide =
        [&](std::optional<std::int64_t> StockRule::*key) -> std::optional<std::int64_t> {
        const std::string sku(offer.sku);
        const std::string category(offer.category);
        if (rules.skus.contains(sku) && rules.skus.at(sku).*key)
            return rules.skus.at(sku).*key;
        if (rules.categories.contains(category) && rules.categories.at(category).*key)
            return rules.categories.at(category).*key;
        return rules.channel.*key;
    };
    if (const auto buffer = decide(&StockRule::buffer))
        value = std::max<std::int64_t>(0, value - *buffer);
    if (const auto percent = decide(&StockRule::percent))
        value = value * *percent / 100;
    if (const auto cap = decide(&StockRule::cap))
        value = std::min(value, *cap);
    if (const auto zeroBelow = decide(&StockRule::zeroBelow))
        value = value < *zeroBelow ? 0 : value;
    return value / offer.unitsPerSale;
}

} // namespace

class AvailabilityTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AvailabilityTest);
    CPPUNIT_TEST(whatIsReservedOrSafetyStockIsNotShown);
    CPPUNIT_TEST(safetyStockOfOneLocationTakesNothingFromAnother);
    CPPUNIT_TEST(otherLocationsDoNotCount);
    CPPUNIT_TEST(aBundleIsCountedPerLocation);
    CPPUNIT_TEST(aComponentWithoutLevelMakesNoBundle);
    CPPUNIT_TEST(rulesWorkInTheirOrder);
    CPPUNIT_TEST(eachKeyIsDecidedByTheMostSpecificRule);
    CPPUNIT_TEST(unitsPerSaleAreTakenLast);
    CPPUNIT_TEST(hugeLevelsDoNotOverflow);
    CPPUNIT_TEST(theExplanationTellsEachStep);
    CPPUNIT_TEST(generatedCasesEqualTheModel);
    CPPUNIT_TEST_SUITE_END();

public:
    void whatIsReservedOrSafetyStockIsNotShown()
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, quantityOf({{10, 3, 2}}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, quantityOf({{10, 9, 2}}));
    }

    void safetyStockOfOneLocationTakesNothingFromAnother()
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, quantityOf({{1, 0, 5}, {4, 0, 0}}));
    }

    void otherLocationsDoNotCount()
    {
        LevelTable levels(here.locations);
        levels.set(1, 99, {.onHand = 7});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, quantityFor({.variant = 1}, {}, levels, here));
        CPPUNIT_ASSERT(levels.of(1).empty());
    }

    void aBundleIsCountedPerLocation()
    {
        LevelTable levels(here.locations);
        levels.set(2, 10, {.onHand = 5}); // two bundles of two at the first location, but no lid
        levels.set(3, 20, {.onHand = 9});
        levels.set(2, 20, {.onHand = 7});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{3},
                             quantityFor({.variant = 1}, {{1, {{2, 2}, {3, 1}}}}, levels, here));
    }

    void aComponentWithoutLevelMakesNoBundle()
    {
        LevelTable levels(here.locations);
        levels.set(2, 10, {.onHand = 5});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                             quantityFor({.variant = 1}, {{1, {{2, 1}, {3, 1}}}}, levels, here));
    }

    void rulesWorkInTheirOrder()
    {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{98}, quantityOf({{100, 0, 0}}, {.buffer = 2}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, quantityOf({{1, 0, 0}}, {.buffer = 2}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{49},
                             quantityOf({{101, 0, 0}}, {.buffer = 2, .percent = 50}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10},
                             quantityOf({{101, 0, 0}}, {.percent = 50, .cap = 10}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0},
                             quantityOf({{101, 0, 0}}, {.cap = 10, .zeroBelow = 11}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10},
                             quantityOf({{101, 0, 0}}, {.cap = 10, .zeroBelow = 10}));
    }

    void eachKeyIsDecidedByTheMostSpecificRule()
    {
        ChannelStockRules rules = here;
        rules.channel = {.buffer = 1, .percent = 50, .cap = 1000};
        rules.categories["legs"] = {.buffer = 10, .percent = 100};
        rules.skus["LEG-S"] = {.buffer = 0};
        LevelTable levels(rules.locations);
        levels.set(1, 10, {.onHand = 100});

        CPPUNIT_ASSERT_EQUAL(std::int64_t{100},
                             quantityFor({1, "LEG-S", "legs"}, {}, levels, rules));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{90},
                             quantityFor({1, "LEG-M", "legs"}, {}, levels, rules));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{50},
                             quantityFor({1, "LEG-S", "tops"}, {}, levels, rules));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{49},
                             quantityFor({1, "LEG-M", "tops"}, {}, levels, rules));
    }

    void unitsPerSaleAreTakenLast()
    {
        LevelTable levels(here.locations);
        levels.set(1, 10, {.onHand = 20});
        ChannelStockRules rules = here;
        rules.channel = {.buffer = 1, .cap = 17, .zeroBelow = 7};

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
                             quantityFor({.variant = 1, .unitsPerSale = 6}, {}, levels, rules));
    }

    void hugeLevelsDoNotOverflow()
    {
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

        CPPUNIT_ASSERT_EQUAL(most, quantityOf({{most, 0, 0}, {most, 0, 0}}, {.percent = 100}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, quantityOf({{most, most, most}}));
    }

    void theExplanationTellsEachStep()
    {
        ChannelStockRules rules = here;
        rules.channel = {.buffer = 1, .percent = 50};
        rules.skus["BOX"] = {.cap = 2};
        LevelTable levels(rules.locations);
        levels.set(2, 10, {.onHand = 9, .reserved = 1, .safetyStock = 2});
        levels.set(3, 10, {.onHand = 30});
        levels.set(2, 20, {.onHand = 10});
        levels.set(3, 20, {.onHand = 4});

        Explanation why;
        const auto quantity =
            quantityFor({1, "BOX", ""}, {{1, {{2, 2}, {3, 1}}}}, levels, rules, &why);

        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, quantity);
        CPPUNIT_ASSERT_EQUAL(quantity, why.quantity);
        CPPUNIT_ASSERT(why.bundle);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, why.available);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, why.places.size());
        const auto& first = why.places[0];
        CPPUNIT_ASSERT_EQUAL(Id{10}, first.location);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, first.available);
        CPPUNIT_ASSERT_EQUAL(Id{2}, first.limiting);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, first.parts.at(0).available);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, first.parts.at(0).makes);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, first.parts.at(0).quantity);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{30}, first.parts.at(1).makes);
        CPPUNIT_ASSERT_EQUAL(Id{3}, why.places[1].limiting);
        CPPUNIT_ASSERT_EQUAL(
            std::string("buffer channel 1 7>6, percent channel 50 6>3, cap sku 2 3>2, "),
            told(why));
    }

    void generatedCasesEqualTheModel()
    {
        std::mt19937 random(11);
        for (int round = 0; round < 20'000; ++round)
            compareOne(random);
    }

private:
    static inline const ChannelStockRules here{{}, {}, {}, {10, 20}};

    static std::int64_t quantityOf(const std::vector<LevelFigures>& figures,
                                   const StockRule& rule = {})
    {
        ChannelStockRules rules = here;
        rules.channel = rule;
        LevelTable levels(rules.locations);
        for (std::size_t i = 0; i < figures.size(); ++i)
            levels.set(1, rules.locations[i], figures[i]);
        return quantityFor({.variant = 1}, {}, levels, rules);
    }

    static std::string told(const Explanation& why)
    {
        std::string text;
        for (const auto& rule : why.rules)
            text += std::string(rule.key) + " " + std::string(rule.source) + " " +
                    std::to_string(rule.setting) + " " + std::to_string(rule.before) + ">" +
                    std::to_string(rule.after) + ", ";
        return text;
    }

    static StockRule generatedRule(std::mt19937& random)
    {
        const auto maybe = [&random](std::int64_t max) -> std::optional<std::int64_t> {
            if (random() % 2 == 0)
                return std::nullopt;
            return static_cast<std::int64_t>(random()) % (max + 1);
        };
        return {maybe(10), maybe(100), maybe(30), maybe(10)};
    }

    static void compareOne(std::mt19937& random)
    {
        ChannelStockRules rules;
        for (Id location = 10; location < 13; ++location)
            if (random() % 3 != 0)
                rules.locations.push_back(location);
        rules.channel = generatedRule(random);
        rules.categories["legs"] = generatedRule(random);
        rules.skus["LEG-S"] = generatedRule(random);

        std::map<std::pair<Id, Id>, LevelFigures> all;
        LevelTable levels(rules.locations);
        for (Id variant = 1; variant < 5; ++variant)
            for (Id location = 10; location < 13; ++location)
                if (random() % 4 != 0) {
                    const auto onHand = static_cast<std::int64_t>(random() % 40);
                    const auto reserved = static_cast<std::int64_t>(random()) % (onHand + 1);
                    const auto safety = static_cast<std::int64_t>(random() % 8);
                    all[{variant, location}] = {onHand, reserved, safety};
                    levels.set(variant, location, {onHand, reserved, safety});
                }

        catalog::Recipes recipes;
        for (Id variant = 2; variant < 5; ++variant)
            if (random() % 2 != 0)
                recipes[9].push_back({variant, static_cast<std::int64_t>(1 + random() % 3)});
        const Offer offer{random() % 2 == 0 ? Id{1} : Id{9}, random() % 2 == 0 ? "LEG-S" : "LEG-M",
                          random() % 2 == 0 ? "legs" : "tops",
                          static_cast<std::int64_t>(1 + random() % 3)};

        const auto expected = modelQuantity(offer, recipes, all, rules);
        Explanation why;

        CPPUNIT_ASSERT_EQUAL(expected, quantityFor(offer, recipes, levels, rules));
        CPPUNIT_ASSERT_EQUAL(expected, quantityFor(offer, recipes, levels, rules, &why));
        CPPUNIT_ASSERT_EQUAL(rules.locations.size(), why.places.size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AvailabilityTest);
