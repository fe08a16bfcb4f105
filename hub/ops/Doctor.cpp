#include "ops/Doctor.h"

#include "core/Error.h"
#include "ops/Checks.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace spokehub::ops
{

namespace
{

constexpr std::array checks = {checkLevels, checkMovements, checkReservations,
                               checkOrders, checkFacts,     checkInbox,
                               checkTasks,  checkListings,  checkShipments};

} // namespace

void write(JsonWriter& json, std::string_view tenant, const Disagreement& disagreement)
{
    json.beginObject().member("tenant", tenant).member("table", disagreement.table);
    json.key("ids").beginObject();
    for (const auto& [name, id] : disagreement.ids)
        json.member(name, id);
    json.endObject()
        .member("what", disagreement.what)
        .member("expected", disagreement.expected)
        .member("found", disagreement.found)
        .member("remedy", disagreement.remedy)
        .endObject();
}

std::string Doctor::Place::text() const
{
    return std::to_string(check) + ":" + std::to_string(after) + ":" + key;
}

Doctor::Place Doctor::Place::read(std::string_view text)
{
    Place place;
    const char* const end = text.data() + text.size();
    const auto check = std::from_chars(text.data(), end, place.check);
    const bool whole = check.ec == std::errc{} && check.ptr != end && *check.ptr == ':';
    const auto after = whole ? std::from_chars(check.ptr + 1, end, place.after) : check;
    if (!whole || after.ec != std::errc{} || after.ptr == end || *after.ptr != ':' ||
        place.check >= checks.size() || place.after < 0)
        throw Error(Refusal::BadRequest, "cursor is none of the doctor's; begin without one",
                    {{"cursor", "is none of the doctor's"}});
    place.key = {after.ptr + 1, end};
    return place;
}

const spokes::ChannelRules* Doctor::Parts::channel(Id tenant, Id id) const
{
    const auto found = std::ranges::find_if(channels, [&](const spokes::ChannelRules& channel) {
        return channel.tenant == tenant && channel.id == id;
    });
    return found == channels.end() ? nullptr : &*found;
}

const orders::OrderRules& Doctor::Parts::orderRules(Id tenant, Id id) const
{
    static const orders::OrderRules otherwise;
    const auto* found = channel(tenant, id);
    return found == nullptr ? otherwise : found->orders;
}

Doctor::Step Doctor::step(store::Database& database, Id tenant, Place& place) const
{
    Step step;
    const Place begun = place;
    database.read([&](store::Session& session) {
        place = begun;
        step = {};
        Look look{session, tenant, place, step};
        checks.at(place.check)(_parts, look);
        if (!look.more)
            place = {place.check + 1, 0, {}};
    });
    step.last = place.check >= checks.size();
    return step;
}

std::int64_t Doctor::verify(store::Database& database, Id tenant,
                            const std::function<void(const Disagreement&)>& tell) const
{
    std::int64_t rows = 0;
    Place place;
    for (Step made; !made.last;) {
        made = step(database, tenant, place);
        rows += made.rows;
        std::ranges::for_each(made.found, tell);
    }
    return rows;
}

Id nextRange(Doctor::Look& look, const store::Sql& sql)
{
    Id last = look.place.after;
    int rows = 0;
    look.session.query(sql, {look.tenant, look.place.after, stepRows}, [&](const store::Row& row) {
        last = row.integer(0);
        ++rows;
    });
    look.step.rows += rows;
    look.more = rows == stepRows;
    look.place.after = look.more ? last : INT64_MAX;
    return look.place.after;
}

} // namespace spokehub::ops
