// What the book does for order lines: it holds, ships, takes back, and lets others give way.
#include "stock/Book.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace spokehub::stock
{

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

} // namespace spokehub::stock
