#include "catalog/Families.h"

#include "catalog/Upis.h"
#include "core/FieldChecks.h"
#include "store/ListText.h"

namespace spokehub::catalog
{

namespace
{

#define FAMILY_COLUMNS "id, code, title, category, created_at, updated_at"
#define FAMILIES "SELECT " FAMILY_COLUMNS " FROM family WHERE tenant_id = $1"

constexpr store::Sql insertFamily{"INSERT INTO family (tenant_id, " FAMILY_COLUMNS
                                  ") VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING"};
constexpr store::Sql familyById{FAMILIES " AND id = $2"};
constexpr store::Sql familyByCode{FAMILIES " AND code = $2"};

constexpr store::Sql patchFamily{
    "UPDATE family SET title = COALESCE($1, title), category = COALESCE($2, category), "
    "updated_at = $3 WHERE tenant_id = $4 AND id = $5 RETURNING " FAMILY_COLUMNS};
// Whoever adds an identity holds this lock as well.
constexpr store::Sql lockFamily{"SELECT code FROM family WHERE tenant_id = $1 AND id = $2 {lock}"};
constexpr store::Sql anIdentityOf{
    "SELECT upis_h FROM identity WHERE tenant_id = $1 AND family_id = $2 ORDER BY id LIMIT 1"};
constexpr store::Sql deleteFamily{"DELETE FROM family WHERE tenant_id = $1 AND id = $2"};

Family familyOf(const store::Row& row)
{
    return {row.integer(0), row.string(1), row.string(2), row.string(3), row.time(4), row.time(5)};
}

std::optional<Family> one(store::Session& session, const store::Sql& sql, store::Params params)
{
    std::optional<Family> family;
    session.query(sql, params, [&](const store::Row& row) { family = familyOf(row); });
    return family;
}

} // namespace

Family Families::create(store::Tx& tx, const Scope& scope, const NewFamily& wanted)
{
    FieldChecks checks;
    checkFamilyCode(checks, "code", wanted.code);
    checks.text("title", wanted.title, 1, 500)
        .text("category", wanted.category, 0, 100)
        .refuse("family");

    const Time now = _clock.now();
    const Family family{_ids.next(), wanted.code, wanted.title, wanted.category, now, now};
    if (tx.execute(insertFamily, {scope.tenant, family.id, family.code, family.title,
                                  family.category, family.createdAt}) != 1)
        throw Error(Refusal::Conflict, "family " + family.code + " exists already",
                    {{"family", "exists already"}});
    return family;
}

Family Families::patch(store::Tx& tx, const Scope& scope, Id id, const FamilyPatch& patch)
{
    FieldChecks()
        .text("title", patch.title.value_or("x"), 1, 500)
        .text("category", patch.category.value_or(""), 0, 100)
        .refuse("family");
    const auto family =
        one(tx, patchFamily, {patch.title, patch.category, _clock.now(), scope.tenant, id});
    if (!family)
        throw Error(Refusal::NotFound, "there is no such family");
    return *family;
}

void Families::remove(store::Tx& tx, const Scope& scope, Id id)
{
    std::string code;
    tx.query(lockFamily, {scope.tenant, id}, [&](const store::Row& row) { code = row.string(0); });
    if (code.empty())
        throw Error(Refusal::NotFound, "there is no such family");
    tx.query(anIdentityOf, {scope.tenant, id}, [&](const store::Row& row) {
        throw Error(Refusal::Conflict, "family " + code + " has identities, such as " +
                                           row.string(0) + ": they never go away");
    });
    tx.write(deleteFamily, {scope.tenant, id});
}

std::optional<Family> Families::get(store::Session& session, const Scope& scope, Id id) const
{
    return one(session, familyById, {scope.tenant, id});
}

std::optional<Family> Families::byCode(store::Session& session, const Scope& scope,
                                       std::string_view code) const
{
    return one(session, familyByCode, {scope.tenant, code});
}

store::Page<Family> Families::list(store::Session& session, const Scope& scope,
                                   const store::PageRequest& page, const FamilyQuery& query) const
{
    store::ListText text(FAMILIES, scope.tenant);
    text.maybe("category = ", query.category);
    return store::readPage(session, {"families"}, std::move(text), page, query.updatedSince,
                           &Family::updatedAt, familyOf);
}

} // namespace spokehub::catalog
