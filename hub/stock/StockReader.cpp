#include "stock/StockReader.h"

#include "core/Error.h"

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

#define ALL_LEVELS                                                                                 \
    "SELECT s.variant_id, s.location_id, v.sku, l.name, s.on_hand, s.reserved, s.safety_stock, "   \
    "s.reorder_level, s.updated_at FROM stock_level s JOIN variant v ON v.tenant_id = "            \
    "s.tenant_id AND v.id = s.variant_id JOIN location l ON l.tenant_id = s.tenant_id AND l.id = " \
    "s.location_id WHERE s.tenant_id = $1 AND (s.variant_id, s.location_id) > ($2, $3) "
constexpr store::Sql selectAllLevels{ALL_LEVELS "ORDER BY s.variant_id, s.location_id LIMIT $4"};
constexpr store::Sql selectLow{
    ALL_LEVELS "AND s.reorder_level > 0 AND s.on_hand - s.reserved <= s.reorder_level ORDER BY "
               "s.variant_id, s.location_id LIMIT $4"};

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

/// A page of levels, by one of the two statements.
store::Page<SkuLevel> levelsPage(store::Session& session, const Scope& scope,
                                 const store::PageRequest& page, std::string_view list,
                                 const store::Sql& sql)
{
    std::pair<Id, Id> after{0, 0}; // variant, location
    const std::string key = page.after(list);
    const char* const end = key.data() + key.size();
    const auto first = std::from_chars(key.data(), end, after.first);
    if (first.ec == std::errc{} && first.ptr != end)
        std::from_chars(first.ptr + 1, end, after.second);
    std::vector<SkuLevel> rows;
    session.query(
        sql, {scope.tenant, after.first, after.second, page.limit + 1}, [&](const store::Row& row) {
            rows.push_back({row.integer(0),
                            row.integer(1),
                            row.string(2),
                            {row.integer(1), row.string(3), row.integer(4), row.integer(5),
                             row.integer(6), row.integer(7), row.time(8)}});
        });
    return store::pageOf(list, page, std::move(rows), [](const SkuLevel& row) {
        return std::to_string(row.variant) + ":" + std::to_string(row.location);
    });
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
                                             const store::PageRequest& page) const
{
    return levelsPage(session, scope, page, "levels", selectAllLevels);
}

store::Page<SkuLevel> StockReader::low(store::Session& session, const Scope& scope,
                                       const store::PageRequest& page) const
{
    return levelsPage(session, scope, page, "levels.low", selectLow);
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

store::Page<ExceptionRow> StockReader::exceptions(store::Session& session, const Scope& scope,
                                                  const ExceptionQuery& query,
                                                  const store::PageRequest& page) const
{
    const char* list = query.resolved ? "exceptions.resolved" : "exceptions";
    std::vector<ExceptionRow> rows;
    session.query(query.resolved ? selectResolvedExceptions : selectOpenExceptions,
                  {scope.tenant, query.kind, before(page, list), page.limit + 1},
                  [&](const store::Row& row) {
                      rows.push_back({row.integer(0), row.string(1), row.string(2), row.string(3),
                                      row.string(4), row.time(5), row.maybeTime(6)});
                  });
    return store::pageOf(list, page, std::move(rows), idOf<ExceptionRow>);
}

} // namespace spokehub::stock
