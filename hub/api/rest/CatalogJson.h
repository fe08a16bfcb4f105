#pragma once

#include "catalog/Families.h"
#include "catalog/Identities.h"
#include "catalog/Variants.h"
#include "core/Json.h"

#include <optional>
#include <string_view>

namespace spokehub::api
{

/// The word, or the code that stands in signatures.
std::optional<catalog::IdentityType> identityTypeFrom(std::string_view text);

/// The whole object; its members alone where more follow.
void writeVariantMembers(JsonWriter& json, const catalog::Variant& variant);
void writeFamilyMembers(JsonWriter& json, const catalog::Family& family);
void writeIdentityMembers(JsonWriter& json, const catalog::Identity& identity);
void writeVariant(JsonWriter& json, const catalog::Variant& variant);
void writeFamily(JsonWriter& json, const catalog::Family& family);
void writeIdentity(JsonWriter& json, const catalog::Identity& identity);

} // namespace spokehub::api
