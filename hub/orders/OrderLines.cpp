#include "orders/OrderLines.h"

#include <algorithm>
#include <map>

namespace spokehub::orders
{

namespace
{

constexpr store::Sql selectShortLines = {R"(
    SELECT l.tenant_id, l.order_id, l.id, l.variant_id, l.units_per_sale, l.target, l.short, o.channel_id, o.placed_at
    FROM {each_row} order_line l
    JOIN sales_order o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
    WHERE l.tenant_id = {1} AND l.variant_id = {2} AND l.short > 0)"};

constexpr store::Sql selectLinesByKey = {R"(
    SELECT l.tenant_id, l.order_id, l.id, l.variant_id, l.units_per_sale, l.target, l.short, o.channel_id, o.placed_at
    FROM {each_row} order_line l
    JOIN sales_order o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
    WHERE l.tenant_id = {1} AND l.order_id = {2} AND l.id = {3})"};

constexpr store::Sql updateShortage = {R"(
    UPDATE order_line SET short = {4} {from_rows}
    WHERE order_line.tenant_id = {1} AND order_line.order_id = {2} AND order_line.id = {3})"};

constexpr Quantity perMax = 1'000'000'000; // beyond any stock; larger sums need not be counted

} // namespace

stock::Recipe recipeOf(const catalog::Recipes& recipes, Id variant, Quantity unitsPerSale)
{
    stock::Recipe recipe;
    if (const auto found = recipes.find(variant); found != recipes.end())
        for (const auto& [component, quantity] : found->second)
            recipe.push_back(
                {component, std::min(std::min(quantity, perMax) * unitsPerSale, perMax)});
    else
        recipe.push_back({variant, unitsPerSale});
    return recipe;
}

std::vector<stock::Line> OrderLines::linesFrom(store::Tx& tx, const store::Sql& sql,
                                               const store::RowSet& rows)
{
    struct Found
    {
        stock::Line line;
        Quantity unitsPerSale;
    };
    std::vector<Found> found;
    std::map<Id, std::vector<Id>> variants;
    tx.queryRows(sql, rows, [&](const store::Row& row) {
        if (row.isNull(3))
            return;
        variants[row.integer(0)].push_back(row.integer(3));
        found.push_back({{.tenant = row.integer(0),
                          .order = row.integer(1),
                          .id = row.integer(2),
                          .subject = row.integer(3),
                          .recipe = {},
                          .locations = &_rules.of(row.integer(0), row.integer(7)).locations,
                          .placedAt = row.time(8),
                          .target = row.integer(5),
                          .shortage = row.integer(6)},
                         row.integer(4)});
    });
    std::map<Id, catalog::Recipes> recipes;
    for (const auto& [tenant, ids] : variants)
        recipes[tenant] = _bundles.recipesOf(tx, tenant, ids);
    std::vector<stock::Line> lines;
    for (Found& each : found) {
        each.line.recipe =
            recipeOf(recipes[each.line.tenant], each.line.subject, each.unitsPerSale);
        lines.push_back(std::move(each.line));
    }
    return lines;
}

std::vector<stock::Line> OrderLines::shortOf(store::Tx& tx, const Variants& variants)
{
    std::map<Id, std::vector<Id>> byTenant;
    for (const auto& [tenant, variant] : variants)
        byTenant[tenant].push_back(variant);
    Variants wanted = variants;
    for (const auto& [tenant, ids] : byTenant)
        for (const Id bundle : _bundles.ancestorsOf(tx, tenant, ids))
            wanted.emplace(tenant, bundle);
    store::RowSet rows(2);
    for (const auto& [tenant, variant] : wanted)
        rows.add({tenant, variant});
    return linesFrom(tx, selectShortLines, rows);
}

std::vector<stock::Line> OrderLines::byKey(store::Tx& tx, const std::set<Key>& keys)
{
    store::RowSet rows(3);
    for (const Key& key : keys)
        rows.add({key.tenant, key.order, key.line});
    return rows.empty() ? std::vector<stock::Line>{} : linesFrom(tx, selectLinesByKey, rows);
}

void OrderLines::saveShortages(store::Tx& tx, std::span<const stock::Line* const> lines)
{
    store::RowSet rows(4);
    std::vector<stock::Exception> raised;
    std::vector<stock::Exceptions::Subject> resolved;
    for (const stock::Line* line : lines) {
        rows.add({line->tenant, line->order, line->id, line->shortage});
        const std::string subject = showId("ord", line->order) + ":" + showId("oln", line->id);
        if (line->shortage > 0)
            raised.push_back({line->tenant, "short", subject,
                              "stock does not cover " + std::to_string(line->shortage) +
                                  " of the " + std::to_string(line->target) +
                                  " units that are owed",
                              showId("ord", line->order)});
        else
            resolved.push_back({line->tenant, "short", subject});
    }
    tx.writeRows(updateShortage, rows);
    _exceptions.raise(tx, raised);
    _exceptions.resolve(tx, resolved);
}

} // namespace spokehub::orders
