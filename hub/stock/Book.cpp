#include "stock/Book.h"

#include "core/Error.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace spokehub::stock
{

const char* name(MovementKind kind)
{
    switch (kind) {
    case MovementKind::Receive:
        return "receive";
    case MovementKind::Adjust:
        return "adjust";
    case MovementKind::Reserve:
        return "reserve";
    case MovementKind::Release:
        return "release";
    case MovementKind::Ship:
        return "ship";
    case MovementKind::Restock:
        return "restock";
    case MovementKind::Transfer:
        return "transfer";
    case MovementKind::Count:
        return "count";
    }
    return "?";
}

// ---------------------------------------------------------------- loading

void Book::load(Id tenant, Id variant, Id location, const Level& level)
{
    _levels[{tenant, variant, location}] = level;
}

void Book::load(const Hold& hold)
{
    _holds.insert_or_assign({hold.tenant, hold.owner, hold.variant, hold.location}, hold);
}

void Book::load(const Line& line)
{
    _lines.insert_or_assign({line.tenant, line.id}, line);
}

// ---------------------------------------------------------------- small steps

Level& Book::at(Id tenant, Id variant, Id location)
{
    return _levels[{tenant, variant, location}];
}

const Level* Book::level(const Place& place) const
{
    const auto found = _levels.find(place);
    return found == _levels.end() ? nullptr : &found->second;
}

Hold* Book::find(Id tenant, Id owner, Id variant, Id location)
{
    const auto found = _holds.find({tenant, owner, variant, location});
    return found == _holds.end() ? nullptr : &found->second;
}

/// Whole units of a recipe that a location can still give.
Quantity Book::freeAt(Id tenant, const Recipe& recipe, Id location, bool keepSafety) const
{
    Quantity units = std::numeric_limits<Quantity>::max();
    for (const Component& part : recipe) {
        const Level* found = level({tenant, part.variant, location});
        const Quantity free =
            found == nullptr ? 0 : found->free() - (keepSafety ? found->safety : 0);
        units = std::min(units, std::max<Quantity>(0, free) / part.per);
    }
    return recipe.empty() ? 0 : units;
}

/// Whole units of the subject that a line holds at a location.
Quantity Book::heldUnits(const Line& line, Id location) const
{
    Quantity units = std::numeric_limits<Quantity>::max();
    for (const Component& part : line.recipe) {
        const auto found = _holds.find({line.tenant, line.id, part.variant, location});
        units = std::min(units, found == _holds.end() ? 0 : found->second.quantity / part.per);
    }
    return line.recipe.empty() ? 0 : units;
}

Quantity Book::heldUnits(const Line& line) const
{
    if (line.recipe.empty())
        return 0;
    Quantity units = 0;
    const Id first = line.recipe.front().variant;
    for (auto at = _holds.lower_bound({line.tenant, line.id, first, 0});
         at != _holds.end() && at->first.tenant == line.tenant && at->first.owner == line.id &&
         at->first.variant == first;
         ++at)
        units += heldUnits(line, at->first.location);
    return units;
}

std::vector<const Hold*> Book::holdsOf(Id tenant, Id owner) const
{
    std::vector<const Hold*> holds;
    for (auto at = _holds.lower_bound({tenant, owner, 0, 0});
         at != _holds.end() && at->first.tenant == tenant && at->first.owner == owner; ++at)
        holds.push_back(&at->second);
    return holds;
}

/// The one place where a level changes: with it the movement that says so.
void Book::record(MovementKind kind, Id tenant, Id variant, Id location, Quantity onHand,
                  Quantity reserved, Id owner, const Cause& cause)
{
    if (onHand == 0 && reserved == 0)
        return;
    Level& level = at(tenant, variant, location);
    level.onHand += onHand;
    level.reserved += reserved;
    if (level.reserved < 0 || level.reserved > level.onHand)
        throw std::logic_error("a level would hold " + std::to_string(level.reserved) + " of " +
                               std::to_string(level.onHand));
    _changedLevels.insert({tenant, variant, location});
    _movements.push_back({tenant, variant, location, kind, onHand, reserved, level.onHand,
                          level.reserved, owner, &cause});
    if (onHand - reserved > 0)
        freed(tenant, variant);
}

void Book::freed(Id tenant, Id variant)
{
    _freed.emplace(tenant, variant);
}

void Book::raise(Id tenant, std::string kind, std::string subject, std::string message,
                 const Cause& cause)
{
    _exceptions.push_back(
        {tenant, std::move(kind), std::move(subject), std::move(message), cause.what});
}

Line& Book::keep(const Line& line)
{
    const auto [at, added] = _lines.try_emplace({line.tenant, line.id}, line);
    if (!added) {
        const Quantity shortage = at->second.shortage;
        at->second = line;
        at->second.shortage = shortage;
    }
    return at->second;
}

void Book::setShortage(Line& line, Quantity shortage)
{
    if (line.shortage == shortage)
        return;
    line.shortage = shortage;
    _changedLines.emplace(line.tenant, line.id);
}

// ---------------------------------------------------------------- holds of lines

void Book::hold(const Line& line, Id location, Quantity units, const Cause& cause)
{
    for (const Component& part : line.recipe) {
        const HoldKey key{line.tenant, line.id, part.variant, location};
        Hold& hold = _holds[key];
        if (hold.owner == 0) {
            hold.tenant = line.tenant;
            hold.owner = line.id;
            hold.variant = part.variant;
            hold.location = location;
            hold.kind = OwnerKind::Line;
            hold.order = line.order;
            hold.subject = line.subject;
            hold.createdAt = _now;
        }
        record(MovementKind::Reserve, line.tenant, part.variant, location, 0, units * part.per,
               line.id, cause);
        hold.quantity += units * part.per;
        hold.asked = line.target;
        _changedHolds.insert(key);
    }
}

/// Gives back `units` of the subject, last locations first.
void Book::release(const Line& line, Quantity units, const Cause& cause)
{
    std::vector<Id> places;
    for (const Hold* hold : holdsOf(line.tenant, line.id))
        if (std::ranges::find(places, hold->location) == places.end())
            places.push_back(hold->location);
    const auto rank = [&](Id place) {
        return line.locations == nullptr
                   ? 0
                   : std::ranges::find(*line.locations, place) - line.locations->begin();
    };
    std::ranges::sort(places, [&](Id a, Id b) { return rank(a) > rank(b); });

    for (const Id place : places) {
        const Quantity here = std::min(units, heldUnits(line, place));
        releaseAt(line, place, here, cause);
        units -= here;
    }
}

void Book::releaseAt(const Line& line, Id place, Quantity units, const Cause& cause)
{
    for (const Component& part : line.recipe) {
        if (units == 0)
            return;
        find(line.tenant, line.id, part.variant, place)->quantity -= units * part.per;
        _changedHolds.insert({line.tenant, line.id, part.variant, place});
        record(MovementKind::Release, line.tenant, part.variant, place, 0, -units * part.per,
               line.id, cause);
    }
}

/// Frees what a line holds beyond whole units of its recipe: the recipe or the match was changed
/// since.
void Book::dropForeignHolds(const Line& line, const Cause& cause)
{
    for (const Hold* seen : holdsOf(line.tenant, line.id)) {
        const auto part = std::ranges::find(line.recipe, seen->variant, &Component::variant);
        const Quantity fits =
            part == line.recipe.end() ? 0 : heldUnits(line, seen->location) * part->per;
        if (seen->quantity <= fits)
            continue;
        Hold& hold = *find(line.tenant, line.id, seen->variant, seen->location);
        const Quantity extra = hold.quantity - fits;
        hold.quantity = fits;
        _changedHolds.insert({hold.tenant, hold.owner, hold.variant, hold.location});
        record(MovementKind::Release, hold.tenant, hold.variant, hold.location, 0, -extra, line.id,
               cause);
    }
}

// ---------------------------------------------------------------- orders

void Book::move(const OrderMove& order)
{
    std::vector<Line*> lines;
    for (const LineMove& move : order.lines) {
        Line& line = keep(move.line);
        if (line.shortage > 0)
            _changedLines.emplace(line.tenant, line.id); // written again: another may have told it
        lines.push_back(&line);
        dropForeignHolds(line, order.cause);
        putBack(move, order.cause);
        if (move.ship > 0)
            ship(move, order.cause);
    }
    for (Line* line : lines)
        if (const Quantity held = heldUnits(*line); held > line->target)
            release(*line, held - line->target, order.cause);
    fillShortages(order.cause); // those that have waited come before what is new
    take(lines, order.cause);
}

/// Returned goods, and those of a fulfilment that was undone, are on the shelf again. Fewer than
/// were told before: the difference was never there.
void Book::putBack(const LineMove& move, const Cause& cause)
{
    const Line& line = move.line;
    const Quantity back = move.comeBack + std::max<Quantity>(0, -move.ship);
    const bool anywhere = line.locations == nullptr || line.locations->empty();
    const Id shelf = move.location != 0 ? move.location : anywhere ? 0 : line.locations->front();
    if (shelf == 0)
        return;
    for (const Component& part : line.recipe)
        if (back > 0)
            record(MovementKind::Restock, line.tenant, part.variant, shelf, back * part.per, 0,
                   line.id, cause);
        else if (back < 0)
            takeOff(MovementKind::Restock, line, part, shelf, -back * part.per, cause);
}

void Book::ship(const LineMove& move, const Cause& cause)
{
    const Line& line = move.line;
    Quantity left = move.ship;
    if (move.location != 0)
        left -= shipHeld(line, move.location, left, cause);
    for (const Hold* hold : holdsOf(line.tenant, line.id))
        if (left > 0)
            left -= shipHeld(line, hold->location, left, cause);
    if (left > 0)
        for (const Component& part : line.recipe)
            takeOff(MovementKind::Ship, line, part, move.location, left * part.per, cause);
}

Quantity Book::shipHeld(const Line& line, Id location, Quantity units, const Cause& cause)
{
    const Quantity here = std::min(units, heldUnits(line, location));
    if (here == 0)
        return 0;
    for (const Component& part : line.recipe) {
        const Quantity gone = here * part.per;
        find(line.tenant, line.id, part.variant, location)->quantity -= gone;
        _changedHolds.insert({line.tenant, line.id, part.variant, location});
        record(MovementKind::Ship, line.tenant, part.variant, location, -gone, -gone, line.id,
               cause);
    }
    return here;
}

/// Goods left that the line did not hold: from what is free, then from others' holds, then they
/// were never counted.
void Book::takeOff(MovementKind kind, const Line& line, const Component& part, Id location,
                   Quantity units, const Cause& cause)
{
    std::vector<Id> places;
    if (location != 0)
        places.push_back(location);
    if (line.locations != nullptr)
        for (const Id place : *line.locations)
            if (place != location)
                places.push_back(place);

    const auto takeFree = [&](Id place) {
        const Quantity gone = std::min(units, at(line.tenant, part.variant, place).free());
        record(kind, line.tenant, part.variant, place, -gone, 0, line.id, cause);
        units -= gone;
    };
    for (const Id place : places)
        takeFree(place);
    for (const Id place : places)
        if (units > 0 && takeHolds(line.tenant, part.variant, place, units, cause) > 0)
            takeFree(place);
    if (units == 0 || places.empty())
        return;
    record(MovementKind::Count, line.tenant, part.variant, places.front(), units, 0, 0, cause);
    record(kind, line.tenant, part.variant, places.front(), -units, 0, line.id, cause);
    raise(line.tenant, "shipped_beyond_stock", showId("ord", line.order),
          std::to_string(units) +
              " units left the shelf that the ledger did not have; counted in and out",
          cause);
}

/// What lines of one order lack of their targets, as far as there is stock: one location that
/// covers all of it, else split in the given order.
void Book::take(std::span<Line*> lines, const Cause& cause)
{
    std::map<Id, Quantity> wanted; // of the whole order, per component
    for (Line* line : lines)
        for (const Component& part : line->recipe) {
            Quantity& sum = wanted[part.variant];
            sum = std::min(sum + std::max<Quantity>(0, line->target - heldUnits(*line)) * part.per,
                           std::numeric_limits<Quantity>::max() / 4);
        }

    const auto coversAll = [&](Id tenant, Id place) {
        return std::ranges::all_of(wanted, [&](const auto& want) {
            const Level* found = level({tenant, want.first, place});
            return want.second == 0 || (found != nullptr && found->free() >= want.second);
        });
    };
    Id whole = 0;
    if (!lines.empty() && lines.front()->locations != nullptr)
        for (const Id place : *lines.front()->locations)
            if (whole == 0 && coversAll(lines.front()->tenant, place))
                whole = place;

    for (Line* line : lines) {
        Quantity need = line->target - heldUnits(*line);
        const auto takeAt = [&](Id place) {
            const Quantity units = std::min(need, freeAt(line->tenant, line->recipe, place, false));
            if (units <= 0)
                return;
            hold(*line, place, units, cause);
            need -= units;
        };
        if (whole != 0)
            takeAt(whole);
        else if (line->locations != nullptr)
            for (const Id place : *line->locations)
                takeAt(place);
        setShortage(*line, std::max<Quantity>(0, need));
    }
}

void Book::fillShortages(const Cause& cause)
{
    const auto freedNow = std::exchange(_freed, {});
    std::vector<Line*> waiting;
    for (const auto& variant : freedNow) {
        if (!_shortsComplete.contains(variant)) {
            _needs.shorts.insert(variant);
            continue;
        }
        for (auto& [key, line] : _lines)
            if (line.shortage > 0 && line.tenant == variant.first &&
                std::ranges::find(line.recipe, variant.second, &Component::variant) !=
                    line.recipe.end())
                waiting.push_back(&line);
    }
    std::ranges::sort(waiting, [](const Line* a, const Line* b) {
        return std::tie(a->placedAt, a->order, a->id) < std::tie(b->placedAt, b->order, b->id);
    });
    waiting.erase(std::ranges::unique(waiting).begin(), waiting.end());
    for (Line* line : waiting)
        take(std::span(&line, 1), cause);
}

Quantity Book::takeHolds(Id tenant, Id variant, Id location, Quantity units, const Cause& cause)
{
    if (!_complete.contains({tenant, variant})) {
        _needs.holds.emplace(tenant, variant);
        return 0;
    }
    std::vector<Hold*> holds;
    for (auto& [key, hold] : _holds)
        if (hold.tenant == tenant && hold.variant == variant && hold.location == location &&
            hold.quantity > 0)
            holds.push_back(&hold);
    std::ranges::sort(holds, [](const Hold* a, const Hold* b) {
        return std::tie(a->createdAt, a->owner) > std::tie(b->createdAt, b->owner);
    });

    Quantity got = 0;
    for (Hold* hold : holds) {
        if (got >= units)
            break;
        const Quantity want = std::min(units - got, hold->quantity);
        const auto line = _lines.find({tenant, hold->owner});
        if (hold->kind == OwnerKind::Line && line != _lines.end()) {
            got += takeFromLine(line->second, *hold, want, cause);
            continue;
        }
        hold->quantity -= want;
        _changedHolds.insert({tenant, hold->owner, variant, location});
        record(MovementKind::Release, tenant, variant, location, 0, -want, hold->owner, cause);
        raise(tenant, "reservation_cut", showId("res", hold->owner),
              "the reservation lost " + std::to_string(want) + " units: they are not on the shelf",
              cause);
        got += want;
    }
    return got;
}

/// Whole units only, so that no half of a bundle stays behind; how many of the hold's became free.
Quantity Book::takeFromLine(Line& line, Hold& hold, Quantity want, const Cause& cause)
{
    const Quantity before = hold.quantity;
    dropForeignHolds(line, cause);
    const auto part = std::ranges::find(line.recipe, hold.variant, &Component::variant);
    const Quantity missing = want - (before - hold.quantity);
    if (part != line.recipe.end() && missing > 0)
        releaseAt(line, hold.location,
                  std::min((missing + part->per - 1) / part->per, heldUnits(line, hold.location)),
                  cause);
    setShortage(line, std::max<Quantity>(0, line.target - heldUnits(line)));
    return before - hold.quantity;
}

// ---------------------------------------------------------------- callers

void Book::reserve(const ReserveRequest& request)
{
    Quantity available = 0;
    Id whole = 0;
    for (const Id place : request.locations) {
        const Quantity here = freeAt(request.tenant, request.recipe, place, true);
        available += here;
        if (whole == 0 && here >= request.quantity)
            whole = place;
    }
    if (available < request.quantity)
        throw Error(Refusal::OutOfStock,
                    request.name + ": " + std::to_string(request.quantity) + " asked, " +
                        std::to_string(available) + " available",
                    {{"quantity", "more than is available"}});

    Quantity left = request.quantity;
    for (const Id place : request.locations) {
        if (whole != 0 && place != whole)
            continue;
        const Quantity here = std::min(left, freeAt(request.tenant, request.recipe, place, true));
        if (here == 0)
            continue;
        for (const Component& part : request.recipe) {
            const HoldKey key{request.tenant, request.owner, part.variant, place};
            _holds[key] = Hold{.tenant = request.tenant,
                               .owner = request.owner,
                               .variant = part.variant,
                               .location = place,
                               .kind = request.kind,
                               .quantity = here * part.per,
                               .subject = request.subject,
                               .asked = request.quantity,
                               .reference = request.reference,
                               .actor = request.cause.actor,
                               .expiresAt = request.expiresAt,
                               .createdAt = _now};
            _changedHolds.insert(key);
            record(MovementKind::Reserve, request.tenant, part.variant, place, 0, here * part.per,
                   request.owner, request.cause);
        }
        left -= here;
    }
}

void Book::end(Id tenant, Id owner, HoldState how, const Cause& cause)
{
    const auto holds = holdsOf(tenant, owner);
    if (holds.empty() || holds.front()->kind == OwnerKind::Line)
        throw Error(Refusal::NotFound, "there is no reservation " + showId("res", owner));
    if (holds.front()->state == how)
        return;
    if (holds.front()->state != HoldState::Active)
        throw Error(Refusal::Conflict, "the reservation " + showId("res", owner) +
                                           " has ended already: released, committed or expired");
    const bool leaves = how == HoldState::Committed;
    for (const Hold* seen : holds) {
        Hold& hold = *find(tenant, owner, seen->variant, seen->location);
        const Quantity units = std::exchange(hold.quantity, 0);
        hold.state = how;
        _changedHolds.insert({tenant, owner, hold.variant, hold.location});
        record(leaves ? MovementKind::Ship : MovementKind::Release, tenant, hold.variant,
               hold.location, leaves ? -units : 0, -units, owner, cause);
    }
    fillShortages(cause);
}

void Book::releaseByHand(Id tenant, Id variant, Id location, const std::string& name,
                         Quantity quantity, const Cause& cause)
{
    if (!_complete.contains({tenant, variant})) {
        _needs.holds.emplace(tenant, variant);
        return;
    }
    std::vector<Hold*> holds;
    Quantity held = 0;
    for (auto& [key, hold] : _holds)
        if (hold.tenant == tenant && hold.variant == variant && hold.location == location &&
            hold.kind == OwnerKind::Hand && hold.quantity > 0)
        {
            holds.push_back(&hold);
            held += hold.quantity;
        }
    if (held < quantity)
        throw Error(Refusal::BadRequest,
                    name + ": " + std::to_string(quantity) + " to release, but only " +
                        std::to_string(held) + " are held by hand",
                    {{"delta_reserved", "more than is held by hand"}});
    std::ranges::sort(holds, [](const Hold* a, const Hold* b) {
        return std::tie(a->createdAt, a->owner) < std::tie(b->createdAt, b->owner);
    });
    for (Hold* hold : holds) {
        const Quantity units = std::min(quantity, hold->quantity);
        hold->quantity -= units;
        if (hold->quantity == 0)
            hold->state = HoldState::Released;
        quantity -= units;
        if (units == 0)
            break;
        _changedHolds.insert({tenant, hold->owner, variant, location});
        record(MovementKind::Release, tenant, variant, location, 0, -units, hold->owner, cause);
    }
    fillShortages(cause);
}

void Book::adjust(const AdjustRequest& request)
{
    const Level before = at(request.tenant, request.variant, request.location);
    const Quantity delta =
        request.kind == MovementKind::Count ? request.onHand - before.onHand : request.onHand;
    if (before.onHand + delta < 0)
        throw Error(Refusal::BadRequest,
                    request.name + ": on hand would go below zero (" +
                        std::to_string(before.onHand) + " there, " + std::to_string(-delta) +
                        " to take)",
                    {{"delta_on_hand", "more than is on hand"}});
    const Quantity beyond = before.reserved - (before.onHand + delta);
    if (beyond > 0) {
        const Quantity taken =
            takeHolds(request.tenant, request.variant, request.location, beyond, request.cause);
        if (!_needs.none())
            return;
        if (taken < beyond)
            throw std::logic_error("the holds of " + request.name + " do not sum up to its level");
    }
    record(request.kind, request.tenant, request.variant, request.location, delta, 0, 0,
           request.cause);
    fillShortages(request.cause);
}

// ---------------------------------------------------------------- what follows

std::vector<const Hold*> Book::changedHolds() const
{
    std::vector<const Hold*> holds;
    for (const HoldKey& key : _changedHolds)
        holds.push_back(&_holds.at(key));
    return holds;
}

std::vector<const Line*> Book::changedLines() const
{
    std::vector<const Line*> lines;
    for (const auto& key : _changedLines)
        lines.push_back(&_lines.at(key));
    return lines;
}

} // namespace spokehub::stock
