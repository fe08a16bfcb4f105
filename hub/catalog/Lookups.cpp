#include "catalog/Lookups.h"

#include "core/FieldChecks.h"

#include <algorithm>
#include <array>
#include <vector>

namespace spokehub::catalog
{

namespace
{

constexpr store::Sql insertLookup{"INSERT INTO lookup (tenant_id, kind, code, title, created_at) "
                                  "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"};
constexpr store::Sql renameLookup{
    "UPDATE lookup SET title = $1 WHERE tenant_id = $2 AND kind = $3 AND code = $4"};
constexpr store::Sql selectLookup{
    "SELECT code, title FROM lookup WHERE tenant_id = $1 AND kind = $2 AND code = $3"};
constexpr store::Sql lookupsAfter{"SELECT code, title FROM lookup WHERE tenant_id = $1 AND kind = "
                                  "$2 AND code > $3 ORDER BY code LIMIT $4"};

std::string_view nameOf(LookupKind kind)
{
    return kind == LookupKind::Color ? "color" : "brand";
}

void requireWellFormed(LookupKind kind, const Lookup& wanted)
{
    const auto letter = [](char c) { return c >= 'A' && c <= 'Z'; };
    FieldChecks checks;
    checks.text("code", wanted.code, 1, 50).text("title", wanted.title, 1, 200);
    if (kind == LookupKind::Color)
        checks.require(wanted.code.size() == 2 && std::ranges::all_of(wanted.code, letter), "code",
                       "must be two upper-case letters, such as WY: it stands in SKUs");
    checks.refuse(nameOf(kind));
}

} // namespace

std::span<const Lookup> conditions()
{
    static const std::array<Lookup, 3> all = {{{"N", "new"}, {"R", "refurbished"}, {"U", "used"}}};
    return all;
}

Lookup Lookups::create(store::Tx& tx, const Scope& scope, LookupKind kind,
                       const Lookup& wanted) const
{
    requireWellFormed(kind, wanted);
    if (tx.execute(insertLookup,
                   {scope.tenant, nameOf(kind), wanted.code, wanted.title, _clock.now()}) != 1)
        throw Error(Refusal::Conflict,
                    std::string(nameOf(kind)) + " " + wanted.code + " exists already",
                    {{"code", "exists already"}});
    return wanted;
}

Lookup Lookups::rename(store::Tx& tx, const Scope& scope, LookupKind kind,
                       const Lookup& wanted) const
{
    FieldChecks().text("title", wanted.title, 1, 200).refuse(nameOf(kind));
    if (tx.execute(renameLookup, {wanted.title, scope.tenant, nameOf(kind), wanted.code}) != 1)
        throw Error(Refusal::NotFound,
                    "there is no " + std::string(nameOf(kind)) + " " + wanted.code);
    return wanted;
}

std::optional<Lookup> Lookups::get(store::Session& session, const Scope& scope, LookupKind kind,
                                   std::string_view code) const
{
    std::optional<Lookup> found;
    session.query(selectLookup, {scope.tenant, nameOf(kind), code}, [&](const store::Row& row) {
        found = Lookup{row.string(0), row.string(1)};
    });
    return found;
}

store::Page<Lookup> Lookups::list(store::Session& session, const Scope& scope, LookupKind kind,
                                  const store::PageRequest& page) const
{
    const std::string_view name = kind == LookupKind::Color ? "colors" : "brands";
    const std::string after = page.after(name);
    std::vector<Lookup> rows;
    session.query(lookupsAfter, {scope.tenant, nameOf(kind), after, page.limit + 1},
                  [&](const store::Row& row) {
                      rows.push_back({row.string(0), row.string(1)});
                  });
    return store::pageOf(name, page, std::move(rows),
                         [](const Lookup& lookup) { return lookup.code; });
}

} // namespace spokehub::catalog
