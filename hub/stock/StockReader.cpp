#include "stock/StockReader.h"

#include "core/Error.h"
#include "core/Id.h"
#include "store/ListText.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>

namespace spokehub::stock
{

namespace
{

constexpr store::Sql selectLocations{
    "SELECT id, name, title FROM location WHERE tenant_id = $1 ORDER BY id"};
constexpr store::Sql selectLocation{"SELECT id FROM location WHERE tenant_id = $1 AND name = $2"};

constexpr store::Sql selectLevels{R"(
    SELECT s.location_id, l.name, s.on_hand, s.reserved, s.safety_stock, s.reorder_level, s.updated_at
    FROM stock_level s JOIN location l ON l.tenant_id = s.tenant_id AND l.id = s.location_id
    WHERE s.tenant_id = $1 AND s.variant_id = $2 ORDER BY s.location_id)"};

#define LEVEL_COLUMNS                                                                              \
    "SELECT s.variant_id, s.location_id, v.sku, l.name, s.on_hand, s.reserved, s.safety_stock, "   \
    "s.reorder_level, s.updated_at, s.last_movement_id FROM "
#define LEVEL_JOINS                                                                                \
    " JOIN variant v ON v.tenant_id = s.tenant_id AND v.id = s.variant_id JOIN location l ON "     \
    "l.tenant_id = s.tenant_id AND l.id = s.location_id WHERE "

// The end of so many movements.
constexpr store::Sql lastLookedAtAfter{"SELECT id FROM stock_movement WHERE tenant_id = $1 AND "
                                       "id > $2 ORDER BY id LIMIT 1 OFFSET $3"};
constexpr store::Sql lastLookedAtBefore{
    "SELECT id FROM stock_movement WHERE tenant_id = $1 AND id < $2 AND id >= $3 ORDER BY id DESC "
    "LIMIT 1 OFFSET $4"};

constexpr store::Sql selectSums{R"(
    SELECT l.name, v.currency, COUNT(*), CAST(SUM(s.on_hand) AS BIGINT), CAST(SUM(s.reserved) AS BIGINT),
           CAST(SUM(s.on_hand * v.cost) AS BIGINT)
    FROM stock_level s JOIN variant v ON v.tenant_id = s.tenant_id AND v.id = s.variant_id
    JOIN location l ON l.tenant_id = s.tenant_id AND l.id = s.location_id
    WHERE s.tenant_id = $1 GROUP BY l.name, v.currency ORDER BY l.name, v.currency)"};

#define RESERVATION_COLUMNS                                                                        \
    "SELECT r.owner_id, r.owner_kind, r.state, r.asked, r.reference, r.actor, r.expires_at, "      \
    "r.created_at, r.quantity, subject.sku, part.sku, l.name "
#define RESERVATION_JOINS                                                                          \
    "JOIN variant subject ON subject.tenant_id = r.tenant_id AND subject.id = r.subject_id "       \
    "JOIN variant part ON part.tenant_id = r.tenant_id AND part.id = r.variant_id "                \
    "JOIN location l ON l.tenant_id = r.tenant_id AND l.id = r.location_id "

// A bundle or a split makes several rows of one owner, so owners are paged and not rows.
constexpr store::Sql selectReservations{
    "WITH page AS (SELECT DISTINCT tenant_id, owner_id FROM reservation WHERE tenant_id = $1 "
    "AND state = $2 AND owner_kind <> 1 AND owner_id < $3 ORDER BY owner_id DESC LIMIT "
    "$4) " RESERVATION_COLUMNS "FROM page JOIN reservation r ON r.tenant_id = page.tenant_id AND "
    "r.owner_id = page.owner_id " RESERVATION_JOINS
    "ORDER BY r.owner_id DESC, r.variant_id, r.location_id"};
constexpr store::Sql selectReservationsOf{
    "WITH page AS (SELECT DISTINCT tenant_id, owner_id FROM reservation WHERE tenant_id = $1 "
    "AND state = $2 AND owner_kind <> 1 AND subject_id = $3 AND owner_id < $4 "
    "ORDER BY owner_id DESC LIMIT $5) " RESERVATION_COLUMNS
    "FROM page JOIN reservation r ON r.tenant_id = page.tenant_id AND r.owner_id = "
    "page.owner_id " RESERVATION_JOINS "ORDER BY r.owner_id DESC, r.variant_id, r.location_id"};
constexpr store::Sql selectReservation{
    RESERVATION_COLUMNS "FROM reservation r " RESERVATION_JOINS
                        "WHERE r.tenant_id = $1 AND r.owner_id = $2 AND r.owner_kind <> 1 "
                        "ORDER BY r.variant_id, r.location_id"};

constexpr store::Sql selectLastMovements{R"(
    SELECT last_movement_id FROM stock_level
    WHERE tenant_id = $1 AND variant_id = $2 AND last_movement_id IS NOT NULL ORDER BY location_id)"};

// A level's movements, from one on backwards.
constexpr store::Sql selectMovements{R"(
    WITH RECURSIVE before (tenant_id, id, previous_id, number) AS (
        SELECT tenant_id, id, previous_id, 1 FROM stock_movement WHERE tenant_id = $1 AND id = $2 AND variant_id = $3
        UNION ALL
        SELECT m.tenant_id, m.id, m.previous_id, before.number + 1
        FROM before JOIN stock_movement m ON m.tenant_id = before.tenant_id AND m.id = before.previous_id
        WHERE before.number < $4)
    SELECT m.id, l.name, m.kind, m.on_hand_delta, m.reserved_delta, m.on_hand, m.reserved, m.owner_id, m.cause, m.actor,
           m.reason, m.at
    FROM before JOIN stock_movement m ON m.tenant_id = before.tenant_id AND m.id = before.id
    JOIN location l ON l.tenant_id = m.tenant_id AND l.id = m.location_id
    ORDER BY before.number)"};

constexpr store::Sql selectOpenExceptions{R"(
    SELECT id, kind, subject, message, cause, at, resolved_at FROM exception
    WHERE tenant_id = $1 AND resolved_at IS NULL AND (kind = $2 OR $2 = '') AND id < $3
    ORDER BY id DESC LIMIT $4)"};
constexpr store::Sql selectException{R"(
    SELECT id, kind, subject, message, cause, at, resolved_at FROM exception
    WHERE tenant_id = $1 AND id = $2)"};
constexpr store::Sql selectResolvedExceptions{R"(
    SELECT id, kind, subject, message, cause, at, resolved_at FROM exception
    WHERE tenant_id = $1 AND resolved_at IS NOT NULL AND (kind = $2 OR $2 = '') AND id < $3
    ORDER BY id DESC LIMIT $4)"};

constexpr std::array<std::string_view, 5> stateNames = {"", "active", "released", "committed",
                                                        "expired"};

std::int64_t before(const store::PageRequest& page, std::string_view list)
{
    const std::int64_t id = page.afterId(list);
    return id == 0 ? INT64_MAX : id;
}

template <class T>
std::string idOf(const T& row)
{
    return std::to_string(row.id);
}

constexpr std::string_view movementsList = "movements";

/// The movements that the page begins with: one of each level of the variant that has any left.
std::vector<Id> beginnings(store::Session& session, const Scope& scope, Id variant,
                           const store::PageRequest& page)
{
    std::vector<Id> ids;
    const std::string after = page.after(movementsList);
    if (after.empty()) {
        session.query(selectLastMovements, {scope.tenant, variant},
                      [&](const store::Row& row) { ids.push_back(row.integer(0)); });
        return ids;
    }
    const char* const end = after.data() + after.size();
    for (const char* at = after.data();; ++at) {
        const auto [next, error] = std::from_chars(at, end, ids.emplace_back());
        if (error != std::errc() || (next != end && *next != ','))
            throw Error(
                Refusal::BadRequest,
                "cursor is not one of this list; take next_cursor of its last answer, or none",
                {{"cursor", "is not one of this list"}});
        if (next == end)
            return ids;
        at = next;
    }
}

MovementRow movementOf(const store::Row& row)
{
    return {.id = row.integer(0),
            .location = row.string(1),
            .kind = static_cast<MovementKind>(row.integer(2)),
            .onHand = row.integer(3),
            .reserved = row.integer(4),
            .onHandAfter = row.integer(5),
            .reservedAfter = row.integer(6),
            .owner = row.maybeInteger(7),
            .cause = row.string(8),
            .actor = row.string(9),
            .reason = row.string(10),
            .at = row.time(11)};
}

SkuLevel levelOf(const store::Row& row)
{
    return {row.integer(0),
            row.integer(1),
            row.string(2),
            {row.integer(1), row.string(3), row.integer(4), row.integer(5), row.integer(6),
             row.integer(7), row.time(8)}};
}

/// In order of variant and location.
store::Page<SkuLevel> levelsPage(store::Session& session, std::string_view list,
                                 const store::PageRequest& page, store::ListText text,
                                 const LevelQuery& query)
{
    const auto [variant, location] = page.afterPair(list).value_or(std::pair<Id, Id>());
    text.maybe("l.name = ", query.location);
    const std::string after = text.next(variant);
    text.where("(s.variant_id, s.location_id) > (" + after + ", " + text.next(location) + ")")
        .add(" ORDER BY s.variant_id, s.location_id LIMIT " + text.next(page.limit + 1));
    std::vector<SkuLevel> rows;
    text.read(session, [&](const store::Row& row) { rows.push_back(levelOf(row)); });
    return store::pageOf(list, page, std::move(rows), [](const SkuLevel& row) {
        return std::to_string(row.variant) + ":" + std::to_string(row.location);
    });
}

/// Each level stands at its last movement, so those that changed are found along the movements: an
/// index of their times would be written for every line sold.
store::Page<SkuLevel> changedLevels(store::Session& session, const Scope& scope,
                                    const store::PageRequest& page, const LevelQuery& query)
{
    constexpr std::string_view list = "levels.changed";
    const Id asked = page.afterId(list);
    const Id after = asked == 0 ? IdGenerator::firstAt(*query.changedSince) - 1 : asked;
    std::optional<Id> end;
    session.query(lastLookedAtAfter, {scope.tenant, after, StockReader::movementsLookedAt - 1},
                  [&](const store::Row& row) { end = row.integer(0); });
    store::ListText text(LEVEL_COLUMNS
                         "stock_movement m JOIN stock_level s ON s.tenant_id = m.tenant_id AND "
                         "s.variant_id = m.variant_id AND s.location_id = m.location_id AND "
                         "s.last_movement_id = m.id" LEVEL_JOINS "m.tenant_id = $1",
                         scope.tenant);
    text.where("m.id > ", after)
        .maybe("m.id <= ", end)
        .maybe("l.name = ", query.location)
        .add(" ORDER BY m.id LIMIT " + text.next(page.limit + 1));
    std::vector<SkuLevel> rows;
    std::vector<Id> last;
    text.read(session, [&](const store::Row& row) {
        rows.push_back(levelOf(row));
        last.push_back(row.integer(9));
    });
    const auto limit = static_cast<std::size_t>(page.limit);
    const bool more = rows.size() > limit;
    if (more)
        rows.resize(limit);
    store::Page<SkuLevel> found{std::move(rows), {}};
    if (more)
        found.nextCursor = store::cursorOf(list, std::to_string(last[limit - 1]));
    else if (end)
        found.nextCursor = store::cursorOf(list, std::to_string(*end));
    return found;
}

/// Rows of one owner stand together.
void add(std::vector<Reservation>& reservations, const store::Row& row)
{
    const Id id = row.integer(0);
    if (reservations.empty() || reservations.back().id != id)
        reservations.push_back({.id = id,
                                .sku = row.string(9),
                                .quantity = row.integer(3),
                                .state = static_cast<HoldState>(row.integer(2)),
                                .kind = static_cast<OwnerKind>(row.integer(1)),
                                .reference = row.string(4),
                                .actor = row.string(5),
                                .expiresAt = row.maybeTime(6),
                                .createdAt = row.time(7),
                                .holds = {}});
    reservations.back().holds.push_back({row.string(11), row.integer(8), row.string(10)});
}

ExceptionRow exceptionOf(const store::Row& row)
{
    return {row.integer(0), row.string(1), row.string(2),   row.string(3),
            row.string(4),  row.time(5),   row.maybeTime(6)};
}

} // namespace

const char* name(HoldState state)
{
    return stateNames.at(static_cast<std::size_t>(state)).data();
}

std::optional<HoldState> holdStateFromName(std::string_view wanted)
{
    for (std::size_t i = 1; i < stateNames.size(); ++i)
        if (stateNames[i] == wanted)
            return static_cast<HoldState>(i);
    return std::nullopt;
}

const char* name(OwnerKind kind)
{
    switch (kind) {
    case OwnerKind::Line:
        return "line";
    case OwnerKind::Caller:
        return "caller";
    case OwnerKind::Hand:
        return "hand";
    }
    return "";
}

std::vector<Place> StockReader::locations(store::Session& session, const Scope& scope) const
{
    std::vector<Place> places;
    session.query(selectLocations, {scope.tenant}, [&](const store::Row& row) {
        places.push_back({row.integer(0), row.string(1), row.string(2)});
    });
    return places;
}

std::optional<Id> StockReader::locationOf(store::Session& session, const Scope& scope,
                                          std::string_view name) const
{
    std::optional<Id> id;
    session.query(selectLocation, {scope.tenant, name},
                  [&](const store::Row& row) { id = row.integer(0); });
    return id;
}

std::vector<LevelRow> StockReader::levels(store::Session& session, const Scope& scope,
                                          Id variant) const
{
    std::vector<LevelRow> levels;
    session.query(selectLevels, {scope.tenant, variant}, [&](const store::Row& row) {
        levels.push_back({row.integer(0), row.string(1), row.integer(2), row.integer(3),
                          row.integer(4), row.integer(5), row.time(6)});
    });
    return levels;
}

store::Page<SkuLevel> StockReader::allLevels(store::Session& session, const Scope& scope,
                                             const store::PageRequest& page,
                                             const LevelQuery& query) const
{
    if (query.changedSince)
        return changedLevels(session, scope, page, query);
    return levelsPage(session, "levels", page,
                      {LEVEL_COLUMNS "stock_level s" LEVEL_JOINS "s.tenant_id = $1", scope.tenant},
                      query);
}

store::Page<SkuLevel> StockReader::low(store::Session& session, const Scope& scope,
                                       const store::PageRequest& page,
                                       const LevelQuery& query) const
{
    store::ListText text(LEVEL_COLUMNS "stock_level s" LEVEL_JOINS "s.tenant_id = $1",
                         scope.tenant);
    text.where("s.reorder_level > 0").where("s.on_hand - s.reserved <= s.reorder_level");
    return levelsPage(session, "levels.low", page, std::move(text), query);
}

std::vector<LocationSum> StockReader::sums(store::Session& session, const Scope& scope) const
{
    std::vector<LocationSum> rows;
    session.query(selectSums, {scope.tenant}, [&](const store::Row& row) {
        rows.push_back({row.string(0), row.string(1), row.integer(2), row.integer(3),
                        row.integer(4), row.integer(5)});
    });
    return rows;
}

store::Page<Reservation> StockReader::reservations(store::Session& session, const Scope& scope,
                                                   const ReservationQuery& query,
                                                   const store::PageRequest& page) const
{
    const std::int64_t end = before(page, "reservations");
    const auto state = static_cast<std::int64_t>(query.state);
    std::vector<Reservation> rows;
    const store::RowVisitor take = [&](const store::Row& row) { add(rows, row); };
    if (query.variant)
        session.query(selectReservationsOf,
                      {scope.tenant, state, *query.variant, end, page.limit + 1}, take);
    else
        session.query(selectReservations, {scope.tenant, state, end, page.limit + 1}, take);
    return store::pageOf("reservations", page, std::move(rows), idOf<Reservation>);
}

std::optional<Reservation> StockReader::reservation(store::Session& session, const Scope& scope,
                                                    Id id) const
{
    std::vector<Reservation> rows;
    session.query(selectReservation, {scope.tenant, id},
                  [&](const store::Row& row) { add(rows, row); });
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

store::Page<MovementRow> StockReader::movements(store::Session& session, const Scope& scope,
                                                Id variant, const store::PageRequest& page) const
{
    // One history for each level; a page takes the newest of them in turn.
    std::vector<std::deque<MovementRow>> histories;
    for (const Id newest : beginnings(session, scope, variant, page)) {
        auto& history = histories.emplace_back();
        session.query(selectMovements, {scope.tenant, newest, variant, page.limit + 1},
                      [&](const store::Row& row) { history.push_back(movementOf(row)); });
    }
    store::Page<MovementRow> newest;
    while (newest.data.size() < static_cast<std::size_t>(page.limit)) {
        const auto next = std::ranges::max_element(histories, {}, [](const auto& history) {
            return history.empty() ? Id{0} : history.front().id;
        });
        if (next == histories.end() || next->empty())
            break;
        newest.data.push_back(std::move(next->front()));
        next->pop_front();
    }
    std::string rest;
    for (const auto& history : histories)
        if (!history.empty())
            rest += (rest.empty() ? "" : ",") + std::to_string(history.front().id);
    if (!rest.empty())
        newest.nextCursor = store::cursorOf(movementsList, rest);
    return newest;
}

store::Page<MovementRow> StockReader::allMovements(store::Session& session, const Scope& scope,
                                                   const MovementQuery& query,
                                                   const store::PageRequest& page) const
{
    constexpr std::string_view list = "movements.all";
    constexpr std::chrono::hours clocksDiffer{1}; // between an id's time and its movement's
    Id end = before(page, list);
    if (query.before)
        end = std::min(end, IdGenerator::firstAt(*query.before + clocksDiffer));
    const Id begin = query.since ? IdGenerator::firstAt(*query.since - clocksDiffer) : 0;
    std::optional<Id> last; // that is looked at
    if (query.kind || query.cause || query.actor || query.location || query.variant)
        session.query(lastLookedAtBefore, {scope.tenant, end, begin, movementsLookedAt - 1},
                      [&](const store::Row& row) { last = row.integer(0); });
    store::ListText text(
        "SELECT m.id, l.name, m.kind, m.on_hand_delta, m.reserved_delta, m.on_hand, m.reserved, "
        "m.owner_id, m.cause, m.actor, m.reason, m.at, v.sku FROM stock_movement m JOIN variant v "
        "ON v.tenant_id = m.tenant_id AND v.id = m.variant_id JOIN location l ON l.tenant_id = "
        "m.tenant_id AND l.id = m.location_id WHERE m.tenant_id = $1",
        scope.tenant);
    text.where("m.id < ", end)
        .where("m.id >= ", last.value_or(begin))
        .maybe("m.at >= ", query.since)
        .maybe("m.at < ", query.before)
        .maybe("m.variant_id = ", query.variant)
        .maybe("l.name = ", query.location)
        .maybe("m.cause = ", query.cause)
        .maybe("m.actor = ", query.actor);
    if (query.kind)
        text.where("m.kind = ", static_cast<std::int64_t>(*query.kind));
    text.add(" ORDER BY m.id DESC LIMIT " + text.next(page.limit + 1));
    std::vector<MovementRow> rows;
    text.read(session, [&](const store::Row& row) {
        rows.push_back(movementOf(row));
        rows.back().sku = row.string(12);
    });
    auto found = store::pageOf(list, page, std::move(rows), idOf<MovementRow>);
    if (found.nextCursor.empty() && last)
        found.nextCursor = store::cursorOf(list, std::to_string(*last));
    return found;
}

store::Page<ExceptionRow> StockReader::exceptions(store::Session& session, const Scope& scope,
                                                  const ExceptionQuery& query,
                                                  const store::PageRequest& page) const
{
    const char* list = query.resolved ? "exceptions.resolved" : "exceptions";
    std::vector<ExceptionRow> rows;
    session.query(query.resolved ? selectResolvedExceptions : selectOpenExceptions,
                  {scope.tenant, query.kind, before(page, list), page.limit + 1},
                  [&](const store::Row& row) { rows.push_back(exceptionOf(row)); });
    return store::pageOf(list, page, std::move(rows), idOf<ExceptionRow>);
}

std::optional<ExceptionRow> StockReader::exception(store::Session& session, const Scope& scope,
                                                   Id exception) const
{
    std::optional<ExceptionRow> found;
    session.query(selectException, {scope.tenant, exception},
                  [&](const store::Row& row) { found = exceptionOf(row); });
    return found;
}

} // namespace spokehub::stock
