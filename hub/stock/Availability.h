#pragma once

#include "catalog/Recipe.h"
#include "core/Id.h"
#include "core/StockRule.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spokehub::stock
{

/// The rules of one channel. For each key the most specific one wins: of the SKU, of the category,
/// of the channel.
struct ChannelStockRules
{
    StockRule channel;
    std::map<std::string, StockRule, std::less<>> categories;
    std::map<std::string, StockRule, std::less<>> skus;
    std::vector<Id> locations; // whose stock the channel may sell
};

struct LevelFigures
{
    std::int64_t onHand = 0;
    std::int64_t reserved = 0;
    std::int64_t safetyStock = 0;

    /// What may be sold; never negative.
    std::int64_t available() const;
};

/// The levels of some variants at the locations of one channel. Where nothing was set there is
/// nothing.
class LevelTable
{
public:
    explicit LevelTable(std::span<const Id> locations)
        : _locations(locations.begin(), locations.end())
    {
    }

    /// A location that is not one of the channel's is passed over.
    void set(Id variant, Id location, const LevelFigures& figures);

    std::span<const Id> locations() const { return _locations; }
    /// One per location, in the order of locations(); empty when the variant has no level at any of
    /// them.
    std::span<const LevelFigures> of(Id variant) const;

private:
    std::vector<Id> _locations;
    std::unordered_map<Id, std::size_t> _places; // where a variant's figures begin
    std::vector<LevelFigures> _figures;
};

/// A variant as one channel sells it.
struct Offer
{
    Id variant = 0;
    std::string_view sku = {};
    std::string_view category = {};
    std::int64_t unitsPerSale = 1; // at least 1
};

/// How a quantity came about; what the computation met on its way.
struct Explanation
{
    struct Part
    {
        Id variant = 0;
        std::int64_t quantity = 1; // of it in one bundle
        LevelFigures level;
        std::int64_t available = 0;
        std::int64_t makes = 0; // as many bundles as it is enough for
    };
    struct Place
    {
        Id location = 0;
        std::vector<Part> parts; // the variant itself, or the components of the bundle
        Id limiting = 0;         // the part that is enough for the fewest
        std::int64_t available = 0;
    };
    struct Rule
    {
        std::string_view key;    // buffer, percent, cap, zero_below
        std::string_view source; // sku, category, channel
        std::int64_t setting = 0;
        std::int64_t before = 0;
        std::int64_t after = 0;
    };

    bool bundle = false;
    std::vector<Place> places;
    std::int64_t available = 0; // over all locations
    std::vector<Rule> rules;    // those that are set, in the order in which they work
    std::int64_t unitsPerSale = 1;
    std::int64_t quantity = 0; // what the channel is told
};

/// The quantity a channel is told: per location what is on hand less reserved and safety stock, of
/// a bundle the least of its components; summed; then buffer, percent, cap, zero below; then whole
/// sales of unitsPerSale. `trace` is filled when it is asked for; without it nothing is allocated.
std::int64_t quantityFor(const Offer& offer, const catalog::Recipes& recipes,
                         const LevelTable& levels, const ChannelStockRules& rules,
                         Explanation* trace = nullptr);

} // namespace spokehub::stock
