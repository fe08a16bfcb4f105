#pragma once

#include "catalog/Bundles.h"
#include "catalog/Listings.h"
#include "orders/OrderLines.h"
#include "orders/OrderState.h"
#include "orders/Parcels.h"
#include "stock/Ledger.h"

#include <string>
#include <vector>

namespace spokehub::orders
{

/// What one message says of orders of one channel.
struct OrderMessage
{
    Id tenant = 0;
    Id channel = 0;
    std::vector<Facts> orders;
    stock::Cause cause;
};

/// Keeps the facts of orders and what follows from them: the order, its lines, what the ledger
/// holds for them. Whatever comes in any order and however often, the state is the same. Owns:
/// sales_order, order_line, order_fact.
class Orders
{
public:
    Orders(IdGenerator& ids, const Clock& clock, const OrderRulesOfChannels& rules,
           const catalog::Bundles& bundles, const catalog::Listings& listings);

    /// Records a batch of messages in the caller's transaction: merges facts, derives the orders
    /// that changed, moves the stock.
    void record(store::Tx& tx, std::span<const OrderMessage> messages);

    /// What a carrier (a channel) says of parcels, told to the orders that they belong to; of those
    /// that no order is known for, when one is.
    void track(store::Tx& tx, Id tenant, Id carrier, std::vector<Fact> news,
               const stock::Cause& cause);

    /// Lines of these SKUs were held because nobody knew what they are; now somebody does: matches
    /// and allocates them.
    void rematch(store::Tx& tx, Id tenant, std::span<const std::string> skus,
                 const stock::Cause& cause);

    /// Where an order of ours stands in its channel; nothing when there is no such order.
    struct Address
    {
        Id channel = 0;
        std::string externalId;
    };
    std::optional<Address> addressOf(store::Session& session, Id tenant, Id order) const;

    /// For whoever else moves stock.
    stock::Lines& lines() { return _lines; }

private:
    struct Work;
    using Works = std::vector<Work>;

    void recordWorks(store::Tx& tx, Works works);
    void lock(store::Tx& tx, const Works& works);
    void loadFacts(store::Tx& tx, Works& works);
    void merge(Works& works) const;
    void joinParcels(store::Tx& tx, Works& works);
    void loadOrders(store::Tx& tx, Works& works);
    void loadLines(store::Tx& tx, Works& works);
    void derive(Works& works);
    void takeOver(Work& work);
    void match(store::Tx& tx, Works& works);
    void saveOrders(store::Tx& tx, const Works& works);
    void saveLines(store::Tx& tx, const Works& works);
    void saveFacts(store::Tx& tx, const Works& works);
    void moveStock(store::Tx& tx, const Works& works);
    void tellListings(store::Tx& tx, const Works& works);

    IdGenerator& _ids;
    const Clock& _clock;
    const OrderRulesOfChannels& _rules;
    const catalog::Bundles& _bundles;
    const catalog::Listings& _listings;
    OrderLines _lines;
    Parcels _parcels;
    stock::Ledger _ledger;
    stock::Exceptions _exceptions;
};

} // namespace spokehub::orders
