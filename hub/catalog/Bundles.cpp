#include "catalog/Bundles.h"

#include "core/FieldChecks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <string>

namespace spokehub::catalog
{

namespace
{

// Recipes are changed one after the other, so that two changes cannot close a cycle which neither
// of them sees.
constexpr store::Sql lockRecipes{"SELECT id FROM tenant WHERE id = $1 {lock}"};
// A level that is being made refers to its variant and waits for this lock.
constexpr store::Sql lockVariant{"SELECT sku FROM variant WHERE tenant_id = $1 AND id = $2 {lock}"};
constexpr store::Sql stockOf{"SELECT CAST(COALESCE(SUM(on_hand), 0) AS BIGINT) FROM stock_level "
                             "WHERE tenant_id = $1 AND variant_id = $2"};
constexpr store::Sql skusOf{
    "SELECT x.id, x.sku FROM {each_row} variant x WHERE x.tenant_id = {1} AND x.id = {2}"};

constexpr store::Sql deleteComponents{
    "DELETE FROM bundle_component WHERE tenant_id = $1 AND bundle_id = $2"};
constexpr store::Sql insertComponents{
    "INSERT INTO bundle_component (tenant_id, bundle_id, component_id, quantity, role) {rows}"};
constexpr store::Sql rolesOfBundle{
    "SELECT component_id, role FROM bundle_component WHERE tenant_id = $1 AND bundle_id = $2"};
constexpr store::Sql setRole{"UPDATE bundle_component SET role = $1 WHERE tenant_id = $2 AND "
                             "bundle_id = $3 AND component_id = $4"};

#define EDGES                                                                                      \
    "SELECT e.bundle_id, b.sku, e.component_id, c.sku, e.quantity, e.role FROM bundle_component "  \
    "e JOIN variant b ON b.tenant_id = e.tenant_id AND b.id = e.bundle_id JOIN variant c ON "      \
    "c.tenant_id = e.tenant_id AND c.id = e.component_id WHERE e.tenant_id = $1 "
constexpr store::Sql edgesAfter{
    EDGES "AND (e.bundle_id, e.component_id) > ($2, $3) ORDER BY e.bundle_id, e.component_id "
          "LIMIT $4"};
constexpr store::Sql edgesOfBundle{EDGES "AND e.bundle_id = $2 ORDER BY e.component_id"};
constexpr store::Sql edgesToComponent{EDGES "AND e.component_id = $2 ORDER BY e.bundle_id"};

constexpr std::array<std::string_view, 3> roleNames = {"primary", "accessory", "satellite"};
constexpr store::Sql componentsOfBundle{
    "SELECT component_id, quantity FROM bundle_component WHERE tenant_id = $1 AND bundle_id = $2 "
    "ORDER BY component_id"};

constexpr store::Sql edgesBelow{
    "SELECT e.bundle_id, e.component_id, e.quantity FROM {each_row} bundle_component e "
    "WHERE e.tenant_id = {1} AND e.bundle_id = {2}"};
constexpr store::Sql edgesAbove{
    "SELECT e.bundle_id, e.component_id, e.quantity FROM {each_row} bundle_component e "
    "WHERE e.tenant_id = {1} AND e.component_id = {2}"};

BundleEdge edgeOf(const store::Row& row)
{
    return {row.integer(0), row.string(1),
            row.integer(2), row.string(3),
            row.integer(4), componentRoleFromName(row.text(5)).value_or(ComponentRole::Primary)};
}

/// "bundle:component"; zeros at the beginning, and for what is no cursor of ours.
std::pair<Id, Id> keyFrom(std::string_view text)
{
    std::pair<Id, Id> key{0, 0};
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, key.first);
    if (first.ec == std::errc{} && first.ptr != end)
        std::from_chars(first.ptr + 1, end, key.second);
    return key;
}

store::RowSet askedFor(Id tenant, std::span<const Id> variants)
{
    store::RowSet asked(2);
    asked.reserve(variants.size());
    for (const Id variant : variants)
        asked.add({tenant, variant});
    return asked;
}

/// Goes down from these variants, a level at a time.
BundleEdges loadBelow(store::Session& session, Id tenant, std::span<const Id> variants)
{
    BundleEdges edges;
    std::set<Id> seen(variants.begin(), variants.end());
    std::vector<Id> level(seen.begin(), seen.end());
    while (!level.empty()) {
        std::vector<Id> next;
        session.queryRows(edgesBelow, askedFor(tenant, level), [&](const store::Row& row) {
            const Component component{row.integer(1), row.integer(2)};
            edges[row.integer(0)].push_back(component);
            if (seen.insert(component.variant).second)
                next.push_back(component.variant);
        });
        level = std::move(next);
    }
    return edges;
}

/// Goes up from these variants; the edges hold only the ways that lead to them.
BundleEdges loadAbove(store::Session& session, Id tenant, std::span<const Id> variants)
{
    BundleEdges edges;
    std::set<Id> seen(variants.begin(), variants.end());
    std::vector<Id> level(seen.begin(), seen.end());
    while (!level.empty()) {
        std::vector<Id> next;
        session.queryRows(edgesAbove, askedFor(tenant, level), [&](const store::Row& row) {
            const Id bundle = row.integer(0);
            edges[bundle].push_back({row.integer(1), row.integer(2)});
            if (seen.insert(bundle).second)
                next.push_back(bundle);
        });
        level = std::move(next);
    }
    return edges;
}

void requireWellFormed(const Components& components)
{
    FieldChecks checks;
    std::set<Id> seen;
    for (std::size_t i = 0; i < components.size(); ++i) {
        const std::string field = "components[" + std::to_string(i) + "]";
        checks.number(field + ".quantity", components[i].quantity, 1, componentQuantityMax)
            .require(seen.insert(components[i].variant).second, field, "is given twice");
    }
    checks.require(components.size() <= 100, "components", "are more than 100").refuse("bundle");
}

std::unordered_map<Id, std::string> loadSkus(store::Session& session, Id tenant,
                                             std::span<const Id> ids)
{
    std::unordered_map<Id, std::string> skus;
    session.queryRows(skusOf, askedFor(tenant, ids),
                      [&](const store::Row& row) { skus.emplace(row.integer(0), row.text(1)); });
    return skus;
}

void requireComponentsExist(store::Tx& tx, Id tenant, const std::string& sku,
                            const Components& components)
{
    std::vector<Id> ids;
    for (const Component& component : components)
        ids.push_back(component.variant);
    const auto known = loadSkus(tx, tenant, ids);
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (!known.contains(ids[i]))
            throw Error(Refusal::NotFound,
                        "bundle " + sku + ": component " + std::to_string(i + 1) +
                            " is not a known variant",
                        {{"components[" + std::to_string(i) + "]", "is not known"}});
}

std::string lockedSku(store::Tx& tx, Id tenant, Id bundle)
{
    tx.query(lockRecipes, {tenant}, [](const store::Row&) {});
    std::string sku;
    tx.query(lockVariant, {tenant, bundle}, [&](const store::Row& row) { sku = row.string(0); });
    if (sku.empty())
        throw Error(Refusal::NotFound, "there is no such variant to make a bundle of");
    return sku;
}

void requireNoStock(store::Tx& tx, Id tenant, Id bundle, const std::string& sku)
{
    std::int64_t onHand = 0;
    tx.query(stockOf, {tenant, bundle}, [&](const store::Row& row) { onHand = row.integer(0); });
    if (onHand != 0)
        throw Error(Refusal::Unprocessable,
                    "bundle " + sku + " has " + std::to_string(onHand) +
                        " units of stock of its own, and a bundle has none: bring it to 0 "
                        "first");
}

void requireShape(store::Tx& tx, Id tenant, Id bundle, const std::string& sku,
                  const Components& components)
{
    std::vector<Id> ids;
    for (const Component& component : components)
        ids.push_back(component.variant);
    BundleEdges edges = loadBelow(tx, tenant, ids);
    edges[bundle] = components;

    if (const auto way = cycleOf(edges, bundle); !way.empty()) {
        const auto skus = loadSkus(tx, tenant, way);
        std::string names;
        for (const Id id : way)
            names += (names.empty() ? "" : " > ") + skus.at(id);
        throw Error(Refusal::Unprocessable, "bundle " + sku + " would contain itself: " + names,
                    {{"components", "lead back to the bundle: " + names}});
    }

    int deepest = depthOf(edges, bundle);
    for (auto& [above, below] : loadAbove(tx, tenant, std::span(&bundle, 1)))
        edges.emplace(above, std::move(below));
    for (const auto& [above, below] : edges)
        deepest = std::max(deepest, depthOf(edges, above));
    if (deepest > bundleDepthMax)
        throw Error(Refusal::Unprocessable,
                    "bundle " + sku + " would be part of " + std::to_string(deepest) +
                        " levels, allowed are " + std::to_string(bundleDepthMax),
                    {{"components", "make too many levels"}});
}

} // namespace

