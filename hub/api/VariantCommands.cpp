#include "api/VariantCommands.h"

#include "core/Error.h"
#include "stock/StockReader.h"

namespace spokehub::api
{

catalog::Variant VariantCommands::create(store::Tx& tx, const Scope& scope,
                                         const catalog::NewVariant& wanted,
                                         const OpeningStock& opening,
                                         const std::string& cause) const
{
    catalog::Variant variant = _parts.variants.create(tx, scope, wanted);
    const auto location = stock::StockReader().locationOf(tx, scope, opening.location);
    if (!location)
        throw Error(Refusal::BadRequest, "there is no location " + opening.location,
                    {{"location", "is not known"}});
    if (opening.onHand != 0) {
        const stock::StockRequest receive =
            stock::AdjustRequest{.tenant = scope.tenant,
                                 .variant = variant.id,
                                 .location = *location,
                                 .name = variant.sku,
                                 .kind = stock::MovementKind::Receive,
                                 .onHand = opening.onHand,
                                 .cause = {cause, scope.actor, "opening stock"}};
        if (const auto refusal = _parts.ledger.settle(tx, {&receive, 1}).refusals.at(0))
            std::rethrow_exception(refusal);
    }
    _parts.ledger.setLimits(tx, {.tenant = scope.tenant,
                                 .variant = variant.id,
                                 .location = *location,
                                 .safetyStock = opening.safetyStock,
                                 .reorderLevel = opening.reorderLevel});
    known(tx, scope, variant.sku, cause);
    return variant;
}

void VariantCommands::known(store::Tx& tx, const Scope& scope, const std::string& sku,
                            const std::string& cause) const
{
    const std::string skus[] = {sku};
    for (const auto& channel : _parts.channels.all())
        if (channel->tenant == scope.tenant && channel->config->match == Match::Sku)
            _parts.listings.matchBySku(tx, scope.tenant, channel->id, skus);
    _parts.orders.rematch(tx, scope.tenant, skus, {cause, scope.actor, ""});
}

} // namespace spokehub::api
