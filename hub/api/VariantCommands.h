#pragma once

#include "api/ApiParts.h"

#include <optional>
#include <string>

namespace spokehub::api
{

/// What a new variant begins with at one location.
struct OpeningStock
{
    stock::Quantity onHand = 0;
    std::string location = "main";
    std::optional<stock::Quantity> safetyStock{};
    std::optional<stock::Quantity> reorderLevel{};
};

/// Makes a variant with its opening stock in one transaction, and lets what waited for its SKU
/// know: listings that are unmatched, order lines that are held.
class VariantCommands
{
public:
    explicit VariantCommands(const ApiParts& parts) : _parts(parts) {}

    /// Throws Error(Conflict) when the SKU exists, Error(BadRequest) for a location that does not.
    catalog::Variant create(store::Tx& tx, const Scope& scope, const catalog::NewVariant& wanted,
                            const OpeningStock& opening, const std::string& cause) const;

    /// A listing or a variant is known now: brings the order lines that waited for these SKUs to
    /// their stock.
    void known(store::Tx& tx, const Scope& scope, const std::string& sku,
               const std::string& cause) const;

private:
    const ApiParts& _parts;
};

} // namespace spokehub::api
