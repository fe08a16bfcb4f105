#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spokehub
{
class FieldChecks;
}

namespace spokehub::catalog
{

enum class IdentityType
{
    Product,
    Part,
    Bundle,
    Kit,
};

constexpr int componentIndexMax = 99;

/// The word of a type in signatures and in the database: "Product", "P", "B", "K".
std::string_view codeOf(IdentityType type);
std::optional<IdentityType> identityTypeOf(std::string_view code);

/// What a unique product is called: a family of five digits, a type, and for a part its component
/// index.
struct UpisKey
{
    std::string family; // "00845"
    IdentityType type = IdentityType::Product;
    std::optional<int> index{}; // 1 to 99 for a part; nothing else has one
};

void checkFamilyCode(FieldChecks& checks, std::string_view field, std::string_view code);

/// "00845" of a product, "00845-P-1" of a part, "02391-B" of a bundle, "02391-K" of a kit.
/// Throws Error(BadRequest) when the key is not well formed.
std::string upisH(const UpisKey& key);

/// Eight upper-case hex digits: the first four bytes of SHA-256 over "00845|P|1" (family, type,
/// index or empty). Throws as upisH does.
std::string signature(const UpisKey& key);

/// "00845-P-1-WY-N", or "00845-P-1-WY-N-L" with a size. The colour is two letters, upper case; the
/// condition N (new), R (refurbished) or U (used). Throws Error(BadRequest) naming the fields that
/// are not.
std::string generatedSku(std::string_view upisH, std::string_view color, std::string_view condition,
                         std::string_view size);

} // namespace spokehub::catalog
