#include "api/rest/ChannelRoutes.h"

#include "api/Fields.h"
#include "api/Shown.h"
#include "api/rest/Explanation.h"
#include "core/Error.h"
#include "sync/InboxReader.h"

#include <array>

namespace spokehub::api
{

namespace
{

constexpr std::array<std::string_view, 4> streams = {"orders", "listings", "levels", "shipments"};

std::string_view stateOf(const spokes::Channel& channel, const spokes::Channels::State& state)
{
    if (!channel.isOpen())
        return "not_open";
    if (state.paused && state.pausedReason.starts_with(spokes::Channels::parked))
        return "parked";
    return state.paused ? "paused" : "running";
}

} // namespace

void ChannelRoutes::declare(Router& router)
{
    router
        .add({"GET", "/api/v1/channels", Permission::ChannelsRead,
              "Channels with their state, lag and last error",
              answering([this](Call& call) { return list(call); })})
        .lists("Channel");
    router
        .add({"GET", "/api/v1/channels/{name}", Permission::ChannelsRead, "A channel",
              answering([this](Call& call) { return get(call); })})
        .gives("Channel");
    router
        .add({"POST", "/api/v1/channels/{name}/pause", Permission::ChannelsOperate,
              "Stops pulling and pushing; webhooks are still taken",
              answering([this](Call& call) { return pause(call); })})
        .mayTake("Reason")
        .gives("Channel")
        .guard();
    router
        .add({"POST", "/api/v1/channels/{name}/resume", Permission::ChannelsOperate,
              "Goes on, and approves what tripped the wire",
              answering([this](Call& call) { return resume(call); })})
        .gives("Channel")
        .guard();
    router
        .add({"POST", "/api/v1/channels/{name}/sync", Permission::ChannelsOperate,
              "Pulls orders, listings, levels and shipments now, or one of them",
              answering([this](Call& call) { return sync(call); })})
        .mayTake("StreamChoice")
        .gives("SyncStarted", 202);
    router
        .add({"GET",
              "/api/v1/explain/quantity",
              Permission::StockRead,
              "How the quantity that a channel is told comes about",
              answering([this](Call& call) { return explain(call); }),
              {"channel", "sku"}})
        .gives("QuantityExplained");
}

spokes::Channel& ChannelRoutes::require(const Scope& scope, const std::string& name) const
{
    spokes::Channel* channel = _parts.channels.find(scope.tenant, name);
    if (channel == nullptr)
        throw Error(Refusal::NotFound, "there is no channel " + name);
    return *channel;
}

void ChannelRoutes::write(JsonWriter& json, store::Session& session, const Scope& scope,
                          const spokes::Channel& channel) const
{
    const auto state = _parts.channels.state(session, channel);
    const auto tasks = sync::TaskReader().counts(session, scope, channel.id);
    const auto inbox = sync::InboxReader().counts(session, scope, channel.id);
    const Time now = _parts.clock.now();
    json.beginObject()
        .member("name", channel.name())
        .member("spoke", channel.config->spoke)
        .member("state", stateOf(channel, state))
        .member("problem", channel.whyClosed())
        .member("paused_reason", state.pausedReason)
        .member("push", channel.config->push)
        .member("last_error", state.lastError)
        .member("last_error_at", shown(state.lastErrorAt))
        .key("lag")
        .beginObject()
        .member("tasks_pending", tasks.pending)
        .member("tasks_running", tasks.running)
        .member("tasks_failed", tasks.failed)
        .member("oldest_task_seconds",
                tasks.oldestPendingAt
                    ? std::optional((now - *tasks.oldestPendingAt).count() / 1'000'000)
                    : std::nullopt)
        .member("inbox_pending", inbox.pending)
        .member("inbox_failed", inbox.failed)
        .endObject()
        .key("pulled_at")
        .beginObject();
    for (const sync::PulledStream& pulled : sync::TaskReader().pulled(session, scope, channel.id))
        json.member(pulled.stream, toIso(pulled.at));
    json.endObject().endObject();
}

http::Response ChannelRoutes::list(Call& call)
{
    std::string text;
    _parts.database.read([&](store::Session& session) {
        JsonWriter json;
        json.beginObject().key("data").beginArray();
        for (const auto& channel : _parts.channels.all())
            if (channel->tenant == call.scope.tenant)
                write(json, session, call.scope, *channel);
        json.endArray().key("next_cursor").null().endObject();
        text = json.take();
    });
    return jsonResponse(std::move(text));
}

http::Response ChannelRoutes::answer(const Scope& scope, const spokes::Channel& channel)
{
    std::string text;
    _parts.database.read([&](store::Session& session) {
        JsonWriter json;
        write(json, session, scope, channel);
        text = json.take();
    });
    return jsonResponse(std::move(text));
}

http::Response ChannelRoutes::get(Call& call)
{
    return answer(call.scope, require(call.scope, call.parameter(0)));
}

http::Response ChannelRoutes::pause(Call& call)
{
    const spokes::Channel& channel = require(call.scope, call.parameter(0));
    std::string reason = "paused by " + call.scope.actor;
    if (const Json body = call.bodyIfAny()) {
        Fields fields(body);
        if (const std::string given = fields.text("reason", 0, 500); !given.empty())
            reason += ": " + given;
        fields.finish("pause");
    }
    _parts.commands.run([&](store::Tx& tx) { _parts.channels.pause(tx, channel, reason); });
    return answer(call.scope, channel);
}

/// What it missed meanwhile it must hear now.
http::Response ChannelRoutes::resume(Call& call)
{
    const spokes::Channel& channel = require(call.scope, call.parameter(0));
    _parts.commands.run([&](store::Tx& tx) {
        _parts.channels.resume(tx, channel);
        _parts.tasks.planChannel(tx, channel.tenant, channel.id);
    });
    if (_parts.hooks.wakeLane)
        _parts.hooks.wakeLane(channel.tenant, channel.id);
    return answer(call.scope, channel);
}

http::Response ChannelRoutes::sync(Call& call)
{
    const spokes::Channel& channel = require(call.scope, call.parameter(0));
    std::string only;
    if (const Json body = call.bodyIfAny()) {
        Fields fields(body);
        only = fields.text("stream", 0, 20);
        fields.require(only.empty() || std::ranges::find(streams, only) != streams.end(), "stream",
                       "is none of orders, listings, levels, shipments");
        fields.finish("sync");
    }
    if (!channel.isOpen() || !_parts.hooks.pullNow)
        throw Error(Refusal::Unavailable,
                    "channel " + channel.name() + " is not open: " + channel.whyClosed());
    JsonWriter json;
    json.beginObject().member("channel", channel.name()).key("streams").beginArray();
    for (const std::string_view stream : streams)
        if (only.empty() || only == stream) {
            _parts.hooks.pullNow(channel.tenant, channel.id, std::string(stream));
            json.value(stream);
        }
    json.endArray().endObject();
    return jsonResponse(json.take(), 202);
}

http::Response ChannelRoutes::explain(Call& call)
{
    const spokes::Channel& channel = require(call.scope, call.required("channel"));
    const std::string& sku = call.required("sku");
    std::string json;
    _parts.database.read([&](store::Session& session) {
        json = Explanation(_parts, session, call.scope).of(channel, sku);
    });
    return jsonResponse(std::move(json));
}

} // namespace spokehub::api
