#include "catalog/Upis.h"

#include "core/Digest.h"
#include "core/FieldChecks.h"

#include <algorithm>
#include <array>

namespace spokehub::catalog
{

namespace
{

constexpr std::array<std::string_view, 4> typeCodes{"Product", "P", "B", "K"};

std::string indexText(const UpisKey& key)
{
    return key.index ? std::to_string(*key.index) : "";
}

void requireWellFormed(const UpisKey& key)
{
    FieldChecks checks;
    checkFamilyCode(checks, "family", key.family);
    if (key.type == IdentityType::Part)
        checks.require(key.index.has_value(), "index", "is missing: a part has a component index")
            .number("index", key.index.value_or(1), 1, componentIndexMax);
    else
        checks.require(!key.index, "index", "is only for parts");
    checks.refuse("identity");
}

bool isSizeCharacter(char c)
{
    return c > ' ' && c < 0x7f;
}

} // namespace

std::string_view codeOf(IdentityType type)
{
    return typeCodes.at(static_cast<std::size_t>(type));
}

std::optional<IdentityType> identityTypeOf(std::string_view code)
{
    const auto found = std::find(typeCodes.begin(), typeCodes.end(), code);
    if (found == typeCodes.end())
        return std::nullopt;
    return static_cast<IdentityType>(found - typeCodes.begin());
}

void checkFamilyCode(FieldChecks& checks, std::string_view field, std::string_view code)
{
    const bool digits =
        std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
    checks.require(digits && code.size() == 5, field, "must be five digits, such as 00845");
}

std::string upisH(const UpisKey& key)
{
    requireWellFormed(key);
    std::string name = key.family;
    if (key.type != IdentityType::Product)
        name.append("-").append(codeOf(key.type));
    if (key.index)
        name.append("-").append(indexText(key));
    return name;
}

std::string signature(const UpisKey& key)
{
    requireWellFormed(key);
    std::string text = key.family;
    text.append("|").append(codeOf(key.type)).append("|").append(indexText(key));

    const Digest digest = sha256(text);
    constexpr char digits[] = "0123456789ABCDEF";
    std::string hex;
    for (std::size_t i = 0; i < 4; ++i) {
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 0xf];
    }
    return hex;
}

std::string generatedSku(std::string_view upisH, std::string_view color, std::string_view condition,
                         std::string_view size)
{
    const bool letters =
        std::all_of(color.begin(), color.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    FieldChecks checks;
    checks
        .require(letters && color.size() == 2, "color",
                 "must be two upper-case letters, such as WY")
        .require(condition == "N" || condition == "R" || condition == "U", "condition",
                 "must be N (new), R (refurbished) or U (used)")
        .require(std::all_of(size.begin(), size.end(), isSizeCharacter) && size.size() <= 20,
                 "size", "must be at most 20 letters, digits and signs without blanks");
    checks.refuse("a generated SKU of " + std::string(upisH));

    std::string sku(upisH);
    sku.append("-").append(color).append("-").append(condition);
    if (!size.empty())
        sku.append("-").append(size);
    return sku;
}

} // namespace spokehub::catalog
