#include "api/rest/TenantRoutes.h"

#include "access/TenantProviders.h"
#include "access/TenantSettings.h"
#include "access/Tenants.h"
#include "api/Fields.h"
#include "api/Shown.h"
#include "core/Error.h"
#include "spokes/AddressRules.h"

#include <algorithm>
#include <array>

namespace spokehub::api
{

namespace
{

constexpr std::size_t textMax = 200;
constexpr std::size_t urlMax = 2000;
constexpr std::size_t stepsMax = 50;
constexpr std::int64_t amountMax = 1'000'000'000'000;
constexpr std::int64_t daysMax = 3650;
constexpr std::array<std::string_view, 5> states = {"pending", "confirmed", "packed", "shipped",
                                                    "delivered"};

void writeTenant(JsonWriter& json, const access::Tenant& tenant)
{
    json.beginObject()
        .member("name", tenant.name)
        .member("title", tenant.title)
        .member("plan", tenant.plan)
        .member("active", tenant.active)
        .member("created_at", toIso(tenant.createdAt))
        .endObject();
}

void writeProvider(JsonWriter& json, const ProviderConfig& provider)
{
    json.beginObject()
        .member("name", provider.name)
        .member("issuer", provider.issuer)
        .member("audience", provider.audience)
        .member("algorithm", provider.algorithm)
        .member("jwks_url", provider.jwksUrl)
        .member("public_key", provider.publicKey.reveal()) // public, as its name says
        .member("organization", provider.organization)
        .member("roles_claim", provider.rolesClaim)
        .key("roles")
        .beginObject();
    for (const auto& [theirs, ours] : provider.roles)
        json.member(theirs, ours);
    json.endObject().endObject();
}

ProviderConfig providerIn(Fields& fields, Json body)
{
    ProviderConfig provider;
    provider.issuer = fields.text("issuer", 1, urlMax);
    provider.audience = fields.text("audience", 1, urlMax);
    provider.algorithm = fields.text("algorithm", 1, textMax);
    provider.jwksUrl = fields.text("jwks_url", 0, urlMax);
    provider.publicKey = Secret(fields.has("public_key") ? fields.raw("public_key") : "");
    provider.organization = fields.text("organization", 0, textMax);
    provider.rolesClaim = fields.maybeText("roles_claim", textMax).value_or("roles");
    fields.known("roles");
    fields.require(body["roles"].isObject(), "roles", "must map roles of theirs to roles of ours");
    body["roles"].eachMember([&](std::string_view theirs, Json ours) {
        provider.roles.emplace_back(theirs, ours.text().value_or(""));
        return true;
    });
    return provider;
}

http::Response answer(const access::Tenant& tenant, int status = 200)
{
    JsonWriter json;
    writeTenant(json, tenant);
    return jsonResponse(json.take(), status);
}

/// A number by its name, over a host of our own network, is no place to tell anything.
bool isTarget(const std::string& text)
{
    const auto url = spokes::parseUrl(text);
    return url && url->tls && url->host.find('.') != std::string::npos &&
           url->host.find_first_not_of("0123456789.") != std::string::npos;
}

std::vector<access::TenantSettings::Step> workflowIn(Fields& fields)
{
    std::vector<access::TenantSettings::Step> steps;
    fields.each("workflow", stepsMax, [&](Fields& step) {
        access::TenantSettings::Step read;
        read.state = step.text("state", 1, textMax);
        step.require(std::ranges::find(states, read.state) != states.end(), "state",
                     "is none of pending, confirmed, packed, shipped, delivered");
        read.name = step.text("name", 1, textMax);
        read.optional = step.boolean("optional", false);
        step.require(std::ranges::find(steps, read.name, &access::TenantSettings::Step::name) ==
                         steps.end(),
                     "name", "stands twice");
        steps.push_back(std::move(read));
    });
    return steps;
}

/// What is given of them, over what stands.
access::TenantSettings settingsIn(Fields& fields, access::TenantSettings settings)
{
    settings.restockingFeePercent = fields.maybeInteger("restocking_fee_percent", 0, 100)
                                        .value_or(settings.restockingFeePercent);
    const auto take = [&](std::string_view name, std::int64_t most,
                          std::optional<std::int64_t>& into) {
        if (const auto given = fields.maybeInteger(name, 0, most))
            into = given;
    };
    take("refund_max", amountMax, settings.refundMax);
    take("refund_days", daysMax, settings.refundDays);
    take("refund_approval_above", amountMax, settings.refundApprovalAbove);
    if (const auto target = fields.maybeText("webhook_target", urlMax)) {
        fields.require(target->empty() || isTarget(*target), "webhook_target",
                       "is not an https address of a public host");
        settings.webhookTarget = *target;
    }
    if (fields.has("workflow"))
        settings.workflow = workflowIn(fields);
    fields.require(!settings.refundMax || !settings.refundApprovalAbove ||
                       *settings.refundApprovalAbove <= *settings.refundMax,
                   "refund_approval_above", "is more than refund_max allows at all");
    return settings;
}

} // namespace

void TenantRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/tenants",
              Permission::TenantsManage,
              "The merchants of this hub, in order of id",
              answering([this](Call& call) { return list(call); }),
              {"cursor", "limit"}})
        .lists("Tenant");
    router
        .add({"POST", "/api/v1/tenants", Permission::TenantsManage,
              "Makes a tenant; its first administrator is made on the hub's machine",
              answering([this](Call& call) { return create(call); })})
        .takes("NewTenant")
        .gives("Tenant", 201);
    router
        .add({"GET", "/api/v1/tenants/{tenant}", Permission::TenantsManage, "A tenant",
              answering([this](Call& call) { return get(call); })})
        .gives("Tenant");
    router
        .add({"PATCH", "/api/v1/tenants/{tenant}", Permission::TenantsManage,
              "Changes a tenant: title, plan, active",
              answering([this](Call& call) { return change(call); })})
        .takes("TenantChange")
        .gives("Tenant")
        .guard();
    router
        .add({"GET", "/api/v1/tenants/{tenant}/providers", Permission::TenantsManage,
              "The identity providers of a tenant that were set here",
              answering([this](Call& call) { return providers(call); })})
        .lists("IdentityProvider");
    router
        .add({"GET", "/api/v1/tenants/{tenant}/providers/{provider}", Permission::TenantsManage,
              "An identity provider of a tenant",
              answering([this](Call& call) { return provider(call); })})
        .gives("IdentityProvider");
    router
        .add({"PUT", "/api/v1/tenants/{tenant}/providers/{provider}", Permission::TenantsManage,
              "Sets an identity provider of a tenant; its people may come at once",
              answering([this](Call& call) { return setProvider(call); })})
        .takes("IdentityProviderSet")
        .gives("IdentityProvider")
        .guard();
    router
        .add({"DELETE", "/api/v1/tenants/{tenant}/providers/{provider}", Permission::TenantsManage,
              "Removes it; whom it vouched for is out at once",
              answering([this](Call& call) { return removeProvider(call); })})
        .givesNothing()
        .guard();
    router
        .add({"GET", "/api/v1/tenant/settings", Permission::SettingsRead,
              "What one's own tenant has set: fees, refunds, workflow",
              answering([this](Call& call) { return settings(call); })})
        .gives("TenantSettings");
    router
        .add({"PATCH", "/api/v1/tenant/settings", Permission::SettingsWrite,
              "Changes what is given of them",
              answering([this](Call& call) { return changeSettings(call); })})
        .takes("TenantSettingsChange")
        .gives("TenantSettings")
        .guard();
}

