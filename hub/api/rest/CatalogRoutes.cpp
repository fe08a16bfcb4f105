#include "api/rest/CatalogRoutes.h"

#include "api/Fields.h"
#include "api/Shown.h"
#include "core/Error.h"

#include <algorithm>
#include <array>

namespace spokehub::api
{

namespace
{

using catalog::IdentityType;

constexpr std::int64_t centsMax = 1'000'000'000'000'000;
constexpr std::int64_t quantityMax = 1'000'000'000;
constexpr std::size_t componentsMax = 200;

constexpr std::array<std::pair<std::string_view, IdentityType>, 4> typeNames = {
    {{"product", IdentityType::Product},
     {"part", IdentityType::Part},
     {"bundle", IdentityType::Bundle},
     {"kit", IdentityType::Kit}}};

std::string_view nameOf(IdentityType type)
{
    return std::ranges::find(typeNames, type, &std::pair<std::string_view, IdentityType>::second)
        ->first;
}

/// The word, or the code that stands in signatures.
std::optional<IdentityType> typeFrom(std::string_view text)
{
    for (const auto& [name, type] : typeNames)
        if (name == text)
            return type;
    return catalog::identityTypeOf(text);
}

void writeVariant(JsonWriter& json, const catalog::Variant& variant)
{
    json.beginObject()
        .member("id", showId(prefix::variant, variant.id))
        .member("sku", variant.sku)
        .member("identity_id", shown(prefix::identity, variant.identity))
        .member("title", variant.title)
        .member("category", variant.category)
        .member("color", variant.color)
        .member("condition", variant.condition)
        .member("size", variant.size)
        .member("barcode", variant.barcode)
        .member("price_cents", variant.price)
        .member("cost_cents", variant.cost)
        .member("currency", variant.currency)
        .member("created_at", toIso(variant.createdAt))
        .member("updated_at", toIso(variant.updatedAt))
        .endObject();
}

void writeFamily(JsonWriter& json, const catalog::Family& family)
{
    json.beginObject()
        .member("id", showId(prefix::family, family.id))
        .member("code", family.code)
        .member("title", family.title)
        .member("category", family.category)
        .member("created_at", toIso(family.createdAt))
        .endObject();
}

void writeIdentity(JsonWriter& json, const catalog::Identity& identity)
{
    json.beginObject()
        .member("id", showId(prefix::identity, identity.id))
        .member("family_id", showId(prefix::family, identity.family))
        .member("type", nameOf(identity.type));
    json.key("component_index");
    if (identity.index)
        json.value(*identity.index);
    else
        json.null();
    json.member("upis_h", identity.upisH)
        .member("signature", identity.signature)
        .member("title", identity.title)
        .member("created_at", toIso(identity.createdAt))
        .endObject();
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
              "Variants in order of id, or those whose SKU begins so, in order of SKU",
              answering([this](Call& call) { return listVariants(call); }),
              {"cursor", "limit", "sku_prefix"}})
        .lists("Variant");
    router
        .add({"POST", "/api/v1/variants", Permission::CatalogWrite,
              "Makes a variant, with opening stock when it is given",
              answering([this](Call& call) { return createVariant(call); })})
        .takes("NewVariant")
        .gives("Variant", 201);
    router
        .add({"GET", "/api/v1/variants/{id}", Permission::CatalogRead, "A variant",
              answering([this](Call& call) { return getVariant(call); })})
        .gives("Variant");
    router
        .add({"GET", "/api/v1/variants/sku/{sku}", Permission::CatalogRead, "A variant by its SKU",
              answering([this](Call& call) { return getVariantBySku(call); })})
        .gives("Variant");
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
        .gives("Recipe");
    declareIdentities(router);
}

void CatalogRoutes::declareIdentities(Router& router)
{
    router
        .add({"GET",
              "/api/v1/families",
              Permission::CatalogRead,
              "Families",
              answering([this](Call& call) { return listFamilies(call); }),
              {"cursor", "limit"}})
        .lists("Family");
    router
        .add({"POST", "/api/v1/families", Permission::CatalogWrite, "Makes a family",
              answering([this](Call& call) { return createFamily(call); })})
        .takes("NewFamily")
        .gives("Family", 201);
    router
        .add({"GET", "/api/v1/families/{code}", Permission::CatalogRead, "A family, by code or id",
              answering([this](Call& call) { return getFamily(call); })})
        .gives("Family");
    router
        .add({"GET", "/api/v1/families/{code}/identities", Permission::CatalogRead,
              "The identities of a family",
              answering([this](Call& call) { return identitiesOfFamily(call); })})
        .lists("Identity");
    router
        .add({"POST", "/api/v1/identities", Permission::CatalogWrite,
              "Makes an identity, which never changes",
              answering([this](Call& call) { return createIdentity(call); })})
        .takes("NewIdentity")
        .gives("Identity", 201);
    router
        .add({"GET", "/api/v1/identities/{upis_h}", Permission::CatalogRead,
              "An identity, by UPIS-H or id",
              answering([this](Call& call) { return getIdentity(call); })})
        .gives("Identity");
}

http::Response CatalogRoutes::listVariants(Call& call)
{
    const store::PageRequest asked = call.page();
    store::Page<catalog::Variant> page;
    _parts.database.point([&](store::Session& session) {
        page = _parts.variants.list(session, call.scope, asked, call.query.text("sku_prefix"));
    });
    return jsonResponse(listJson(page, writeVariant));
}

