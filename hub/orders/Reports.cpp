#include "orders/Reports.h"

#include <algorithm>
#include <tuple>

namespace spokehub::orders
{

namespace
{

#define ORDERS_OF_DAYS                                                                             \
    "FROM asked JOIN sales_order o ON o.tenant_id = asked.tenant AND o.placed_at >= "              \
    "asked.begins AND o.placed_at < asked.ends WHERE o.test = 0 "

constexpr store::Sql selectSales{
    "WITH asked (tenant, day, begins, ends) AS ({rows}) SELECT asked.day, o.channel_id, "
    "o.currency, CAST(SUM(CASE WHEN o.status = 'cancelled' THEN 0 ELSE 1 END) AS BIGINT), "
    "CAST(SUM(CASE WHEN o.status = 'cancelled' THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN "
    "o.status = 'cancelled' THEN 0 ELSE o.total END) AS BIGINT), CAST(SUM(o.refunded) AS "
    "BIGINT) " ORDERS_OF_DAYS "GROUP BY asked.day, o.channel_id, o.currency"};
constexpr store::Sql selectProgress{
    "WITH asked (tenant, day, begins, ends) AS ({rows}) SELECT asked.day, o.channel_id, o.status, "
    "COUNT(*) " ORDERS_OF_DAYS "GROUP BY asked.day, o.channel_id, o.status"};

store::RowSet askedFor(const Scope& scope, std::span<const DaySpan> days)
{
    store::RowSet rows(4);
    for (const DaySpan& day : days)
        rows.add({scope.tenant, day.day, day.from, day.to});
    return rows;
}

} // namespace

std::vector<DaySpan> spansOf(Day first, Day last, const TimeZone& zone)
{
    std::vector<DaySpan> spans;
    for (Day day = first; day <= last; day = day.next())
        spans.push_back({day.text(), zone.beginOf(day), zone.beginOf(day.next())});
    return spans;
}

std::vector<DailySales> Reports::sales(store::Session& session, const Scope& scope,
                                       std::span<const DaySpan> days) const
{
    std::vector<DailySales> rows;
    session.queryRows(selectSales, askedFor(scope, days), [&](const store::Row& row) {
        rows.push_back({row.string(0), row.integer(1), row.string(2), row.integer(3),
                        row.integer(4), row.integer(5), row.integer(6)});
    });
    std::ranges::sort(rows, {}, [](const DailySales& row) {
        return std::tie(row.day, row.channel, row.currency);
    });
    return rows;
}

std::vector<DailyProgress> Reports::progress(store::Session& session, const Scope& scope,
                                             std::span<const DaySpan> days) const
{
    std::vector<DailyProgress> rows;
    session.queryRows(selectProgress, askedFor(scope, days), [&](const store::Row& row) {
        rows.push_back({row.string(0), row.integer(1), row.string(2), row.integer(3)});
    });
    std::ranges::sort(rows, {}, [](const DailyProgress& row) {
        return std::tie(row.day, row.channel, row.status);
    });
    return rows;
}

} // namespace spokehub::orders
