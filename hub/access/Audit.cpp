#include "access/Audit.h"

#include "core/Digest.h"
#include "core/Json.h"

#include <map>

namespace spokehub::access
{

namespace
{

constexpr std::int64_t sealedAtOnce = 1000;
constexpr std::int64_t pageRows = 1000; // that are verified in one read

constexpr store::Sql insertEntry{
    "INSERT INTO audit_entry (tenant_id, id, at, actor, action, via, subject, address, request_id, "
    "difference) {rows}"};

#define ENTRY_COLUMNS                                                                              \
    "id, at, actor, action, via, subject, address, request_id, difference, number, hash"

constexpr store::Sql anyUnsealed{"SELECT 1 FROM audit_entry WHERE number IS NULL LIMIT 1"};
constexpr store::Sql insertChains{
    "INSERT INTO audit_chain (tenant_id, number, hash) SELECT DISTINCT tenant_id, 0, '' "
    "FROM audit_entry WHERE number IS NULL ON CONFLICT DO NOTHING"};
constexpr store::Sql lockedChains{
    "SELECT tenant_id, number, hash FROM audit_chain ORDER BY tenant_id {lock}"};
constexpr store::Sql unsealedEntries{"SELECT tenant_id, " ENTRY_COLUMNS " FROM audit_entry "
                                     "WHERE number IS NULL ORDER BY tenant_id, id LIMIT $1"};
constexpr store::Sql sealEntry{"UPDATE audit_entry SET number = {3}, hash = {4} {from_rows} "
                               "WHERE audit_entry.tenant_id = {1} AND audit_entry.id = {2}"};
constexpr store::Sql moveChain{
    "UPDATE audit_chain SET number = $1, hash = $2 WHERE tenant_id = $3"};

constexpr store::Sql chainOf{"SELECT number, hash FROM audit_chain WHERE tenant_id = $1"};
constexpr store::Sql countUnsealed{
    "SELECT COUNT(*) FROM audit_entry WHERE tenant_id = $1 AND number IS NULL"};
constexpr store::Sql entriesAfter{"SELECT " ENTRY_COLUMNS " FROM audit_entry "
                                  "WHERE tenant_id = $1 AND number > $2 ORDER BY number LIMIT $3"};

AuditEntry entryOf(const store::Row& row, int first)
{
    AuditEntry entry;
    entry.id = row.integer(first);
    entry.at = row.time(first + 1);
    entry.actor = row.string(first + 2);
    entry.action = row.string(first + 3);
    entry.via = row.string(first + 4);
    entry.subject = row.string(first + 5);
    entry.address = row.string(first + 6);
    entry.request = row.string(first + 7);
    entry.difference = row.string(first + 8);
    entry.number = row.maybeInteger(first + 9);
    entry.hash = row.string(first + 10);
    return entry;
}

/// SHA-256 over what stands before it and the line, in hex.
std::string chained(const std::string& before, Id tenant, std::int64_t number,
                    const AuditEntry& entry)
{
    JsonWriter text;
    text.beginArray().value(before).value(tenant).value(number);
    text.value(entry.id).value(entry.at.micros);
    for (const std::string* part : {&entry.actor, &entry.action, &entry.via, &entry.subject,
                                    &entry.address, &entry.request, &entry.difference})
        text.value(*part);
    text.endArray();
    return sha256Hex(text.text());
}

struct Head
{
    std::int64_t number = 0;
    std::string hash;
    bool moved = false;
};

int sealSome(store::Tx& tx)
{
    tx.write(insertChains, {});
    std::map<Id, Head> heads; // locked: another hub that seals waits here
    tx.query(lockedChains, {}, [&](const store::Row& row) {
        heads[row.integer(0)] = {row.integer(1), row.string(2)};
    });
    store::RowSet sealed(4);
    tx.query(unsealedEntries, {sealedAtOnce}, [&](const store::Row& row) {
        const auto found = heads.find(row.integer(0));
        if (found == heads.end()) // its tenant's first, committed since: next time
            return;
        auto& [tenant, head] = *found;
        const AuditEntry entry = entryOf(row, 1);
        ++head.number;
        head.hash = chained(head.hash, tenant, head.number, entry);
        head.moved = true;
        sealed.add({tenant, entry.id, head.number, sealed.keep(head.hash)});
    });
    tx.writeRows(sealEntry, sealed);
    for (const auto& [tenant, head] : heads)
        if (head.moved)
            tx.write(moveChain, {head.number, head.hash, tenant});
    return static_cast<int>(sealed.rows());
}

} // namespace

void Audit::record(store::Tx& tx)
{
    const Time now = _clock.now();
    store::RowSet rows(10);
    for (const store::Done& done : tx.done()) {
        const store::Deed& deed = *done.deed;
        rows.add({deed.tenant, _ids.next(), now, deed.actor, deed.action, deed.via, done.subject,
                  deed.address, deed.request, done.difference});
    }
    tx.writeRows(insertEntry, rows);
}

int Audit::seal(store::Commands& commands, store::Database& database) const
{
    bool any = false;
    database.point([&](store::Session& session) {
        session.query(anyUnsealed, {}, [&](const auto&) { any = true; });
    });
    return any ? commands.run(sealSome) : 0;
}

store::Page<AuditEntry> Audit::list(store::Session& session, const Scope& scope,
                                    const AuditQuery& query, const store::PageRequest& page) const
{
    constexpr std::string_view name = "audit";
    std::vector<store::Param> params{scope.tenant};
    std::string text = "SELECT " ENTRY_COLUMNS " FROM audit_entry WHERE tenant_id = $1";
    const auto where = [&](std::string_view condition, const store::Param& value) {
        params.push_back(value);
        text.append(" AND ").append(condition).append("$" + std::to_string(params.size()));
    };
    for (const auto& [condition, value] : {std::pair("actor = ", &query.actor),
                                           {"action = ", &query.action},
                                           {"subject = ", &query.subject}})
        if (*value)
            where(condition, **value);
    if (query.since)
        where("at >= ", *query.since);
    if (query.before)
        where("at < ", *query.before);
    const Id last = page.afterId(name);
    where("id < ", last == 0 ? INT64_MAX : last);
    params.emplace_back(page.limit + 1);
    text += " ORDER BY id DESC LIMIT $" + std::to_string(params.size());

    std::vector<AuditEntry> rows;
    session.queryText(text, params,
                      [&](const store::Row& row) { rows.push_back(entryOf(row, 0)); });
    return store::pageOf(name, page, std::move(rows),
                         [](const AuditEntry& entry) { return std::to_string(entry.id); });
}

Audit::Verdict Audit::verify(store::Database& database, Id tenant) const
{
    Head head;
    Verdict verdict;
    database.read([&](store::Session& session) {
        session.query(chainOf, {tenant}, [&](const store::Row& row) {
            head = {row.integer(0), row.string(1)};
        });
        session.query(countUnsealed, {tenant},
                      [&](const store::Row& row) { verdict.unsealed = row.integer(0); });
    });
    const auto broken = [&](std::optional<Id> entry, std::string why) {
        verdict.broken = Broken{verdict.sealed + 1, entry, std::move(why)};
    };
    while (verdict.sealed < head.number && !verdict.broken) {
        std::vector<AuditEntry> entries;
        database.point([&](store::Session& session) {
            entries.clear();
            session.query(entriesAfter, {tenant, verdict.sealed, pageRows},
                          [&](const store::Row& row) { entries.push_back(entryOf(row, 0)); });
        });
        if (entries.empty())
            broken({}, "it is missing, and all after it");
        for (const AuditEntry& entry : entries) {
            if (entry.number != verdict.sealed + 1)
                broken({}, "it is missing: " + std::to_string(*entry.number) + " comes next");
            else if (entry.hash != chained(verdict.head, tenant, *entry.number, entry))
                broken(entry.id, "its hash does not belong to what it says");
            if (verdict.broken)
                break;
            ++verdict.sealed;
            verdict.head = entry.hash;
            if (verdict.sealed == head.number && verdict.head != head.hash) {
                --verdict.sealed;
                broken(entry.id, "the chain ends in another hash");
                break;
            }
        }
    }
    return verdict;
}

} // namespace spokehub::access
