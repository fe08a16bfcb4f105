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
          FROM (SELECT variant_id, location_id, 1 AS present, on_hand, 0 AS moved, reserved, 0 AS reserved_moved, 0 AS held
                FROM stock_level WHERE tenant_id = $1 AND variant_id > $2 AND variant_id <= $3
                UNION ALL
                SELECT variant_id, location_id, 0, 0, on_hand_delta, 0, reserved_delta, 0
                FROM stock_movement WHERE tenant_id = $1 AND variant_id > $2 AND variant_id <= $3
                UNION ALL
                SELECT variant_id, location_id, 0, 0, 0, 0, 0, quantity
                FROM reservation WHERE tenant_id = $1 AND variant_id > $2 AND variant_id <= $3 AND quantity > 0) AS every
          GROUP BY variant_id, location_id) AS sums
    LEFT JOIN variant ON variant.tenant_id = $1 AND variant.id = sums.variant_id
    LEFT JOIN location ON location.tenant_id = $1 AND location.id = sums.location_id
    WHERE sums.on_hand <> sums.moved OR sums.reserved <> sums.reserved_moved OR sums.reserved <> sums.held
    ORDER BY sums.variant_id, sums.location_id)"};

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
                 "on_hand " + std::to_string(row.integer(6)) + ", reserved " +
                     std::to_string(row.integer(9)),
                 "no row", "with the hub stopped, insert the row with what is expected"});
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
