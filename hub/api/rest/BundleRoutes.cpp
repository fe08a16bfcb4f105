#include "api/rest/BundleRoutes.h"

#include "api/Fields.h"
#include "api/Once.h"
#include "api/Shown.h"
#include "core/Error.h"
#include "stock/AvailabilityReader.h"
#include "stock/StockReader.h"

#include <algorithm>
#include <map>

namespace spokehub::api
{

namespace
{

void writeEdge(JsonWriter& json, const catalog::BundleEdge& edge)
{
    json.beginObject()
        .member("bundle_id", showId(prefix::variant, edge.bundle))
        .member("bundle_sku", edge.bundleSku)
        .member("component_id", showId(prefix::variant, edge.component))
        .member("component_sku", edge.componentSku)
        .member("quantity", edge.quantity)
        .member("role", catalog::name(edge.role))
        .endObject();
}

Id requireSku(const ApiParts& parts, store::Session& session, const Scope& scope,
              const std::string& sku, const char* field)
{
    const auto variant = parts.variants.bySku(session, scope, sku);
    if (!variant)
        throw Error(Refusal::NotFound, "there is no variant with the SKU " + sku,
                    {{field, "is not known"}});
    return variant->id;
}

/// The plain variants that a bundle comes down to, and how many bundles they are enough for.
void writeParts(JsonWriter& json, const stock::Explanation& trace,
                const std::unordered_map<Id, std::string>& skus)
{
    struct Sum
    {
        std::int64_t quantity = 1;
        std::int64_t available = 0;
        bool limiting = false;
    };
    std::map<Id, Sum> parts;
    for (const auto& place : trace.places)
        for (const auto& part : place.parts) {
            Sum& sum = parts[part.variant];
            sum.quantity = part.quantity;
            sum.available += part.available;
            sum.limiting = sum.limiting || place.limiting == part.variant;
        }
    json.key("components").beginArray();
    for (const auto& [variant, sum] : parts) {
        const auto sku = skus.find(variant);
        json.beginObject()
            .member("variant_id", showId(prefix::variant, variant))
            .member("sku", sku == skus.end() ? std::string() : sku->second)
            .member("quantity", sum.quantity)
            .member("available", sum.available)
            .member("limiting", sum.limiting)
            .endObject();
    }
    json.endArray();
}

} // namespace

void BundleRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/bundles",
              Permission::CatalogRead,
              "Every bundle with every component",
              answering([this](Call& call) { return list(call); }),
              {"cursor", "limit"}})
        .lists("BundleEdge");
    router
        .add({"POST", "/api/v1/bundles", Permission::CatalogWrite,
              "Adds a component to a bundle, or gives it another quantity and role",
              answering([this](Call& call) { return add(call); })})
        .takes("NewBundleEdge")
        .gives("BundleEdge", 201)
        .once();
    router
        .add({"GET", "/api/v1/bundles/parent/{id}/components", Permission::CatalogRead,
              "The components of a bundle, one level down",
              answering([this](Call& call) { return edges(call, &catalog::Bundles::edgesOf); })})
        .lists("BundleEdge");
    router
        .add({"DELETE", "/api/v1/bundles/parent/{id}/components/{component}",
              Permission::CatalogWrite, "Takes a component out of a bundle",
              answering([this](Call& call) { return remove(call); })})
        .givesNothing()
        .guard();
    router
        .add({"GET", "/api/v1/bundles/parent/{id}/availability", Permission::StockRead,
              "How many bundles there are, and which component is the limit",
              answering([this](Call& call) { return availability(call); })})
        .gives("BundleAvailability");
    router
        .add({"GET", "/api/v1/bundles/child/{id}/bundles", Permission::CatalogRead,
              "The bundles that a variant is a component of, one level up",
              answering([this](Call& call) { return edges(call, &catalog::Bundles::edgesTo); })})
        .lists("BundleEdge");
}

http::Response BundleRoutes::list(Call& call)
{
    const store::PageRequest asked = call.page();
    store::Page<catalog::BundleEdge> page;
    _parts.database.point(
        [&](store::Session& session) { page = _parts.bundles.edges(session, call.scope, asked); });
    return jsonResponse(listJson(page, writeEdge));
}

http::Response BundleRoutes::add(Call& call)
{
    Fields fields(call.body());
    const std::string bundleSku = fields.text("bundle_sku", 1, 100);
    const std::string componentSku = fields.text("component_sku", 1, 100);
    const auto quantity =
        fields.maybeInteger("quantity", 1, catalog::componentQuantityMax).value_or(1);
    const std::string word = fields.maybeText("role", 20).value_or("primary");
    const auto role = catalog::componentRoleFromName(word);
    fields.require(role.has_value(), "role", "is none of primary, accessory, satellite");
    fields.finish("component");
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        const Id bundle = requireSku(_parts, tx, call.scope, bundleSku, "bundle_sku");
        const Id component = requireSku(_parts, tx, call.scope, componentSku, "component_sku");
        _parts.bundles.add(tx, call.scope, bundle, {component, quantity}, *role);
        JsonWriter json;
        writeEdge(json, {bundle, bundleSku, component, componentSku, quantity, *role});
        return jsonResponse(json.take(), 201);
    });
}

http::Response BundleRoutes::edges(Call& call, Edges which)
{
    const Id id = call.id(0, prefix::variant, "variant");
    store::Page<catalog::BundleEdge> page;
    _parts.database.point([&](store::Session& session) {
        if (!_parts.variants.get(session, call.scope, id))
            throw Error(Refusal::NotFound, "there is no variant " + showId(prefix::variant, id));
        page.data = (_parts.bundles.*which)(session, call.scope, id);
    });
    return jsonResponse(listJson(page, writeEdge));
}

http::Response BundleRoutes::remove(Call& call)
{
    const Id bundle = call.id(0, prefix::variant, "variant");
    const Id component = call.id(1, prefix::variant, "variant");
    _parts.commands.run(
        [&](store::Tx& tx) { _parts.bundles.remove(tx, call.scope, bundle, component); });
    http::Response response;
    response.status = 204;
    return response;
}

http::Response BundleRoutes::availability(Call& call)
{
    const Id id = call.id(0, prefix::variant, "variant");
    JsonWriter json;
    _parts.database.read([&](store::Session& session) {
        const auto variant = _parts.variants.get(session, call.scope, id);
        if (!variant)
            throw Error(Refusal::NotFound, "there is no variant " + showId(prefix::variant, id));
        stock::ChannelStockRules everywhere;
        for (const auto& place : stock::StockReader().locations(session, call.scope))
            everywhere.locations.push_back(place.id);
        const auto trace =
            stock::AvailabilityReader(_parts.bundles)
                .explain(session, call.scope.tenant, everywhere,
                         {.variant = id, .sku = variant->sku, .category = variant->category});
        std::vector<Id> ids;
        for (const auto& place : trace.places)
            for (const auto& part : place.parts)
                ids.push_back(part.variant);
        std::ranges::sort(ids);
        ids.erase(std::ranges::unique(ids).begin(), ids.end());
        const auto skus = ids.empty() ? std::unordered_map<Id, std::string>()
                                      : _parts.variants.skusOf(session, call.scope.tenant, ids);
        json = JsonWriter();
        json.beginObject()
            .member("variant_id", showId(prefix::variant, id))
            .member("sku", variant->sku)
            .member("bundle", trace.bundle)
            .member("available", trace.available);
        writeParts(json, trace, skus);
        json.endObject();
    });
    return jsonResponse(json.take());
}

} // namespace spokehub::api
