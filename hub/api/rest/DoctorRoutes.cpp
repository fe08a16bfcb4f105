#include "api/rest/DoctorRoutes.h"

#include "access/Tenants.h"
#include "core/Error.h"
#include "ops/Doctor.h"
#include "store/Page.h"
#include "store/Serving.h"

#include <charconv>
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

/// The place of the provider, who has every tenant looked at, has the tenant in front.
struct Whole
{
    Id tenant = 0;
    ops::Doctor::Place place{};

    std::string text() const { return std::to_string(tenant) + ":" + place.text(); }
    static Whole read(std::string_view text)
    {
        Whole whole;
        const char* const end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, whole.tenant);
        if (error != std::errc{} || rest == end || *rest != ':')
            throw Error(Refusal::BadRequest, "cursor is none of the doctor's; begin without one",
                        {{"cursor", "is none of the doctor's"}});
        whole.place = ops::Doctor::Place::read({rest + 1, end});
        return whole;
    }
};

} // namespace

void DoctorRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/doctor",
              Permission::DoctorRun,
              "Verifies the store, a part for each call: rows that disagree with what follows "
              "from others; on with next_cursor until it is null. The provider's call looks at "
              "every tenant, another at its own",
              answering([this](Call& call) { return verify(call); }),
              {"cursor"}})
        .gives("DoctorPage");
}

/// Each tenant that the caller has looked at, in order of id.
std::map<Id, std::string> DoctorRoutes::tenantsOf(const Call& call) const
{
    const bool all = call.caller.permissions.has(Permission::TenantsManage);
    std::map<Id, std::string> tenants;
    for (const auto& [name, id] : _parts.tenants.ids())
        if (all || id == call.scope.tenant)
            tenants.emplace(id, name);
    return tenants;
}

http::Response DoctorRoutes::verify(Call& call)
{
    const auto tenants = tenantsOf(call);
    const std::string after = call.page().after(listName);
    Whole at{tenants.begin()->first};
    if (!after.empty() && tenants.size() > 1)
        at = Whole::read(after);
    else if (!after.empty())
        at.place = ops::Doctor::Place::read(after);
    auto tenant = tenants.lower_bound(at.tenant);
    if (tenant == tenants.end() || tenant->first != at.tenant)
        throw Error(Refusal::BadRequest, "cursor is none of the doctor's; begin without one",
                    {{"cursor", "is none of the doctor's"}});
    std::vector<spokes::ChannelRules> rules;
    for (const auto& channel : _parts.channels.all())
        rules.push_back({channel->tenant, channel->id, channel->name(), channel->stockRules,
                         _parts.channels.orderRules().of(channel->tenant, channel->id)});
    const ops::Doctor doctor(std::move(rules), _parts.listings, _parts.bundles, _parts.clock);

    JsonWriter json;
    json.beginObject().key("data").beginArray();
    std::size_t found = 0;
    std::int64_t rows = 0;
    const auto begun = SteadyClock::now();
    do {
        const store::Serving serving(tenant->first);
        const auto step = doctor.step(_parts.database, tenant->first, at.place);
        found += step.found.size();
        rows += step.rows;
        for (const ops::Disagreement& each : step.found)
            write(json, tenant->second, each);
        if (step.last)
            at.place = {};
        if (step.last && ++tenant != tenants.end())
            at.tenant = tenant->first;
    } while (tenant != tenants.end() && found < foundMax && SteadyClock::now() - begun < timeMax);
    json.endArray().member("rows", rows).key("next_cursor");
    if (tenant == tenants.end())
        json.null();
    else
        json.value(store::cursorOf(listName, tenants.size() > 1 ? at.text() : at.place.text()));
    json.endObject();
    return jsonResponse(json.take());
}

} // namespace spokehub::api
