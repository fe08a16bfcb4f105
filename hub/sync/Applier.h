#pragma once

#include "catalog/Listings.h"
#include "orders/Orders.h"
#include "orders/PrivacyRequests.h"
#include "spokes/Channels.h"
#include "sync/Inbox.h"
#include "sync/Tasks.h"

namespace spokehub::sync
{

/// What documents of one message, or of one pulled page, mean; read and checked, without the store.
struct Meaning
{
    std::vector<orders::Facts> facts;
    std::vector<catalog::ListingDocument> listings;
    std::vector<catalog::LevelDocument> levels;
    std::vector<orders::Fact> parcels; // of a carrier
    std::vector<orders::PrivacyWish> privacy;
    std::vector<std::string> fetches;
    std::string uninstalled; // the channel is gone, and why

    /// Throws Error(Unprocessable or BadRequest) for a document that is not as it should be.
    void add(spokes::DocumentKind kind, std::string_view json);
};

/// Topics of the hub's own: the body is one document of the SDK and needs no spoke.
std::string ownTopic(spokes::DocumentKind kind);
std::optional<spokes::DocumentKind> kindOfOwnTopic(std::string_view topic);

/// Whether it is the documents that cannot be applied; else the store is away, and later they can.
bool isDocumentsFault(const std::exception_ptr& why);

/// Brings meanings into the store, in the caller's transaction: the one way in, for webhooks and
/// pulls alike.
class Applier
{
public:
    Applier(orders::Orders& orders, const orders::PrivacyRequests& privacy,
            catalog::Listings& listings, Tasks& tasks, spokes::Channels& channels)
        : _orders(orders), _privacy(privacy), _listings(listings), _tasks(tasks),
          _channels(channels)
    {
    }

    struct Item
    {
        Id tenant = 0;
        Id channel = 0;
        const Meaning* meaning = nullptr;
        stock::Cause cause;
    };
    /// Answers which of them, by their place, are about people who were erased: what else they hold
    /// is not to be kept.
    std::vector<std::size_t> apply(store::Tx& tx, std::span<const Item> items);

private:
    void applyListings(store::Tx& tx, const Item& item);
    void planDrift(store::Tx& tx, const Item& item, const catalog::Observed& observed);

    orders::Orders& _orders;
    const orders::PrivacyRequests& _privacy;
    catalog::Listings& _listings;
    Tasks& _tasks;
    spokes::Channels& _channels;
};

} // namespace spokehub::sync
