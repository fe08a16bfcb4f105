#pragma once

#include "core/Id.h"
#include "orders/OrderWork.h"
#include "store/Session.h"

namespace spokehub::orders
{

/// Reads and writes what a batch of orders has in the store, each kind of row by one set statement.
/// Owns: sales_order, order_line, order_fact.
class OrderRows
{
public:
    OrderRows(IdGenerator& ids, const Clock& clock) : _ids(ids), _clock(clock) {}

    /// Until the transaction ends no other hub takes up facts of these orders.
    void lock(store::Tx& tx, const OrderWorks& works) const;

    void loadFacts(store::Tx& tx, OrderWorks& works) const;
    /// One that is not there gets its id.
    void loadOrders(store::Tx& tx, OrderWorks& works) const;
    void loadLines(store::Tx& tx, OrderWorks& works) const;

    /// Those that are news.
    void saveFacts(store::Tx& tx, const OrderWorks& works) const;
    void saveOrders(store::Tx& tx, const OrderWorks& works) const;
    void saveLines(store::Tx& tx, const OrderWorks& works) const;

private:
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::orders
