#include "api/Imports.h"

#include "api/rest/CatalogJson.h"
#include "catalog/Upis.h"
#include "stock/StockReader.h"

namespace spokehub::api
{

namespace
{

constexpr std::int64_t quantityMax = 1'000'000'000;
constexpr std::int64_t unitsMax = 1'000'000;

/// A column that is given, and says something else than what there is.
bool differs(const std::optional<std::string>& given, const std::string& is)
{
    return given && *given != is;
}

bool differs(const std::optional<std::int64_t>& given, std::int64_t is)
{
    return given && *given != is;
}

std::optional<std::string> given(const std::string& text)
{
    return text.empty() ? std::nullopt : std::optional(text);
}

/// A column that is known, of which a thing that is there already cannot be told anything else.
void requireSame(const std::string& wanted, const std::string& is, const std::string& column)
{
    if (!wanted.empty() && wanted != is)
        throw Error(Refusal::Conflict, column + " is " + is + " and never changes",
                    {{column, "is " + is + " and never changes"}});
}

} // namespace

std::vector<ImportKind> Imports::kinds()
{
    using enum ColumnType;
    return {
        {"families",
         Permission::CatalogWrite,
         {{"code"}, {"title"}, {"category"}},
         [this](auto& tx, auto& scope, auto&, Fields& fields) {
             return family(tx, scope, fields);
         }},
        {"identities",
         Permission::CatalogWrite,
         {{"family"}, {"type"}, {"component_index", Number}, {"title"}},
         [this](auto& tx, auto& scope, auto&, Fields& fields) {
             return identity(tx, scope, fields);
         }},
        {"variants",
         Permission::CatalogWrite,
         {{"sku"},
          {"identity"},
          {"title"},
          {"category"},
          {"color"},
          {"condition"},
          {"size"},
          {"barcode"},
          {"price_cents", Number},
          {"cost_cents", Number},
          {"currency"},
          {"brand"}},
         [this](auto& tx, auto& scope, auto& cause, Fields& fields) {
             return variant(tx, scope, cause, fields);
         }},
        {"stock",
         Permission::StockAdjust,
         {{"sku"},
          {"location"},
          {"on_hand", Number},
          {"safety_stock", Number},
          {"reorder_level", Number},
          {"reason"}},
         [this](auto& tx, auto& scope, auto& cause, Fields& fields) {
             return level(tx, scope, cause, fields);
         }},
        {"listings",
         Permission::ListingsWrite,
         {{"channel"},
          {"external_id"},
          {"parent_id"},
          {"stock_id"},
          {"sku"},
          {"title"},
          {"units_per_sale", Number}},
         [this](auto& tx, auto& scope, auto& cause, Fields& fields) {
             return listing(tx, scope, cause, fields);
         }},
    };
}

ImportOutcome Imports::family(store::Tx& tx, const Scope& scope, Fields& fields) const
{
    const std::string code = fields.text("code", 1, 5);
    const auto title = fields.maybeText("title", 500);
    const auto category = fields.maybeText("category", 100);
    fields.finish("family");
    const auto known = _parts.families.byCode(tx, scope, code);
    if (!known) {
        _parts.families.create(tx, scope, {code, title.value_or(""), category.value_or("")});
        return ImportOutcome::Made;
    }
    if (!differs(title, known->title) && !differs(category, known->category))
        return ImportOutcome::Unchanged;
    _parts.families.patch(tx, scope, known->id, {title, category});
    return ImportOutcome::Changed;
}

ImportOutcome Imports::identity(store::Tx& tx, const Scope& scope, Fields& fields) const
{
    const std::string code = fields.text("family", 1, 5);
    const std::string word = fields.text("type", 1, 10);
    const auto type = identityTypeFrom(word);
    const auto index = fields.maybeInteger("component_index", 1, catalog::componentIndexMax);
    const std::string title = fields.text("title", 0, 500);
    fields.require(word.empty() || type, "type", "is none of product, part, bundle, kit");
    fields.require(!type || (*type == catalog::IdentityType::Part) == index.has_value(),
                   "component_index", "must be given for parts, and for them alone");
    fields.finish("identity");
    const auto family = _parts.families.byCode(tx, scope, code);
    if (!family)
        throw Error(Refusal::NotFound, "there is no family " + code, {{"family", "is not known"}});
    catalog::UpisKey key{code, *type, {}};
    if (index)
        key.index = static_cast<int>(*index);
    if (const auto known = _parts.identities.byUpisH(tx, scope, catalog::upisH(key))) {
        requireSame(title, known->title, "title");
        return ImportOutcome::Unchanged;
    }
    _parts.identities.create(tx, scope, {family->id, *type, key.index, title});
    return ImportOutcome::Made;
}

ImportOutcome Imports::variant(store::Tx& tx, const Scope& scope, const std::string& cause,
                               Fields& fields) const
{
    constexpr std::int64_t centsMax = 1'000'000'000'000'000;
    catalog::NewVariant wanted;
    wanted.sku = fields.text("sku", 1, 100);
    const std::string upisH = fields.text("identity", 0, 100);
    catalog::VariantPatch patch;
    patch.title = fields.maybeText("title", 500);
    patch.category = fields.maybeText("category", 100);
    patch.barcode = fields.maybeText("barcode", 100);
    patch.brand = fields.maybeText("brand", 100);
    patch.price = fields.maybeInteger("price_cents", 0, centsMax);
    patch.cost = fields.maybeInteger("cost_cents", 0, centsMax);
    wanted.color = fields.text("color", 0, 100);
    wanted.condition = fields.text("condition", 0, 1);
    wanted.size = fields.text("size", 0, 100);
    const std::string currency = fields.text("currency", 0, 3);
    fields.finish("variant");

    if (const auto known = _parts.variants.bySku(tx, scope, wanted.sku)) {
        requireSame(wanted.color, known->color, "color");
        requireSame(wanted.condition, known->condition, "condition");
        requireSame(wanted.size, known->size, "size");
        requireSame(currency, known->currency, "currency");
        if (!differs(patch.title, known->title) && !differs(patch.category, known->category) &&
            !differs(patch.barcode, known->barcode) && !differs(patch.brand, known->brand) &&
            !differs(patch.price, known->price) && !differs(patch.cost, known->cost))
            return ImportOutcome::Unchanged;
        _parts.variants.patch(tx, scope, known->id, patch);
        return ImportOutcome::Changed;
    }
    if (!upisH.empty()) {
        const auto identity = _parts.identities.byUpisH(tx, scope, upisH);
        if (!identity)
            throw Error(Refusal::NotFound, "there is no identity " + upisH,
                        {{"identity", "is not known"}});
        wanted.identity = identity->id;
    }
    wanted.title = patch.title.value_or("");
    wanted.category = patch.category.value_or("");
    wanted.barcode = patch.barcode.value_or("");
    wanted.brand = patch.brand.value_or("");
    wanted.price = patch.price.value_or(0);
    wanted.cost = patch.cost.value_or(0);
    wanted.currency = given(currency).value_or(wanted.currency);
    _variantCommands.create(tx, scope, wanted, {}, cause);
    return ImportOutcome::Made;
}

ImportOutcome Imports::level(store::Tx& tx, const Scope& scope, const std::string& cause,
                             Fields& fields) const
{
    stock::Adjust count;
    count.kind = stock::MovementKind::Count;
    count.sku = fields.text("sku", 1, 100);
    count.location = fields.maybeText("location", 100).value_or(count.location);
    const auto onHand = fields.maybeInteger("on_hand", 0, quantityMax);
    const auto safety = fields.maybeInteger("safety_stock", 0, quantityMax);
    const auto reorder = fields.maybeInteger("reorder_level", 0, quantityMax);
    count.reason = fields.text("reason", 0, 500);
    fields.require(onHand || safety || reorder, "on_hand",
                   "safety_stock or reorder_level must be given");
    fields.finish("level");

    const auto variant = _parts.variants.bySku(tx, scope, count.sku);
    if (!variant)
        throw Error(Refusal::NotFound, "there is no variant with the SKU " + count.sku,
                    {{"sku", "is not known"}});
    const stock::StockReader reader;
    const auto place = reader.locationOf(tx, scope, count.location);
    if (!place)
        throw Error(Refusal::NotFound, "there is no location " + count.location,
                    {{"location", "is not known"}});
    stock::LevelRow is;
    for (const stock::LevelRow& row : reader.levels(tx, scope, variant->id))
        if (row.location == *place)
            is = row;
    const bool counted = differs(onHand, is.onHand);
    const bool limited = differs(safety, is.safetyStock) || differs(reorder, is.reorderLevel);
    if (counted) {
        count.onHand = *onHand;
        _parts.stockCommands.run(tx, {scope, {}, cause, count});
    }
    if (limited)
        _parts.ledger.setLimits(tx, {.tenant = scope.tenant,
                                     .variant = variant->id,
                                     .location = *place,
                                     .safetyStock = safety,
                                     .reorderLevel = reorder});
    return counted || limited ? ImportOutcome::Changed : ImportOutcome::Unchanged;
}

ImportOutcome Imports::listing(store::Tx& tx, const Scope& scope, const std::string& cause,
                               Fields& fields) const
{
    const std::string channel = fields.text("channel", 1, 100);
    catalog::NewListing wanted;
    wanted.externalId = fields.text("external_id", 1, 200);
    wanted.parentId = fields.text("parent_id", 0, 200);
    wanted.stockId = fields.text("stock_id", 0, 200);
    wanted.sku = fields.text("sku", 1, 100);
    wanted.title = fields.text("title", 0, 500);
    const auto units = fields.maybeInteger("units_per_sale", 1, unitsMax);
    fields.finish("listing");
    const auto variant = _parts.variants.bySku(tx, scope, wanted.sku);
    if (!variant)
        throw Error(Refusal::NotFound, "there is no variant with the SKU " + wanted.sku,
                    {{"sku", "is not known"}});
    for (const auto& each : _parts.channels.all())
        if (each->tenant == scope.tenant && each->config->name == channel)
            wanted.channel = each->id;
    if (wanted.channel == 0)
        throw Error(Refusal::BadRequest, "there is no channel " + channel,
                    {{"channel", "is not known"}});
    const auto rematch = [&](const std::string& sku) {
        _parts.orders.rematch(tx, scope.tenant, {&sku, 1}, {cause, scope.actor, "import"});
    };
    const auto known = _parts.listings.byExternalId(tx, scope, wanted.channel, wanted.externalId);
    if (!known) {
        wanted.unitsPerSale = units.value_or(1);
        rematch(_parts.listings.create(tx, scope, wanted).sku);
        return ImportOutcome::Made;
    }
    const bool other = known->variant != variant->id;
    if (other) {
        _parts.listings.match(tx, scope, known->id, variant->id);
        rematch(known->sku);
    }
    const bool sold = differs(units, known->unitsPerSale);
    if (sold)
        _parts.listings.setUnitsPerSale(tx, scope, known->id, *units);
    return other || sold ? ImportOutcome::Changed : ImportOutcome::Unchanged;
}

} // namespace spokehub::api
