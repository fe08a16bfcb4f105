#include "stock/Ledger.h"

#include "core/Error.h"

#include <limits>

namespace spokehub::stock
{

namespace
{

// Rows are locked in key order, so that two writers never wait for each other in a circle.
constexpr store::Sql selectLevels = {R"(
    SELECT l.tenant_id, l.variant_id, l.location_id, l.on_hand, l.reserved, l.safety_stock, l.last_movement_id
    FROM {each_row} stock_level l
    WHERE l.tenant_id = {1} AND l.variant_id = {2}
    ORDER BY l.tenant_id, l.variant_id, l.location_id {postgres:FOR UPDATE OF l})"};

constexpr store::Sql selectHoldsOfOwners = {R"(
    SELECT r.tenant_id, r.owner_id, r.variant_id, r.location_id, r.owner_kind, r.order_id, r.quantity, r.subject_id,
           r.asked, r.state, r.reference, r.actor, r.expires_at, r.created_at
    FROM {each_row} reservation r
    WHERE r.tenant_id = {1} AND r.owner_id = {2})"};

// Goes over the keys of all active holds once, however many variants are asked for.
constexpr store::Sql selectOwnersBetween = {R"(
    SELECT owner_id, variant_id FROM reservation
    WHERE tenant_id = $1 AND variant_id BETWEEN $2 AND $3 AND quantity > 0)"};

constexpr store::Sql updateLevel = {R"(
    UPDATE stock_level SET on_hand = {4}, reserved = {5}, last_movement_id = {6}, updated_at = {7}
    {from_rows}
    WHERE stock_level.tenant_id = {1} AND stock_level.variant_id = {2} AND stock_level.location_id = {3})"};

// A level that was not there when it was looked for. Another writer may have made it since.
constexpr store::Sql insertLevel = {R"(
    INSERT INTO stock_level (tenant_id, variant_id, location_id, on_hand, reserved, last_movement_id, updated_at) {rows}
    ON CONFLICT (tenant_id, variant_id, location_id) DO NOTHING)"};

constexpr store::Sql insertHold = {R"(
    INSERT INTO reservation (tenant_id, owner_id, variant_id, location_id, owner_kind, order_id, quantity, subject_id, asked,
                             state, reference, actor, expires_at, created_at) {rows})"};

constexpr store::Sql updateHold = {R"(
    UPDATE reservation SET quantity = {5}, state = {6}, asked = {7} {from_rows}
    WHERE reservation.tenant_id = {1} AND reservation.owner_id = {2}
      AND reservation.variant_id = {3} AND reservation.location_id = {4})"};

// A line holds or it does not; its history is in the movements.
constexpr store::Sql deleteHold = {R"(
    DELETE FROM reservation WHERE (tenant_id, owner_id, variant_id, location_id) IN ({rows}))"};

constexpr store::Sql insertMovement = {R"(
    INSERT INTO stock_movement (tenant_id, id, variant_id, location_id, kind, on_hand_delta, reserved_delta, on_hand, reserved,
                                previous_id, owner_id, cause, actor, reason, at) {rows})"};

constexpr store::Sql upsertLimits = {R"(
    INSERT INTO stock_level (tenant_id, variant_id, location_id, safety_stock, reorder_level, updated_at)
    VALUES ($1, $2, $3, COALESCE($4, 0), COALESCE($5, 0), $6)
    ON CONFLICT (tenant_id, variant_id, location_id) DO UPDATE
    SET safety_stock = COALESCE($4, stock_level.safety_stock), reorder_level = COALESCE($5, stock_level.reorder_level),
        updated_at = excluded.updated_at)"};

using Variant = std::pair<Id, Id>; // (tenant, variant)

void wantedBy(const Recipe& recipe, Id tenant, std::set<Variant>& variants)
{
    for (const Component& part : recipe)
        variants.emplace(tenant, part.variant);
}

void tell(Book& book, const StockRequest& request)
{
    if (const auto* move = std::get_if<OrderMove>(&request))
        book.move(*move);
    else if (const auto* reserve = std::get_if<ReserveRequest>(&request))
        book.reserve(*reserve);
    else if (const auto* end = std::get_if<EndRequest>(&request))
        book.end(end->tenant, end->owner, end->how, end->cause);
    else if (const auto* adjust = std::get_if<AdjustRequest>(&request))
        book.adjust(*adjust);
    else if (const auto* release = std::get_if<HandRelease>(&request))
        book.releaseByHand(release->tenant, release->variant, release->location, release->name,
                           release->quantity, release->cause);
    else if (const auto* together = std::get_if<Together>(&request)) {
        const Book before = book;
        try {
            for (const StockRequest& part : together->parts)
                tell(book, part);
        } catch (const Error&) {
            const Book::Needs needs = book.needs();
            book = before;
            book.need(needs);
            throw;
        }
    }
}

} // namespace

/// What has been read so far; grows when the book says what it lacks.
struct Ledger::Loaded
{
    std::set<Variant> variants;
    std::set<Variant> owners; // (tenant, owner)
    std::set<Variant> variantsRead;
    std::set<Variant> ownersRead;
    std::set<Variant> holdsComplete;
    std::set<Variant> shortsComplete;
    std::map<Book::Place, Level> levels;
    std::map<std::tuple<Id, Id, Id, Id>, Hold> holds;
    std::vector<Line> lines;

