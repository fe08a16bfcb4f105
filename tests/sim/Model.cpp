#include "sim/Model.h"

#include "core/Id.h"

#include <algorithm>
#include <numeric>

namespace spokehub::sim
{

namespace
{

using Where = std::pair<std::string, std::string>; // SKU, location

struct Level
{
    std::int64_t onHand = 0, reserved = 0, safety = 0;
};

const Recipe& recipeOf(const std::string& sku)
{
    for (const Recipe& recipe : catalogue())
        if (recipe.sku == sku)
            return recipe;
    throw Failed("there is no recipe of " + sku);
}

void same(const std::string& what, std::int64_t expected, std::int64_t found)
{
    if (expected != found)
        throw Failed(what + ": " + std::to_string(found) + " instead of " +
                     std::to_string(expected));
}

template <class Visit>
void each(store::Database& database, const std::string& sql, const Visit& visit)
{
    database.read([&](store::Session& session) {
        session.queryText(sql, {}, [&](const store::Row& row) { visit(row); });
    });
}

} // namespace

/// What stands in the store.
struct Model::Found
{
    struct Line
    {
        std::int64_t id = 0, ordered = 0, cancelled = 0, shipped = 0, returned = 0, target = 0,
                     shortage = 0;
    };
    struct Order
    {
        std::string payment;
        std::map<std::string, Line> lines;
    };
    struct Reservation
    {
        int state = 0;
        std::map<std::string, std::int64_t> held; // by SKU of the part
    };

    std::map<Where, Level> levels;
    std::map<std::string, Order> orders;                                      // by external id
    std::map<std::pair<std::int64_t, std::string>, std::int64_t> held;        // owner, SKU
    std::map<std::pair<std::int64_t, std::string>, std::int64_t> leftForLine; // line, SKU
    std::map<std::string, std::int64_t> countedOut; // SKU: units that nobody knew of
    std::map<std::string, std::int64_t> adjusted;   // cause: delta
    std::map<std::string, std::int64_t> stood;      // cause: on hand after it
    std::map<std::int64_t, Reservation> reservations;
    std::set<std::string> cancelledOtherwise; // orders of which nothing is kept
    std::set<std::string> cancelFacts;        // orders
    std::set<std::string> cut;                // reservations that lost units
    std::map<std::string, std::int64_t> left; // SKU: units that must have left, by the model
};

void Model::checkSums()
{
    each(_database, R"(
        SELECT v.sku, p.name, l.on_hand, l.reserved,
               (SELECT COALESCE(SUM(m.on_hand_delta), 0) FROM stock_movement m
                WHERE m.tenant_id = l.tenant_id AND m.variant_id = l.variant_id AND m.location_id = l.location_id),
               (SELECT COALESCE(SUM(m.reserved_delta), 0) FROM stock_movement m
                WHERE m.tenant_id = l.tenant_id AND m.variant_id = l.variant_id AND m.location_id = l.location_id),
               (SELECT COALESCE(SUM(r.quantity), 0) FROM reservation r
                WHERE r.tenant_id = l.tenant_id AND r.variant_id = l.variant_id AND r.location_id = l.location_id)
        FROM stock_level l JOIN variant v ON v.id = l.variant_id JOIN location p ON p.id = l.location_id)",
         [](const store::Row& row) {
             const std::string where = row.string(0) + " at " + row.string(1);
             same(where + ": on hand against its movements", row.integer(4), row.integer(2));
             same(where + ": reserved against its movements", row.integer(5), row.integer(3));
             same(where + ": reserved against its holds", row.integer(6), row.integer(3));
             if (row.integer(3) < 0 || row.integer(3) > row.integer(2))
                 throw Failed(where + ": oversold");
         });
}

std::string Model::waiting()
{
    std::string what;
    each(_database, "SELECT COUNT(*) FROM inbox_message WHERE state = 1", [&](const auto& row) {
        if (row.integer(0) > 0)
            what += std::to_string(row.integer(0)) + " messages ";
    });
    each(_database,
         "SELECT c.name, t.kind, t.state, t.class, t.reason, t.next_attempt_at FROM task t JOIN "
         "channel c ON c.id = "
         "t.channel_id WHERE t.state IN (1, 2)",
         [&](const auto& row) {
             what += "task of " + row.string(0) + " kind " + std::to_string(row.integer(1)) +
                     " state " + std::to_string(row.integer(2)) + " class " +
                     std::to_string(row.integer(3)) + " " + row.string(4) + " next at " +
                     toIso({row.integer(5)}) + "; ";
         });
    return what;
}