std::string_view name(ComponentRole role)
{
    return roleNames.at(static_cast<std::size_t>(role));
}

std::optional<ComponentRole> componentRoleFromName(std::string_view name)
{
    const auto found = std::ranges::find(roleNames, name);
    if (found == roleNames.end())
        return std::nullopt;
    return static_cast<ComponentRole>(found - roleNames.begin());
}

void Bundles::set(store::Tx& tx, const Scope& scope, Id bundle, const Components& components)
{
    requireWellFormed(components);
    const std::string sku = lockedSku(tx, scope.tenant, bundle);
    if (!components.empty()) {
        requireComponentsExist(tx, scope.tenant, sku, components);
        requireNoStock(tx, scope.tenant, bundle, sku);
        requireShape(tx, scope.tenant, bundle, sku, components);
    }

    std::map<Id, std::string> roles; // those that stay keep theirs
    tx.query(rolesOfBundle, {scope.tenant, bundle},
             [&](const store::Row& row) { roles[row.integer(0)] = row.string(1); });
    tx.write(deleteComponents, {scope.tenant, bundle});
    store::RowSet rows(5);
    for (const Component& component : components)
        rows.add({scope.tenant, bundle, component.variant, component.quantity,
                  roles.try_emplace(component.variant, roleNames.front()).first->second});
    tx.writeRows(insertComponents, rows);
    tx.changed(scope.tenant, bundle); // the planner finds the bundles above it
}

