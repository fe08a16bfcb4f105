#pragma once

#include "core/Id.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace spokehub::catalog
{

constexpr int bundleDepthMax = 8;
constexpr std::int64_t componentQuantityMax = 10'000;

/// So many units of a variant go into one bundle.
struct Component
{
    Id variant = 0;
    std::int64_t quantity = 0;

    bool operator==(const Component&) const = default;
};

using Components = std::vector<Component>;

/// A bundle and what it is put together from, one level: components may be bundles themselves.
using BundleEdges = std::unordered_map<Id, Components>;

/// A bundle and the plain variants that it comes down to, with their quantities multiplied through
/// all levels, each variant once, in order of its id. A variant that is not in here is no bundle.
using Recipes = std::unordered_map<Id, Components>;

/// The recipe of every bundle in `edges`. A quantity beyond any stock (a million millions) is not
/// counted higher.
Recipes explode(const BundleEdges& edges);

/// The way from the bundle back to itself, both ends included; empty when there is none.
std::vector<Id> cycleOf(const BundleEdges& edges, Id bundle);

/// How many levels lie below: 0 for a plain variant, 1 for a bundle of plain variants. Not for
/// cycles.
int depthOf(const BundleEdges& edges, Id variant);

} // namespace spokehub::catalog
