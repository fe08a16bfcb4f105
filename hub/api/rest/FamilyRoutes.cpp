#include "api/rest/FamilyRoutes.h"

#include "api/Fields.h"
#include "api/Once.h"
#include "api/Shown.h"
#include "api/rest/CatalogJson.h"
#include "core/Error.h"

namespace spokehub::api
{

namespace
{

[[noreturn]] void refuse(std::string_view thing, std::string_view which)
{
    throw Error(Refusal::NotFound, "there is no " + std::string(thing) + " " + std::string(which));
}

} // namespace

void FamilyRoutes::declare(Router& router)
{
    declareFamilies(router);
    declareIdentities(router);
}

void FamilyRoutes::declareIdentities(Router& router)
{
    router
        .add({"GET",
              "/api/v1/identities",
              Permission::CatalogRead,
              "Identities in order of id",
              answering([this](Call& call) { return listIdentities(call); }),
              {"cursor", "limit", "family", "type", "updated_since"}})
        .lists("Identity");
    router
        .add({"GET", "/api/v1/identities/upis/{upis_h}", Permission::CatalogRead,
              "An identity by UPIS-H, with its variants",
              answering([this](Call& call) { return getIdentity(call); })})
        .gives("IdentityDetail");
    router
        .add({"POST", "/api/v1/identities", Permission::CatalogWrite,
              "Makes an identity, which never changes",
              answering([this](Call& call) { return createIdentity(call); })})
        .takes("NewIdentity")
        .gives("Identity", 201)
        .once();
    router
        .add({"GET", "/api/v1/identities/{upis_h}", Permission::CatalogRead,
              "An identity, by UPIS-H or id, with its variants",
              answering([this](Call& call) { return getIdentity(call); })})
        .gives("IdentityDetail");
}

void FamilyRoutes::declareFamilies(Router& router)
{
    router
        .add({"PATCH", "/api/v1/families/{code}", Permission::CatalogWrite,
              "Changes title and category of a family; its code stays",
              answering([this](Call& call) { return patchFamily(call); })})
        .takes("FamilyPatch")
        .gives("FamilyDetail")
        .guard();
    router
        .add({"DELETE", "/api/v1/families/{code}", Permission::CatalogWrite,
              "Removes a family that nothing hangs on",
              answering([this](Call& call) { return removeFamily(call); })})
        .givesNothing()
        .guard();
    router
        .add({"GET",
              "/api/v1/families",
              Permission::CatalogRead,
              "Families",
              answering([this](Call& call) { return listFamilies(call); }),
              {"cursor", "limit", "category", "updated_since"}})
        .lists("Family");
    router
        .add({"POST", "/api/v1/families", Permission::CatalogWrite, "Makes a family",
              answering([this](Call& call) { return createFamily(call); })})
        .takes("NewFamily")
        .gives("Family", 201)
        .once();
    router
        .add({"GET", "/api/v1/families/{code}", Permission::CatalogRead,
              "A family with its identities, by code or id",
              answering([this](Call& call) { return getFamily(call); })})
        .gives("FamilyDetail");
    router
        .add({"GET", "/api/v1/families/{code}/identities", Permission::CatalogRead,
              "The identities of a family",
              answering([this](Call& call) { return identitiesOfFamily(call); })})
        .lists("Identity");
}

http::Response FamilyRoutes::listFamilies(Call& call)
{
    const store::PageRequest asked = call.page();
    const catalog::FamilyQuery query{call.text("category"), call.time("updated_since")};
    store::Page<catalog::Family> page;
    _parts.database.point([&](store::Session& session) {
        page = _parts.families.list(session, call.scope, asked, query);
    });
    return jsonResponse(listJson(page, writeFamily));
}

http::Response FamilyRoutes::createFamily(Call& call)
{
    Fields fields(call.body());
    catalog::NewFamily wanted;
    wanted.code = fields.text("code", 1, 5);
    wanted.title = fields.text("title", 1, 500);
    wanted.category = fields.text("category", 0, 100);
    fields.finish("family");
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        JsonWriter json;
        writeFamily(json, _parts.families.create(tx, call.scope, wanted));
        return jsonResponse(json.take(), 201);
    });
}

