#include "access/SealedSecrets.h"

#include "core/Error.h"
#include "core/Log.h"

namespace spokehub::access
{

namespace
{

constexpr store::Sql upsert = {R"(
    INSERT INTO sealed_secret (tenant_id, field, sealed, updated_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (tenant_id, field) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at)"};
constexpr store::Sql select = {
    "SELECT sealed FROM sealed_secret WHERE tenant_id = $1 AND field = $2"};
constexpr store::Sql remove = {"DELETE FROM sealed_secret WHERE tenant_id = $1 AND field = $2"};
constexpr store::Sql selectAll = {
    "SELECT tenant_id, field, sealed FROM sealed_secret ORDER BY tenant_id, field"};
// Only when it is still what was read: another hub may have kept a newer one since.
constexpr store::Sql replace = {
    "UPDATE sealed_secret SET sealed = $1 WHERE tenant_id = $2 AND field = $3 AND sealed = $4"};

struct Kept
{
    Id tenant;
    std::string field;
    std::string sealed;
};

} // namespace

void SealedSecrets::keep(store::Tx& tx, Id tenant, std::string_view field,
                         std::string_view text) const
{
    tx.write(upsert, {tenant, field, _sealer.seal(tenant, field, text), _clock.now()});
}

std::optional<std::string> SealedSecrets::find(store::Session& session, Id tenant,
                                               std::string_view field) const
{
    std::optional<std::string> sealed;
    session.query(select, {tenant, field}, [&](const store::Row& row) { sealed = row.string(0); });
    if (!sealed)
        return std::nullopt;
    return _sealer.open(tenant, field, *sealed);
}

void SealedSecrets::forget(store::Tx& tx, Id tenant, std::string_view field) const
{
    tx.write(remove, {tenant, field});
}

int SealedSecrets::reseal(store::Commands& commands, store::Database& database) const
{
    if (!_sealer.canSeal())
        return 0;
    std::vector<Kept> old;
    database.read([&](store::Session& session) {
        session.query(selectAll, {}, [&](const store::Row& row) {
            if (!_sealer.isCurrent(row.text(2)))
                old.push_back({row.integer(0), row.string(1), row.string(2)});
        });
    });
    int resealed = 0;
    for (const Kept& kept : old)
        try {
            const auto text = _sealer.open(kept.tenant, kept.field, kept.sealed);
            const auto sealed = _sealer.seal(kept.tenant, kept.field, text);
            commands.run([&](store::Tx& tx) {
                tx.write(replace, {sealed, kept.tenant, kept.field, kept.sealed});
            });
            ++resealed;
        } catch (const Error& error) {
            Log::warning("a kept secret cannot be opened", {{"reason", error.what()}});
        }
    return resealed;
}

} // namespace spokehub::access