void Model::checkNothingWaits()
{
    if (const std::string what = waiting(); !what.empty())
        throw Failed("still waiting when all is quiet: " + what);
    each(
        _database,
        "SELECT message_id, reason FROM inbox_message WHERE state = 3 AND topic <> 'orders/poison'",
        [](const auto& row) {
            throw Failed("message " + row.string(0) + " failed: " + row.string(1));
        });
    each(_database,
         "SELECT c.name, t.kind, t.reason FROM task t JOIN channel c ON c.id = t.channel_id WHERE "
         "t.state = 4 AND NOT "
         "(t.kind = 2 AND t.reason = 'these units are not open')",
         [](const auto& row) {
             throw Failed("a task of " + row.string(0) +
                          " failed although the shop is well: " + row.string(2));
         });
    each(_database, "SELECT name, paused_reason FROM channel WHERE paused = 1",
         [](const auto& row) {
             throw Failed("channel " + row.string(0) + " is paused: " + row.string(1));
         });
}

void Model::checkAll()
{
    checkSums();
    checkNothingWaits();
    Found found;
    load(found);
    checkOrders(found);
    checkReservations(found);
    checkLevels(found);
    checkShops(found);
}

void Model::load(Found& found)
{
    each(_database,
         "SELECT v.sku, p.name, l.on_hand, l.reserved, l.safety_stock FROM stock_level l JOIN "
         "variant v "
         "ON v.id = l.variant_id JOIN location p ON p.id = l.location_id",
         [&](const auto& row) {
             found.levels[{row.string(0), row.string(1)}] = {row.integer(2), row.integer(3),
                                                             row.integer(4)};
         });
    each(_database,
         "SELECT o.external_id, o.payment_status, l.external_line_id, l.id, l.ordered, "
         "l.cancelled, l.shipped, "
         "l.returned, l.target, l.short FROM sales_order o JOIN order_line l ON l.order_id = o.id",
         [&](const auto& row) {
             auto& order = found.orders[row.string(0)];
             order.payment = row.string(1);
             order.lines[row.string(2)] = {row.integer(3), row.integer(4), row.integer(5),
                                           row.integer(6), row.integer(7), row.integer(8),
                                           row.integer(9)};
         });
    each(_database,
         "SELECT r.owner_id, v.sku, SUM(r.quantity), MAX(r.state), MAX(r.owner_kind) FROM "
         "reservation r JOIN "
         "variant v ON v.id = r.variant_id GROUP BY r.owner_id, v.sku",
         [&](const auto& row) {
             found.held[{row.integer(0), row.string(1)}] = row.integer(2);
             if (row.integer(4) != 2)
                 return;
             auto& reservation = found.reservations[row.integer(0)];
             reservation.state = static_cast<int>(row.integer(3));
             reservation.held[row.string(1)] = row.integer(2);
         });
    std::map<Where, std::int64_t> running;
    each(_database,
         "SELECT m.owner_id, v.sku, m.kind, m.on_hand_delta, m.cause, p.name FROM stock_movement m "
         "JOIN variant "
         "v ON v.id = m.variant_id JOIN location p ON p.id = m.location_id ORDER BY m.id",
         [&](const auto& row) {
             const std::int64_t owner = row.isNull(0) ? 0 : row.integer(0);
             const std::string sku = row.string(1), cause = row.string(4);
             const std::int64_t delta = row.integer(3);
             const std::int64_t now = running[{sku, row.string(5)}] += delta;
             if (cause.starts_with("req-")) {
                 found.adjusted[cause] += delta;
                 if (delta != 0)
                     found.stood[cause] = now;
             } else if (owner == 0)
                 found.countedOut[sku] += delta;
             else
                 found.leftForLine[{owner, sku}] -= delta;
         });
    each(_database, "SELECT external_id FROM order_fact WHERE fact_key = 'cancel'",
         [&](const auto& row) { found.cancelFacts.insert(row.string(0)); });
    each(_database, "SELECT external_id FROM sales_order WHERE status = 'cancelled'",
         [&](const auto& row) { found.cancelledOtherwise.insert(row.string(0)); });
    each(_database, "SELECT subject FROM exception WHERE kind = 'reservation_cut'",
         [&](const auto& row) { found.cut.insert(row.string(0)); });
}