http::Response TenantRoutes::list(Call& call)
{
    const store::Serving serving(store::Serving::everybody);
    const store::PageRequest asked = call.page();
    store::Page<access::Tenant> page;
    _parts.database.point(
        [&](store::Session& session) { page = _parts.tenants.list(session, asked); });
    return jsonResponse(listJson(page, writeTenant));
}

http::Response TenantRoutes::get(Call& call)
{
    return answer(tenantOf(call));
}

access::Tenant TenantRoutes::tenantOf(const Call& call) const
{
    const store::Serving serving(store::Serving::everybody);
    std::optional<access::Tenant> tenant;
    _parts.database.point(
        [&](store::Session& session) { tenant = _parts.tenants.get(session, call.parameter(0)); });
    if (!tenant)
        throw Error(Refusal::NotFound, "there is no tenant " + call.parameter(0));
    return *std::move(tenant);
}

void TenantRoutes::follow() const
{
    if (_parts.hooks.followTenants)
        _parts.hooks.followTenants();
}

http::Response TenantRoutes::providers(Call& call)
{
    const access::Tenant tenant = tenantOf(call);
    const store::Serving serving(store::Serving::everybody);
    std::vector<ProviderConfig> rows;
    _parts.database.point(
        [&](store::Session& session) { rows = access::TenantProviders::all(session); });
    std::erase_if(rows, [&](const ProviderConfig& each) { return each.tenant != tenant.name; });
    return jsonResponse(listJson(store::Page<ProviderConfig>{std::move(rows), {}}, writeProvider));
}

