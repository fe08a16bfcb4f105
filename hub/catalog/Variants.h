#pragma once

#include "core/Clock.h"
#include "core/Id.h"
#include "core/Scope.h"
#include "store/Page.h"
#include "store/Session.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace spokehub::catalog
{

struct Variant
{
    Id id = 0;
    std::optional<Id> identity;
    std::string sku;
    std::string title;
    std::string category;
    std::string color;
    std::string condition;
    std::string size;
    std::string barcode;
    std::int64_t price = 0; // minor units of currency
    std::int64_t cost = 0;
    std::string currency;
    Time createdAt;
    Time updatedAt;
    std::string brand;
};

/// Either an identity, whose SKU is then generated from colour, condition and size, or a SKU of the
/// merchant's own, or both: then the merchant's own stands.
struct NewVariant
{
    std::optional<Id> identity{};
    std::string sku{};
    std::string title{};
    std::string category{};
    std::string color{};
    std::string condition{}; // N, R, U or none
    std::string size{};
    std::string barcode{};
    std::int64_t price = 0;
    std::int64_t cost = 0;
    std::string currency = "USD";
    std::string brand{};
};

/// What may change; a SKU never does.
struct VariantPatch
{
    std::optional<std::string> title{};
    std::optional<std::string> category{};
    std::optional<std::string> barcode{};
    std::optional<std::int64_t> price{};
    std::optional<std::int64_t> cost{};
    std::optional<std::string> brand{};
};

struct VariantQuery
{
    std::string skuPrefix{}; // then in order of SKU
    std::optional<Id> identity{};
    std::optional<std::string> category{}, brand{}, barcode{};
    std::optional<Time> updatedSince{}; // then in the order of the change
};

/// A variant is what is stocked and sold, under a SKU that is unique in the tenant.
/// Owns: variant.
class Variants
{
public:
    Variants(IdGenerator& ids, const Clock& clock) : _ids(ids), _clock(clock) {}

    /// Throws Error(Conflict) when the SKU exists; of two callers at once exactly one makes it.
    Variant create(store::Tx& tx, const Scope& scope, const NewVariant& wanted);
    /// Throws Error(NotFound) when there is no such variant.
    Variant patch(store::Tx& tx, const Scope& scope, Id id, const VariantPatch& patch);

    std::optional<Variant> get(store::Session& session, const Scope& scope, Id id) const;
    std::optional<Variant> bySku(store::Session& session, const Scope& scope,
                                 std::string_view sku) const;

    /// In order of id, when the query does not say otherwise.
    store::Page<Variant> list(store::Session& session, const Scope& scope,
                              const store::PageRequest& page, const VariantQuery& query = {}) const;

    /// Those of an identity, in order of id; a thousand at most.
    std::vector<Variant> ofIdentity(store::Session& session, const Scope& scope, Id identity) const;
    /// Those with this barcode, in order of id; ten at most.
    std::vector<Variant> byBarcode(store::Session& session, const Scope& scope,
                                   std::string_view barcode) const;

    /// The ids of those SKUs that exist. One statement, however many.
    std::unordered_map<std::string, Id> idsOf(store::Session& session, Id tenant,
                                              std::span<const std::string> skus) const;
    /// The reverse.
    std::unordered_map<Id, std::string> skusOf(store::Session& session, Id tenant,
                                               std::span<const Id> ids) const;

private:
    IdGenerator& _ids;
    const Clock& _clock;
};

} // namespace spokehub::catalog
