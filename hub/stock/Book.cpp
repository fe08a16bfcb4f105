#include "stock/Book.h"

#include "core/Error.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace spokehub::stock
{

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
