#pragma once

#include "orders/Orders.h"
#include "store/Commands.h"
#include "sync/AdoptionPlan.h"
#include "sync/ChannelShown.h"

#include <set>
#include <span>
#include <string>
#include <vector>

namespace spokehub::sync
{

struct AdoptionReport
{
    struct Skipped
    {
        std::string externalId;
        std::string sku;
        std::string reason;
    };
    static constexpr std::size_t skippedMax = 1000; // are told one by one

    std::int64_t listings = 0; // read
    std::int64_t variantsCreated = 0;
    std::int64_t matched = 0;  // by this adoption
    std::int64_t stockSet = 0; // variants that got an opening level
    std::int64_t units = 0;    // in all of these
    std::int64_t skippedInAll = 0;
    std::vector<Skipped> skipped;
    bool dryRun = false;

    void skip(std::string externalId, std::string sku, std::string reason);
    void add(AdoptionReport part);
};

/// Takes over what a channel has: its listings, variants made of them, opening levels. All of it is
/// read first, then applied in chunks, each whole: begun again after a crash it goes on, and where
/// all is done it changes nothing. One run each.
class Adoption
{
public:
    static constexpr std::size_t chunkMax = 500;

    struct Parts
    {
        spokes::Channel& channel;
        const spokes::Channels& channels;
        catalog::Listings& listings;
        catalog::Variants& variants;
        const catalog::Bundles& bundles;
        orders::Orders& orders;
        stock::Ledger& ledger;
        store::Commands& commands;
        store::Database& database;
        const Clock& clock;
    };

    /// `cause`: the request's id.
    Adoption(Parts parts, OnLane onLane, Scope scope, AdoptionWish wish, std::string cause);

    /// Throws what ChannelShown::read throws.
    AdoptionReport run(Time deadline);

private:
    struct Item
    {
        const catalog::ListingDocument* shown = nullptr;
        std::optional<std::int64_t> quantity;
        bool twin = false; // its SKU is shown twice
    };
    using Items = std::span<const Item>;
    struct Change
    {
        std::vector<catalog::NewVariant> variants;
        std::vector<std::string> skus; // to be matched
        struct Opening
        {
            std::string sku; // of its listing
            Id variant = 0;  // 0: it is being made
            std::int64_t units = 0;
        };
        std::vector<Opening> openings;
        AdoptionReport report;
    };

    void pull(Time deadline);
    std::vector<Item> items(AdoptionReport& report) const;
    void keepListings();

    Change plan(store::Session& session, Items items) const;
    std::vector<Adoptable> read(store::Session& session, Items items) const;
    void readListings(store::Session& session, std::vector<Adoptable>& listings) const;
    void readStock(store::Session& session, std::vector<Adoptable>& listings) const;

    Change apply(store::Tx& tx, Items items) const;
    void lock(store::Tx& tx, Items items) const;
    void makeVariants(store::Tx& tx, Change& change) const;
    void matchElsewhere(store::Tx& tx, const Change& change) const;
    void open(store::Tx& tx, const Change& change) const;

    Parts _parts;
    OnLane _onLane;
    Scope _scope;
    AdoptionWish _wish;
    stock::Cause _cause;
    ChannelShown _shown;
    Time _began;           // what the channel sold later is still in what it shows
    std::set<Id> _stocked; // variants that an earlier chunk gave a level
};

} // namespace spokehub::sync