    void want(const StockRequest& request)
    {
        if (const auto* move = std::get_if<OrderMove>(&request))
            for (const LineMove& line : move->lines) {
                if (!line.line.isNew)
                    owners.emplace(line.line.tenant, line.line.id);
                wantedBy(line.line.recipe, line.line.tenant, variants);
            }
        else if (const auto* reserve = std::get_if<ReserveRequest>(&request))
            wantedBy(reserve->recipe, reserve->tenant, variants);
        else if (const auto* end = std::get_if<EndRequest>(&request))
            owners.emplace(end->tenant, end->owner);
        else if (const auto* adjust = std::get_if<AdjustRequest>(&request))
            variants.emplace(adjust->tenant, adjust->variant);
        else if (const auto* release = std::get_if<HandRelease>(&request))
            variants.emplace(release->tenant, release->variant);
        else if (const auto* together = std::get_if<Together>(&request))
            for (const StockRequest& part : together->parts)
                want(part);
    }

    void add(const Line& line)
    {
        lines.push_back(line);
        owners.emplace(line.tenant, line.id);
        wantedBy(line.recipe, line.tenant, variants);
    }

    Book book(Time now) const
    {
        Book book(now);
        for (const auto& [place, level] : levels)
            book.load(place.tenant, place.variant, place.location, level);
        for (const auto& [key, hold] : holds)
            book.load(hold);
        for (const Line& line : lines)
            book.load(line);
        for (const auto& [tenant, variant] : holdsComplete)
            book.holdsComplete(tenant, variant);
        for (const auto& [tenant, variant] : shortsComplete)
            book.shortsComplete(tenant, variant);
        return book;
    }
};

Ledger::Settled Ledger::settle(store::Tx& tx, std::span<const StockRequest> requests)
{
    Loaded loaded;
    for (const StockRequest& request : requests)
        loaded.want(request);

    const Time now = _clock.now();
    Book::Needs needs;
    for (;;) {
        load(tx, loaded, needs);
        Settled settled{loaded.book(now), {}};
        for (const StockRequest& request : requests) {
            std::exception_ptr refusal;
            try {
                tell(settled.book, request);
            } catch (const Error&) {
                refusal = std::current_exception();
            }
            settled.refusals.push_back(refusal);
        }
        needs = settled.book.needs();
        if (needs.none()) {
            save(tx, loaded, settled.book);
            return settled;
        }
    }
}

void Ledger::setLimits(store::Tx& tx, const Limits& limits)
{
    tx.write(upsertLimits, {limits.tenant, limits.variant, limits.location, limits.safetyStock,
                            limits.reorderLevel, _clock.now()});
    tx.changed(limits.tenant, limits.variant);
}

void Ledger::load(store::Tx& tx, Loaded& loaded, const Book::Needs& needs)
{
    if (!needs.shorts.empty()) {
        for (const Line& line : _lines.shortOf(tx, needs.shorts))
            loaded.add(line);
        loaded.shortsComplete.insert(needs.shorts.begin(), needs.shorts.end());
    }
    loaded.holdsComplete.insert(needs.holds.begin(), needs.holds.end());

    loadUnderLocks(tx, loaded);
    if (!needs.holds.empty()) {
        std::set<Lines::Key> keys;
        for (const auto& [key, hold] : loaded.holds)
            if (hold.kind == OwnerKind::Line && needs.holds.contains({hold.tenant, hold.variant}))
                keys.insert({hold.tenant, hold.order, hold.owner});
        for (const Line& line : _lines.byKey(tx, keys))
            loaded.add(line);
        loadUnderLocks(tx, loaded); // the other parts of those lines' bundles
    }
}

/// Holds change only under the locks of their levels, so they are read after those are held. When
/// they show more variants, these are locked too and the holds read again.
void Ledger::loadUnderLocks(store::Tx& tx, Loaded& loaded)
{
    for (;;) {
        loadLevels(tx, loaded);
        loadHolds(tx, loaded);
        const std::size_t known = loaded.variants.size();
        for (const auto& [key, hold] : loaded.holds)
            loaded.variants.emplace(hold.tenant, hold.variant);
        if (loaded.variants.size() == known)
            return;
        if (tx.engine() == store::Engine::Sqlite) // one writer: what was read stands
            return loadLevels(tx, loaded);
        loaded.holds.clear();
        loaded.ownersRead.clear();
    }
}

void Ledger::loadLevels(store::Tx& tx, Loaded& loaded)
{
    store::RowSet rows(2);
    for (const Variant& variant : loaded.variants)
        if (loaded.variantsRead.insert(variant).second)
            rows.add({variant.first, variant.second});
    if (!rows.empty())
        tx.queryRows(selectLevels, rows, [&](const store::Row& row) {
            loaded.levels[{row.integer(0), row.integer(1), row.integer(2)}] =
                Level{row.integer(3), row.integer(4), row.integer(5), row.maybeInteger(6)};
        });
}

void Ledger::loadHolds(store::Tx& tx, Loaded& loaded)
{
    const auto keep = [&](const store::Row& row) {
        Hold hold{.tenant = row.integer(0),
                  .owner = row.integer(1),
                  .variant = row.integer(2),
                  .location = row.integer(3),
                  .kind = static_cast<OwnerKind>(row.integer(4)),
                  .order = row.integer(5),
                  .quantity = row.integer(6),
                  .subject = row.integer(7),
                  .asked = row.integer(8),
                  .state = static_cast<HoldState>(row.integer(9)),
                  .reference = row.string(10),
                  .actor = row.string(11),
                  .expiresAt = row.maybeTime(12),
                  .createdAt = row.time(13),
                  .stored = true};
        loaded.holds.insert_or_assign({hold.tenant, hold.owner, hold.variant, hold.location},
                                      std::move(hold));
    };
    findOwners(tx, loaded);
    store::RowSet owners(2);
    for (const Variant& owner : loaded.owners)
        if (loaded.ownersRead.insert(owner).second)
            owners.add({owner.first, owner.second});
    if (!owners.empty())
        tx.queryRows(selectHoldsOfOwners, owners, keep);
}

/// Whoever holds one of the variants whose holds are all wanted.
void Ledger::findOwners(store::Tx& tx, Loaded& loaded)
{
    for (auto from = loaded.holdsComplete.begin(); from != loaded.holdsComplete.end();) {
        const Id tenant = from->first;
        const auto to = loaded.holdsComplete.upper_bound({tenant, std::numeric_limits<Id>::max()});
        tx.query(selectOwnersBetween, {tenant, from->second, std::prev(to)->second},
                 [&](const store::Row& row) {
                     if (loaded.holdsComplete.contains({tenant, row.integer(1)}))
                         loaded.owners.emplace(tenant, row.integer(0));
                 });
        from = to;
    }
}

void Ledger::save(store::Tx& tx, const Loaded& loaded, const Book& book)
{
    const auto lastMovements = saveMovements(tx, book);
    saveLevels(tx, loaded, book, lastMovements);
    saveHolds(tx, book);
    if (const auto lines = book.changedLines(); !lines.empty())
        _lines.saveShortages(tx, lines);
    _exceptions.raise(tx, book.exceptions());
}

std::map<Book::Place, Id> Ledger::saveMovements(store::Tx& tx, const Book& book)
{
    const Time now = _clock.now();
    std::map<Book::Place, Id> last;
    store::RowSet rows(15);
    rows.reserve(book.movements().size());
    for (const Movement& movement : book.movements()) {
        const Book::Place place{movement.tenant, movement.variant, movement.location};
        const auto before = last.find(place);
        const auto previous =
            before != last.end() ? std::optional(before->second) : book.level(place)->lastMovement;
        const Id id = _ids.next();
        rows.add({movement.tenant, id, movement.variant, movement.location,
                  static_cast<std::int64_t>(movement.kind), movement.onHand, movement.reserved,
                  movement.onHandAfter, movement.reservedAfter, previous, movement.owner,
                  movement.cause->what, movement.cause->actor, movement.cause->reason, now});
        last[place] = id;
    }
    if (!rows.empty())
        tx.writeRows(insertMovement, rows);
    return last;
}

void Ledger::saveLevels(store::Tx& tx, const Loaded& loaded, const Book& book,
                        const std::map<Book::Place, Id>& lastMovements)
{
    const Time now = _clock.now();
    store::RowSet changed(7);
    store::RowSet made(7);
    std::int64_t count = 0;
    for (const Book::Place& place : book.changedLevels()) {
        const Level& level = *book.level(place);
        const bool known = loaded.levels.contains(place);
        (known ? changed : made)
            .add({place.tenant, place.variant, place.location, level.onHand, level.reserved,
                  lastMovements.at(place), now});
        count += known ? 0 : 1;
        tx.changed(place.tenant, place.variant);
    }
    if (!changed.empty())
        tx.writeRows(updateLevel, changed);
    if (!made.empty() && tx.executeRows(insertLevel, made) != count)
        throw store::StoreError(store::Failure::Conflict, "",
                                "another writer made the level of a variant at the same time");
}

void Ledger::saveHolds(store::Tx& tx, const Book& book)
{
    store::RowSet made(14);
    store::RowSet changed(7);
    store::RowSet gone(4);
    for (const Hold* hold : book.changedHolds()) {
        const bool ended = hold->kind == OwnerKind::Line && hold->quantity == 0;
        if (hold->stored && ended)
            gone.add({hold->tenant, hold->owner, hold->variant, hold->location});
        else if (hold->stored)
            changed.add({hold->tenant, hold->owner, hold->variant, hold->location, hold->quantity,
                         static_cast<std::int64_t>(hold->state), hold->asked});
        else if (!ended)
            made.add({hold->tenant, hold->owner, hold->variant, hold->location,
                      static_cast<std::int64_t>(hold->kind),
                      hold->order != 0 ? std::optional(hold->order) : std::nullopt, hold->quantity,
                      hold->subject, hold->asked, static_cast<std::int64_t>(hold->state),
                      hold->reference, hold->actor, hold->expiresAt, hold->createdAt});
    }
    if (!gone.empty())
        tx.writeRows(deleteHold, gone);
    if (!changed.empty())
        tx.writeRows(updateHold, changed);
    if (!made.empty())
        tx.writeRows(insertHold, made);
}

} // namespace spokehub::stock
