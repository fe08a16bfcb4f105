#include "api/rest/ChannelSecretRoutes.h"

#include "access/Tenants.h"
#include "api/Fields.h"
#include "api/Shown.h"
#include "core/Error.h"
#include "store/Deed.h"
#include "store/Serving.h"

#include <algorithm>

namespace spokehub::api
{

namespace
{

constexpr std::size_t nameMax = 100;

void write(JsonWriter& json, const spokes::ChannelSecret& secret)
{
    json.beginObject()
        .member("id", showId(prefix::secret, secret.id))
        .member("name", secret.name)
        .member("set_by", secret.setBy)
        .member("set_at", toIso(secret.setAt))
        .endObject();
}

/// Nobody shows a value back: what is wrong with it is told without it.
std::string valueIn(Fields& fields)
{
    std::string value = fields.raw("value");
    const auto isBlank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    fields.require(value.size() <= spokes::ChannelSecrets::valueBytesMax, "value",
                   "has more than 8192 bytes");
    fields.require(!value.empty() && !isBlank(value.front()) && !isBlank(value.back()), "value",
                   "is empty or has blanks around it");
    return value;
}

/// In the log of the tenant whose channel it is, whoever does it.
class ForTenant
{
public:
    explicit ForTenant(Id tenant) : _serving(tenant), _doing(deedFor(tenant)) {}

private:
    static std::shared_ptr<const store::Deed> deedFor(Id tenant)
    {
        if (store::Doing::current() == nullptr)
            return nullptr;
        auto deed = std::make_shared<store::Deed>(*store::Doing::current());
        deed->tenant = tenant;
        return deed;
    }

    const store::Serving _serving;
    const store::Doing _doing;
};

http::Response nothing()
{
    http::Response response;
    response.status = 204;
    return response;
}

} // namespace

void ChannelSecretRoutes::declare(Router& router)
{
    declare(router, "/api/v1/channels/{name}/secrets", Permission::ChannelsSecrets,
            &ChannelSecretRoutes::own);
    declare(router, "/api/v1/tenants/{tenant}/channels/{name}/secrets", Permission::TenantsManage,
            &ChannelSecretRoutes::anybodys);
}

void ChannelSecretRoutes::declare(Router& router, const std::string& base, Permission permission,
                                  Whose whose)
{
    const std::size_t last = whose == &ChannelSecretRoutes::own ? 1 : 2; // of the path's parameters
    router
        .add({"GET", base, permission,
              "The secrets of a channel: who set them and when, never a value",
              answering([this, whose](Call& call) { return list((this->*whose)(call)); })})
        .lists("ChannelSecret");
    router
        .add({"POST", base, permission,
              "Sets a value of a secret, at once and on every hub; those before it stay good for "
              "signatures until they are revoked",
              answering([this, whose](Call& call) { return set(call, (this->*whose)(call)); })})
        .takes("NewChannelSecret")
        .gives("ChannelSecretValue", 201);
    router
        .add({"DELETE", base + "/{secret}", permission, "Revokes a value that was set",
              answering([this, whose, last](Call& call) {
                  return revoke((this->*whose)(call), call.parameter(last));
              })})
        .givesNothing();
    router
        .add({"DELETE", base + "/{secret}/configured", permission,
              "Revokes what the configuration has of a secret, until it has something else",
              answering([this, whose, last](Call& call) {
                  return leaveConfigured(call, (this->*whose)(call), call.parameter(last));
              })})
        .givesNothing();
}

const spokes::Channel& ChannelSecretRoutes::own(const Call& call) const
{
    return require(call.scope.tenant, call.parameter(0));
}

const spokes::Channel& ChannelSecretRoutes::anybodys(const Call& call) const
{
    const auto tenants = _parts.tenants.ids();
    const auto tenant = tenants.find(call.parameter(0));
    if (tenant == tenants.end())
        throw Error(Refusal::NotFound, "there is no tenant " + call.parameter(0));
    return require(tenant->second, call.parameter(1));
}

const spokes::Channel& ChannelSecretRoutes::require(Id tenant, const std::string& name) const
{
    const spokes::Channel* channel = _parts.channels.find(tenant, name);
    if (channel == nullptr)
        throw Error(Refusal::NotFound, "there is no channel " + name);
    if (channel->manifest == nullptr)
        throw Error(Refusal::Unavailable,
                    "channel " + name + " is not open: " + channel->whyClosed());
    return *channel;
}

http::Response ChannelSecretRoutes::list(const spokes::Channel& channel) const
{
    const store::Serving serving(channel.tenant);
    std::string text;
    _parts.database.point([&](store::Session& session) {
        const auto set = spokes::ChannelSecrets::of(session, channel);
        JsonWriter json;
        json.beginObject().key("data").beginArray();
        for (const spokes::SecretRule& rule : channel.manifest->secrets) {
            json.beginObject()
                .member("name", rule.name)
                .member("description", rule.description)
                .member("required", rule.required)
                .member("several", rule.list)
                .member("configured", static_cast<std::int64_t>(
                                          secrets().configured(session, channel, set, rule.name)))
                .key("set")
                .beginArray();
            for (const spokes::ChannelSecret& each : set)
                if (each.name == rule.name && !each.configured)
                    write(json, each);
            json.endArray().endObject();
        }
        json.endArray().key("next_cursor").null().endObject();
        text = json.take();
    });
    return jsonResponse(std::move(text));
}

http::Response ChannelSecretRoutes::set(Call& call, const spokes::Channel& channel) const
{
    Fields fields(call.body());
    const std::string name = fields.text("name", 1, nameMax);
    const std::string value = valueIn(fields);
    fields.finish("secret");
    const ForTenant whose(channel.tenant);
    const Id id = _parts.ids.next();
    const auto made = _parts.commands.run([&](store::Tx& tx) {
        return secrets().set(tx, call.scope.actor, channel, id, name, value);
    });
    follow();
    JsonWriter json;
    write(json, made);
    return jsonResponse(json.take(), 201);
}

http::Response ChannelSecretRoutes::revoke(const spokes::Channel& channel,
                                           const std::string& secret) const
{
    const auto id = readId(prefix::secret, secret);
    if (!id)
        throw Error(Refusal::NotFound, "there is no secret " + secret + ": ids look like " +
                                           showId(prefix::secret, 1));
    const ForTenant whose(channel.tenant);
    _parts.commands.run([&](store::Tx& tx) { secrets().revoke(tx, channel, *id); });
    follow();
    return nothing();
}

http::Response ChannelSecretRoutes::leaveConfigured(const Call& call,
                                                    const spokes::Channel& channel,
                                                    const std::string& secret) const
{
    const ForTenant whose(channel.tenant);
    const Id id = _parts.ids.next();
    _parts.commands.run([&](store::Tx& tx) {
        secrets().leaveConfigured(tx, call.scope.actor, channel, id, secret);
    });
    follow();
    return nothing();
}

void ChannelSecretRoutes::follow() const
{
    if (_parts.hooks.followSecrets)
        _parts.hooks.followSecrets();
}

} // namespace spokehub::api
