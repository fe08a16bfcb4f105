#include "orders/Parcels.h"

#include "orders/Person.h"

#include <functional>
#include <map>

namespace spokehub::orders
{

namespace
{

constexpr std::string_view listName = "parcels";

// An order and its carrier may speak at once, each to another hub: the later one sees both.
constexpr store::Sql lockParcels = {R"(
    {postgres:SELECT pg_advisory_xact_lock(v.column1) FROM ({rows}) AS v}{sqlite:SELECT 1 FROM ({rows}) AS v})"};

constexpr store::Sql insertOfOrder = {R"(
    INSERT INTO order_parcel (tenant_id, tracking_key, channel_id, external_id, recorded_at) {rows}
    ON CONFLICT (tenant_id, tracking_key, channel_id, external_id) DO NOTHING)"};

constexpr store::Sql selectParcels = {R"(
    SELECT p.tenant_id, p.tracking_key, p.updated_at, p.hash, p.body
    FROM {each_row} parcel p
    WHERE p.tenant_id = {1} AND p.tracking_key = {2})"};

constexpr store::Sql upsertParcel = {R"(
    INSERT INTO parcel (tenant_id, tracking_key, tracking_number, channel_id, status, updated_at, hash, body, cause, recorded_at)
    {rows}
    ON CONFLICT (tenant_id, tracking_key) DO UPDATE
    SET tracking_number = excluded.tracking_number, channel_id = excluded.channel_id, status = excluded.status,
        updated_at = excluded.updated_at, hash = excluded.hash, body = excluded.body, cause = excluded.cause,
        recorded_at = excluded.recorded_at
    WHERE (excluded.updated_at, excluded.hash) > (parcel.updated_at, parcel.hash))"};

constexpr store::Sql updateBody = {"UPDATE parcel SET body = {3} {from_rows} WHERE "
                                   "parcel.tenant_id = {1} AND parcel.tracking_key = {2}"};

constexpr store::Sql selectOrders = {R"(
    SELECT o.tracking_key, o.channel_id, o.external_id
    FROM {each_row} order_parcel o
    WHERE o.tenant_id = {1} AND o.tracking_key = {2})"};

constexpr store::Sql selectOpen = {R"(
    SELECT o.tracking_key FROM order_parcel o
    LEFT JOIN parcel p ON p.tenant_id = o.tenant_id AND p.tracking_key = o.tracking_key
    WHERE o.tenant_id = $1 AND o.recorded_at >= $2 AND (p.status IS NULL OR p.status NOT IN ('delivered', 'returned'))
    ORDER BY o.recorded_at DESC, o.tracking_key LIMIT $3)"};

// known: 1 with an order, 0 without, else all.
constexpr store::Sql selectPage = {R"(
    SELECT tracking_key, tracking_number, channel_id, status, updated_at, recorded_at, body, orders FROM (
        SELECT p.tracking_key, p.tracking_number, p.channel_id, p.status, p.updated_at, p.recorded_at, p.body,
               (SELECT COUNT(*) FROM order_parcel o WHERE o.tenant_id = p.tenant_id AND o.tracking_key = p.tracking_key) AS orders
        FROM parcel p WHERE p.tenant_id = $1 AND p.tracking_key > $2) AS counted
    WHERE $3 = 2 OR ($3 = 1 AND orders > 0) OR ($3 = 0 AND orders = 0)
    ORDER BY tracking_key LIMIT $4)"};

/// The newest of each parcel.
std::map<std::string, Fact> newestOf(std::vector<Fact> news)
{
    std::map<std::string, Fact> newest;
    for (Fact& fact : news) {
        const auto [at, added] = newest.try_emplace(fact.tracking, fact);
        if (!added && fact.newerThan(at->second))
            at->second = std::move(fact);
    }
    return newest;
}

} // namespace

void Parcels::lock(store::Tx& tx, const std::set<std::pair<Id, std::string>>& keys) const
{
    if (tx.engine() == store::Engine::Sqlite)
        return; // one writer
    std::set<std::int64_t> locks;
    for (const auto& [tenant, key] : keys)
        locks.insert(static_cast<std::int64_t>(std::hash<std::string>{}("parcel:" + key) ^
                                               static_cast<std::size_t>(tenant)));
    store::RowSet rows(1);
    for (const std::int64_t lock : locks)
        rows.add({lock});
    tx.queryRows(lockParcels, rows, [](const store::Row&) {});
}

Parcels::News Parcels::join(store::Tx& tx, std::span<const OfOrder> parcels) const
{
    std::map<std::pair<Id, std::string>, std::map<std::pair<Id, std::string>, const OfOrder*>> by;
    std::set<std::pair<Id, std::string>> keys;
    for (const OfOrder& parcel : parcels) {
        by[{parcel.tenant, parcel.key}][{parcel.channel, parcel.externalId}] = &parcel;
        keys.emplace(parcel.tenant, parcel.key);
    }
    lock(tx, keys);
    store::RowSet ofOrders(5);
    store::RowSet asked(2);
    for (const auto& [key, orders] : by) {
        asked.add({key.first, key.second});
        for (const auto& [order, parcel] : orders)
            ofOrders.add(
                {parcel->tenant, parcel->key, parcel->channel, parcel->externalId, _clock.now()});
    }
    tx.writeRows(insertOfOrder, ofOrders);
    News news;
    tx.queryRows(selectParcels, asked, [&](const store::Row& row) {
        Fact fact{std::string(parcelFactPrefix) + row.string(1),
                  row.time(2),
                  {},
                  row.integer(3),
                  row.string(4)};
        fact.tracking = row.string(1);
        for (const auto& [order, parcel] : by.at({row.integer(0), row.string(1)}))
            news.emplace_back(*parcel, fact);
    });
    return news;
}

Parcels::News Parcels::keep(store::Tx& tx, Id tenant, Id carrier, std::vector<Fact> news,
                            const std::string& cause) const
{
    const auto newest = newestOf(std::move(news));
    std::set<std::pair<Id, std::string>> keys;
    store::RowSet rows(10);
    store::RowSet asked(2);
    for (const auto& [key, fact] : newest) {
        const auto document = JsonDocument::parse(fact.body);
        const Json root = document->root(); // readParcel has read it
        rows.add({tenant, key, rows.keep(std::string(root.textOr("tracking_number"))), carrier,
                  rows.keep(std::string(root.textOr("status"))), fact.updatedAt, fact.hash,
                  fact.body, cause, _clock.now()});
        asked.add({tenant, key});
        keys.emplace(tenant, key);
    }
    News told;
    if (newest.empty())
        return told;
    lock(tx, keys);
    tx.writeRows(upsertParcel, rows);
    tx.queryRows(selectOrders, asked, [&](const store::Row& row) {
        told.emplace_back(OfOrder{tenant, row.integer(1), row.string(2), row.string(0)},
                          newest.at(row.string(0)));
    });
    return told;
}

void Parcels::erase(store::Tx& tx, const std::set<std::pair<Id, std::string>>& keys) const
{
    store::RowSet asked(2), rows(3);
    for (const auto& [tenant, key] : keys)
        asked.add({tenant, key});
    if (asked.empty())
        return;
    tx.queryRows(selectParcels, asked, [&](const store::Row& row) {
        rows.add({row.integer(0), rows.keep(row.string(1)), rows.keep(withoutPerson(row.text(4)))});
    });
    if (!rows.empty())
        tx.writeRows(updateBody, rows);
}

std::vector<std::string> Parcels::open(store::Session& session, Id tenant, Time since)
{
    std::vector<std::string> numbers;
    session.query(selectOpen, {tenant, since, openMax},
                  [&](const store::Row& row) { numbers.push_back(row.string(0)); });
    return numbers;
}

store::Page<ParcelRow> Parcels::list(store::Session& session, const Scope& scope,
                                     std::optional<bool> known, const store::PageRequest& page)
{
    std::vector<ParcelRow> rows;
    session.query(
        selectPage,
        {scope.tenant, page.after(listName), known ? (*known ? 1 : 0) : 2, page.limit + 1},
        [&](const store::Row& row) {
            rows.push_back({row.string(1), row.integer(2), row.string(3), row.time(4), row.time(5),
                            row.string(6), row.integer(7)});
        });
    return store::pageOf(listName, page, std::move(rows),
                         [](const ParcelRow& row) { return trackingKey(row.trackingNumber); });
}

} // namespace spokehub::orders