http::Response CatalogRoutes::createVariant(Call& call)
{
    Fields fields(call.body());
    catalog::NewVariant wanted;
    wanted.identity = fields.maybeId("identity_id", prefix::identity);
    wanted.sku = fields.text("sku", 0, 100);
    wanted.title = fields.text("title", 0, 500);
    wanted.category = fields.text("category", 0, 100);
    wanted.color = fields.text("color", 0, 100);
    wanted.condition = fields.text("condition", 0, 1);
    wanted.size = fields.text("size", 0, 100);
    wanted.barcode = fields.text("barcode", 0, 100);
    wanted.price = fields.maybeInteger("price_cents", 0, centsMax).value_or(0);
    wanted.cost = fields.maybeInteger("cost_cents", 0, centsMax).value_or(0);
    wanted.currency = fields.maybeText("currency", 3).value_or(wanted.currency);
    OpeningStock opening;
    opening.onHand = fields.maybeInteger("on_hand", 0, quantityMax).value_or(0);
    opening.location = fields.maybeText("location", 100).value_or(opening.location);
    opening.safetyStock = fields.maybeInteger("safety_stock", 0, quantityMax);
    opening.reorderLevel = fields.maybeInteger("reorder_level", 0, quantityMax);
    fields.finish("variant");
    return answer(writeVariant, _parts.commands.run([&](store::Tx& tx) {
        return _variantCommands.create(tx, call.scope, wanted, opening, call.request.id);
    }),
                  201);
}

http::Response CatalogRoutes::getVariant(Call& call)
{
    const Id id = call.id(0, prefix::variant, "variant");
    std::optional<catalog::Variant> variant;
    _parts.database.point(
        [&](store::Session& session) { variant = _parts.variants.get(session, call.scope, id); });
    if (!variant)
        refuse("variant", call.parameter(0));
    return answer(writeVariant, *variant);
}

http::Response CatalogRoutes::getVariantBySku(Call& call)
{
    std::optional<catalog::Variant> variant;
    _parts.database.point([&](store::Session& session) {
        variant = _parts.variants.bySku(session, call.scope, call.parameter(0));
    });
    if (!variant)
        refuse("variant with the SKU", call.parameter(0));
    return answer(writeVariant, *variant);
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

http::Response CatalogRoutes::listFamilies(Call& call)
{
    const store::PageRequest asked = call.page();
    store::Page<catalog::Family> page;
    _parts.database.point(
        [&](store::Session& session) { page = _parts.families.list(session, call.scope, asked); });
    return jsonResponse(listJson(page, writeFamily));
}

http::Response CatalogRoutes::createFamily(Call& call)
{
    Fields fields(call.body());
    catalog::NewFamily wanted;
    wanted.code = fields.text("code", 1, 5);
    wanted.title = fields.text("title", 1, 500);
    wanted.category = fields.text("category", 0, 100);
    fields.finish("family");
    return answer(writeFamily, _parts.commands.run([&](store::Tx& tx) {
        return _parts.families.create(tx, call.scope, wanted);
    }),
                  201);
}

catalog::Family CatalogRoutes::requireFamily(store::Session& session, const Scope& scope,
                                             std::string_view codeOrId) const
{
    auto family = _parts.families.byCode(session, scope, codeOrId);
    if (!family)
        if (const auto id = readId(prefix::family, codeOrId))
            family = _parts.families.get(session, scope, *id);
    if (!family)
        refuse("family", codeOrId);
    return *std::move(family);
}

http::Response CatalogRoutes::getFamily(Call& call)
{
    std::optional<catalog::Family> family;
    _parts.database.point([&](store::Session& session) {
        family = requireFamily(session, call.scope, call.parameter(0));
    });
    return answer(writeFamily, *family);
}

http::Response CatalogRoutes::identitiesOfFamily(Call& call)
{
    store::Page<catalog::Identity> page;
    _parts.database.point([&](store::Session& session) {
        const auto family = requireFamily(session, call.scope, call.parameter(0));
        page.data = _parts.identities.ofFamily(session, call.scope, family.id);
    });
    return jsonResponse(listJson(page, writeIdentity));
}

http::Response CatalogRoutes::createIdentity(Call& call)
{
    Fields fields(call.body());
    const std::string family = fields.text("family", 1, 20);
    const std::string type = fields.text("type", 1, 10);
    const auto read = typeFrom(type);
    fields.require(type.empty() || read, "type", "is none of product, part, bundle, kit");
    const auto index = fields.maybeInteger("component_index", 1, catalog::componentIndexMax);
    catalog::NewIdentity wanted;
    wanted.title = fields.text("title", 0, 500);
    fields.require(!index || read == IdentityType::Part, "component_index", "is for parts only");
    fields.finish("identity");
    wanted.type = *read;
    if (index)
        wanted.index = static_cast<int>(*index);
    return answer(writeIdentity, _parts.commands.run([&](store::Tx& tx) {
        catalog::NewIdentity asked = wanted;
        asked.family = requireFamily(tx, call.scope, family).id;
        return _parts.identities.create(tx, call.scope, asked);
    }),
                  201);
}

http::Response CatalogRoutes::getIdentity(Call& call)
{
    const std::string& which = call.parameter(0);
    std::optional<catalog::Identity> identity;
    _parts.database.point([&](store::Session& session) {
        identity = _parts.identities.byUpisH(session, call.scope, which);
        if (!identity)
            if (const auto id = readId(prefix::identity, which))
                identity = _parts.identities.get(session, call.scope, *id);
    });
    if (!identity)
        refuse("identity", which);
    return answer(writeIdentity, *identity);
}

} // namespace spokehub::api
