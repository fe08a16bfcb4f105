#include "catalog/Identities.h"

#include "core/FieldChecks.h"
#include "store/ListText.h"

#include <array>

namespace spokehub::catalog
{

namespace
{

#define IDENTITY_COLUMNS                                                                           \
    "id, family_id, type, component_index, upis_h, signature, title, created_at"

constexpr store::Sql insertIdentity{"INSERT INTO identity (tenant_id, " IDENTITY_COLUMNS
                                    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
                                    "ON CONFLICT DO NOTHING"};
constexpr store::Sql identityById{"SELECT " IDENTITY_COLUMNS
                                  " FROM identity WHERE tenant_id = $1 AND id = $2"};
constexpr store::Sql identityByUpisH{"SELECT " IDENTITY_COLUMNS
                                     " FROM identity WHERE tenant_id = $1 AND upis_h = $2"};
constexpr store::Sql identitiesOfFamily{
    "SELECT " IDENTITY_COLUMNS
    " FROM identity WHERE tenant_id = $1 AND family_id = $2 ORDER BY id"};

// Whoever adds to a family waits for the one before: two cannot take the same free index.
constexpr store::Sql lockFamily{"SELECT code FROM family WHERE tenant_id = $1 AND id = $2 {lock}"};
constexpr store::Sql takenIndexes{"SELECT component_index FROM identity WHERE tenant_id = $1 AND "
                                  "family_id = $2 AND component_index IS NOT NULL"};

Identity identityOf(const store::Row& row)
{
    Identity identity;
    identity.id = row.integer(0);
    identity.family = row.integer(1);
    identity.type =
        identityTypeOf(row.text(2)).value_or(IdentityType::Product); // a CHECK admits no other
    if (!row.isNull(3))
        identity.index = static_cast<int>(row.integer(3));
    identity.upisH = row.string(4);
    identity.signature = row.string(5);
    identity.title = row.string(6);
    identity.createdAt = row.time(7);
    return identity;
}

std::optional<Identity> one(store::Session& session, const store::Sql& sql, store::Params params)
{
    std::optional<Identity> identity;
    session.query(sql, params, [&](const store::Row& row) { identity = identityOf(row); });
    return identity;
}

std::string lockedFamilyCode(store::Tx& tx, const Scope& scope, Id family)
{
    std::optional<std::string> code;
    tx.query(lockFamily, {scope.tenant, family},
             [&](const store::Row& row) { code = row.string(0); });
    if (!code)
        throw Error(Refusal::NotFound, "there is no such family", {{"family", "is not known"}});
    return *code;
}

int nextFreeIndex(store::Tx& tx, const Scope& scope, Id family, const std::string& code)
{
    std::array<bool, componentIndexMax + 1> taken{};
    tx.query(takenIndexes, {scope.tenant, family}, [&](const store::Row& row) {
        taken.at(static_cast<std::size_t>(row.integer(0))) = true;
    });
    for (int index = 1; index <= componentIndexMax; ++index)
        if (!taken.at(static_cast<std::size_t>(index)))
            return index;
    throw Error(Refusal::Conflict, "family " + code + " has no free component index: 1 to " +
                                       std::to_string(componentIndexMax) + " are taken");
}

} // namespace

Identity Identities::create(store::Tx& tx, const Scope& scope, const NewIdentity& wanted)
{
    FieldChecks().text("title", wanted.title, 0, 500).refuse("identity");
    UpisKey key{lockedFamilyCode(tx, scope, wanted.family), wanted.type, wanted.index};
    if (key.type == IdentityType::Part && !key.index)
        key.index = nextFreeIndex(tx, scope, wanted.family, key.family);

    const Identity identity{_ids.next(), wanted.family,  key.type,     key.index,
                            upisH(key),  signature(key), wanted.title, _clock.now()};
    const std::optional<std::int64_t> index = key.index;
    if (tx.execute(insertIdentity,
                   {scope.tenant, identity.id, identity.family, codeOf(identity.type), index,
                    identity.upisH, identity.signature, identity.title, identity.createdAt}) != 1)
        throw Error(Refusal::Conflict, "identity " + identity.upisH + " exists already",
                    {{key.index ? "index" : "type", "is taken in this family"}});
    return identity;
}

std::optional<Identity> Identities::get(store::Session& session, const Scope& scope, Id id) const
{
    return one(session, identityById, {scope.tenant, id});
}

std::optional<Identity> Identities::byUpisH(store::Session& session, const Scope& scope,
                                            std::string_view upisH) const
{
    return one(session, identityByUpisH, {scope.tenant, upisH});
}

store::Page<Identity> Identities::list(store::Session& session, const Scope& scope,
                                       const store::PageRequest& page,
                                       const IdentityQuery& query) const
{
    store::ListText text("SELECT " IDENTITY_COLUMNS " FROM identity WHERE tenant_id = $1",
                         scope.tenant);
    text.maybe("family_id = ", query.family);
    if (query.type)
        text.where("type = ", codeOf(*query.type));
    return store::readPage(session, {.list = "identities", .changed = "created_at"},
                           std::move(text), page, query.madeSince, &Identity::createdAt,
                           identityOf);
}

std::vector<Identity> Identities::ofFamily(store::Session& session, const Scope& scope,
                                           Id family) const
{
    std::vector<Identity> identities;
    session.query(identitiesOfFamily, {scope.tenant, family},
                  [&](const store::Row& row) { identities.push_back(identityOf(row)); });
    return identities;
}

} // namespace spokehub::catalog
