#include "stock/Items.h"

#include "core/FieldChecks.h"
#include "store/ListText.h"

#include <algorithm>
#include <array>

namespace spokehub::stock
{

namespace
{

// Reserved is not kept: it is what the reservation says. One that was committed took the unit away.
#define STATUS                                                                                     \
    "CASE WHEN i.state = 1 AND r.state = 1 THEN 5 WHEN i.state = 1 AND r.state = 3 THEN 2 ELSE "   \
    "i.state END"
#define ITEMS                                                                                      \
    "FROM inventory_item i JOIN variant v ON v.tenant_id = i.tenant_id AND v.id = i.variant_id "   \
    "JOIN location l ON l.tenant_id = i.tenant_id AND l.id = i.location_id LEFT JOIN reservation " \
    "r ON r.tenant_id = i.tenant_id AND r.owner_id = i.reservation_id AND r.variant_id = "         \
    "i.variant_id "
#define ITEM_COLUMNS                                                                               \
    "SELECT i.id, i.variant_id, v.sku, l.name, i.serial, " STATUS                                  \
    ", i.reservation_id, i.order_id, i.cost, i.currency, i.note, i.created_at, i.updated_at, "     \
    "i.location_id " ITEMS

constexpr store::Sql itemById{ITEM_COLUMNS "WHERE i.tenant_id = $1 AND i.id = $2"};
// Two that take the same unit: the second waits and then sees what became of it.
constexpr store::Sql lockItem{
    "SELECT id FROM inventory_item WHERE tenant_id = $1 AND id = $2 {lock}"};
constexpr store::Sql itemBySerial{ITEM_COLUMNS "WHERE i.tenant_id = $1 AND i.serial = $2"};
constexpr store::Sql summaryOf{"SELECT " STATUS ", COUNT(*) " ITEMS
                               "WHERE i.tenant_id = $1 AND i.variant_id = $2 GROUP BY 1 ORDER BY "
                               "1"};
constexpr store::Sql valueOf{
    "SELECT i.currency, COUNT(*), CAST(SUM(i.cost) AS BIGINT) " ITEMS
    "WHERE i.tenant_id = $1 AND i.state = 1 AND (r.state IS NULL OR r.state <> 3) "
    "GROUP BY i.currency ORDER BY i.currency"};

constexpr store::Sql insertItem{
    "INSERT INTO inventory_item (tenant_id, id, variant_id, location_id, serial, state, cost, "
    "currency, note, created_at, updated_at) SELECT $1, $2, $3, l.id, $4, 1, $5, $6, $7, $8, $8 "
    "FROM location l WHERE l.tenant_id = $1 AND l.name = $9 ON CONFLICT DO NOTHING"};
constexpr store::Sql updateItem{
    "UPDATE inventory_item SET location_id = $1, state = $2, reservation_id = $3, order_id = $4, "
    "note = $5, updated_at = $6 WHERE tenant_id = $7 AND id = $8"};
constexpr store::Sql locationByName{"SELECT id FROM location WHERE tenant_id = $1 AND name = $2"};
constexpr store::Sql isBundle{
    "SELECT component_id FROM bundle_component WHERE tenant_id = $1 AND bundle_id = $2 LIMIT 1"};
constexpr store::Sql onHandAt{"SELECT on_hand FROM stock_level WHERE tenant_id = $1 AND variant_id "
                              "= $2 AND location_id = $3 {lock}"};
constexpr store::Sql freeAt{"SELECT on_hand - reserved FROM stock_level WHERE tenant_id = $1 AND "
                            "variant_id = $2 AND location_id = $3 {lock}"};
constexpr store::Sql serialsAt{"SELECT COUNT(*) " ITEMS
                               "WHERE i.tenant_id = $1 AND i.variant_id = $2 AND i.location_id = "
                               "$3 AND i.state = 1 AND (r.state IS NULL OR r.state <> 3)"};
constexpr store::Sql shippedOf{
    "SELECT CAST(COALESCE(SUM(shipped * units_per_sale), 0) AS BIGINT) FROM order_line WHERE "
    "tenant_id = $1 AND order_id = $2 AND variant_id = $3"};
constexpr store::Sql soldWith{"SELECT COUNT(*) FROM inventory_item WHERE tenant_id = $1 AND "
                              "variant_id = $2 AND order_id = $3 AND state = 2"};

constexpr std::array<std::string_view, 6> statusNames = {"",    "AVAILABLE", "SOLD",
                                                         "RMA", "DAMAGED",   "RESERVED"};

Item itemOf(const store::Row& row)
{
    return {.id = row.integer(0),
            .variant = row.integer(1),
            .sku = row.string(2),
            .location = row.string(3),
            .serial = row.string(4),
            .status = static_cast<ItemStatus>(row.integer(5)),
            .reservation = row.maybeInteger(6),
            .order = row.maybeInteger(7),
            .cost = row.integer(8),
            .currency = row.string(9),
            .note = row.string(10),
            .createdAt = row.time(11),
            .updatedAt = row.time(12)};
}

std::int64_t numberOf(store::Session& session, const store::Sql& sql, store::Params params)
{
    std::int64_t number = 0;
    session.query(sql, params, [&](const store::Row& row) { number = row.integer(0); });
    return number;
}

[[noreturn]] void refuse(const Item& item, const std::string& what)
{
    throw Error(Refusal::Conflict,
                "item " + item.serial + " is " + std::string(name(item.status)) + ": " + what);
}

} // namespace

struct Items::Row
{
    Item item;
    Id location = 0;
};

std::string_view name(ItemStatus status)
{
    return statusNames.at(static_cast<std::size_t>(status));
}

std::optional<ItemStatus> itemStatusFromName(std::string_view wanted)
{
    const auto found = std::find(statusNames.begin() + 1, statusNames.end(), wanted);
    if (found == statusNames.end())
        return std::nullopt;
    return static_cast<ItemStatus>(found - statusNames.begin());
}

Items::Row Items::require(store::Tx& tx, const Scope& scope, Id item) const
{
    tx.query(lockItem, {scope.tenant, item}, [](const store::Row&) {});
    std::optional<Row> found;
    tx.query(itemById, {scope.tenant, item}, [&](const store::Row& row) {
        found = Row{itemOf(row), row.integer(13)};
    });
    if (!found)
        throw Error(Refusal::NotFound, "there is no item " + showId("itm", item));
    if (found->item.status != ItemStatus::Reserved)
        found->item.reservation.reset(); // it has ended
    return *std::move(found);
}

Items::Row Items::requireAvailable(store::Tx& tx, const Scope& scope, Id item) const
{
    Row row = require(tx, scope, item);
    if (row.item.status != ItemStatus::Available)
        refuse(row.item, "only an AVAILABLE one can be taken");
    return row;
}

void Items::settle(store::Tx& tx, StockRequest request) const
{
    if (const auto refusal = _ledger.settle(tx, {&request, 1}).refusals.at(0))
        std::rethrow_exception(refusal);
}

AdjustRequest Items::change(const Scope& scope, const Row& row, Id location, MovementKind kind,
                            Quantity units, const std::string& reason,
                            const std::string& cause) const
{
    return {.tenant = scope.tenant,
            .variant = row.item.variant,
            .location = location,
            .name = row.item.sku,
            .kind = kind,
            .onHand = units,
            .cause = {cause, scope.actor, reason}};
}

ReserveRequest Items::hold(const Scope& scope, const Row& row, Id owner,
                           const std::string& reference, const std::string& cause) const
{
    return {.tenant = scope.tenant,
            .owner = owner,
            .subject = row.item.variant,
            .name = row.item.sku,
            .recipe = {{row.item.variant, 1}},
            .quantity = 1,
            .locations = {row.location},
            .reference = reference,
            .cause = {cause, scope.actor, "serial " + row.item.serial}};
}

void Items::put(store::Tx& tx, const Scope& scope, const Row& row) const
{
    const Item& item = row.item;
    const auto state = item.status == ItemStatus::Reserved ? ItemStatus::Available : item.status;
    tx.execute(updateItem, {row.location, static_cast<int>(state), item.reservation, item.order,
                            item.note, _clock.now(), scope.tenant, item.id});
}

Item Items::create(store::Tx& tx, const Scope& scope, Id variant, const NewItem& wanted,
                   const std::string& cause) const
{
    FieldChecks()
        .text("serial", wanted.serial, 1, 100)
        .text("note", wanted.note, 0, 500)
        .text("currency", wanted.currency, 3, 3)
        .number("cost_cents", wanted.cost, 0, 1'000'000'000'000'000)
        .refuse("item");
    if (numberOf(tx, isBundle, {scope.tenant, variant}) != 0)
        throw Error(Refusal::Unprocessable,
                    wanted.sku + " is a bundle: its components have units, it has none");
    const Id location = numberOf(tx, locationByName, {scope.tenant, wanted.location});
    if (location == 0)
        throw Error(Refusal::NotFound, "there is no location " + wanted.location,
                    {{"location", "is not known"}});
    if (!wanted.receive && numberOf(tx, onHandAt, {scope.tenant, variant, location}) <=
                               numberOf(tx, serialsAt, {scope.tenant, variant, location}))
        throw Error(Refusal::Unprocessable, "every unit of " + wanted.sku + " at " +
                                                wanted.location +
                                                " has a serial already: receive this one");
    const Id id = _ids.next();
    if (tx.execute(insertItem, {scope.tenant, id, variant, wanted.serial, wanted.cost,
                                wanted.currency, wanted.note, _clock.now(), wanted.location}) != 1)
        throw Error(Refusal::Conflict, "serial " + wanted.serial + " is known already",
                    {{"serial", "is known already"}});
    const Row row{get(tx, scope, id).value(), location};
    if (wanted.receive)
        settle(tx, change(scope, row, location, MovementKind::Receive, 1, "serial " + wanted.serial,
                          cause));
    return row.item;
}

Item Items::reserve(store::Tx& tx, const Scope& scope, Id item, const std::string& reference,
                    const std::string& cause) const
{
    Row row = requireAvailable(tx, scope, item);
    const Id owner = _ids.next();
    settle(tx, hold(scope, row, owner, reference, cause));
    row.item.reservation = owner;
    put(tx, scope, row);
    return get(tx, scope, item).value();
}

Item Items::release(store::Tx& tx, const Scope& scope, Id item, const std::string& cause) const
{
    Row row = require(tx, scope, item);
    if (!row.item.reservation)
        refuse(row.item, "there is nothing to release");
    settle(tx, EndRequest{scope.tenant,
                          *row.item.reservation,
                          HoldState::Released,
                          {cause, scope.actor, "serial " + row.item.serial}});
    row.item.reservation.reset();
    row.item.status = ItemStatus::Available;
    put(tx, scope, row);
    return get(tx, scope, item).value();
}

Item Items::sell(store::Tx& tx, const Scope& scope, Id item, const std::optional<Id>& order,
                 const std::string& cause) const
{
    Row row = require(tx, scope, item);
    if (row.item.status != ItemStatus::Available && row.item.status != ItemStatus::Reserved)
        refuse(row.item, "it cannot be sold");
    if (order) { // its unit has left by quantity: here is which one it was
        if (row.item.reservation)
            refuse(row.item, "release it first: the order has its own units");
        if (numberOf(tx, shippedOf, {scope.tenant, *order, row.item.variant}) <=
            numberOf(tx, soldWith, {scope.tenant, row.item.variant, *order}))
            throw Error(Refusal::Conflict, "order " + showId("ord", *order) +
                                               " has shipped no further unit of " + row.item.sku);
    } else { // held first, so that it is never one of others'
        Together both;
        if (!row.item.reservation) {
            row.item.reservation = _ids.next();
            both.parts.emplace_back(hold(scope, row, *row.item.reservation, "", cause));
        }
        both.parts.emplace_back(EndRequest{scope.tenant,
                                           *row.item.reservation,
                                           HoldState::Committed,
                                           {cause, scope.actor, "serial " + row.item.serial}});
        settle(tx, std::move(both));
    }
    row.item.status = ItemStatus::Sold;
    row.item.order = order;
    row.item.reservation.reset();
    put(tx, scope, row);
    return get(tx, scope, item).value();
}

Item Items::move(store::Tx& tx, const Scope& scope, Id item, const std::string& location,
                 const std::string& cause) const
{
    Row row = requireAvailable(tx, scope, item);
    const Id to = numberOf(tx, locationByName, {scope.tenant, location});
    if (to == 0)
        throw Error(Refusal::NotFound, "there is no location " + location,
                    {{"location", "is not known"}});
    if (to == row.location)
        return row.item;
    if (numberOf(tx, freeAt, {scope.tenant, row.item.variant, row.location}) < 1)
        throw Error(Refusal::OutOfStock, "every unit of " + row.item.sku + " at " +
                                             row.item.location + " is held for somebody");
    const std::string reason = "serial " + row.item.serial;
    Together both;
    both.parts.emplace_back(
        change(scope, row, row.location, MovementKind::Transfer, -1, reason, cause));
    both.parts.emplace_back(change(scope, row, to, MovementKind::Transfer, 1, reason, cause));
    settle(tx, std::move(both));
    row.location = to;
    put(tx, scope, row);
    return get(tx, scope, item).value();
}

Item Items::setStatus(store::Tx& tx, const Scope& scope, Id item, ItemStatus status,
                      const std::string& reason, const std::string& cause) const
{
    Row row = require(tx, scope, item);
    if (status == ItemStatus::Sold || status == ItemStatus::Reserved)
        throw Error(Refusal::BadRequest, "a status to set is RMA, DAMAGED or AVAILABLE",
                    {{"status", "is set by selling or reserving"}});
    if (row.item.status == status)
        return row.item;
    if (row.item.status == ItemStatus::Reserved)
        refuse(row.item, "release it first");
    const bool onShelf = row.item.status == ItemStatus::Available;
    if (onShelf || status == ItemStatus::Available)
        settle(tx, change(scope, row, row.location,
                          onShelf ? MovementKind::Adjust : MovementKind::Restock, onShelf ? -1 : 1,
                          "serial " + row.item.serial + ": " + reason, cause));
    row.item.status = status;
    row.item.order.reset();
    row.item.note = reason;
    put(tx, scope, row);
    return get(tx, scope, item).value();
}

std::optional<Item> Items::get(store::Session& session, const Scope& scope, Id item) const
{
    std::optional<Item> found;
    session.query(itemById, {scope.tenant, item},
                  [&](const store::Row& row) { found = itemOf(row); });
    return found;
}

std::optional<Item> Items::bySerial(store::Session& session, const Scope& scope,
                                    std::string_view serial) const
{
    std::optional<Item> found;
    session.query(itemBySerial, {scope.tenant, serial},
                  [&](const store::Row& row) { found = itemOf(row); });
    return found;
}

store::Page<Item> Items::list(store::Session& session, const Scope& scope, const ItemQuery& query,
                              const store::PageRequest& page) const
{
    store::ListText text(ITEM_COLUMNS "WHERE i.tenant_id = $1", scope.tenant);
    text.maybe("i.variant_id = ", query.variant).maybe("l.name = ", query.location);
    if (query.status)
        text.where(STATUS " = ", static_cast<std::int64_t>(*query.status));
    return store::readPage(session, {"items", "i.id", "i.updated_at"}, std::move(text), page,
                           query.updatedSince, &Item::updatedAt, itemOf);
}

std::vector<ItemCount> Items::summary(store::Session& session, const Scope& scope, Id variant) const
{
    std::vector<ItemCount> counts;
    session.query(summaryOf, {scope.tenant, variant}, [&](const store::Row& row) {
        counts.push_back({static_cast<ItemStatus>(row.integer(0)), row.integer(1)});
    });
    return counts;
}

std::vector<ItemValue> Items::value(store::Session& session, const Scope& scope) const
{
    std::vector<ItemValue> values;
    session.query(valueOf, {scope.tenant}, [&](const store::Row& row) {
        values.push_back({row.string(0), row.integer(1), row.integer(2)});
    });
    return values;
}

} // namespace spokehub::stock
