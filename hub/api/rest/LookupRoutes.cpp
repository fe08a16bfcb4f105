#include "api/rest/LookupRoutes.h"

#include "api/Fields.h"
#include "api/Once.h"
#include "api/Shown.h"
#include "core/Error.h"

namespace spokehub::api
{

namespace
{

using catalog::LookupKind;

void writeLookup(JsonWriter& json, const catalog::Lookup& lookup)
{
    json.beginObject().member("code", lookup.code).member("title", lookup.title).endObject();
}

http::Response answer(const catalog::Lookup& lookup, int status)
{
    JsonWriter json;
    writeLookup(json, lookup);
    return jsonResponse(json.take(), status);
}

/// What a code was found to be.
struct Match
{
    std::string_view kind; // of the thing
    std::string_view by;   // which of its names
    std::string id;
    std::optional<Id> variant{};
    std::string sku{};
    std::string title{};
    std::string channel{};
};

void writeMatch(JsonWriter& json, const Match& match)
{
    json.beginObject()
        .member("kind", match.kind)
        .member("matched_by", match.by)
        .member("id", match.id)
        .member("variant_id", shown(prefix::variant, match.variant))
        .member("sku", match.sku)
        .member("title", match.title)
        .member("channel", match.channel)
        .endObject();
}

Match matchOf(const catalog::Variant& variant, std::string_view by)
{
    return {.kind = "variant",
            .by = by,
            .id = showId(prefix::variant, variant.id),
            .variant = variant.id,
            .sku = variant.sku,
            .title = variant.title};
}

} // namespace

void LookupRoutes::declare(Router& router)
{
    declareTable(router, "/api/v1/colors", LookupKind::Color);
    declareTable(router, "/api/v1/brands", LookupKind::Brand);
    router
        .add({"GET", "/api/v1/conditions", Permission::CatalogRead, "The conditions that SKUs know",
              answering([](Call&) {
                  const auto all = catalog::conditions();
                  return jsonResponse(listJson(
                      store::Page<catalog::Lookup>{{all.begin(), all.end()}, {}}, writeLookup));
              })})
        .lists("Lookup");
    router
        .add({"GET",
              "/api/v1/resolve",
              Permission::CatalogRead,
              "What a code stands for: SKU, UPIS-H, barcode, serial, or a channel's own id",
              answering([this](Call& call) { return resolve(call); }),
              {"code"}})
        .lists("Resolved");
}

void LookupRoutes::declareTable(Router& router, const std::string& path, LookupKind kind)
{
    const bool color = kind == LookupKind::Color;
    router
        .add({"GET",
              path,
              Permission::CatalogRead,
              color ? "Colours by their code in SKUs" : "Brands",
              answering([this, kind](Call& call) { return list(call, kind); }),
              {"cursor", "limit"}})
        .lists("Lookup");
    router
        .add({"POST", path, Permission::CatalogWrite, color ? "Names a colour" : "Makes a brand",
              answering([this, kind](Call& call) { return create(call, kind); })})
        .takes("Lookup")
        .gives("Lookup", 201)
        .once();
    router
        .add({"PATCH", path + "/{code}", Permission::CatalogWrite,
              color ? "Calls a colour something else" : "Calls a brand something else",
              answering([this, kind](Call& call) { return rename(call, kind); })})
        .takes("LookupTitle")
        .gives("Lookup")
        .guard();
    router
        .add({"GET", path + "/{code}", Permission::CatalogRead, color ? "A colour" : "A brand",
              answering([this, kind](Call& call) { return get(call, kind); })})
        .gives("Lookup");
}

http::Response LookupRoutes::list(Call& call, LookupKind kind)
{
    const store::PageRequest asked = call.page();
    store::Page<catalog::Lookup> page;
    _parts.database.point(
        [&](store::Session& session) { page = _lookups.list(session, call.scope, kind, asked); });
    return jsonResponse(listJson(page, writeLookup));
}

http::Response LookupRoutes::get(Call& call, LookupKind kind)
{
    std::optional<catalog::Lookup> found;
    _parts.database.point([&](store::Session& session) {
        found = _lookups.get(session, call.scope, kind, call.parameter(0));
    });
    if (!found)
        throw Error(Refusal::NotFound, std::string("there is no ") +
                                           (kind == LookupKind::Color ? "color " : "brand ") +
                                           call.parameter(0));
    return answer(*found, 200);
}

http::Response LookupRoutes::create(Call& call, LookupKind kind)
{
    Fields fields(call.body());
    catalog::Lookup wanted;
    wanted.code = fields.text("code", 1, 50);
    wanted.title = fields.text("title", 1, 200);
    fields.finish("lookup");
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        return answer(_lookups.create(tx, call.scope, kind, wanted), 201);
    });
}

http::Response LookupRoutes::rename(Call& call, LookupKind kind)
{
    Fields fields(call.body());
    const catalog::Lookup wanted{call.parameter(0), fields.text("title", 1, 200)};
    fields.finish("lookup");
    return answer(_parts.commands.run(
                      [&](store::Tx& tx) { return _lookups.rename(tx, call.scope, kind, wanted); }),
                  200);
}

/// Whatever has this code; mostly one thing, but a barcode or a channel's id may be on several.
http::Response LookupRoutes::resolve(Call& call)
{
    const std::string& code = call.required("code");
    store::Page<Match> page;
    std::vector<catalog::Listing> listings;
    _parts.database.read([&](store::Session& session) {
        page.data.clear();
        if (const auto variant = _parts.variants.bySku(session, call.scope, code))
            page.data.push_back(matchOf(*variant, "sku"));
        if (const auto identity = _parts.identities.byUpisH(session, call.scope, code))
            page.data.push_back({.kind = "identity",
                                 .by = "upis_h",
                                 .id = showId(prefix::identity, identity->id),
                                 .title = identity->title});
        for (const auto& variant : _parts.variants.byBarcode(session, call.scope, code))
            page.data.push_back(matchOf(variant, "barcode"));
        if (const auto item = _items.bySerial(session, call.scope, code))
            page.data.push_back({.kind = "item",
                                 .by = "serial",
                                 .id = showId(prefix::item, item->id),
                                 .variant = item->variant,
                                 .sku = item->sku});
        listings = _parts.listings.byExternalId(session, call.scope, code);
    });
    for (const auto& listing : listings) // a channel's name is not asked for while a reader is held
        page.data.push_back(
            {.kind = "listing",
             .by = "external_id",
             .id = showId(prefix::listing, listing.id),
             .variant = listing.variant,
             .sku = listing.sku,
             .title = listing.title,
             .channel = std::string(_names.nameOf(call.scope.tenant, listing.channel))});
    return jsonResponse(listJson(page, writeMatch));
}

} // namespace spokehub::api
