#include "api/rest/CatalogRoutes.h"

#include "api/Bulk.h"
#include "api/Fields.h"
#include "api/Once.h"
#include "api/Shown.h"
#include "api/rest/CatalogJson.h"
#include "api/rest/ListingJson.h"
#include "core/Error.h"
#include "sync/TaskReader.h"

#include <algorithm>
#include <map>

namespace spokehub::api
{

namespace
{

constexpr std::int64_t centsMax = 1'000'000'000'000'000;
constexpr std::int64_t quantityMax = 1'000'000'000;
constexpr std::size_t componentsMax = 200;

/// A variant with its opening stock; more than is known here is refused.
std::pair<catalog::NewVariant, OpeningStock> variantIn(Fields& fields)
{
    catalog::NewVariant wanted;
    wanted.identity = fields.maybeId("identity_id", prefix::identity);
    wanted.sku = fields.text("sku", 0, 100);
    wanted.title = fields.text("title", 0, 500);
    wanted.category = fields.text("category", 0, 100);
    wanted.color = fields.text("color", 0, 100);
    wanted.condition = fields.text("condition", 0, 1);
    wanted.size = fields.text("size", 0, 100);
    wanted.barcode = fields.text("barcode", 0, 100);
    wanted.brand = fields.text("brand", 0, 100);
    wanted.price = fields.maybeInteger("price_cents", 0, centsMax).value_or(0);
    wanted.cost = fields.maybeInteger("cost_cents", 0, centsMax).value_or(0);
    wanted.currency = fields.maybeText("currency", 3).value_or(wanted.currency);
    OpeningStock opening;
    opening.onHand = fields.maybeInteger("on_hand", 0, quantityMax).value_or(0);
    opening.location = fields.maybeText("location", 100).value_or(opening.location);
    opening.safetyStock = fields.maybeInteger("safety_stock", 0, quantityMax);
    opening.reorderLevel = fields.maybeInteger("reorder_level", 0, quantityMax);
    fields.finish("variant");
    return {std::move(wanted), std::move(opening)};
}

template <class T>
http::Response answer(void (*write)(JsonWriter&, const T&), const T& thing, int status = 200)
{
    JsonWriter json;
    write(json, thing);
    return jsonResponse(json.take(), status);
}

[[noreturn]] void refuse(std::string_view thing, std::string_view which)
{
    throw Error(Refusal::NotFound, "there is no " + std::string(thing) + " " + std::string(which));
}

} // namespace

void CatalogRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/variants",
              Permission::CatalogRead,
              "Variants in order of id; with sku_prefix in order of SKU",
              answering([this](Call& call) { return listVariants(call); }),
              {"cursor", "limit", "sku_prefix", "identity", "category", "brand", "barcode",
               "updated_since"}})
        .lists("Variant");
    router
        .add({"POST", "/api/v1/variants", Permission::CatalogWrite,
              "Makes a variant, with opening stock when it is given",
              answering([this](Call& call) { return createVariant(call); })})
        .takes("NewVariant")
        .gives("Variant", 201)
        .once();
    router
        .add({"GET", "/api/v1/variants/{id}", Permission::CatalogRead,
              "A variant with its listings",
              answering([this](Call& call) { return getVariant(call); })})
        .gives("VariantDetail");
    router
        .add({"GET", "/api/v1/variants/sku/{sku}", Permission::CatalogRead,
              "A variant by its SKU, with its listings",
              answering([this](Call& call) { return getVariantBySku(call); })})
        .gives("VariantDetail");
    router
        .add({"GET", "/api/v1/variants/{id}/components", Permission::CatalogRead,
              "What a bundle is put together from",
              answering([this](Call& call) { return getComponents(call); })})
        .gives("Recipe");
    router
        .add({"PUT", "/api/v1/variants/{id}/components", Permission::CatalogWrite,
              "Makes a variant a bundle of these; of none, a plain variant again",
              answering([this](Call& call) { return setComponents(call); })})
        .takes("NewRecipe")
        .gives("Recipe")
        .guard();
    router
        .add({"PATCH", "/api/v1/variants/{id}", Permission::CatalogWrite,
              "Changes what may change of a variant; its SKU never does",
              answering([this](Call& call) { return patchVariant(call); })})
        .takes("VariantPatch")
        .gives("VariantDetail")
        .guard();
    router
        .add({"POST",
              "/api/v1/variants/bulk",
              Permission::CatalogWrite,
              "Makes many variants, each by itself",
              answering([this](Call& call) { return createVariants(call); }),
              {"dry_run"}})
        .takes("NewVariants")
        .gives("BulkResult")
        .once();
    router
        .add({"GET",
              "/api/v1/variants/pending-sync/{channel}",
              Permission::ListingsRead,
              "Variants whose quantity a channel must still hear, as they are due",
              answering([this](Call& call) { return pendingSync(call); }),
              {"cursor", "limit"}})
        .lists("PendingSync");
}

