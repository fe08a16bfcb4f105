#include "api/rest/CatalogJson.h"

#include "api/Shown.h"

#include <algorithm>
#include <array>

namespace spokehub::api
{

using catalog::IdentityType;

namespace
{

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

} // namespace

std::optional<IdentityType> identityTypeFrom(std::string_view text)
{
    for (const auto& [name, type] : typeNames)
        if (name == text)
            return type;
    return catalog::identityTypeOf(text);
}

void writeVariantMembers(JsonWriter& json, const catalog::Variant& variant)
{
    json.member("id", showId(prefix::variant, variant.id))
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
        .member("brand", variant.brand)
        .member("created_at", toIso(variant.createdAt))
        .member("updated_at", toIso(variant.updatedAt));
}

void writeFamilyMembers(JsonWriter& json, const catalog::Family& family)
{
    json.member("id", showId(prefix::family, family.id))
        .member("code", family.code)
        .member("title", family.title)
        .member("category", family.category)
        .member("created_at", toIso(family.createdAt))
        .member("updated_at", toIso(family.updatedAt));
}

void writeIdentityMembers(JsonWriter& json, const catalog::Identity& identity)
{
    json.member("id", showId(prefix::identity, identity.id))
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
        .member("created_at", toIso(identity.createdAt));
}

void writeVariant(JsonWriter& json, const catalog::Variant& variant)
{
    json.beginObject();
    writeVariantMembers(json, variant);
    json.endObject();
}

void writeFamily(JsonWriter& json, const catalog::Family& family)
{
    json.beginObject();
    writeFamilyMembers(json, family);
    json.endObject();
}

void writeIdentity(JsonWriter& json, const catalog::Identity& identity)
{
    json.beginObject();
    writeIdentityMembers(json, identity);
    json.endObject();
}

} // namespace spokehub::api
