#pragma once

#include "catalog/ListingDocument.h"
#include "catalog/Variants.h"

#include <optional>
#include <string>

namespace spokehub::sync
{

/// What a person asked for.
struct AdoptionWish
{
    bool catalog = false; // variants for SKUs that nobody knows yet
    bool stock = false;   // opening levels
    bool dryRun = false;  // only tell what would be done
};

/// A listing that the channel shows, and what the hub knows of it.
struct Adoptable
{
    const catalog::ListingDocument* shown = nullptr;
    std::optional<std::int64_t> quantity{}; // as the channel shows it
    std::optional<Id> match{};              // its variant
    std::int64_t unitsPerSale = 1;
    bool twin = false;              // another listing of the channel has its SKU
    std::optional<Id> skuVariant{}; // the variant that has its SKU
    bool matchesBySku = true;       // the channel's setting
    bool bundle = false;            // of its variant: it has no stock of its own,
    bool moved = false;             // or it has had stock,
    std::int64_t owed = 0; // or units the channel has sold and still owes: not in its quantity
};

/// What is done about a listing. `skipped` says why it is left as it is, or without stock.
struct AdoptionStep
{
    bool create = false;
    bool match = false;
    std::optional<std::int64_t> opening{}; // units on hand
    std::string skipped{};
};

/// The rule.
AdoptionStep stepFor(const Adoptable& listing, const AdoptionWish& wish);

/// The variant made of a listing; its SKU fits (see stepFor), what else does not is left out.
catalog::NewVariant newVariantOf(const catalog::ListingDocument& shown);

} // namespace spokehub::sync