http::Response CatalogRoutes::listVariants(Call& call)
{
    const store::PageRequest asked = call.page();
    const catalog::VariantQuery query{.skuPrefix = std::string(call.query.text("sku_prefix")),
                                      .identity = call.id("identity", prefix::identity),
                                      .category = call.text("category"),
                                      .brand = call.text("brand"),
                                      .barcode = call.text("barcode"),
                                      .updatedSince = call.time("updated_since")};
    store::Page<catalog::Variant> page;
    _parts.database.point([&](store::Session& session) {
        page = _parts.variants.list(session, call.scope, asked, query);
    });
    return jsonResponse(listJson(page, writeVariant));
}

http::Response CatalogRoutes::createVariant(Call& call)
{
    Fields fields(call.body());
    const auto [wanted, opening] = variantIn(fields);
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        return answer(writeVariant,
                      _variantCommands.create(tx, call.scope, wanted, opening, call.request.id),
                      201);
    });
}

http::Response CatalogRoutes::createVariants(Call& call)
{
    return bulk(_parts, call, "variants", 201, [&](store::Tx& tx, Fields& fields) {
        const auto [wanted, opening] = variantIn(fields);
        JsonWriter json;
        writeVariant(json,
                     _variantCommands.create(tx, call.scope, wanted, opening, call.request.id));
        return json.take();
    });
}

CatalogRoutes::Detail CatalogRoutes::detail(store::Session& session, const Scope& scope,
                                            const std::optional<catalog::Variant>& variant,
                                            const std::string& asked) const
{
    if (!variant)
        refuse("variant", asked);
    return {*variant, _parts.listings.ofVariant(session, scope, variant->id)};
}

/// A channel's name may have to be read: not while a reader is held.
std::string CatalogRoutes::detailJson(const Scope& scope, const Detail& detail)
{
    JsonWriter json;
    json.beginObject();
    writeVariantMembers(json, detail.variant);
    json.key("listings").beginArray();
    for (const catalog::Listing& listing : detail.listings) {
        beginListing(json, listing, _names.nameOf(scope.tenant, listing.channel));
        json.endObject();
    }
    return json.endArray().endObject().take();
}

http::Response CatalogRoutes::getVariant(Call& call)
{
    const Id id = call.id(0, prefix::variant, "variant");
    Detail found;
    _parts.database.read([&](store::Session& session) {
        found = detail(session, call.scope, _parts.variants.get(session, call.scope, id),
                       call.parameter(0));
    });
    return jsonResponse(detailJson(call.scope, found));
}

http::Response CatalogRoutes::patchVariant(Call& call)
{
    const Id id = call.id(0, prefix::variant, "variant");
    Fields fields(call.body());
    catalog::VariantPatch patch;
    patch.title = fields.maybeText("title", 500);
    patch.category = fields.maybeText("category", 100);
    patch.barcode = fields.maybeText("barcode", 100);
    patch.brand = fields.maybeText("brand", 100);
    patch.price = fields.maybeInteger("price_cents", 0, centsMax);
    patch.cost = fields.maybeInteger("cost_cents", 0, centsMax);
    fields.finish("variant");
    getVariant(call); // so that the names of its channels are known in the transaction
    return jsonResponse(_parts.commands.run([&](store::Tx& tx) {
        _parts.variants.patch(tx, call.scope, id, patch);
        return detailJson(
            call.scope,
            detail(tx, call.scope, _parts.variants.get(tx, call.scope, id), call.parameter(0)));
    }));
}

