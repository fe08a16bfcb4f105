#include "stock/Locations.h"

#include "core/FieldChecks.h"

#include <algorithm>
#include <optional>

namespace spokehub::stock
{

namespace
{

constexpr store::Sql insertLocation{"INSERT INTO location (tenant_id, id, name, title) VALUES ($1, "
                                    "$2, $3, $4) ON CONFLICT DO NOTHING"};
constexpr store::Sql renameLocation{
    "UPDATE location SET title = $1 WHERE tenant_id = $2 AND name = $3 RETURNING id"};
constexpr store::Sql locationsAfter{"SELECT id, name, title FROM location WHERE tenant_id = $1 AND "
                                    "id > $2 ORDER BY id LIMIT $3"};
constexpr store::Sql locationByName{
    "SELECT id, name, title FROM location WHERE tenant_id = $1 AND name = $2"};
constexpr store::Sql freeAt{"SELECT on_hand - reserved FROM stock_level WHERE tenant_id = $1 AND "
                            "variant_id = $2 AND location_id = $3 {lock}"};

bool isPlainWord(std::string_view name)
{
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

} // namespace

Location Locations::create(store::Tx& tx, const Scope& scope, const Location& wanted) const
{
    FieldChecks()
        .text("name", wanted.name, 1, 100)
        .require(isPlainWord(wanted.name), "name",
                 "may hold lower-case letters, digits, - and _ only")
        .text("title", wanted.title, 0, 200)
        .refuse("location");
    const Location location{_ids.next(), wanted.name, wanted.title};
    if (tx.execute(insertLocation, {scope.tenant, location.id, location.name, location.title}) != 1)
        throw Error(Refusal::Conflict, "location " + location.name + " exists already",
                    {{"name", "exists already"}});
    return location;
}

Location Locations::rename(store::Tx& tx, const Scope& scope, const Location& wanted) const
{
    FieldChecks().text("title", wanted.title, 0, 200).refuse("location");
    Location location = wanted;
    tx.query(renameLocation, {wanted.title, scope.tenant, wanted.name},
             [&](const store::Row& row) { location.id = row.integer(0); });
    if (location.id == 0)
        throw Error(Refusal::NotFound, "there is no location " + wanted.name);
    return location;
}

std::optional<Location> Locations::get(store::Session& session, const Scope& scope,
                                       std::string_view name) const
{
    std::optional<Location> found;
    session.query(locationByName, {scope.tenant, name}, [&](const store::Row& row) {
        found = Location{row.integer(0), row.string(1), row.string(2)};
    });
    return found;
}

store::Page<Location> Locations::list(store::Session& session, const Scope& scope,
                                      const store::PageRequest& page) const
{
    constexpr std::string_view name = "locations";
    std::vector<Location> rows;
    session.query(locationsAfter, {scope.tenant, page.afterId(name), page.limit + 1},
                  [&](const store::Row& row) {
                      rows.push_back({row.integer(0), row.string(1), row.string(2)});
                  });
    return store::pageOf(name, page, std::move(rows),
                         [](const Location& location) { return std::to_string(location.id); });
}

Id Locations::require(store::Session& session, const Scope& scope, const std::string& name,
                      const char* field) const
{
    std::optional<Id> id;
    session.query(locationByName, {scope.tenant, name},
                  [&](const store::Row& row) { id = row.integer(0); });
    if (!id)
        throw Error(Refusal::NotFound, "there is no location " + name, {{field, "is not known"}});
    return *id;
}

void Locations::transfer(store::Tx& tx, const Scope& scope, Id variant, const Transfer& wanted,
                         const std::string& cause) const
{
    FieldChecks()
        .number("quantity", wanted.quantity, 1, 1'000'000'000)
        .require(wanted.from != wanted.to, "to", "is where the units are already")
        .refuse("transfer");
    const Id from = require(tx, scope, wanted.from, "from");
    const Id to = require(tx, scope, wanted.to, "to");
    Quantity free = 0;
    tx.query(freeAt, {scope.tenant, variant, from},
             [&](const store::Row& row) { free = row.integer(0); });
    if (free < wanted.quantity)
        throw Error(Refusal::OutOfStock,
                    wanted.sku + ": " + std::to_string(wanted.quantity) + " to move, " +
                        std::to_string(free) + " free at " + wanted.from,
                    {{"quantity", "more than is free"}});
    const auto change = [&](Id location, Quantity units) {
        return AdjustRequest{.tenant = scope.tenant,
                             .variant = variant,
                             .location = location,
                             .name = wanted.sku,
                             .kind = MovementKind::Transfer,
                             .onHand = units,
                             .cause = {cause, scope.actor, wanted.reason}};
    };
    Together both;
    both.parts.emplace_back(change(from, -wanted.quantity));
    both.parts.emplace_back(change(to, wanted.quantity));
    const StockRequest request = std::move(both);
    if (const auto refusal = _ledger.settle(tx, {&request, 1}).refusals.at(0))
        std::rethrow_exception(refusal);
}

} // namespace spokehub::stock
