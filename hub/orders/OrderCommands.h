#pragma once

#include "core/Scope.h"
#include "orders/Orders.h"

namespace spokehub::orders
{

struct ShipLine
{
    Id line = 0;
    Quantity quantity = 0;
};

struct ShipRequest
{
    std::vector<ShipLine> lines; // empty: all that is still owed
    std::string carrier;
    std::string trackingNumber;
    std::string trackingUrl;
};

struct NewLine
{
    std::string sku;
    std::string title;
    Quantity quantity = 0;
    std::int64_t unitPrice = 0;
};

/// An order that somebody makes here. It belongs to the built-in channel "manual".
struct NewOrder
{
    std::string number; // empty: made here
    std::string currency;
    std::vector<NewLine> lines;
    std::int64_t shipping = 0; // minor units, as all of them
    std::int64_t discount = 0;
    bool paid = false;
    std::string customer; // JSON objects; empty: not told
    std::string shipTo;
};

struct Shipped
{
    Id shipment = 0;
    Id channel = 0;
};

/// What people and programs here do to an order: each is a fact of ours, recorded like those of the
/// channels. In the caller's transaction; refusals are Error (NotFound, Conflict, Unprocessable).
/// Owns: shipment.
class OrderCommands
{
public:
    OrderCommands(Orders& orders, IdGenerator& ids, const Clock& clock);

    /// Refused (OutOfStock) when stock does not cover it, unless `mayBeShort`.
    Id create(store::Tx& tx, const Scope& scope, const NewOrder& wanted, bool mayBeShort,
              const std::string& cause);

    /// Lets go what was held for review, and confirms. Refused for what has ended.
    void approve(store::Tx& tx, const Scope& scope, Id order, const std::string& reason,
                 const std::string& cause);

    /// Nothing more will be shipped: what is held for it becomes free. Asked twice, it happens
    /// once. Refused when all has left.
    void cancel(store::Tx& tx, const Scope& scope, Id order, const std::string& reason,
                const std::string& cause);

    /// Goods leave: the stock moves now. The caller plans the task that tells the channel. Refused
    /// while the order is held for review, and for more than is still owed.
    Shipped ship(store::Tx& tx, const Scope& scope, Id order, const ShipRequest& request,
                 const std::string& cause);

    /// Takes the person out of these orders (Orders::erase) and of what left for him.
    void erase(store::Tx& tx, Id tenant, std::span<const OrderAddress> orders,
               const stock::Cause& cause);

    /// The channel has taken our shipment and gave it this id: its own report of it will not count
    /// twice.
    void tie(store::Tx& tx, Id tenant, Id shipment, const std::string& externalId);

    /// A plain event: paid, confirmed, packed, delivered, returned, completed, hold, release.
    void note(store::Tx& tx, const Scope& scope, Id order, const std::string& type,
              const std::string& reason, const std::string& cause);

private:
    void record(store::Tx& tx, Id tenant, Id channel, const std::string& document,
                const stock::Cause& cause);

    Orders& _orders;
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::orders