http::Response CatalogRoutes::pendingSync(Call& call)
{
    const auto channel = _names.idOf(call.scope.tenant, call.parameter(0));
    if (!channel)
        refuse("channel", call.parameter(0));
    const sync::TaskQuery query{
        .state = sync::TaskState::Pending, .channel = channel, .kind = sync::TaskKind::Stock};
    const store::PageRequest asked = call.page();
    store::Page<sync::TaskRow> tasks;
    std::map<Id, catalog::Listing> listings;
    std::unordered_map<Id, std::string> skus;
    _parts.database.read([&](store::Session& session) {
        listings.clear();
        tasks = sync::TaskReader().list(session, call.scope, query, asked);
        std::vector<Id> subjects, variants;
        for (const sync::TaskRow& task : tasks.data)
            subjects.push_back(task.subject);
        for (auto& listing : _parts.listings.ofIds(session, call.scope.tenant, subjects)) {
            if (listing.variant)
                variants.push_back(*listing.variant);
            listings.emplace(listing.id, std::move(listing));
        }
        std::ranges::sort(variants);
        variants.erase(std::ranges::unique(variants).begin(), variants.end());
        skus = variants.empty() ? std::unordered_map<Id, std::string>()
                                : _parts.variants.skusOf(session, call.scope.tenant, variants);
    });
    std::erase_if(tasks.data, [&](const sync::TaskRow& task) {
        const auto listing = listings.find(task.subject);
        return listing == listings.end() || !listing->second.variant;
    });
    return jsonResponse(listJson(tasks, [&](JsonWriter& json, const sync::TaskRow& task) {
        const catalog::Listing& listing = listings.at(task.subject);
        json.beginObject()
            .member("variant_id", showId(prefix::variant, *listing.variant))
            .member("sku", skus[*listing.variant])
            .member("listing_id", showId(prefix::listing, listing.id))
            .member("external_id", listing.externalId)
            .member("task_id", showId(prefix::task, task.id))
            .member("attempts", task.attempts)
            .member("reason", task.reason)
            .member("planned_at", toIso(task.plannedAt))
            .member("next_attempt_at", toIso(task.nextAttemptAt))
            .endObject();
    }));
}

http::Response CatalogRoutes::getVariantBySku(Call& call)
{
    Detail found;
    _parts.database.read([&](store::Session& session) {
        found = detail(session, call.scope,
                       _parts.variants.bySku(session, call.scope, call.parameter(0)),
                       call.parameter(0));
    });
    return jsonResponse(detailJson(call.scope, found));
}

std::string CatalogRoutes::componentsJson(store::Session& session, const Scope& scope,
                                          Id bundle) const
{
    if (!_parts.variants.get(session, scope, bundle))
        refuse("variant", showId(prefix::variant, bundle));
    const catalog::Components components = _parts.bundles.componentsOf(session, scope, bundle);
    std::vector<Id> ids;
    for (const catalog::Component& component : components)
        ids.push_back(component.variant);
    const auto skus = ids.empty() ? std::unordered_map<Id, std::string>()
                                  : _parts.variants.skusOf(session, scope.tenant, ids);
    JsonWriter json;
    json.beginObject().member("id", showId(prefix::variant, bundle)).key("components").beginArray();
    for (const catalog::Component& component : components)
        json.beginObject()
            .member("variant_id", showId(prefix::variant, component.variant))
            .member("sku", skus.at(component.variant))
            .member("quantity", component.quantity)
            .endObject();
    json.endArray().endObject();
    return json.take();
}

http::Response CatalogRoutes::getComponents(Call& call)
{
    const Id bundle = call.id(0, prefix::variant, "variant");
    std::string json;
    _parts.database.read(
        [&](store::Session& session) { json = componentsJson(session, call.scope, bundle); });
    return jsonResponse(std::move(json));
}

http::Response CatalogRoutes::setComponents(Call& call)
{
    const Id bundle = call.id(0, prefix::variant, "variant");
    Fields fields(call.body());
    std::vector<std::pair<std::string, std::int64_t>> wanted; // by SKU
    fields.require(fields.has("components"), "components", "is missing");
    fields.each("components", componentsMax, [&](Fields& component) {
        std::string sku = component.text("sku", 1, 100);
        wanted.emplace_back(std::move(sku),
                            component.integer("quantity", 1, catalog::componentQuantityMax));
    });
    fields.finish("bundle");
    return jsonResponse(_parts.commands.run([&](store::Tx& tx) {
        std::vector<std::string> skus;
        for (const auto& [sku, quantity] : wanted)
            skus.push_back(sku);
        const auto ids = skus.empty() ? std::unordered_map<std::string, Id>()
                                      : _parts.variants.idsOf(tx, call.scope.tenant, skus);
        catalog::Components components;
        for (const auto& [sku, quantity] : wanted) {
            const auto id = ids.find(sku);
            if (id == ids.end())
                refuse("variant with the SKU", sku);
            components.push_back({id->second, quantity});
        }
        _parts.bundles.set(tx, call.scope, bundle, components);
        return componentsJson(tx, call.scope, bundle);
    }));
}

} // namespace spokehub::api
