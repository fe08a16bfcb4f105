#pragma once

#include "catalog/Bundles.h"
#include "catalog/Variants.h"
#include "core/Scope.h"
#include "stock/Ledger.h"
#include "store/Batcher.h"

#include <variant>

namespace spokehub::stock
{

/// Holds units for a caller. All of it or nothing; safety stock is left alone.
struct Reserve
{
    std::string sku;
    Quantity quantity = 0;
    std::string location; // empty: whichever covers it, one alone if possible
    std::string reference;
    std::optional<std::chrono::seconds> expiresIn;
};

/// Releases or commits a reservation.
struct EndReservation
{
    Id reservation = 0;
    HoldState how = HoldState::Released;
};

/// Changes on hand, and what is held by hand; both zero is a read.
struct Adjust
{
    std::string sku;
    std::string location = "main";
    MovementKind kind =
        MovementKind::Adjust; // Receive, or Count: onHand is then the counted number
    Quantity onHand = 0;
    Quantity reservedByHand = 0;
    std::string reason;
};

struct StockCommand
{
    Scope scope;
    std::string idempotencyKey; // the caller's own; empty: none
    std::string cause;          // the request's id
    std::variant<Reserve, EndReservation, Adjust> what;
};

struct HeldAt
{
    std::string location;
    Quantity quantity = 0; // units of the SKU asked for, or of its component
    std::string sku;
};

/// A reservation as callers see it.
struct Reservation
{
    Id id = 0;
    std::string sku;
    Quantity quantity = 0;
    HoldState state = HoldState::Active;
    OwnerKind kind = OwnerKind::Caller;
    std::string reference;
    std::string actor;
    std::optional<Time> expiresAt;
    Time createdAt;
    std::vector<HeldAt> holds;
};

struct StockResult
{
    std::optional<Reservation> reservation; // of Reserve and EndReservation
    std::string sku;                        // of Adjust: the level there, after it
    std::string location;
    Level level;
    bool repeated = false; // the idempotency key was known: nothing moved
};

/// What people and programs do to stock by themselves: a Batcher in front of the ledger, so that a
/// thousand callers of one SKU share a commit. Owns: idempotency_key.
class StockCommands
{
public:
    StockCommands(store::Writer& writer, Ledger& ledger, const catalog::Variants& variants,
                  const catalog::Bundles& bundles, IdGenerator& ids, const Clock& clock);

    /// `done` runs on the writer's thread after the commit. Throws Error(BadRequest) at once for
    /// what cannot be right.
    void submit(StockCommand command, std::function<void(store::Outcome<StockResult>)> done);

    /// The same, waiting.
    StockResult run(StockCommand command);

    /// The same in a transaction of the caller's.
    StockResult run(store::Tx& tx, const StockCommand& command);

    /// Ends reservations whose time has come, at most 500; how many ended.
    int expire(store::Database& database);

private:
    struct Names;
    Names namesFor(store::Tx& tx, std::span<const StockCommand> commands) const;
    StockRequest requestFor(const StockCommand& command, const Names& names, Id owner) const;
    Reservation reservationFrom(std::span<const Hold> holds, const Names& names) const;
    static std::vector<Hold> holdsFor(store::Tx& tx, const StockCommand& command, const Book& book,
                                      Id owner);
    void nameVariants(store::Tx& tx, std::span<const std::vector<Hold>> shown, Names& names) const;
    StockResult resultFor(const StockCommand& command, const Book& book, const Names& names,
                          std::span<const Hold> holds, bool repeated) const;
    std::vector<store::Outcome<StockResult>> apply(store::Tx& tx,
                                                   std::span<const StockCommand> commands);

    Ledger& _ledger;
    const catalog::Variants& _variants;
    const catalog::Bundles& _bundles;
    IdGenerator& _ids;
    const Clock& _clock;
    store::Batcher<StockCommand, StockResult> _batcher;
};

} // namespace spokehub::stock
