#include "ops/Checks.h"

#include "stock/Book.h"

namespace spokehub::ops
{

namespace
{

constexpr store::Sql nextVariants = {
    "SELECT id FROM variant WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3"};

// A sum of integers is a number of any size on PostgreSQL, so it is cast.
constexpr store::Sql wrongLevels = {R"(
    SELECT sums.variant_id, sums.location_id, COALESCE(variant.sku, ''), COALESCE(location.name, ''),
           sums.present, sums.on_hand, sums.moved, sums.reserved, sums.reserved_moved, sums.held
    FROM (SELECT variant_id, location_id, MAX(present) AS present,
                 CAST(SUM(on_hand) AS BIGINT) AS on_hand, CAST(SUM(moved) AS BIGINT) AS moved,
                 CAST(SUM(reserved) AS BIGINT) AS reserved, CAST(SUM(reserved_moved) AS BIGINT) AS reserved_moved,
                 CAST(SUM(held) AS BIGINT) AS held
          FROM (SELECT l.variant_id, l.location_id, 1 AS present, l.on_hand, COALESCE(m.on_hand, 0) AS moved,
                       l.reserved, COALESCE(m.reserved, 0) AS reserved_moved, 0 AS held
                FROM stock_level l
                LEFT JOIN stock_movement m ON m.tenant_id = l.tenant_id AND m.id = l.last_movement_id
                                          AND m.variant_id = l.variant_id AND m.location_id = l.location_id
                WHERE l.tenant_id = $1 AND l.variant_id > $2 AND l.variant_id <= $3
                UNION ALL
                SELECT variant_id, location_id, 0, 0, 0, 0, 0, quantity
                FROM reservation WHERE tenant_id = $1 AND variant_id > $2 AND variant_id <= $3 AND quantity > 0) AS every
          GROUP BY variant_id, location_id) AS sums
    LEFT JOIN variant ON variant.tenant_id = $1 AND variant.id = sums.variant_id
    LEFT JOIN location ON location.tenant_id = $1 AND location.id = sums.location_id
    WHERE sums.on_hand <> sums.moved OR sums.reserved <> sums.reserved_moved OR sums.reserved <> sums.held
    ORDER BY sums.variant_id, sums.location_id)"};

constexpr store::Sql nextMovements = {
    "SELECT id FROM stock_movement WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3"};

// Each follows from the one before it, and is followed by another or is its level's last.
constexpr store::Sql wrongMovements = {R"(
    SELECT m.id, m.variant_id, m.location_id, COALESCE(variant.sku, ''), COALESCE(location.name, ''),
           m.on_hand, COALESCE(before.on_hand, 0) + m.on_hand_delta,
           m.reserved, COALESCE(before.reserved, 0) + m.reserved_delta,
           CASE WHEN m.previous_id IS NOT NULL AND before.id IS NULL THEN 1 ELSE 0 END,
           CASE WHEN after.id IS NULL AND l.variant_id IS NULL THEN 1 ELSE 0 END
    FROM stock_movement m
    LEFT JOIN stock_movement before ON before.tenant_id = m.tenant_id AND before.id = m.previous_id
                                   AND before.variant_id = m.variant_id AND before.location_id = m.location_id
    LEFT JOIN stock_movement after ON after.tenant_id = m.tenant_id AND after.previous_id = m.id
    LEFT JOIN stock_level l ON l.tenant_id = m.tenant_id AND l.variant_id = m.variant_id
                           AND l.location_id = m.location_id AND l.last_movement_id = m.id
    LEFT JOIN variant ON variant.tenant_id = m.tenant_id AND variant.id = m.variant_id
    LEFT JOIN location ON location.tenant_id = m.tenant_id AND location.id = m.location_id
    WHERE m.tenant_id = $1 AND m.id > $2 AND m.id <= $3
      AND (m.on_hand <> COALESCE(before.on_hand, 0) + m.on_hand_delta
           OR m.reserved <> COALESCE(before.reserved, 0) + m.reserved_delta
           OR (m.previous_id IS NOT NULL AND before.id IS NULL)
           OR (after.id IS NULL AND l.variant_id IS NULL))
    ORDER BY m.id)"};

constexpr store::Sql nextOwners = {R"(
    SELECT owner_id FROM reservation WHERE tenant_id = $1 AND owner_id > $2
    ORDER BY owner_id, variant_id, location_id LIMIT $3)"};

// 1: of an order line; 1: active
constexpr store::Sql wrongHolds = {R"(
    SELECT r.owner_id, r.owner_kind, r.quantity, r.state, COALESCE(v.sku, ''), r.variant_id,
           COALESCE(r.order_id, 0)
    FROM reservation r
    LEFT JOIN order_line l ON r.owner_kind = 1 AND l.tenant_id = r.tenant_id AND l.order_id = r.order_id AND l.id = r.owner_id
    LEFT JOIN variant v ON v.tenant_id = r.tenant_id AND v.id = r.variant_id
    WHERE r.tenant_id = $1 AND r.owner_id > $2 AND r.owner_id <= $3 AND r.quantity > 0
      AND ((r.owner_kind = 1 AND l.id IS NULL) OR (r.owner_kind <> 1 AND r.state <> 1))
    ORDER BY r.owner_id)"};

constexpr const char* writtenBeside =
    "something but the hub wrote the table; with the hub stopped, set the column to what is "
    "expected, then count the shelf";

using Ids = std::vector<std::pair<std::string, std::string>>;

std::string named(const std::string& name, const char* prefix, Id id)
{
    return name.empty() ? showId(prefix, id) : name;
}

} // namespace

void checkLevels(const Doctor::Parts&, Doctor::Look& look)
{
    const Id after = look.place.after;
    const Id last = nextRange(look, nextVariants);
    look.session.query(wrongLevels, {look.tenant, after, last}, [&](const store::Row& row) {
        const Ids ids = {{"sku", named(row.string(2), "var", row.integer(0))},
                         {"location", named(row.string(3), "loc", row.integer(1))}};
        const auto report = [&](const char* what, int expected, int found, const char* remedy) {
            look.step.found.push_back({"stock_level", ids, what,
                                       std::to_string(row.integer(expected)),
                                       std::to_string(row.integer(found)), remedy});
        };
        if (row.integer(4) == 0) {
            look.step.found.push_back(
                {"stock_level", ids, "row",
                 "a level of which " + std::to_string(row.integer(9)) + " are reserved", "no row",
                 "with the hub stopped, insert the row with what its last movement left"});
            return;
        }
        if (row.integer(5) != row.integer(6))
            report("on_hand, by movements", 6, 5, writtenBeside);
        if (row.integer(7) != row.integer(8))
            report("reserved, by movements", 8, 7, writtenBeside);
        if (row.integer(7) != row.integer(9))
            report("reserved, by reservations", 9, 7, writtenBeside);
    });
}

void checkMovements(const Doctor::Parts&, Doctor::Look& look)
{
    const Id after = look.place.after;
    const Id last = nextRange(look, nextMovements);
    look.session.query(wrongMovements, {look.tenant, after, last}, [&](const store::Row& row) {
        const Ids ids = {{"movement", showId("mov", row.integer(0))},
                         {"sku", named(row.string(3), "var", row.integer(1))},
                         {"location", named(row.string(4), "loc", row.integer(2))}};
        const auto report = [&](const char* what, std::string expected, std::string found) {
            look.step.found.push_back({"stock_movement", ids, what, std::move(expected),
                                       std::move(found),
                                       "something but the hub wrote the table; the history of the "
                                       "SKU is not to be trusted before this: count the shelf"});
        };
        if (row.integer(9) != 0)
            return report("previous_id", "the movement of the level before it", "no such row");
        if (row.integer(5) != row.integer(6))
            report("on_hand", std::to_string(row.integer(6)), std::to_string(row.integer(5)));
        if (row.integer(7) != row.integer(8))
            report("reserved", std::to_string(row.integer(8)), std::to_string(row.integer(7)));
        if (row.integer(10) != 0)
            report("row", "another movement after it, or the level's last one", "neither");
    });
}

void checkReservations(const Doctor::Parts&, Doctor::Look& look)
{
    const Id after = look.place.after;
    const Id last = nextRange(look, nextOwners);
    look.session.query(wrongHolds, {look.tenant, after, last}, [&](const store::Row& row) {
        const bool line = row.integer(1) == static_cast<int>(stock::OwnerKind::Line);
        Ids ids = {{line ? "line" : "reservation", showId(line ? "oln" : "res", row.integer(0))},
                   {"sku", named(row.string(4), "var", row.integer(5))}};
        if (line)
            ids.emplace_back("order", showId("ord", row.integer(6)));
        look.step.found.push_back(
            {"reservation", std::move(ids), "quantity", "0", std::to_string(row.integer(2)),
             line ? "its order line is gone: with the hub stopped, delete the row and take its "
                    "quantity off the level, with a movement"
                  : "it has ended: with the hub stopped, set it to 0 and take its quantity off the "
                    "level, with a movement"});
    });
}

} // namespace spokehub::ops
