#pragma once

#include "sim/Diary.h"
#include "store/Database.h"

#include <memory>

namespace spokehub::sim
{

/// What must be true, worked out the slow and obvious way from what happened outside the hub, and
/// compared with what stands in its store. It knows none of the hub's rules.
class Model
{
public:
    Model(store::Database& database, const std::vector<std::unique_ptr<Shop>>& shops,
          const Diary& diary)
        : _database(database), _shops(shops), _diary(diary)
    {
    }

    /// At any moment: levels are the sums of their movements and holds, nothing is oversold.
    void checkSums();
    /// Nothing is left to do, nothing waits in the dark.
    void checkNothingWaits();
    /// When all is quiet: orders, stock and shops are as they must be.
    void checkAll();

    /// Why something is still to be done; empty: nothing is.
    std::string waiting();

private:
    struct Found;
    void load(Found& found);
    void checkOrders(Found& found);
    void checkOrder(Found& found, const Shop& shop, const ShopOrder& order);
    void checkReservations(Found& found);
    void checkLevels(Found& found);
    void checkShops(Found& found);

    store::Database& _database;
    const std::vector<std::unique_ptr<Shop>>& _shops;
    const Diary& _diary;
};

} // namespace spokehub::sim