http::Response TenantRoutes::provider(Call& call)
{
    const access::Tenant tenant = tenantOf(call);
    const store::Serving serving(store::Serving::everybody);
    std::vector<ProviderConfig> found;
    _parts.database.point([&](store::Session& session) {
        found = access::TenantProviders::of(session, tenant.id, call.parameter(1));
    });
    if (found.empty())
        throw Error(Refusal::NotFound, "there is no identity provider " + call.parameter(1));
    JsonWriter json;
    writeProvider(json, found.front());
    return jsonResponse(json.take());
}

http::Response TenantRoutes::setProvider(Call& call)
{
    const access::Tenant tenant = tenantOf(call);
    const Json body = call.body();
    Fields fields(body);
    ProviderConfig wanted = providerIn(fields, body);
    fields.finish("provider");
    wanted.name = call.parameter(1);
    wanted.tenant = tenant.name;
    const store::Serving serving(store::Serving::everybody);
    _parts.commands.run([&](store::Tx& tx) { _providers.put(tx, tenant.id, wanted); });
    follow();
    JsonWriter json;
    writeProvider(json, wanted);
    return jsonResponse(json.take());
}

http::Response TenantRoutes::removeProvider(Call& call)
{
    const access::Tenant tenant = tenantOf(call);
    const store::Serving serving(store::Serving::everybody);
    _parts.commands.run(
        [&](store::Tx& tx) { _providers.remove(tx, tenant.id, call.parameter(1)); });
    follow();
    http::Response response;
    response.status = 204;
    return response;
}

http::Response TenantRoutes::create(Call& call)
{
    Fields fields(call.body());
    const std::string name = fields.text("name", 1, textMax);
    const std::string title = fields.text("title", 0, textMax);
    const std::string plan = fields.text("plan", 1, textMax);
    fields.finish("tenant");
    const store::Serving serving(store::Serving::everybody);
    const auto made = _parts.commands.run(
        [&](store::Tx& tx) { return _parts.tenants.create(tx, name, title, plan); });
    const store::Serving itself(made.id);
    const store::Doing nothingMore(nullptr); // the log has it already
    _parts.commands.run(
        [&](store::Tx& tx) { _parts.channels.makeLocations(tx, made.id, _parts.ids); });
    follow();
    return answer(made, 201);
}

http::Response TenantRoutes::change(Call& call)
{
    Fields fields(call.body());
    access::TenantChange wanted;
    wanted.title = fields.maybeText("title", textMax);
    wanted.plan = fields.maybeText("plan", textMax);
    if (fields.has("active"))
        wanted.active = fields.boolean("active", true);
    fields.finish("tenant");
    const store::Serving serving(store::Serving::everybody);
    const auto changed = _parts.commands.run(
        [&](store::Tx& tx) { return _parts.tenants.change(tx, call.parameter(0), wanted); });
    follow();
    return answer(changed);
}

http::Response TenantRoutes::settings(Call& call)
{
    std::string json;
    _parts.database.point([&](store::Session& session) {
        json = access::Tenants::settings(session, call.scope.tenant);
    });
    return jsonResponse(access::TenantSettings::read(json).toJson());
}

http::Response TenantRoutes::changeSettings(Call& call)
{
    const Json body = call.body();
    return jsonResponse(_parts.commands.run([&](store::Tx& tx) {
        const std::string before = access::Tenants::lockedSettings(tx, call.scope.tenant);
        const auto settings = access::TenantSettings::read(before);
        Fields fields(body);
        const std::string after = settingsIn(fields, settings).toJson();
        fields.finish("settings");
        _parts.tenants.setSettings(tx, call.scope.tenant, after);
        tx.note(store::Difference("settings").raw("before", settings.toJson()).raw("after", after));
        return after;
    }));
}

} // namespace spokehub::api