void Model::checkOrders(Found& found)
{
    std::size_t known = 0;
    for (const auto& shop : _shops)
        for (const auto& [id, order] : shop->orders) {
            checkOrder(found, *shop, order);
            ++known;
        }
    if (found.orders.size() != known)
        throw Failed(std::to_string(found.orders.size()) + " orders instead of " +
                     std::to_string(known));
    for (const std::string& order : _diary.cancelled)
        if (!found.cancelFacts.contains(order) && !found.cancelledOtherwise.contains(order))
            throw Failed("the hub forgot that order " + order + " was cancelled");
}

void Model::checkOrder(Found& found, const Shop& shop, const ShopOrder& order)
{
    const auto stored = found.orders.find(order.id);
    if (stored == found.orders.end())
        throw Failed("order " + order.id + " never arrived");
    if (order.paid != (stored->second.payment == "paid"))
        throw Failed("order " + order.id + " is " + stored->second.payment);
    const bool cancelled = found.cancelFacts.contains(order.id);
    if (cancelled && !order.cancelled && !_diary.cancelTried.contains(order.id))
        throw Failed("nobody cancelled order " + order.id);
    same("lines of " + order.id, static_cast<std::int64_t>(order.lines.size()),
         static_cast<std::int64_t>(stored->second.lines.size()));

    for (const ShopLine& line : order.lines) {
        std::int64_t reported = order.fulfilled(line.id);
        for (const auto& [tracking, own] : _diary.shipped) {
            const bool there = std::ranges::any_of(order.fulfilments, [&](const Fulfilment& each) {
                return each.tracking == tracking;
            });
            if (own.order == order.id &&
                !there) // the shop did not want it: the goods left all the same
                for (const Units& units : own.units)
                    reported += units.line == line.id ? units.quantity : 0;
        }
        const std::int64_t refunded = order.refunded(line.id, "cancel");
        const std::int64_t shipped = std::min(reported, line.quantity - refunded);
        const std::int64_t owed =
            cancelled ? 0 : std::min(order.open(line), line.quantity - refunded - shipped);
        const std::int64_t returned = std::min(order.refunded(line.id, "return"), shipped);

        const Found::Line& have = stored->second.lines[line.id];
        const std::string what = "line " + line.id + " of " + order.id + ": ";
        same(what + "ordered", line.quantity, have.ordered);
        same(what + "shipped", shipped, have.shipped);
        same(what + "returned", returned, have.returned);
        same(what + "owed", owed, have.target);
        same(what + "cancelled", line.quantity - shipped - owed, have.cancelled);
        for (const auto& [part, per] : recipeOf(shop.products[line.product].sku).parts) {
            const std::int64_t units = per * shop.traits.unitsPerSale;
            same(what + "held of " + part, (owed - have.shortage) * units,
                 found.held[{have.id, part}]);
            same(what + "left of " + part, (shipped - returned) * units,
                 found.leftForLine[{have.id, part}]);
            found.left[part] += (shipped - returned) * units;
        }
    }
}

