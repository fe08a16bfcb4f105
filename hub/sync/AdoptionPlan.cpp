#include "sync/AdoptionPlan.h"

#include "core/FieldChecks.h"

#include <algorithm>

namespace spokehub::sync
{

namespace
{

constexpr std::size_t skuMax = 100;
constexpr std::size_t titleMax = 500;
constexpr std::int64_t priceMax = 1'000'000'000'000'000;
constexpr std::int64_t openingMax = 1'000'000'000'000;

bool fits(std::string_view text, std::size_t max)
{
    try {
        FieldChecks().text("text", text, 1, max).refuse("it");
        return true;
    } catch (const Error&) {
        return false;
    }
}

bool isCurrency(std::string_view text)
{
    return text.size() == 3 && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == text.npos;
}

/// Finds its variant, or how it gets one; says why not.
void planMatch(const Adoptable& listing, const AdoptionWish& wish, AdoptionStep& step)
{
    const std::string& sku = listing.shown->sku;
    if (sku.empty())
        step.skipped = "it has no SKU: give it one on the channel, or match it by hand";
    else if (listing.twin)
        step.skipped = "its SKU stands twice on the channel: match it by hand";
    else if (listing.skuVariant && !listing.matchesBySku)
        step.skipped = "the channel is set to match: manual";
    else if (listing.skuVariant)
        step.match = true;
    else if (!wish.catalog)
        step.skipped = "no variant has its SKU: --catalog makes one";
    else if (!fits(sku, skuMax))
        step.skipped = "its SKU cannot be one here: 1 to " + std::to_string(skuMax) +
                       " printable characters, without blanks around them";
    else
        step.create = step.match = true;
}

void planOpening(const Adoptable& listing, AdoptionStep& step)
{
    std::int64_t units = 0;
    if (listing.bundle)
        step.skipped = "it is a bundle: its components have the stock";
    else if (!listing.shown->tracked)
        step.skipped = "the channel does not track its stock";
    else if (listing.moved)
        step.skipped = "has stock already: left alone";
    else if (!listing.quantity)
        step.skipped = "the channel does not say its quantity";
    else if (__builtin_mul_overflow(*listing.quantity, listing.unitsPerSale, &units) ||
             units > openingMax - listing.owed)
        step.skipped =
            "the channel shows " + std::to_string(*listing.quantity) + " units: too many";
    else if (units + listing.owed < 0)
        step.skipped = "the channel shows " + std::to_string(*listing.quantity) +
                       " units: count them and set the stock by hand";
    else
        step.opening = units + listing.owed;
}

} // namespace

AdoptionStep stepFor(const Adoptable& listing, const AdoptionWish& wish)
{
    AdoptionStep step;
    if (!listing.match)
        planMatch(listing, wish, step);
    if (wish.stock && (listing.match || step.match))
        planOpening(listing, step);
    return step;
}

catalog::NewVariant newVariantOf(const catalog::ListingDocument& shown)
{
    catalog::NewVariant variant;
    variant.sku = shown.sku;
    variant.title = fits(shown.title, titleMax) ? shown.title : shown.sku;
    if (isCurrency(shown.currency))
        variant.currency = shown.currency;
    variant.price = std::clamp<std::int64_t>(shown.price.value_or(0), 0, priceMax);
    return variant;
}

} // namespace spokehub::sync
