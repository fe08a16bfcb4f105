#include "api/rest/ReportRoutes.h"

#include "api/Shown.h"
#include "core/TimeZone.h"
#include "stock/StockReader.h"

namespace spokehub::api
{

namespace
{

constexpr std::size_t daysMax = 366;

} // namespace

void ReportRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/reports/daily-sales",
              Permission::ReportsRead,
              "Orders and money by day and channel",
              answering([this](Call& call) { return sales(call); }),
              {"from", "to", "time_zone"}})
        .lists("DailySales");
    router
        .add({"GET",
              "/api/v1/reports/order-progress",
              Permission::ReportsRead,
              "How far the orders of each day and channel have come",
              answering([this](Call& call) { return progress(call); }),
              {"from", "to", "time_zone"}})
        .lists("DailyProgress");
    router
        .add({"GET", "/api/v1/reports/stock-levels", Permission::ReportsRead,
              "What lies at each location, and what it has cost",
              answering([this](Call& call) { return stock(call); })})
        .lists("LocationSum");
}

/// The last seven days when nothing is said.
std::vector<orders::DaySpan> ReportRoutes::daysIn(const Call& call) const
{
    const std::string* name = call.query.find("time_zone");
    const auto zone = TimeZone::find(name == nullptr ? "UTC" : *name);
    if (!zone)
        refuseParameter("time_zone", "is not known to this machine; such as Europe/Berlin, or UTC");
    const auto day = [&](std::string_view parameter, Day otherwise) {
        const std::string* text = call.query.find(parameter);
        if (text == nullptr)
            return otherwise;
        const auto read = Day::read(*text);
        if (!read)
            refuseParameter(parameter, "is not a day such as 2026-11-20");
        return *read;
    };
    const Time now = _parts.clock.now();
    const Day to = day("to", zone->dayOf(now));
    const Day from = day("from", zone->dayOf(zone->beginOf(to) - std::chrono::hours(6 * 24 - 12)));
    if (to < from)
        refuseParameter("to", "is before from");
    if (to > zone->dayOf(now).next())
        refuseParameter("to", "is in the future");
    auto days = orders::spansOf(std::max(from, Day{1970, 1, 2}), to, *zone);
    if (days.size() > daysMax)
        refuseParameter("from", "is more than " + std::to_string(daysMax) + " days before to");
    return days;
}

http::Response ReportRoutes::sales(Call& call)
{
    const auto days = daysIn(call);
    store::Page<orders::DailySales> page;
    _parts.database.read(
        [&](store::Session& session) { page.data = _reports.sales(session, call.scope, days); });
    return jsonResponse(listJson(page, [&](JsonWriter& json, const orders::DailySales& row) {
        json.beginObject()
            .member("day", row.day)
            .member("channel", _names.nameOf(call.scope.tenant, row.channel))
            .member("currency", row.currency)
            .member("orders", row.orders)
            .member("cancelled", row.cancelled)
            .member("total_cents", row.total)
            .member("refunded_cents", row.refunded)
            .endObject();
    }));
}

http::Response ReportRoutes::progress(Call& call)
{
    const auto days = daysIn(call);
    store::Page<orders::DailyProgress> page;
    _parts.database.read(
        [&](store::Session& session) { page.data = _reports.progress(session, call.scope, days); });
    return jsonResponse(listJson(page, [&](JsonWriter& json, const orders::DailyProgress& row) {
        json.beginObject()
            .member("day", row.day)
            .member("channel", _names.nameOf(call.scope.tenant, row.channel))
            .member("status", row.status)
            .member("orders", row.orders)
            .endObject();
    }));
}

http::Response ReportRoutes::stock(Call& call)
{
    store::Page<stock::LocationSum> page;
    _parts.database.point([&](store::Session& session) {
        page.data = stock::StockReader().sums(session, call.scope);
    });
    return jsonResponse(listJson(page, [](JsonWriter& json, const stock::LocationSum& row) {
        json.beginObject()
            .member("location", row.location)
            .member("currency", row.currency)
            .member("skus", row.skus)
            .member("on_hand", row.onHand)
            .member("reserved", row.reserved)
            .member("cost_cents", row.cost)
            .endObject();
    }));
}

} // namespace spokehub::api
