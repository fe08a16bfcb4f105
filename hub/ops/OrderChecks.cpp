#include "ops/Checks.h"

#include "orders/OrderState.h"

#include <charconv>
#include <map>

namespace spokehub::ops
{

namespace
{

using stock::Quantity;
using Ids = std::vector<std::pair<std::string, std::string>>;

constexpr store::Sql selectOrders = {R"(
    SELECT id, channel_id, external_id, status FROM sales_order WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3)"};

constexpr store::Sql selectFacts = {R"(
    SELECT {4}, f.fact_key, f.updated_at, f.read_at, f.hash, f.body FROM {each_row} order_fact f
    WHERE f.tenant_id = {1} AND f.channel_id = {2} AND f.external_id = {3})"};

constexpr store::Sql selectLines = {R"(
    SELECT l.order_id, l.id, l.external_line_id, l.variant_id, l.units_per_sale, l.ordered, l.cancelled, l.shipped,
           l.delivered, l.returned, l.target, l.short
    FROM {each_row} order_line l
    WHERE l.tenant_id = {1} AND l.order_id = {2})"};

constexpr store::Sql selectHolds = {R"(
    SELECT {3}, r.owner_id, r.variant_id, CAST(SUM(r.quantity) AS BIGINT) FROM {each_row} reservation r
    WHERE r.tenant_id = {1} AND r.owner_id = {2} AND r.quantity > 0
    GROUP BY {3}, r.owner_id, r.variant_id)"};

constexpr store::Sql selectPlacing = {R"(
    SELECT f.channel_id, f.external_id, o.id FROM order_fact f
    LEFT JOIN sales_order o ON o.tenant_id = f.tenant_id AND o.channel_id = f.channel_id AND o.external_id = f.external_id
    WHERE f.tenant_id = $1 AND (f.external_id, f.channel_id) > ($2, $3) AND f.fact_key = 'order'
    ORDER BY f.external_id, f.channel_id LIMIT $4)"};

struct StoredLine
{
    Id id = 0;
    std::string externalId;
    std::optional<Id> variant;
    Quantity unitsPerSale = 1;
    orders::LineState state;
    Quantity shortage = 0;
    std::map<Id, Quantity> held; // by variant
};

struct StoredOrder
{
    Id id = 0;
    Id channel = 0;
    std::string externalId;
    std::string status;
    std::vector<orders::Fact> facts;
    std::map<Id, StoredLine> lines;
};

using Batch = std::map<Id, StoredOrder>;

Batch readOrders(Doctor::Look& look)
{
    Batch batch;
    look.session.query(selectOrders, {look.tenant, look.place.after, stepRows},
                       [&](const store::Row& row) {
                           batch[row.integer(0)] = {.id = row.integer(0),
                                                    .channel = row.integer(1),
                                                    .externalId = row.string(2),
                                                    .status = row.string(3)};
                       });
    return batch;
}

void readFacts(Doctor::Look& look, Batch& batch)
{
    store::RowSet keys(4);
    for (const auto& [id, order] : batch)
        keys.add({look.tenant, order.channel, order.externalId, id});
    look.session.queryRows(selectFacts, keys, [&](const store::Row& row) {
        batch.at(row.integer(0))
            .facts.push_back(
                {row.string(1), row.time(2), row.time(3), row.integer(4), row.string(5)});
    });
}

void readLines(Doctor::Look& look, Batch& batch)
{
    store::RowSet orders(2);
    store::RowSet owners(3);
    for (const auto& [id, order] : batch)
        orders.add({look.tenant, id});
    look.session.queryRows(selectLines, orders, [&](const store::Row& row) {
        StoredLine line;
        line.id = row.integer(1);
        line.externalId = row.string(2);
        line.variant = row.maybeInteger(3);
        line.unitsPerSale = row.integer(4);
        line.state.ordered = row.integer(5);
        line.state.cancelled = row.integer(6);
        line.state.shipped = row.integer(7);
        line.state.delivered = row.integer(8);
        line.state.returned = row.integer(9);
        line.state.target = row.integer(10);
        line.shortage = row.integer(11);
        owners.add({look.tenant, line.id, row.integer(0)});
        batch.at(row.integer(0)).lines[line.id] = std::move(line);
    });
    look.session.queryRows(selectHolds, owners, [&](const store::Row& row) {
        batch.at(row.integer(0)).lines.at(row.integer(1)).held[row.integer(2)] = row.integer(3);
    });
}

catalog::Recipes readRecipes(const Doctor::Parts& parts, Doctor::Look& look, const Batch& batch)
{
    std::vector<Id> variants;
    for (const auto& [id, order] : batch)
        for (const auto& [key, line] : order.lines)
            if (line.variant)
                variants.push_back(*line.variant);
    return variants.empty() ? catalog::Recipes{}
                            : parts.bundles.recipesOf(look.session, look.tenant, variants);
}

constexpr const char* replayIt =
    "replay the order's last message (spokehub inbox replay), or read the channel's orders again "
    "(spokehub channel sync)";

class OrderCheck
{
public:
    OrderCheck(const StoredOrder& order, const catalog::Recipes& recipes, Doctor::Step& step)
        : _order(order), _recipes(recipes), _step(step)
    {
    }

