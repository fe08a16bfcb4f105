#pragma once

#include "catalog/ListingDocument.h"
#include "core/Clock.h"
#include "core/Config.h"
#include "core/Id.h"
#include "core/Scope.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spokehub::catalog
{

struct Listing
{
    Id id = 0;
    Id channel = 0;
    std::optional<Id> variant; // none: unmatched
    std::string externalId;
    std::string parentId;
    std::string stockId;
    std::string sku; // as the channel has it
    std::string title;
    std::optional<std::int64_t> price;
    std::string currency;
    std::int64_t unitsPerSale = 1;
    bool removed = false;
    std::optional<std::int64_t> pushed;
    std::optional<Time> pushedAt;
    std::optional<std::int64_t> observed;
    std::optional<Time> observedAt;
    std::int64_t sold = 0;
    std::int64_t soldSeen =
        0; // what sold was when it was observed; this and the next for the lane only
    std::int64_t ordered = 0; // since the push, whatever was given back
    std::int64_t gap = 0;
    Time createdAt;
    Time updatedAt;
};

/// A listing made by hand. It is matched to `variant`, or else to the variant that has its SKU.
struct NewListing
{
    Id channel = 0;
    std::string externalId;
    std::string parentId{};
    std::string stockId{}; // empty: the external id
    std::string sku{};
    std::string title{};
    std::optional<Id> variant{};
    std::int64_t unitsPerSale = 1;
};

struct ListingPatch
{
    std::optional<std::string> title{};
    std::optional<std::int64_t> price{};
    std::optional<std::string> currency{};
};

struct ListingQuery
{
    std::optional<Id> channel{};
    std::optional<bool> matched{};
    bool removedToo = false;
    std::optional<Id> variant{};
    std::optional<std::string> sku{};   // the channel's
    std::optional<Time> updatedSince{}; // then in the order of the change
};

struct ListingMatch
{
    Id listing = 0;
    Id variant = 0;
};

/// What a channel showed of a listing by itself, where that was news.
struct Observation
{
    Id listing = 0;
    std::optional<Id> variant;
    std::int64_t quantity = 0;
    std::optional<std::int64_t> pushed;
    std::int64_t sold = 0; // units that the channel's own orders took since the push

    bool isEcho() const { return pushed == quantity; }
};

struct Observed
{
    std::vector<Observation> echoes;    // what we pushed came back
    std::vector<Observation> different; // something else
    std::vector<std::string> unknown;   // stock ids that no listing has
};

struct Upserted
{
    std::vector<ListingMatch> matched; // what matched by SKU just now
    Observed observed;
};

/// A line of an order as its channel names what was sold.
struct LineKey
{
    std::string_view externalVariantId;
    std::string_view sku;
};

struct LineVariant
{
    Id variant = 0;
    std::int64_t unitsPerSale = 1;
};

struct ListingOfVariant
{
    Id listing = 0;
    Id channel = 0;
    Id variant = 0;
};

/// What a channel's own orders took (or, cancelled, gave back) since we told it a quantity.
struct SoldUnits
{
    Id tenant = 0;
    Id channel = 0;
    std::string externalId;
    std::int64_t units = 0;
    std::int64_t ordered = 0; // in all, whatever of it was given back before we heard of it
};

/// A listing with what its lane needs to tell its channel.
struct ListingToPush
{
    Listing listing;
    std::string sku; // of its variant
    std::string category;

    /// What the channel should show now; nothing when it was never told and never looked at.
    std::optional<std::int64_t> expected() const;
    /// Units that are missing there without a known cause.
    std::int64_t unexplained() const;
};

/// A quantity that a channel confirmed.
struct ConfirmedPush
{
    Id listing = 0;
    std::int64_t quantity = 0;
    std::int64_t soldBefore = 0; // as read when the quantity was made: what came since still counts
    std::int64_t orderedBefore = 0;
    std::int64_t gap = 0;
};

/// A listing is a variant offered on a channel, known there by its external id. What a channel
/// shows is kept beside what we told it and never moves stock. A match that stands is changed by a
/// person only. Owns: listing.
class Listings
{
public:
    Listings(IdGenerator& ids, const Clock& clock) : _ids(ids), _clock(clock) {}

    /// Throws Error: Conflict when the channel has this external id, NotFound when the variant does
    /// not exist.
    Listing create(store::Tx& tx, const Scope& scope, const NewListing& wanted);
    void match(store::Tx& tx, const Scope& scope, Id listing, Id variant);
    void unmatch(store::Tx& tx, const Scope& scope, Id listing);
    void setUnitsPerSale(store::Tx& tx, const Scope& scope, Id listing, std::int64_t units);

    /// What people may change of it: title, price and currency as shown here. Throws
    /// Error(NotFound).
    void patch(store::Tx& tx, const Scope& scope, Id listing, const ListingPatch& patch);

    /// Brings the channel's listings to what it shows, the last document of an external id, and
    /// matches the new ones when the channel matches by SKU.
    Upserted upsert(store::Tx& tx, Id tenant, Id channel,
                    std::span<const ListingDocument> documents, Match how);

    /// Matches what is unmatched and has one of these SKUs: equal to a variant's, and not shared
    /// with another listing of the channel. Also to be called when variants were created.
    std::vector<ListingMatch> matchBySku(store::Tx& tx, Id tenant, Id channel,
                                         std::span<const std::string> skus);

    /// Keeps the quantities that a channel shows; the newer time wins, one that is not known is
    /// now. Tells what was news.
    Observed observe(store::Tx& tx, Id tenant, Id channel, std::span<const LevelDocument> levels);

    std::optional<Listing> get(store::Session& session, const Scope& scope, Id id) const;
    std::optional<Listing> byExternalId(store::Session& session, const Scope& scope, Id channel,
                                        std::string_view externalId) const;
    /// Those with this external id on any channel, ten at most.
    std::vector<Listing> byExternalId(store::Session& session, const Scope& scope,
                                      std::string_view externalId) const;
    /// Those of these that exist, in one statement.
    std::vector<Listing> ofIds(store::Session& session, Id tenant, std::span<const Id> ids) const;
    std::vector<Listing> ofVariant(store::Session& session, const Scope& scope, Id variant) const;

    /// In order of id.
    store::Page<Listing> list(store::Session& session, const Scope& scope,
                              const store::PageRequest& page, const ListingQuery& query = {}) const;

    /// What each line means, in their order: by the channel's variant id first, then by SKU;
    /// nothing for an unknown one. Two statements, however many.
    std::vector<std::optional<LineVariant>> variantsOfLines(store::Session& session, Id tenant,
                                                            Id channel,
                                                            std::span<const LineKey> lines) const;

    /// The listings of these variants on all channels, without removed ones.
    std::vector<ListingOfVariant> ofVariants(store::Session& session, Id tenant,
                                             std::span<const Id> variants) const;

    /// Of these, the matched ones that are still offered, in order of id.
    std::vector<ListingToPush> toPush(store::Session& session, Id tenant,
                                      std::span<const Id> listings) const;
    /// Orders of a channel were placed or cancelled there: it takes them off by itself, and a gap
    /// is explained by them.
    void sold(store::Tx& tx, std::span<const SoldUnits> units) const;
    void confirmed(store::Tx& tx, Id tenant, std::span<const ConfirmedPush> pushes) const;
    /// Listings whose gap has not grown since.
    std::vector<Id> gapsUntil(store::Session& session, Id tenant, Id channel, Time until) const;
    /// No order explains them: what is missing there is offered again.
    void endGaps(store::Tx& tx, Id tenant, std::span<const Id> listings) const;
    /// A clock was set back: nothing was told or seen after now.
    void clockSetBack(store::Tx& tx, Id tenant, Id channel) const;
    /// The channel showed another quantity than we expected.
    void showed(store::Tx& tx, Id tenant, Id listing, std::int64_t quantity) const;

private:
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::catalog
