#pragma once

#include "catalog/Bundles.h"
#include "catalog/Listings.h"
#include "orders/Customers.h"
#include "orders/OrderLines.h"
#include "orders/OrderRows.h"
#include "orders/Parcels.h"
#include "stock/Ledger.h"

#include <string>
#include <vector>

namespace spokehub::orders
{

/// Where an order stands: its channel's own id for it.
struct OrderAddress
{
    Id channel = 0;
    std::string externalId;
};

/// What one message says of orders of one channel.
struct OrderMessage
{
    Id tenant = 0;
    Id channel = 0;
    std::vector<Facts> orders;
    stock::Cause cause;
};

/// Keeps the facts of orders and what follows from them: the order, its lines, what the ledger
/// holds for them. Whatever comes in any order and however often, the state is the same.
class Orders
{
public:
    Orders(IdGenerator& ids, const Clock& clock, const OrderRulesOfChannels& rules,
           const catalog::Bundles& bundles, const catalog::Listings& listings);

    /// Orders whose person was erased: (tenant, channel, external id).
    using Erased = std::set<std::tuple<Id, Id, std::string>>;

    /// Records a batch of messages in the caller's transaction: merges facts, derives the orders
    /// that changed, moves the stock. Answers which of them have no person any more: what else came
    /// with their messages is not to be kept either.
    Erased record(store::Tx& tx, std::span<const OrderMessage> messages);

    /// What a carrier (a channel) says of parcels, told to the orders that they belong to; of those
    /// that no order is known for, when one is. Whether some of them have no person any more.
    bool track(store::Tx& tx, Id tenant, Id carrier, std::vector<Fact> news,
               const stock::Cause& cause);

    /// Takes the person out of all that is known of these orders, and out of what will be. Lines,
    /// sums and stock stay as they are.
    void erase(store::Tx& tx, Id tenant, std::span<const OrderAddress> orders,
               const stock::Cause& cause);

    /// Lines of these SKUs were held because nobody knew what they are; now somebody does: matches
    /// and allocates them.
    void rematch(store::Tx& tx, Id tenant, std::span<const std::string> skus,
                 const stock::Cause& cause);

    /// Nothing when there is no such order.
    std::optional<OrderAddress> addressOf(store::Session& session, Id tenant, Id order) const;

    /// For whoever else moves stock.
    stock::Lines& lines() { return _lines; }

private:
    Erased recordWorks(store::Tx& tx, OrderWorks works);
    void merge(OrderWorks& works) const;
    void joinParcels(store::Tx& tx, OrderWorks& works);
    void eraseParcels(store::Tx& tx, const OrderWorks& works) const;
    void derive(OrderWorks& works);
    void takeOver(OrderWork& work);
    void match(store::Tx& tx, OrderWorks& works);
    void meet(store::Tx& tx, OrderWorks& works) const;
    void raiseExcess(store::Tx& tx, const OrderWorks& works);
    void raiseUndelivered(store::Tx& tx, const OrderWorks& works);
    void moveStock(store::Tx& tx, const OrderWorks& works);
    void tellListings(store::Tx& tx, const OrderWorks& works);

    IdGenerator& _ids;
    const Clock& _clock;
    const OrderRulesOfChannels& _rules;
    const catalog::Bundles& _bundles;
    const catalog::Listings& _listings;
    OrderRows _rows;
    OrderLines _lines;
    Parcels _parcels;
    Customers _customers;
    stock::Ledger _ledger;
    stock::Exceptions _exceptions;
};

} // namespace spokehub::orders
