#pragma once

#include "catalog/Recipe.h"
#include "core/Id.h"
#include "core/Scope.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::catalog
{

enum class ComponentRole
{
    Primary,   // gives the bundle its name
    Accessory, // comes along
    Satellite, // may be sent by itself
};

std::string_view name(ComponentRole role);
std::optional<ComponentRole> componentRoleFromName(std::string_view name);

/// A bundle and one of its components.
struct BundleEdge
{
    Id bundle = 0;
    std::string bundleSku;
    Id component = 0;
    std::string componentSku;
    std::int64_t quantity = 0;
    ComponentRole role = ComponentRole::Primary;
};

/// A bundle is a variant put together from others, up to eight levels deep and never from itself;
/// it has no stock of its own. Owns: bundle_component.
class Bundles
{
public:
    /// Makes these the components of the bundle, in place of those it had; with none it is a plain
    /// variant again. Throws Error: NotFound for a variant that does not exist, BadRequest for
    /// wrong quantities, Unprocessable for a cycle (its way is named), for more than eight levels,
    /// and for a bundle that has stock.
    void set(store::Tx& tx, const Scope& scope, Id bundle, const Components& components);

    /// Adds a component, or gives it another quantity and role.
    void add(store::Tx& tx, const Scope& scope, Id bundle, const Component& component,
             ComponentRole role = ComponentRole::Primary);
    /// Throws Error(NotFound) when the bundle has no such component.
    void remove(store::Tx& tx, const Scope& scope, Id bundle, Id component);

    /// The components of one level, in order of id.
    Components componentsOf(store::Session& session, const Scope& scope, Id bundle) const;

    /// Every bundle with every component, in order of their ids.
    store::Page<BundleEdge> edges(store::Session& session, const Scope& scope,
                                  const store::PageRequest& page) const;
    std::vector<BundleEdge> edgesOf(store::Session& session, const Scope& scope, Id bundle) const;
    /// The bundles that hold this as a component, one level up.
    std::vector<BundleEdge> edgesTo(store::Session& session, const Scope& scope,
                                    Id component) const;

    /// What each of these that is a bundle comes down to; a variant that is missing there is plain.
    /// One statement for each level there is.
    Recipes recipesOf(store::Session& session, Id tenant, std::span<const Id> variants) const;

    /// The bundles that contain any of these, on any level, in order of id.
    std::vector<Id> ancestorsOf(store::Session& session, Id tenant,
                                std::span<const Id> variants) const;
};

} // namespace spokehub::catalog