catalog::Family FamilyRoutes::requireFamily(store::Session& session, const Scope& scope,
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

std::string FamilyRoutes::familyJson(store::Session& session, const Scope& scope,
                                     std::string_view codeOrId) const
{
    const catalog::Family family = requireFamily(session, scope, codeOrId);
    JsonWriter json;
    json.beginObject();
    writeFamilyMembers(json, family);
    json.key("identities").beginArray();
    for (const auto& identity : _parts.identities.ofFamily(session, scope, family.id))
        writeIdentity(json, identity);
    return json.endArray().endObject().take();
}

http::Response FamilyRoutes::getFamily(Call& call)
{
    std::string json;
    _parts.database.read([&](store::Session& session) {
        json = familyJson(session, call.scope, call.parameter(0));
    });
    return jsonResponse(std::move(json));
}

http::Response FamilyRoutes::patchFamily(Call& call)
{
    Fields fields(call.body());
    catalog::FamilyPatch patch;
    patch.title = fields.maybeText("title", 500);
    patch.category = fields.maybeText("category", 100);
    fields.finish("family");
    return jsonResponse(_parts.commands.run([&](store::Tx& tx) {
        const Id id = requireFamily(tx, call.scope, call.parameter(0)).id;
        _parts.families.patch(tx, call.scope, id, patch);
        return familyJson(tx, call.scope, showId(prefix::family, id));
    }));
}

http::Response FamilyRoutes::removeFamily(Call& call)
{
    _parts.commands.run([&](store::Tx& tx) {
        _parts.families.remove(tx, call.scope, requireFamily(tx, call.scope, call.parameter(0)).id);
    });
    http::Response response;
    response.status = 204;
    return response;
}

http::Response FamilyRoutes::listIdentities(Call& call)
{
    const store::PageRequest asked = call.page();
    catalog::IdentityQuery query{.madeSince = call.time("updated_since")};
    if (const auto type = call.text("type")) {
        query.type = identityTypeFrom(*type);
        if (!query.type)
            refuseParameter("type", "is none of product, part, bundle, kit");
    }
    const auto family = call.text("family");
    store::Page<catalog::Identity> page;
    _parts.database.read([&](store::Session& session) {
        if (family)
            query.family = requireFamily(session, call.scope, *family).id;
        page = _parts.identities.list(session, call.scope, asked, query);
    });
    return jsonResponse(listJson(page, writeIdentity));
}

http::Response FamilyRoutes::identitiesOfFamily(Call& call)
{
    store::Page<catalog::Identity> page;
    _parts.database.point([&](store::Session& session) {
        const auto family = requireFamily(session, call.scope, call.parameter(0));
        page.data = _parts.identities.ofFamily(session, call.scope, family.id);
    });
    return jsonResponse(listJson(page, writeIdentity));
}

http::Response FamilyRoutes::createIdentity(Call& call)
{
    Fields fields(call.body());
    const std::string family = fields.text("family", 1, 20);
    const std::string type = fields.text("type", 1, 10);
    const auto read = identityTypeFrom(type);
    fields.require(type.empty() || read, "type", "is none of product, part, bundle, kit");
    const auto index = fields.maybeInteger("component_index", 1, catalog::componentIndexMax);
    catalog::NewIdentity wanted;
    wanted.title = fields.text("title", 0, 500);
    fields.require(!index || read == catalog::IdentityType::Part, "component_index",
                   "is for parts only");
    fields.finish("identity");
    wanted.type = *read;
    if (index)
        wanted.index = static_cast<int>(*index);
    return Once(_parts.commands, _parts.clock).run(call, [&](store::Tx& tx) {
        catalog::NewIdentity asked = wanted;
        asked.family = requireFamily(tx, call.scope, family).id;
        JsonWriter json;
        writeIdentity(json, _parts.identities.create(tx, call.scope, asked));
        return jsonResponse(json.take(), 201);
    });
}

http::Response FamilyRoutes::getIdentity(Call& call)
{
    const std::string& which = call.parameter(0);
    JsonWriter json;
    _parts.database.read([&](store::Session& session) {
        auto identity = _parts.identities.byUpisH(session, call.scope, which);
        if (!identity)
            if (const auto id = readId(prefix::identity, which))
                identity = _parts.identities.get(session, call.scope, *id);
        if (!identity)
            refuse("identity", which);
        json = JsonWriter();
        json.beginObject();
        writeIdentityMembers(json, *identity);
        json.key("variants").beginArray();
        for (const auto& variant : _parts.variants.ofIdentity(session, call.scope, identity->id))
            writeVariant(json, variant);
        json.endArray().endObject();
    });
    return jsonResponse(json.take());
}

} // namespace spokehub::api
