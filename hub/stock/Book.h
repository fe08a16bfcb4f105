#pragma once

#include "core/Clock.h"
#include "stock/Movement.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace spokehub::stock
{

/// One part of what a line or reservation asks for: `per` units of a variant for each unit asked. A
/// plain variant is its own single component with per = units per sale.
struct Component
{
    Id variant = 0;
    Quantity per = 1;
};

using Recipe = std::vector<Component>;

struct Level
{
    Quantity onHand = 0;
    Quantity reserved = 0;
    Quantity safety = 0;
    std::optional<Id> lastMovement{}; // as it was loaded

    Quantity free() const { return onHand - reserved; }
};

enum class OwnerKind
{
    Line = 1,
    Caller = 2,
    Hand = 3,
};

enum class HoldState
{
    Active = 1,
    Released = 2,
    Committed = 3,
    Expired = 4,
};

/// Units of one variant at one location held for an owner: a row of `reservation`.
struct Hold
{
    Id tenant = 0;
    Id owner = 0;
    Id variant = 0;
    Id location = 0;
    OwnerKind kind = OwnerKind::Line;
    Id order = 0; // of a line's hold
    Quantity quantity = 0;
    Id subject = 0;     // the variant asked for: a bundle, or the variant itself
    Quantity asked = 0; // units of the subject
    HoldState state = HoldState::Active;
    std::string reference;
    std::string actor;
    std::optional<Time> expiresAt;
    Time createdAt;
    bool stored = false; // a row of it exists
};

/// An order line as the ledger sees it.
struct Line
{
    Id tenant = 0;
    Id order = 0;
    Id id = 0;
    Id subject = 0;
    Recipe recipe;
    const std::vector<Id>* locations = nullptr; // its channel's, in their order; outlives the book
    Time placedAt;
    Quantity target = 0; // units of the subject to be held
    Quantity shortage = 0;
    bool isNew = false; // nothing can be held for it yet
};

/// What an order asks of the ledger: for each line its new target, and what has left or come back
/// since.
struct LineMove
{
    Line line;
    Quantity ship = 0;     // units to take off the shelf; negative: a fulfilment was undone
    Quantity comeBack = 0; // returned units to put back
    Id location = 0;       // where it happened, when that is known
};

struct OrderMove
{
    std::vector<LineMove> lines;
    Cause cause;
};

struct ReserveRequest
{
    Id tenant = 0;
    Id owner = 0; // a new id
    Id subject = 0;
    std::string name; // of the subject, for messages
    Recipe recipe;
    Quantity quantity = 0;
    std::vector<Id> locations;
    OwnerKind kind = OwnerKind::Caller;
    std::string reference;
    std::optional<Time> expiresAt;
    Cause cause;
};

struct AdjustRequest
{
    Id tenant = 0;
    Id variant = 0;
    Id location = 0;
    std::string name;
    MovementKind kind = MovementKind::Adjust;
    Quantity onHand = 0; // a delta, or the counted number when kind is Count
    Cause cause;
};

/// Something a person should look at.
struct Exception
{
    Id tenant = 0;
    std::string kind;
    std::string subject;
    std::string message;
    std::string cause;
};

/// The ledger's rules on plain values: loaded with levels, holds and lines, it is told what
/// happened and keeps what follows (movements, changed levels and holds, shortages, exceptions). It
/// never breaks 0 <= reserved <= on_hand. Free stock goes to short lines first, oldest order first.
/// What it lacked to decide stands in `needs`; the shell then loads that and tells everything again
/// from the start. A refused call changes nothing. What it does for order lines stands in
/// BookLines.cpp.
class Book
{
public:
    explicit Book(Time now) : _now(now) {}

    // ---- loading
    void load(Id tenant, Id variant, Id location, const Level& level);
    void load(const Hold& hold);
    /// A line that is short, or whose holds others may take.
    void load(const Line& line);
    /// All holds of this variant are loaded.
    void holdsComplete(Id tenant, Id variant) { _complete.emplace(tenant, variant); }
    /// All short lines that want this variant are loaded.
    void shortsComplete(Id tenant, Id variant) { _shortsComplete.emplace(tenant, variant); }

    // ---- what happens
    /// A fact from outside: never refused. Ships, takes back, then brings the lines to their
    /// targets; what stock does not cover stands in the shortage of the line.
    void move(const OrderMove& order);

    /// Holds all of it or throws Error(OutOfStock). Leaves safety stock alone.
    void reserve(const ReserveRequest& request);

    /// Ends a caller's or a hand's reservation. Committed: the units leave the shelf. Throws
    /// NotFound or Conflict.
    void end(Id tenant, Id owner, HoldState how, const Cause& cause);

    /// Releases `quantity` units of holds by hand of one variant and location, oldest first. Throws
    /// BadRequest when there are fewer.
    void releaseByHand(Id tenant, Id variant, Id location, const std::string& name,
                       Quantity quantity, const Cause& cause);

    /// Changes on hand. Below zero is refused (BadRequest); below what is reserved, holds give way,
    /// youngest first.
    void adjust(const AdjustRequest& request);

    // ---- what follows
    struct Needs
    {
        std::set<std::pair<Id, Id>>
            holds; // (tenant, variant): all holds, and the lines behind them
        std::set<std::pair<Id, Id>> shorts; // (tenant, variant): the lines that wait for it
        bool none() const { return holds.empty() && shorts.empty(); }
    };
    const Needs& needs() const { return _needs; }
    void need(const Needs& more)
    {
        _needs.holds.insert(more.holds.begin(), more.holds.end());
        _needs.shorts.insert(more.shorts.begin(), more.shorts.end());
    }

    struct Place
    {
        Id tenant, variant, location;
        bool operator==(const Place&) const = default;
        auto operator<=>(const Place&) const = default;
    };
    const std::vector<Movement>& movements() const { return _movements; }
    const std::set<Place>& changedLevels() const { return _changedLevels; }
    const Level* level(const Place& place) const;
    std::vector<const Hold*> changedHolds() const;
    std::vector<const Line*> changedLines() const; // whose shortage is another one now
    const std::vector<Exception>& exceptions() const { return _exceptions; }

    std::vector<const Hold*> holdsOf(Id tenant, Id owner) const;

private:
    struct HoldKey
    {
        Id tenant, owner, variant, location;
        auto operator<=>(const HoldKey&) const = default;
    };

    Level& at(Id tenant, Id variant, Id location);
    Quantity freeAt(Id tenant, const Recipe& recipe, Id location, bool keepSafety) const;
    Quantity heldUnits(const Line& line, Id location) const;
    Quantity heldUnits(const Line& line) const;
    Hold* find(Id tenant, Id owner, Id variant, Id location);
    void record(MovementKind kind, Id tenant, Id variant, Id location, Quantity onHand,
                Quantity reserved, Id owner, const Cause& cause);
    void hold(const Line& line, Id location, Quantity units, const Cause& cause);
    void release(const Line& line, Quantity units, const Cause& cause);
    void releaseAt(const Line& line, Id place, Quantity units, const Cause& cause);
    void dropForeignHolds(const Line& line, const Cause& cause);
    void ship(const LineMove& move, const Cause& cause);
    Quantity shipHeld(const Line& line, Id location, Quantity units, const Cause& cause);
    void putBack(const LineMove& move, const Cause& cause);
    void takeOff(MovementKind kind, const Line& line, const Component& part, Id location,
                 Quantity units, const Cause& cause);
    void take(std::span<Line*> lines, const Cause& cause);
    Line& keep(const Line& line);
    void setShortage(Line& line, Quantity shortage);
    /// Takes up to `units` of others' holds at a place, youngest first; how many it got (now free).
    Quantity takeHolds(Id tenant, Id variant, Id location, Quantity units, const Cause& cause);
    Quantity takeFromLine(Line& line, Hold& hold, Quantity want, const Cause& cause);
    /// Gives what has become free to short lines, oldest order first. Every public call that
    /// frees stock asks for it.
    void fillShortages(const Cause& cause);
    void raise(Id tenant, std::string kind, std::string subject, std::string message,
               const Cause& cause);
    void freed(Id tenant, Id variant);

    Time _now;
    std::map<Place, Level> _levels;
    std::map<HoldKey, Hold> _holds;
    std::map<std::pair<Id, Id>, Line> _lines; // (tenant, line)
    std::set<std::pair<Id, Id>> _complete;
    std::set<std::pair<Id, Id>> _shortsComplete;
    std::set<std::pair<Id, Id>> _freed;
    Needs _needs;

    std::vector<Movement> _movements;
    std::set<Place> _changedLevels;
    std::set<HoldKey> _changedHolds;
    std::set<std::pair<Id, Id>> _changedLines;
    std::vector<Exception> _exceptions;
};

} // namespace spokehub::stock
