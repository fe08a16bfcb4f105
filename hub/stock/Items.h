#pragma once

#include "core/Clock.h"
#include "core/Scope.h"
#include "stock/Ledger.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::stock
{

/// Available and reserved units are on hand; the others are not.
enum class ItemStatus
{
    Available = 1,
    Sold = 2,
    Rma = 3,
    Damaged = 4,
    Reserved = 5, // available, and its reservation is active
};

std::string_view name(ItemStatus status);
std::optional<ItemStatus> itemStatusFromName(std::string_view name);

/// A unit that is told from others by its serial.
struct Item
{
    Id id = 0;
    Id variant = 0;
    std::string sku;
    std::string location;
    std::string serial;
    ItemStatus status = ItemStatus::Available;
    std::optional<Id> reservation;
    std::optional<Id> order; // with which it was sold
    std::int64_t cost = 0;
    std::string currency;
    std::string note;
    Time createdAt;
    Time updatedAt;
};

struct NewItem
{
    std::string sku;
    std::string location = "main";
    std::string serial;
    std::int64_t cost = 0;
    std::string currency = "USD";
    std::string note{};
    bool receive = true; // false: it is among what is on hand already
};

struct ItemQuery
{
    std::optional<Id> variant{};
    std::optional<ItemStatus> status{};
    std::optional<std::string> location{};
    std::optional<Time> updatedSince{}; // then in the order of the change
};

struct ItemCount
{
    ItemStatus status = ItemStatus::Available;
    std::int64_t units = 0;
};

struct ItemValue
{
    std::string currency;
    std::int64_t units = 0;
    std::int64_t cost = 0; // of those on hand
};

/// Which unit is which: a finer view of the ledger, never a second truth. Whatever moves here moves
/// there in the same transaction, and whether an item is reserved is asked of its reservation.
/// Owns: inventory_item.
class Items
{
public:
    Items(Ledger& ledger, IdGenerator& ids, const Clock& clock)
        : _ledger(ledger), _ids(ids), _clock(clock)
    {
    }

    /// Receives the unit, or names one of those on hand. Throws Error: NotFound, Conflict when the
    /// serial is known, Unprocessable for a bundle or when all on hand have serials already.
    Item create(store::Tx& tx, const Scope& scope, Id variant, const NewItem& wanted,
                const std::string& cause) const;
    /// Holds it for the caller. Throws Error: NotFound, Conflict when it is not available,
    /// OutOfStock when what is on hand is held for others.
    Item reserve(store::Tx& tx, const Scope& scope, Id item, const std::string& reference,
                 const std::string& cause) const;
    Item release(store::Tx& tx, const Scope& scope, Id item, const std::string& cause) const;
    /// It leaves the shelf; with an order, it is one of those that left with it already.
    Item sell(store::Tx& tx, const Scope& scope, Id item, const std::optional<Id>& order,
              const std::string& cause) const;
    /// Only an available one moves.
    Item move(store::Tx& tx, const Scope& scope, Id item, const std::string& location,
              const std::string& cause) const;
    /// To Rma, Damaged or Available, with a reason: what leaves the shelf leaves the level, what
    /// comes back is received.
    Item setStatus(store::Tx& tx, const Scope& scope, Id item, ItemStatus status,
                   const std::string& reason, const std::string& cause) const;

    std::optional<Item> get(store::Session& session, const Scope& scope, Id item) const;
    std::optional<Item> bySerial(store::Session& session, const Scope& scope,
                                 std::string_view serial) const;
    /// In order of id.
    store::Page<Item> list(store::Session& session, const Scope& scope, const ItemQuery& query,
                           const store::PageRequest& page) const;
    std::vector<ItemCount> summary(store::Session& session, const Scope& scope, Id variant) const;
    /// By currency.
    std::vector<ItemValue> value(store::Session& session, const Scope& scope) const;

private:
    struct Row;
    Row require(store::Tx& tx, const Scope& scope, Id item) const;
    Row requireAvailable(store::Tx& tx, const Scope& scope, Id item) const;
    void settle(store::Tx& tx, StockRequest request) const;
    AdjustRequest change(const Scope& scope, const Row& row, Id location, MovementKind kind,
                         Quantity units, const std::string& reason, const std::string& cause) const;
    ReserveRequest hold(const Scope& scope, const Row& row, Id owner, const std::string& reference,
                        const std::string& cause) const;
    void put(store::Tx& tx, const Scope& scope, const Row& row) const;

    Ledger& _ledger;
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::stock
