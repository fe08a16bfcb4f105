#include "catalog/Recipe.h"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace spokehub::catalog
{

namespace
{

constexpr std::int64_t quantityMax = 1'000'000'000'000;

/// Every bundle is worked out once, however many others contain it.
const Components& recipeOf(const BundleEdges& edges, Id bundle, Recipes& known)
{
    if (const auto found = known.find(bundle); found != known.end())
        return found->second;

    std::map<Id, std::int64_t> leaves;
    const auto take = [&leaves](Id variant, std::int64_t quantity) {
        std::int64_t& sum = leaves[variant];
        sum = std::min(sum + quantity, quantityMax);
    };
    for (const Component& component : edges.at(bundle)) {
        if (!edges.contains(component.variant))
            take(component.variant, component.quantity);
        else
            for (const Component& leaf : recipeOf(edges, component.variant, known))
                take(leaf.variant, std::min(leaf.quantity * component.quantity, quantityMax));
    }

    Components recipe;
    recipe.reserve(leaves.size());
    for (const auto& [variant, quantity] : leaves)
        recipe.push_back({variant, quantity});
    return known.emplace(bundle, std::move(recipe)).first->second;
}

bool findWay(const BundleEdges& edges, Id from, Id to, std::unordered_set<Id>& seen,
             std::vector<Id>& way)
{
    const auto found = edges.find(from);
    if (found == edges.end())
        return false;
    way.push_back(from);
    for (const Component& component : found->second) {
        if (component.variant == to) {
            way.push_back(to);
            return true;
        }
        if (seen.insert(component.variant).second &&
            findWay(edges, component.variant, to, seen, way))
            return true;
    }
    way.pop_back();
    return false;
}

int depthBelow(const BundleEdges& edges, Id variant, std::unordered_map<Id, int>& known)
{
    const auto found = edges.find(variant);
    if (found == edges.end())
        return 0;
    if (const auto depth = known.find(variant); depth != known.end())
        return depth->second;
    int below = 0;
    for (const Component& component : found->second)
        below = std::max(below, depthBelow(edges, component.variant, known));
    return known[variant] = below + 1;
}

} // namespace

Recipes explode(const BundleEdges& edges)
{
    Recipes recipes;
    recipes.reserve(edges.size());
    for (const auto& [bundle, components] : edges)
        recipeOf(edges, bundle, recipes);
    return recipes;
}

std::vector<Id> cycleOf(const BundleEdges& edges, Id bundle)
{
    std::vector<Id> way;
    std::unordered_set<Id> seen;
    findWay(edges, bundle, bundle, seen, way);
    return way;
}

int depthOf(const BundleEdges& edges, Id variant)
{
    std::unordered_map<Id, int> known;
    return depthBelow(edges, variant, known);
}

} // namespace spokehub::catalog
