#include "stock/Availability.h"

#include <algorithm>
#include <limits>

namespace spokehub::stock
{

namespace
{

using catalog::Component;

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

/// Sums of several locations stay within 63 bits, whatever was counted there.
std::int64_t plus(std::int64_t a, std::int64_t b)
{
    return a > unlimited - b ? unlimited : a + b;
}

/// Where the location is the place-th of the table, the least of what each part is enough for.
std::int64_t availableAt(std::size_t place, std::span<const Component> parts,
                         const LevelTable& levels, Explanation::Place* trace)
{
    std::int64_t least = parts.empty() ? 0 : unlimited;
    for (const Component& part : parts) {
        const auto figures = levels.of(part.variant);
        const LevelFigures level = figures.empty() ? LevelFigures{} : figures[place];
        const std::int64_t available = level.available();
        const std::int64_t makes = available / part.quantity;
        if (trace != nullptr) {
            trace->parts.push_back({part.variant, part.quantity, level, available, makes});
            if (makes < least)
                trace->limiting = part.variant;
        }
        least = std::min(least, makes);
    }
    if (trace != nullptr)
        trace->available = least;
    return least;
}

std::int64_t availableOver(std::span<const Component> parts, const LevelTable& levels,
                           Explanation* trace)
{
    std::int64_t sum = 0;
    for (std::size_t place = 0; place < levels.locations().size(); ++place) {
        Explanation::Place* here = nullptr;
        if (trace != nullptr) {
            here = &trace->places.emplace_back();
            here->location = levels.locations()[place];
        }
        sum = plus(sum, availableAt(place, parts, levels, here));
    }
    return sum;
}

/// A key of the rules and what it does; the order of the table is the order in which they work.
struct Step
{
    std::string_view key;
    std::optional<std::int64_t> StockRule::*setting;
    std::int64_t (*apply)(std::int64_t value, std::int64_t setting);
};

std::int64_t keepBack(std::int64_t value, std::int64_t buffer)
{
    return value > buffer ? value - buffer : 0;
}

std::int64_t share(std::int64_t value, std::int64_t percent)
{
    return value / 100 * percent + value % 100 * percent / 100; // never leaves 63 bits
}

std::int64_t atMost(std::int64_t value, std::int64_t cap)
{
    return std::min(value, cap);
}

std::int64_t noneBelow(std::int64_t value, std::int64_t threshold)
{
    return value < threshold ? 0 : value;
}

constexpr Step steps[] = {
    {"buffer", &StockRule::buffer, keepBack},
    {"percent", &StockRule::percent, share},
    {"cap", &StockRule::cap, atMost},
    {"zero_below", &StockRule::zeroBelow, noneBelow},
};

struct NamedRule
{
    std::string_view source;
    const StockRule* rule;
};

template <class Rules>
const StockRule* find(const Rules& rules, std::string_view name)
{
    const auto found = rules.find(name);
    return found == rules.end() ? nullptr : &found->second;
}

std::int64_t ruled(std::int64_t value, const Offer& offer, const ChannelStockRules& rules,
                   Explanation* trace)
{
    const NamedRule specificFirst[] = {
        {"sku", find(rules.skus, offer.sku)},
        {"category", find(rules.categories, offer.category)},
        {"channel", &rules.channel},
    };
    for (const Step& step : steps)
        for (const NamedRule& named : specificFirst) {
            if (named.rule == nullptr || !(named.rule->*step.setting))
                continue;
            const std::int64_t setting = *(named.rule->*step.setting);
            const std::int64_t after = step.apply(value, setting);
            if (trace != nullptr)
                trace->rules.push_back({step.key, named.source, setting, value, after});
            value = after;
            break;
        }
    return value;
}

} // namespace

std::int64_t LevelFigures::available() const
{
    return std::max<std::int64_t>(0, onHand - reserved - safetyStock);
}

void LevelTable::set(Id variant, Id location, const LevelFigures& figures)
{
    const auto at = std::find(_locations.begin(), _locations.end(), location);
    if (at == _locations.end())
        return;
    const auto [place, isNew] = _places.try_emplace(variant, _figures.size());
    if (isNew)
        _figures.resize(_figures.size() + _locations.size());
    _figures[place->second + static_cast<std::size_t>(at - _locations.begin())] = figures;
}

std::span<const LevelFigures> LevelTable::of(Id variant) const
{
    const auto place = _places.find(variant);
    if (place == _places.end())
        return {};
    return std::span(_figures).subspan(place->second, _locations.size());
}

std::int64_t quantityFor(const Offer& offer, const catalog::Recipes& recipes,
                         const LevelTable& levels, const ChannelStockRules& rules,
                         Explanation* trace)
{
    const Component itself{offer.variant, 1};
    const auto recipe = recipes.find(offer.variant);
    const bool bundle = recipe != recipes.end();
    const auto parts = bundle ? std::span(recipe->second) : std::span(&itself, 1);

    const std::int64_t available = availableOver(parts, levels, trace);
    const std::int64_t quantity = ruled(available, offer, rules, trace) / offer.unitsPerSale;
    if (trace != nullptr) {
        trace->bundle = bundle;
        trace->available = available;
        trace->unitsPerSale = offer.unitsPerSale;
        trace->quantity = quantity;
    }
    return quantity;
}

} // namespace spokehub::stock