    void run(const orders::OrderRules& rules)
    {
        const auto derived = orders::deriveOrder(_order.facts, rules);
        if (!derived.placed)
            return report("sales_order", nullptr, "facts", "one that places it", "none",
                          "read the channel's orders again (spokehub channel sync)");
        differs("sales_order", nullptr, "status", orders::name(derived.status), _order.status);
        std::map<std::string_view, const orders::LineState*> shown;
        for (const auto& line : derived.lines)
            shown[line.externalLineId] = &line;
        for (const auto& [id, line] : _order.lines) {
            const auto found = shown.find(line.externalId);
            compare(line, found == shown.end() ? nullptr : found->second);
            if (found != shown.end())
                shown.erase(found);
            holds(line);
        }
        for (const auto& [externalId, line] : shown)
            report("order_line", nullptr, "line " + std::string(externalId), "a row", "no row",
                   replayIt);
    }

private:
    void compare(const StoredLine& line, const orders::LineState* derived)
    {
        const auto& stored = line.state;
        if (derived == nullptr) { // the channel shows it no more
            differs(line, "target", 0, stored.target);
            return;
        }
        differs(line, "ordered", derived->ordered, stored.ordered);
        differs(line, "cancelled", derived->cancelled, stored.cancelled);
        differs(line, "shipped", derived->shipped, stored.shipped);
        differs(line, "delivered", derived->delivered, stored.delivered);
        differs(line, "returned", derived->returned, stored.returned);
        differs(line, "target", derived->target, stored.target);
    }

    /// What a line is owed is held for it, or stands as short.
    void holds(const StoredLine& line)
    {
        std::map<Id, Quantity> expected;
        const Quantity units = line.variant ? line.state.target - line.shortage : 0;
        if (line.variant && units > 0) {
            if (const auto recipe = _recipes.find(*line.variant); recipe != _recipes.end())
                for (const auto& [component, quantity] : recipe->second)
                    expected[component] = units * quantity * line.unitsPerSale;
            else
                expected[*line.variant] = units * line.unitsPerSale;
        }
        for (const auto& [variant, quantity] : line.held)
            expected.try_emplace(variant, 0);
        for (const auto& [variant, quantity] : expected) {
            const auto found = line.held.find(variant);
            differs(line, "held of " + showId("var", variant), quantity,
                    found == line.held.end() ? 0 : found->second);
        }
    }

    void differs(const StoredLine& line, const std::string& what, Quantity expected, Quantity found)
    {
        differs("order_line", &line, what, std::to_string(expected), std::to_string(found));
    }

    void differs(const char* table, const StoredLine* line, const std::string& what,
                 const std::string& expected, const std::string& found)
    {
        if (expected != found)
            report(table, line, what, expected, found, replayIt);
    }

    void report(const char* table, const StoredLine* line, const std::string& what,
                const std::string& expected, const std::string& found, const char* remedy)
    {
        Ids ids = {{"order", showId("ord", _order.id)}, {"external_id", _order.externalId}};
        if (line != nullptr)
            ids.emplace_back("line", showId("oln", line->id));
        _step.found.push_back({table, std::move(ids), what, expected, found, remedy});
    }

    const StoredOrder& _order;
    const catalog::Recipes& _recipes;
    Doctor::Step& _step;
};

} // namespace

void checkOrders(const Doctor::Parts& parts, Doctor::Look& look)
{
    Batch batch = readOrders(look);
    if (batch.empty())
        return;
    readFacts(look, batch);
    readLines(look, batch);
    const auto recipes = readRecipes(parts, look, batch);
    for (const auto& [id, order] : batch)
        OrderCheck(order, recipes, look.step).run(parts.orderRules(look.tenant, order.channel));
    look.step.rows += static_cast<std::int64_t>(batch.size());
    look.more = batch.size() == stepRows;
    look.place.after = batch.rbegin()->first;
}

void checkFacts(const Doctor::Parts& parts, Doctor::Look& look)
{
    int rows = 0;
    const Doctor::Place begun = look.place;
    look.session.query(selectPlacing, {look.tenant, begun.key, begun.after, stepRows},
                       [&](const store::Row& row) {
                           ++rows;
                           look.place.after = row.integer(0);
                           look.place.key = row.string(1);
                           if (!row.isNull(2))
                               return;
                           const auto& rules = parts.orderRules(look.tenant, row.integer(0));
                           look.step.found.push_back(
                               {"sales_order",
                                {{"channel", rules.channelName}, {"external_id", row.string(1)}},
                                "row",
                                "the order that its facts place",
                                "no row",
                                "read the channel's orders again (spokehub channel sync)"});
                       });
    look.step.rows += rows;
    look.more = rows == stepRows;
}

} // namespace spokehub::ops
