#include "catalog/Variants.h"

#include "catalog/Upis.h"
#include "core/FieldChecks.h"
#include "store/ListText.h"

#include <algorithm>

namespace spokehub::catalog
{

namespace
{

#define VARIANT_COLUMNS                                                                            \
    "id, identity_id, sku, title, category, color, condition, size, barcode, price, cost, "        \
    "currency, "                                                                                   \
    "created_at, updated_at, brand"

constexpr store::Sql upisHOfIdentity{
    "SELECT upis_h FROM identity WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql insertVariant{"INSERT INTO variant (tenant_id, " VARIANT_COLUMNS
                                   ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
                                   "$13, $14, $14, $15) ON CONFLICT DO NOTHING"};
constexpr store::Sql patchVariant{
    "UPDATE variant SET title = COALESCE($1, title), category = COALESCE($2, category), "
    "barcode = COALESCE($3, barcode), price = COALESCE($4, price), cost = COALESCE($5, cost), "
    "brand = COALESCE($6, brand), updated_at = $7 WHERE tenant_id = $8 AND id = $9 "
    "RETURNING " VARIANT_COLUMNS};

constexpr store::Sql variantById{"SELECT " VARIANT_COLUMNS
                                 " FROM variant WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql variantBySku{"SELECT " VARIANT_COLUMNS
                                  " FROM variant WHERE tenant_id = $1 AND sku = $2"};
constexpr store::Sql variantsOfIdentity{
    "SELECT " VARIANT_COLUMNS
    " FROM variant WHERE tenant_id = $1 AND identity_id = $2 ORDER BY id LIMIT 1000"};
constexpr store::Sql variantsOfBarcode{
    "SELECT " VARIANT_COLUMNS
    " FROM variant WHERE tenant_id = $1 AND barcode = $2 AND barcode <> '' ORDER BY id LIMIT 10"};
constexpr store::Sql idsOfSkus{
    "SELECT x.sku, x.id FROM {each_row} variant x WHERE x.tenant_id = {1} AND x.sku = {2}"};
constexpr store::Sql skusOfIds{
    "SELECT x.id, x.sku FROM {each_row} variant x WHERE x.tenant_id = {1} AND x.id = {2}"};

constexpr std::size_t skuMax = 100;
constexpr std::size_t titleMax = 500;
constexpr std::size_t nameMax = 100; // category, colour, size, barcode
constexpr std::int64_t amountMax = 1'000'000'000'000'000;

Variant variantOf(const store::Row& row)
{
    Variant variant;
    variant.id = row.integer(0);
    variant.identity = row.maybeInteger(1);
    variant.sku = row.string(2);
    variant.title = row.string(3);
    variant.category = row.string(4);
    variant.color = row.string(5);
    variant.condition = row.string(6);
    variant.size = row.string(7);
    variant.barcode = row.string(8);
    variant.price = row.integer(9);
    variant.cost = row.integer(10);
    variant.currency = row.string(11);
    variant.createdAt = row.time(12);
    variant.updatedAt = row.time(13);
    variant.brand = row.string(14);
    return variant;
}

std::optional<Variant> one(store::Session& session, const store::Sql& sql, store::Params params)
{
    std::optional<Variant> variant;
    session.query(sql, params, [&](const store::Row& row) { variant = variantOf(row); });
    return variant;
}

bool isCondition(std::string_view text)
{
    return text.empty() || text == "N" || text == "R" || text == "U";
}

bool isCurrency(std::string_view text)
{
    return text.size() == 3 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void requireWellFormed(const NewVariant& wanted)
{
    FieldChecks checks;
    if (wanted.sku.empty())
        checks.require(wanted.identity.has_value(), "sku",
                       "is missing: give one, or an identity to generate it");
    else
        checks.text("sku", wanted.sku, 1, skuMax);
    checks.text("title", wanted.title, 0, titleMax)
        .text("category", wanted.category, 0, nameMax)
        .text("color", wanted.color, 0, nameMax)
        .require(isCondition(wanted.condition), "condition",
                 "must be N (new), R (refurbished), U (used) or none")
        .text("size", wanted.size, 0, nameMax)
        .text("barcode", wanted.barcode, 0, nameMax)
        .text("brand", wanted.brand, 0, nameMax)
        .number("price", wanted.price, 0, amountMax)
        .number("cost", wanted.cost, 0, amountMax)
        .require(isCurrency(wanted.currency), "currency",
                 "must be three upper-case letters, such as USD")
        .refuse("variant");
}

void requireWellFormed(const VariantPatch& patch)
{
    FieldChecks()
        .text("title", patch.title.value_or(""), 0, titleMax)
        .text("category", patch.category.value_or(""), 0, nameMax)
        .text("barcode", patch.barcode.value_or(""), 0, nameMax)
        .text("brand", patch.brand.value_or(""), 0, nameMax)
        .number("price", patch.price.value_or(0), 0, amountMax)
        .number("cost", patch.cost.value_or(0), 0, amountMax)
        .refuse("variant");
}

std::string requireUpisH(store::Tx& tx, const Scope& scope, Id identity)
{
    std::optional<std::string> upisH;
    tx.query(upisHOfIdentity, {scope.tenant, identity},
             [&](const store::Row& row) { upisH = row.string(0); });
    if (!upisH)
        throw Error(Refusal::NotFound, "there is no such identity", {{"identity", "is not known"}});
    return *upisH;
}

} // namespace

Variant Variants::create(store::Tx& tx, const Scope& scope, const NewVariant& wanted)
{
    requireWellFormed(wanted);
    std::string sku = wanted.sku;
    if (wanted.identity) {
        const std::string upisH = requireUpisH(tx, scope, *wanted.identity);
        if (sku.empty())
            sku = generatedSku(upisH, wanted.color, wanted.condition, wanted.size);
    }

    const Time now = _clock.now();
    const Variant variant{_ids.next(),
                          wanted.identity,
                          std::move(sku),
                          wanted.title,
                          wanted.category,
                          wanted.color,
                          wanted.condition,
                          wanted.size,
                          wanted.barcode,
                          wanted.price,
                          wanted.cost,
                          wanted.currency,
                          now,
                          now,
                          wanted.brand};
    if (tx.execute(insertVariant,
                   {scope.tenant, variant.id, variant.identity, variant.sku, variant.title,
                    variant.category, variant.color, variant.condition, variant.size,
                    variant.barcode, variant.price, variant.cost, variant.currency,
                    variant.createdAt, variant.brand}) != 1)
        throw Error(Refusal::Conflict, "SKU " + variant.sku + " exists already",
                    {{"sku", "exists already"}});
    tx.grew(scope.tenant, "variants");
    tx.note(store::Difference(showId("var", variant.id))
                .told("sku", variant.sku)
                .maybe("title", variant.title));
    return variant;
}

Variant Variants::patch(store::Tx& tx, const Scope& scope, Id id, const VariantPatch& patch)
{
    requireWellFormed(patch);
    const auto before = get(tx, scope, id);
    const auto variant = one(tx, patchVariant,
                             {patch.title, patch.category, patch.barcode, patch.price, patch.cost,
                              patch.brand, _clock.now(), scope.tenant, id});
    if (!variant)
        throw Error(Refusal::NotFound, "there is no such variant");
    if (before)
        tx.note(store::Difference(showId("var", id))
                    .from("title", before->title, variant->title)
                    .from("category", before->category, variant->category)
                    .from("barcode", before->barcode, variant->barcode)
                    .from("price", before->price, variant->price)
                    .from("cost", before->cost, variant->cost));
    if (patch.category)
        tx.changed(scope.tenant, id); // the rules of its category are others now
    return *variant;
}

std::optional<Variant> Variants::get(store::Session& session, const Scope& scope, Id id) const
{
    return one(session, variantById, {scope.tenant, id});
}

std::optional<Variant> Variants::bySku(store::Session& session, const Scope& scope,
                                       std::string_view sku) const
{
    return one(session, variantBySku, {scope.tenant, sku});
}

store::Page<Variant> Variants::list(store::Session& session, const Scope& scope,
                                    const store::PageRequest& page, const VariantQuery& query) const
{
    store::ListText text("SELECT " VARIANT_COLUMNS " FROM variant WHERE tenant_id = $1",
                         scope.tenant);
    text.maybe("identity_id = ", query.identity).maybe("category = ", query.category);
    if (query.brand) // the condition of its index stands in the text
        text.where("brand <> ''").where("brand = ", *query.brand);
    if (query.barcode)
        text.where("barcode <> ''").where("barcode = ", *query.barcode);
    const std::string end = query.skuPrefix + "\xf4\x8f\xbf\xbf"; // above every character
    if (!query.skuPrefix.empty())
        text.where("sku >= ", query.skuPrefix).where("sku < ", end);
    if (query.skuPrefix.empty() || query.updatedSince)
        return store::readPage(session, {"variants"}, std::move(text), page, query.updatedSince,
                               &Variant::updatedAt, variantOf);

    constexpr std::string_view name = "skus";
    const std::string after = page.after(name);
    FieldChecks()
        .text("prefix", query.skuPrefix, 1, skuMax)
        .text("cursor", after, 0, skuMax)
        .refuse("the list of variants");
    text.where("sku > ", after).add(" ORDER BY sku LIMIT " + text.next(page.limit + 1));
    std::vector<Variant> rows;
    text.read(session, [&](const store::Row& row) { rows.push_back(variantOf(row)); });
    return store::pageOf(name, page, std::move(rows),
                         [](const Variant& variant) { return variant.sku; });
}

std::vector<Variant> Variants::ofIdentity(store::Session& session, const Scope& scope,
                                          Id identity) const
{
    std::vector<Variant> rows;
    session.query(variantsOfIdentity, {scope.tenant, identity},
                  [&](const store::Row& row) { rows.push_back(variantOf(row)); });
    return rows;
}

std::vector<Variant> Variants::byBarcode(store::Session& session, const Scope& scope,
                                         std::string_view barcode) const
{
    std::vector<Variant> rows;
    session.query(variantsOfBarcode, {scope.tenant, barcode},
                  [&](const store::Row& row) { rows.push_back(variantOf(row)); });
    return rows;
}

std::unordered_map<std::string, Id> Variants::idsOf(store::Session& session, Id tenant,
                                                    std::span<const std::string> skus) const
{
    store::RowSet asked(2);
    asked.reserve(skus.size());
    for (const std::string& sku : skus)
        asked.add({tenant, sku});
    std::unordered_map<std::string, Id> ids;
    session.queryRows(idsOfSkus, asked,
                      [&](const store::Row& row) { ids.emplace(row.text(0), row.integer(1)); });
    return ids;
}

std::unordered_map<Id, std::string> Variants::skusOf(store::Session& session, Id tenant,
                                                     std::span<const Id> ids) const
{
    store::RowSet asked(2);
    asked.reserve(ids.size());
    for (const Id id : ids)
        asked.add({tenant, id});
    std::unordered_map<Id, std::string> skus;
    session.queryRows(skusOfIds, asked,
                      [&](const store::Row& row) { skus.emplace(row.integer(0), row.text(1)); });
    return skus;
}

} // namespace spokehub::catalog