void Model::checkReservations(Found& found)
{
    for (auto& [id, stored] : found.reservations) {
        const auto known = _diary.reserved.find(id);
        if (known == _diary.reserved.end())
            throw Failed("nobody asked for reservation " + std::to_string(id));
        const Diary::Reserved& asked = known->second;
        const std::string what = "reservation " + std::to_string(id) + " of " + asked.sku;
        const int wanted = asked.ended == "released" ? 2 : asked.ended == "committed" ? 3 : 0;
        if (wanted != 0 && stored.state != wanted)
            throw Failed(what + " was " + asked.ended + " and is in state " +
                         std::to_string(stored.state));
        if (wanted == 0 && stored.state == 4 && !asked.expiresAt)
            throw Failed(what + " expired, although it had no time");
        const bool cut = found.cut.contains(showId("res", id));
        for (const auto& [part, per] : recipeOf(asked.sku).parts) {
            const std::int64_t held = stored.held[part];
            const std::int64_t should = stored.state == 1 ? asked.units * per : 0;
            if (held > should || (held < should && !cut))
                same(what + ": held of " + part, should, held);
            if (stored.state != 3)
                continue;
            const std::int64_t gone = found.leftForLine[{id, part}];
            if (gone > asked.units * per || (gone < asked.units * per && !cut))
                same(what + ": left of " + part, asked.units * per, gone);
            found.left[part] += gone;
        }
    }
    same("reservations", static_cast<std::int64_t>(_diary.reserved.size()),
         static_cast<std::int64_t>(found.reservations.size()));
}

void Model::checkLevels(Found& found)
{
    std::map<std::string, std::int64_t> total;
    for (const Diary::Adjusted& each : _diary.adjusted) {
        const std::int64_t delta = found.adjusted[each.cause];
        if (!each.counted)
            same("request " + each.cause + " moved", each.units, delta);
        else if (delta != 0)
            same("counted by request " + each.cause, each.units, found.stood[each.cause]);
        total[each.sku] += delta;
        found.adjusted.erase(each.cause);
    }
    for (const auto& [cause, delta] : found.adjusted)
        if (delta != 0)
            throw Failed("nobody was told that request " + cause + " is done");
    for (const Recipe& recipe : catalogue()) {
        if (recipe.parts.size() > 1)
            continue;
        const std::string& sku = recipe.sku;
        if (found.countedOut[sku] < 0)
            throw Failed(sku + ": units were counted away by themselves");
        std::int64_t onHand = 0;
        for (const auto& [where, level] : found.levels)
            onHand += where.first == sku ? level.onHand : 0;
        same(sku + ": on hand everywhere", total[sku] - found.left[sku] + found.countedOut[sku],
             onHand);
    }
}

void Model::checkShops(Found& found)
{
    const auto freeAt = [&](const std::string& sku, const std::string& location, bool keepSafety) {
        std::int64_t least = INT64_MAX;
        for (const auto& [part, per] : recipeOf(sku).parts) {
            const Level level = found.levels[{part, location}];
            const std::int64_t units =
                level.onHand - level.reserved - (keepSafety ? level.safety : 0);
            least = std::min(least, std::max<std::int64_t>(0, units) / per);
        }
        return least;
    };
    for (std::size_t i = 0; i < _shops.size(); ++i) {
        const Shop& shop = *_shops[i];
        const ShopSetting& setting = shopSettings()[i];
        std::map<std::string, std::int64_t> gaps;
        each(_database,
             "SELECT l.external_id, l.gap FROM listing l JOIN channel c ON c.id = l.channel_id "
             "WHERE c.name = '" +
                 shop.traits.name + "'",
             [&](const auto& row) { gaps[row.string(0)] = row.integer(1); });
        for (const Product& product : shop.products) {
            std::int64_t units = 0;
            for (const std::string& location : setting.locations)
                units += freeAt(product.sku, location, true);
            units = std::max<std::int64_t>(0, units - setting.buffer) * setting.percent / 100;
            units /= shop.traits.unitsPerSale;
            const std::int64_t gap = gaps[product.id];
            if (gap > product.lost)
                throw Failed(product.id + ": a gap of " + std::to_string(gap) +
                             " that nothing made");
            same(product.id + " shows", std::max<std::int64_t>(0, units - gap), product.shown);
        }
        for (const auto& [id, order] : shop.orders)
            for (const ShopLine& line : order.lines)
                for (const std::string& location : setting.locations)
                    if (found.orders[id].lines[line.id].shortage > 0 &&
                        freeAt(shop.products[line.product].sku, location, false) /
                                shop.traits.unitsPerSale >
                            0)
                        throw Failed("line " + line.id + " of " + id + " is short of " +
                                     shop.products[line.product].sku + ", which lies free at " +
                                     location);
    }
}

} // namespace spokehub::sim
