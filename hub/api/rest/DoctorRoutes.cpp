#include "api/rest/DoctorRoutes.h"

#include "ops/Doctor.h"
#include "store/Page.h"

#include <chrono>

namespace spokehub::api
{

namespace
{

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

// A call ends soon after either of these.
constexpr std::size_t foundMax = 100;
constexpr auto timeMax = 500ms;

constexpr std::string_view listName = "doctor";

} // namespace

void DoctorRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/doctor",
              Permission::DoctorRun,
              "Verifies the store, a part for each call: rows that disagree with what follows "
              "from others; on with next_cursor until it is null",
              answering([this](Call& call) { return verify(call); }),
              {"cursor"}})
        .gives("DoctorPage");
}

http::Response DoctorRoutes::verify(Call& call)
{
    const std::string after = call.page().after(listName);
    ops::Doctor::Place place =
        after.empty() ? ops::Doctor::Place{} : ops::Doctor::Place::read(after);
    std::vector<spokes::ChannelRules> rules;
    for (const auto& channel : _parts.channels.all())
        rules.push_back({channel->tenant, channel->id, channel->name(), channel->stockRules,
                         _parts.channels.orderRules().of(channel->tenant, channel->id)});
    const ops::Doctor doctor(std::move(rules), _parts.listings, _parts.bundles, _parts.clock);

    JsonWriter json;
    json.beginObject().key("data").beginArray();
    std::size_t found = 0;
    std::int64_t rows = 0;
    ops::Doctor::Step step;
    const auto begun = SteadyClock::now();
    do {
        step = doctor.step(_parts.database, call.scope.tenant, place);
        found += step.found.size();
        rows += step.rows;
        for (const ops::Disagreement& each : step.found)
            write(json, each);
    } while (!step.last && found < foundMax && SteadyClock::now() - begun < timeMax);
    json.endArray().member("rows", rows).key("next_cursor");
    if (step.last)
        json.null();
    else
        json.value(store::cursorOf(listName, place.text()));
    json.endObject();
    return jsonResponse(json.take());
}

} // namespace spokehub::api
