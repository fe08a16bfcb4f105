#include "api/rest/ListingJson.h"

#include "api/Shown.h"

namespace spokehub::api
{

void beginListing(JsonWriter& json, const catalog::Listing& listing, std::string_view channel)
{
    json.beginObject()
        .member("id", showId(prefix::listing, listing.id))
        .member("channel", channel)
        .member("variant_id", shown(prefix::variant, listing.variant))
        .member("external_id", listing.externalId)
        .member("parent_id", listing.parentId)
        .member("stock_id", listing.stockId)
        .member("sku", listing.sku)
        .member("title", listing.title)
        .member("price_cents", listing.price)
        .member("currency", listing.currency)
        .member("units_per_sale", listing.unitsPerSale)
        .member("removed", listing.removed)
        .member("pushed", listing.pushed)
        .member("pushed_at", shown(listing.pushedAt))
        .member("observed", listing.observed)
        .member("observed_at", shown(listing.observedAt))
        .member("gap", listing.gap)
        .member("created_at", toIso(listing.createdAt))
        .member("updated_at", toIso(listing.updatedAt));
}

} // namespace spokehub::api
