#include "api/rest/ChannelActions.h"

#include "api/Fields.h"
#include "core/Error.h"
#include "spokes/Answers.h"
#include "sync/Adoption.h"
#include "sync/Lane.h"

#include <algorithm>

namespace spokehub::api
{

namespace
{

using namespace std::chrono_literals;

constexpr auto waitMax = 45s; // for one call: the lane may be in the middle of another one
constexpr auto adoptionMax = 10min;

/// Waits for the lane, but not for ever: another hub may have it.
sync::OnLane onLane(sync::Lane& lane)
{
    return [&lane](std::function<void(spokes::Channel&, const spokes::Call&)> work) {
        auto done = lane.ask(std::move(work));
        if (done.wait_for(waitMax) != std::future_status::ready)
            throw Error(Refusal::Unavailable, "channel " + lane.channel().name() +
                                                  " did not come to it: it is busy, or another "
                                                  "hub has its lane; try again in a moment");
        try {
            done.get();
        } catch (const std::future_error&) {
            throw Error(Refusal::Unavailable, "the hub is stopping");
        }
    };
}

void writeVerdict(JsonWriter& json, const spokes::Channel& channel, const spokes::Verdict& verdict)
{
    json.beginObject()
        .member("channel", channel.name())
        .member("class", toText(verdict.kind))
        .member("reason", verdict.reason);
}

std::string reportJson(const spokes::Channel& channel, const sync::AdoptionReport& report)
{
    JsonWriter json;
    json.beginObject()
        .member("channel", channel.name())
        .member("dry_run", report.dryRun)
        .member("listings", report.listings)
        .member("variants_created", report.variantsCreated)
        .member("matched", report.matched)
        .member("stock_set", report.stockSet)
        .member("units", report.units)
        .member("skipped_in_all", report.skippedInAll)
        .key("skipped")
        .beginArray();
    for (const auto& skipped : report.skipped)
        json.beginObject()
            .member("external_id", skipped.externalId)
            .member("sku", skipped.sku)
            .member("reason", skipped.reason)
            .endObject();
    json.endArray().endObject();
    return json.take();
}

/// Orders that the channel has taken and not told of yet are still missing in what it shows.
void pullOrders(sync::Lane& lane)
{
    onLane(lane)([&lane](spokes::Channel&, const spokes::Call& call) {
        lane.puller().pull(call, "orders");
    });
}

} // namespace

void ChannelActions::declare(Router& router)
{
    router
        .add({"POST", "/api/v1/channels/{name}/check", Permission::ChannelsOperate,
              "Asks the channel whether settings and access are right",
              answering([this](Call& call) { return check(call); })})
        .gives("ChannelCheck");
    router
        .add({"POST",
              "/api/v1/channels/{name}/adopt",
              Permission::ChannelsAdopt,
              "Takes over the channel's listings, and as asked variants and opening stock of them",
              answering([this](Call& call) { return adopt(call); }),
              {"catalog", "stock", "dry_run"}})
        .gives("Adoption");
    router
        .add({"POST", "/api/v1/channels/{name}/subscriptions", Permission::ChannelsOperate,
              "Lists, repairs or removes the channel's webhooks to this hub",
              answering([this](Call& call) { return subscriptions(call); })})
        .mayTake("SubscriptionWish")
        .gives("Subscriptions");
}

sync::Lane& ChannelActions::require(const Call& call) const
{
    const std::string& name = call.parameter(0);
    const spokes::Channel* channel = _parts.channels.find(call.scope.tenant, name);
    if (channel == nullptr)
        throw Error(Refusal::NotFound, "there is no channel " + name);
    sync::Lane* lane =
        _parts.hooks.lane ? _parts.hooks.lane(call.scope.tenant, channel->id) : nullptr;
    if (lane == nullptr || !channel->isOpen())
        throw Error(Refusal::Unavailable,
                    "channel " + name + " is not open: " + channel->whyClosed());
    return *lane;
}

http::Response ChannelActions::check(Call& call)
{
    sync::Lane& lane = require(call);
    const auto answer = std::make_shared<spokes::Answer>();
    onLane(lane)([answer](spokes::Channel& channel, const spokes::Call& made) {
        *answer = channel.spoke->check(made);
    });
    JsonWriter json;
    writeVerdict(json, lane.channel(), answer->verdict);
    json.key("findings").beginArray();
    auto findings = spokes::findingsOf(*answer);
    if (auto ending = spokes::apiVersionEnding(*lane.channel().manifest, _parts.clock.now()))
        findings.push_back(std::move(*ending));
    if (lane.channel().refreshTokens && lane.channel().refreshTokens->unkept())
        findings.push_back({"warning", "refresh token",
                            "the channel replaced its refresh token, and the new one is lost when "
                            "the hub stops",
                            "configure server.secret_key, so that the hub can keep it sealed"});
    for (const spokes::CheckFinding& finding : findings)
        json.beginObject()
            .member("level", finding.level)
            .member("subject", finding.subject)
            .member("message", finding.message)
            .member("remedy", finding.remedy)
            .endObject();
    json.endArray().endObject();
    return jsonResponse(json.take());
}

http::Response ChannelActions::adopt(Call& call)
{
    sync::Lane& lane = require(call);
    const sync::AdoptionWish wish{.catalog = call.boolean("catalog").value_or(false),
                                  .stock = call.boolean("stock").value_or(false),
                                  .dryRun = call.boolean("dry_run").value_or(false)};
    const auto& streams = lane.channel().manifest->streams;
    if (wish.stock && !wish.dryRun && std::ranges::find(streams, "orders") != streams.end())
        pullOrders(lane);
    sync::Adoption adoption({lane.channel(), _parts.channels, _parts.listings, _parts.variants,
                             _parts.bundles, _parts.orders, _parts.ledger, _parts.commands,
                             _parts.database, _parts.clock},
                            onLane(lane), call.scope, wish, call.request.id);
    return jsonResponse(reportJson(lane.channel(), adoption.run(_parts.clock.now() + adoptionMax)));
}

http::Response ChannelActions::subscriptions(Call& call)
{
    sync::Lane& lane = require(call);
    Fields fields(call.bodyIfAny());
    std::string action = fields.text("action", 0, 20);
    std::string address = fields.text("address", 0, 2000);
    fields.require(action.empty() || action == "list" || action == "repair" || action == "remove",
                   "action", "is none of list, repair, remove");
    fields.finish("subscriptions");
    if (action.empty())
        action = "list";
    if (address.empty() && !_parts.config.server.publicUrl.empty())
        address = _parts.config.server.publicUrl + lane.channel().path();
    if (address.empty())
        throw Error(Refusal::BadRequest,
                    "the channel cannot be told where the hub is: set server.public_url in the "
                    "configuration, or give an address",
                    {{"address", "is missing"}});
    if (!lane.channel().manifest->has("subscribe"))
        throw Error(Refusal::Unprocessable, "spoke " + lane.channel().config->spoke +
                                                " has no subscriptions to look after");

    JsonWriter request;
    request.beginObject().member("action", action).member("address", address).endObject();
    const auto answer = std::make_shared<spokes::Answer>();
    onLane(lane)(
        [answer, text = request.take()](spokes::Channel& channel, const spokes::Call& made) {
            *answer = channel.spoke->subscribe(made, text);
        });
    JsonWriter json;
    writeVerdict(json, lane.channel(), answer->verdict);
    json.member("address", address).key("subscriptions").beginArray();
    for (const spokes::SubscriptionState& state : spokes::subscriptionsOf(*answer))
        json.beginObject()
            .member("topic", state.topic)
            .member("state", state.state)
            .member("reason", state.reason)
            .endObject();
    json.endArray().endObject();
    return jsonResponse(json.take());
}

} // namespace spokehub::api