void Bundles::add(store::Tx& tx, const Scope& scope, Id bundle, const Component& component,
                  ComponentRole role)
{
    lockedSku(tx, scope.tenant, bundle); // before what is there is read
    Components components = componentsOf(tx, scope, bundle);
    std::erase_if(components,
                  [&](const Component& one) { return one.variant == component.variant; });
    components.push_back(component);
    set(tx, scope, bundle, components);
    tx.write(setRole, {name(role), scope.tenant, bundle, component.variant});
}

void Bundles::remove(store::Tx& tx, const Scope& scope, Id bundle, Id component)
{
    const std::string sku = lockedSku(tx, scope.tenant, bundle);
    Components components = componentsOf(tx, scope, bundle);
    if (std::erase_if(components, [&](const Component& one) { return one.variant == component; }) ==
        0)
        throw Error(Refusal::NotFound, "bundle " + sku + " has no such component");
    set(tx, scope, bundle, components);
}

Components Bundles::componentsOf(store::Session& session, const Scope& scope, Id bundle) const
{
    Components components;
    session.query(componentsOfBundle, {scope.tenant, bundle}, [&](const store::Row& row) {
        components.push_back({row.integer(0), row.integer(1)});
    });
    return components;
}

store::Page<BundleEdge> Bundles::edges(store::Session& session, const Scope& scope,
                                       const store::PageRequest& page) const
{
    constexpr std::string_view list = "bundles";
    const auto [bundle, component] = keyFrom(page.after(list));
    std::vector<BundleEdge> rows;
    session.query(edgesAfter, {scope.tenant, bundle, component, page.limit + 1},
                  [&](const store::Row& row) { rows.push_back(edgeOf(row)); });
    return store::pageOf(list, page, std::move(rows), [](const BundleEdge& edge) {
        return std::to_string(edge.bundle) + ":" + std::to_string(edge.component);
    });
}

std::vector<BundleEdge> Bundles::edgesOf(store::Session& session, const Scope& scope,
                                         Id bundle) const
{
    std::vector<BundleEdge> rows;
    session.query(edgesOfBundle, {scope.tenant, bundle},
                  [&](const store::Row& row) { rows.push_back(edgeOf(row)); });
    return rows;
}

std::vector<BundleEdge> Bundles::edgesTo(store::Session& session, const Scope& scope,
                                         Id component) const
{
    std::vector<BundleEdge> rows;
    session.query(edgesToComponent, {scope.tenant, component},
                  [&](const store::Row& row) { rows.push_back(edgeOf(row)); });
    return rows;
}

Recipes Bundles::recipesOf(store::Session& session, Id tenant, std::span<const Id> variants) const
{
    return explode(loadBelow(session, tenant, variants));
}

std::vector<Id> Bundles::ancestorsOf(store::Session& session, Id tenant,
                                     std::span<const Id> variants) const
{
    std::vector<Id> ancestors;
    for (const auto& [bundle, components] : loadAbove(session, tenant, variants))
        ancestors.push_back(bundle);
    std::sort(ancestors.begin(), ancestors.end());
    return ancestors;
}

} // namespace spokehub::catalog
