#include "api/rest/Explanation.h"

#include "api/Shown.h"
#include "api/rest/OrderJson.h"
#include "api/rest/StockJson.h"
#include "core/Error.h"
#include "stock/StockReader.h"

namespace spokehub::api
{

namespace
{

constexpr int movementsMax = 10; // of each part

} // namespace

std::string Explanation::of(const spokes::Channel& channel, const std::string& sku)
{
    const auto variant = _parts.variants.bySku(_session, _scope, sku);
    if (!variant)
        throw Error(Refusal::NotFound, "there is no variant with the SKU " + sku);
    const auto trace =
        stock::AvailabilityReader(_parts.bundles)
            .explain(_session, _scope.tenant, channel.stockRules,
                     {.variant = variant->id, .sku = variant->sku, .category = variant->category});
    nameParts(trace, *variant);

    _json.beginObject()
        .member("channel", channel.name())
        .member("sku", variant->sku)
        .member("bundle", trace.bundle)
        .member("available", trace.available)
        .member("quantity", trace.quantity); // in units; a listing may sell several at once
    writePlaces(trace);
    writeRules(trace);
    _json.key("listings").beginArray();
    const Id variants[] = {variant->id};
    for (const auto& listing : _parts.listings.ofVariants(_session, _scope.tenant, variants))
        if (listing.channel == channel.id)
            writeListing(channel, *variant, listing.listing);
    _json.endArray();
    writeMovements();
    _json.endObject();
    return _json.take();
}

void Explanation::nameParts(const stock::Explanation& trace, const catalog::Variant& variant)
{
    _skus[variant.id] = variant.sku;
    std::vector<Id> ids;
    for (const auto& place : trace.places)
        for (const auto& part : place.parts)
            ids.push_back(part.variant);
    if (!ids.empty())
        for (const auto& [id, sku] : _parts.variants.skusOf(_session, _scope.tenant, ids))
            _skus[id] = sku;
    if (trace.bundle)
        _skus.erase(variant.id); // it has no movements of its own
}

void Explanation::writePlaces(const stock::Explanation& trace)
{
    std::map<Id, std::string> names;
    for (const stock::Place& place : stock::StockReader().locations(_session, _scope))
        names[place.id] = place.name;
    _json.key("locations").beginArray();
    for (const auto& place : trace.places) {
        _json.beginObject()
            .member("location", names[place.location])
            .member("available", place.available)
            .member("limiting", _skus[place.limiting])
            .key("parts")
            .beginArray();
        for (const auto& part : place.parts)
            _json.beginObject()
                .member("sku", _skus[part.variant])
                .member("quantity", part.quantity)
                .member("on_hand", part.level.onHand)
                .member("reserved", part.level.reserved)
                .member("safety_stock", part.level.safetyStock)
                .member("available", part.available)
                .member("makes", part.makes)
                .endObject();
        _json.endArray().endObject();
    }
    _json.endArray();
}

void Explanation::writeRules(const stock::Explanation& trace)
{
    _json.key("rules").beginArray();
    for (const auto& rule : trace.rules)
        _json.beginObject()
            .member("key", rule.key)
            .member("source", rule.source)
            .member("setting", rule.setting)
            .member("before", rule.before)
            .member("after", rule.after)
            .endObject();
    _json.endArray();
}

void Explanation::writeListing(const spokes::Channel& channel, const catalog::Variant& variant,
                               Id id)
{
    const auto listing = _parts.listings.get(_session, _scope, id);
    if (!listing)
        return;
    const auto told = stock::AvailabilityReader(_parts.bundles)
                          .explain(_session, _scope.tenant, channel.stockRules,
                                   {.variant = variant.id,
                                    .sku = variant.sku,
                                    .category = variant.category,
                                    .unitsPerSale = listing->unitsPerSale});
    _json.beginObject()
        .member("id", showId(prefix::listing, id))
        .member("external_id", listing->externalId)
        .member("units_per_sale", listing->unitsPerSale)
        .member("quantity", told.quantity)
        .member("pushed", listing->pushed)
        .member("pushed_at", shown(listing->pushedAt))
        .member("observed", listing->observed)
        .member("observed_at", shown(listing->observedAt))
        .member("sold_since_push", listing->sold)
        .member("gap", listing->gap)
        .key("task");
    if (const auto task =
            sync::TaskReader().about(_session, _scope, channel.id, sync::TaskKind::Stock, id))
        writeTask(_json, *task, channel.name(), _parts.clock.now());
    else
        _json.null();
    _json.endObject();
}

void Explanation::writeMovements()
{
    _json.key("movements").beginArray();
    for (const auto& [variant, sku] : _skus) {
        const auto page = stock::StockReader().movements(_session, _scope, variant,
                                                         {.cursor = {}, .limit = movementsMax});
        for (const stock::MovementRow& movement : page.data) {
            writeMovementMembers(_json.beginObject().member("sku", sku), movement);
            _json.endObject();
        }
    }
    _json.endArray();
}

} // namespace spokehub::api
