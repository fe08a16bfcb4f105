#include "stock/Counts.h"

#include "core/FieldChecks.h"

#include <array>

namespace spokehub::stock
{

namespace
{

constexpr store::Sql insertCount{
    "INSERT INTO stock_count (tenant_id, id, location_id, title, state, actor, created_at) "
    "SELECT $1, $2, l.id, $3, 1, $4, $5 FROM location l WHERE l.tenant_id = $1 AND l.name = $6"};
constexpr store::Sql lockCount{"SELECT location_id, state FROM stock_count WHERE tenant_id = $1 "
                               "AND id = $2 {lock}"};
constexpr store::Sql endCount{"UPDATE stock_count SET state = $1, ended_at = $2 WHERE tenant_id = "
                              "$3 AND id = $4"};
constexpr store::Sql upsertLines{
    "INSERT INTO stock_count_line (tenant_id, count_id, variant_id, counted) {rows} "
    "ON CONFLICT (tenant_id, count_id, variant_id) DO UPDATE SET counted = excluded.counted"};
constexpr store::Sql setExpected{
    "UPDATE stock_count_line SET expected = {4} {from_rows} WHERE stock_count_line.tenant_id = {1} "
    "AND stock_count_line.count_id = {2} AND stock_count_line.variant_id = {3}"};
constexpr store::Sql numberOfLines{
    "SELECT COUNT(*) FROM stock_count_line WHERE tenant_id = $1 AND count_id = $2"};

#define COUNT_COLUMNS                                                                              \
    "SELECT c.id, l.name, c.title, c.state, c.actor, c.created_at, c.ended_at, (SELECT COUNT(*) "  \
    "FROM stock_count_line n WHERE n.tenant_id = c.tenant_id AND n.count_id = c.id) "              \
    "FROM stock_count c JOIN location l ON l.tenant_id = c.tenant_id AND l.id = c.location_id "
constexpr store::Sql countById{COUNT_COLUMNS "WHERE c.tenant_id = $1 AND c.id = $2"};
constexpr store::Sql countsBefore{
    COUNT_COLUMNS "WHERE c.tenant_id = $1 AND c.id < $2 AND ($3 = 0 OR c.state = $3) "
                  "ORDER BY c.id DESC LIMIT $4"};
constexpr store::Sql linesOfCount{
    "SELECT n.variant_id, v.sku, n.counted, n.expected FROM stock_count_line n JOIN variant v ON "
    "v.tenant_id = n.tenant_id AND v.id = n.variant_id WHERE n.tenant_id = $1 AND n.count_id = $2 "
    "ORDER BY n.variant_id"};
constexpr store::Sql onHandOf{
    "SELECT s.variant_id, s.on_hand FROM {each_row} stock_level s "
    "WHERE s.tenant_id = {1} AND s.variant_id = {2} AND s.location_id = {3}"};

constexpr std::array<const char*, 4> stateNames = {"", "open", "closed", "cancelled"};

Count countOf(const store::Row& row)
{
    return {.id = row.integer(0),
            .location = row.string(1),
            .title = row.string(2),
            .state = static_cast<CountState>(row.integer(3)),
            .actor = row.string(4),
            .createdAt = row.time(5),
            .endedAt = row.maybeTime(6),
            .lines = row.integer(7)};
}

} // namespace

const char* name(CountState state)
{
    return stateNames.at(static_cast<std::size_t>(state));
}

std::optional<CountState> countStateFromName(std::string_view wanted)
{
    for (const CountState state : {CountState::Open, CountState::Closed, CountState::Cancelled})
        if (wanted == name(state))
            return state;
    return std::nullopt;
}

Count Counts::open(store::Tx& tx, const Scope& scope, const std::string& location,
                   const std::string& title) const
{
    FieldChecks().text("title", title, 0, 200).refuse("count");
    const Id id = _ids.next();
    if (tx.execute(insertCount, {scope.tenant, id, title, scope.actor, _clock.now(), location}) !=
        1)
        throw Error(Refusal::NotFound, "there is no location " + location,
                    {{"location", "is not known"}});
    return get(tx, scope, id).value();
}

Id Counts::requireOpen(store::Tx& tx, const Scope& scope, Id count) const
{
    Id location = 0;
    auto state = CountState::Open;
    tx.query(lockCount, {scope.tenant, count}, [&](const store::Row& row) {
        location = row.integer(0);
        state = static_cast<CountState>(row.integer(1));
    });
    if (location == 0)
        throw Error(Refusal::NotFound, "there is no count " + showId("cnt", count));
    if (state != CountState::Open)
        throw Error(Refusal::Conflict,
                    "the count " + showId("cnt", count) + " is " + name(state) + " already");
    return location;
}

Count Counts::record(store::Tx& tx, const Scope& scope, Id count,
                     std::span<const CountLine> lines) const
{
    requireOpen(tx, scope, count);
    if (lines.empty())
        return get(tx, scope, count).value();
    std::map<Id, Quantity> last; // a row must not meet another one of its set
    for (const CountLine& line : lines)
        last[line.variant] = line.counted;
    store::RowSet rows(4);
    for (const auto& [variant, counted] : last)
        rows.add({scope.tenant, count, variant, counted});
    tx.executeRows(upsertLines, rows);
    std::int64_t number = 0;
    tx.query(numberOfLines, {scope.tenant, count},
             [&](const store::Row& row) { number = row.integer(0); });
    if (number > linesMax)
        throw Error(Refusal::Unprocessable, "a count has at most " + std::to_string(linesMax) +
                                                " lines: close this one and open another");
    return get(tx, scope, count).value();
}

std::vector<CountLine> Counts::close(store::Tx& tx, const Scope& scope, Id count,
                                     const std::string& cause) const
{
    const Id location = requireOpen(tx, scope, count);
    std::vector<CountLine> found = lines(tx, scope, count);
    store::RowSet asked(3);
    for (const CountLine& line : found)
        asked.add({scope.tenant, line.variant, location});
    std::map<Id, Quantity> onHand;
    if (!found.empty())
        tx.queryRows(onHandOf, asked,
                     [&](const store::Row& row) { onHand[row.integer(0)] = row.integer(1); });

    std::vector<StockRequest> requests;
    store::RowSet expected(4);
    for (CountLine& line : found) {
        line.expected = onHand[line.variant];
        expected.add({scope.tenant, count, line.variant, *line.expected});
        requests.emplace_back(AdjustRequest{.tenant = scope.tenant,
                                            .variant = line.variant,
                                            .location = location,
                                            .name = line.sku,
                                            .kind = MovementKind::Count,
                                            .onHand = line.counted,
                                            .cause = {cause, scope.actor, showId("cnt", count)}});
    }
    for (const auto& refusal : _ledger.settle(tx, requests).refusals)
        if (refusal)
            std::rethrow_exception(refusal);
    if (!found.empty())
        tx.writeRows(setExpected, expected);
    tx.write(endCount, {static_cast<int>(CountState::Closed), _clock.now(), scope.tenant, count});
    return found;
}

Count Counts::cancel(store::Tx& tx, const Scope& scope, Id count) const
{
    requireOpen(tx, scope, count);
    tx.write(endCount,
             {static_cast<int>(CountState::Cancelled), _clock.now(), scope.tenant, count});
    return get(tx, scope, count).value();
}

std::optional<Count> Counts::get(store::Session& session, const Scope& scope, Id count) const
{
    std::optional<Count> found;
    session.query(countById, {scope.tenant, count},
                  [&](const store::Row& row) { found = countOf(row); });
    return found;
}

std::vector<CountLine> Counts::lines(store::Session& session, const Scope& scope, Id count) const
{
    std::vector<CountLine> lines;
    session.query(linesOfCount, {scope.tenant, count}, [&](const store::Row& row) {
        lines.push_back({row.integer(0), row.string(1), row.integer(2), row.maybeInteger(3)});
    });
    return lines;
}

store::Page<Count> Counts::list(store::Session& session, const Scope& scope,
                                const store::PageRequest& page,
                                std::optional<CountState> state) const
{
    constexpr std::string_view name = "counts";
    const Id before = page.afterId(name);
    std::vector<Count> rows;
    session.query(countsBefore,
                  {scope.tenant, before == 0 ? INT64_MAX : before,
                   state ? static_cast<std::int64_t>(*state) : 0, page.limit + 1},
                  [&](const store::Row& row) { rows.push_back(countOf(row)); });
    return store::pageOf(name, page, std::move(rows),
                         [](const Count& count) { return std::to_string(count.id); });
}

} // namespace spokehub::stock
