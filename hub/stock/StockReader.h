#pragma once

#include "core/Scope.h"
#include "stock/StockCommands.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::stock
{

struct Place
{
    Id id = 0;
    std::string name;
    std::string title;
};

/// What there is of a variant at one location.
struct LevelRow
{
    Id location = 0;
    std::string locationName;
    Quantity onHand = 0;
    Quantity reserved = 0;
    Quantity safetyStock = 0;
    Quantity reorderLevel = 0;
    Time updatedAt;

    Quantity available() const { return std::max<Quantity>(0, onHand - reserved - safetyStock); }
};

struct MovementRow
{
    Id id = 0;
    std::string location;
    MovementKind kind = MovementKind::Adjust;
    Quantity onHand = 0; // deltas
    Quantity reserved = 0;
    Quantity onHandAfter = 0; // of the level
    Quantity reservedAfter = 0;
    std::optional<Id> owner;
    std::string cause;
    std::string actor;
    std::string reason;
    Time at;
    std::string sku{}; // in the list of all SKUs
};

struct MovementQuery
{
    std::optional<MovementKind> kind{};
    std::optional<std::string> cause{};
    std::optional<std::string> actor{};
    std::optional<std::string> location{};
    std::optional<Id> variant{};
    std::optional<Time> since{}, before{};
};

struct ExceptionRow
{
    Id id = 0;
    std::string kind;
    std::string subject;
    std::string message;
    std::string cause;
    Time at;
    std::optional<Time> resolvedAt;
};

struct ReservationQuery
{
    HoldState state = HoldState::Active;
    std::optional<Id> variant{}; // that was asked for
};

struct ExceptionQuery
{
    bool resolved = false;
    std::string kind{}; // empty: all
};

const char* name(HoldState state);
std::optional<HoldState> holdStateFromName(std::string_view name);
const char* name(OwnerKind kind);

/// A level with the SKU it is of.
struct SkuLevel
{
    Id variant = 0;
    Id location = 0;
    std::string sku;
    LevelRow level;
};

struct LevelQuery
{
    std::optional<std::string> location{};
    std::optional<Time> changedSince{}; // quantities, not limits; then in the order of the change
};

/// All levels of a location together; costs of different currencies are not added.
struct LocationSum
{
    std::string location;
    std::string currency;
    std::int64_t skus = 0;
    Quantity onHand = 0;
    Quantity reserved = 0;
    std::int64_t cost = 0; // of what is on hand
};

/// Reads stock for those who ask.
class StockReader
{
public:
    std::vector<Place> locations(store::Session& session, const Scope& scope) const;
    std::optional<Id> locationOf(store::Session& session, const Scope& scope,
                                 std::string_view name) const;

    /// At every location where there ever was any, in order of the locations.
    std::vector<LevelRow> levels(store::Session& session, const Scope& scope, Id variant) const;

    /// Every level there is, in order of variant and location.
    store::Page<SkuLevel> allLevels(store::Session& session, const Scope& scope,
                                    const store::PageRequest& page,
                                    const LevelQuery& query = {}) const;
    /// Those of which no more is free than their reorder level.
    store::Page<SkuLevel> low(store::Session& session, const Scope& scope,
                              const store::PageRequest& page, const LevelQuery& query = {}) const;

    std::vector<LocationSum> sums(store::Session& session, const Scope& scope) const;

    /// Of callers and by hand, newest first. What order lines hold is shown with the orders.
    store::Page<Reservation> reservations(store::Session& session, const Scope& scope,
                                          const ReservationQuery& query,
                                          const store::PageRequest& page) const;
    std::optional<Reservation> reservation(store::Session& session, const Scope& scope,
                                           Id id) const;

    /// At all locations, newest first.
    store::Page<MovementRow> movements(store::Session& session, const Scope& scope, Id variant,
                                       const store::PageRequest& page) const;

    /// Of all SKUs, newest first. A page ends after so many movements that do not fit, too: it may
    /// have few rows, or none, and another page after it.
    store::Page<MovementRow> allMovements(store::Session& session, const Scope& scope,
                                          const MovementQuery& query,
                                          const store::PageRequest& page) const;
    static constexpr int movementsLookedAt = 10'000;

    /// Newest first.
    store::Page<ExceptionRow> exceptions(store::Session& session, const Scope& scope,
                                         const ExceptionQuery& query,
                                         const store::PageRequest& page) const;
    std::optional<ExceptionRow> exception(store::Session& session, const Scope& scope,
                                          Id exception) const;
};

} // namespace spokehub::stock
