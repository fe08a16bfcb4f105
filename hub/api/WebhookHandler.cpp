#include "api/WebhookHandler.h"

#include "api/Problem.h"
#include "core/Log.h"

namespace spokehub::api
{

namespace
{

constexpr std::size_t reasonBytesMax = 1000; // in the log
constexpr std::size_t pathBytesMax = 200;

/// The same for everybody who is not let in.
Problem unauthorized()
{
    Problem problem = problemOf(Refusal::Unauthorized, "this webhook is not accepted");
    problem.headers = {{"WWW-Authenticate", "Signature realm=\"webhooks\""}};
    return problem;
}

std::vector<spokes::WebhookHeader> headersOf(const http::Request& request)
{
    std::vector<spokes::WebhookHeader> headers;
    headers.reserve(request.headers.size());
    for (const http::Header& header : request.headers)
        headers.push_back({header.name, header.value});
    return headers;
}

http::Response replyOf(const spokes::Accepted& accepted)
{
    http::Response response;
    response.status = accepted.replyStatus;
    response.contentType = accepted.replyType;
    response.body = accepted.replyBody;
    return response;
}

} // namespace

WebhookHandler::WebhookHandler(spokes::Channels& channels, const access::Tenants& tenants,
                               sync::Arrivals& arrivals, const Clock& clock, Metrics& metrics,
                               FetchKey fetchKey)
    : _channels(channels), _tenants(tenants), _arrivals(arrivals), _clock(clock), _metrics(metrics),
      _fetchKey(std::move(fetchKey))
{
    for (const auto& channel : _channels.all())
        _kept[channel.get()] =
            _metrics.counter("spokehub_webhooks_kept_total",
                             "Genuine webhooks that are durable; a repeated delivery counts again",
                             {{"channel", channel->name()}});
}

void WebhookHandler::declare(Router& router)
{
    const auto declare = [&](const std::string& base, std::size_t first, bool topic) {
        // A handshake may come as a GET; the spoke knows.
        for (const char* method : {"POST", "GET"})
            router
                .add({method, base + (topic ? "/{topic*}" : ""), Anyone{},
                      "Takes a message from a channel; 200 once it is durable",
                      [this, first, topic](Call& call, const Reply& reply) {
                          take(call, reply,
                               {first == 1 ? std::string_view(call.parameter(0))
                                           : std::string_view(mainTenantName),
                                call.parameter(first),
                                topic ? std::string_view(call.parameter(first + 1)) : ""});
                      }})
                .gives(Answer{.schema = "WebhookAnswer", .type = "*/*"});
    };
    for (const bool topic : {false, true}) {
        declare("/webhooks/{channel}", 0, topic);
        declare("/t/{tenant}/webhooks/{channel}", 1, topic);
    }
}

void WebhookHandler::take(Call& call, const Reply& reply, const Address& address)
{
    const auto tenant = _tenants.idOf(address.tenant);
    if (!tenant)
        return reply.send(refused(call, {}, "unknown_tenant",
                                  "there is no tenant " + std::string(address.tenant),
                                  unauthorized()));
    const spokes::Channel* channel = _channels.find(*tenant, address.channel);
    if (channel == nullptr)
        return reply.send(refused(call, {}, "unknown_channel",
                                  "there is no channel " + std::string(address.channel),
                                  unauthorized()));
    if (!channel->isOpen())
        return reply.send(later(call, channel->name(), "not_open", channel->whyClosed()));

    const Time now = _clock.now();
    const auto headers = headersOf(call.request);
    const auto accepted = channel->spoke->accept(
        {call.request.method, address.topic, call.request.query, headers, call.request.body, now});
    switch (accepted.verdict) {
    case spokes::AcceptVerdict::Genuine:
        return keep(call, reply, *channel, accepted, now);
    case spokes::AcceptVerdict::Reply:
        return reply.send(replyOf(accepted));
    case spokes::AcceptVerdict::Forged:
        return reply.send(
            refused(call, channel->name(), "forged", accepted.reason, unauthorized()));
    case spokes::AcceptVerdict::Mismatch:
        return reply.send(refused(call, channel->name(), "mismatch", accepted.reason,
                                  problemOf(Refusal::BadRequest, accepted.reason)));
    case spokes::AcceptVerdict::NeedKey:
        if (_fetchKey && channel->keys->shouldAsk(accepted.keyId))
            _fetchKey(channel->tenant, channel->id, accepted.keyId);
        return reply.send(later(call, channel->name(), "need_key",
                                "the key " + accepted.keyId + " is not known yet"));
    case spokes::AcceptVerdict::Failed:
        return reply.send(later(call, channel->name(), "failed", accepted.reason));
    }
}

void WebhookHandler::keep(Call& call, const Reply& reply, const spokes::Channel& channel,
                          const spokes::Accepted& accepted, Time now)
{
    _arrivals.keep({.tenant = channel.tenant,
                    .channel = channel.id,
                    .messageId = accepted.messageId,
                    .topic = accepted.topic,
                    .body = std::move(call.request.body),
                    .occurredAt = accepted.occurredAt.value_or(now),
                    .receivedAt = now},
                   [reply, kept = _kept.at(&channel)](store::Outcome<sync::Kept> outcome) {
                       if (!outcome.ok())
                           return reply.fail(outcome.why());
                       kept.add();
                       reply.json("{}");
                   });
}

http::Response WebhookHandler::refused(const Call& call, std::string_view channel,
                                       const std::string& label, const std::string& reason,
                                       const Problem& problem)
{
    _metrics
        .counter("spokehub_webhooks_refused_total", "Webhooks that were not kept, by reason",
                 {{"channel", std::string(channel)}, {"reason", label}})
        .add();
    Log::warning("a webhook was refused",
                 {{"channel", channel},
                  {"why", label},
                  {"reason", std::string_view(reason).substr(0, reasonBytesMax)},
                  {"path", std::string_view(call.request.path).substr(0, pathBytesMax)},
                  {"from", call.request.remoteAddress}});
    return responseOf(problem, call.request.id);
}

http::Response WebhookHandler::later(const Call& call, std::string_view channel,
                                     const std::string& label, const std::string& reason)
{
    Problem problem = problemOf(Refusal::Unavailable, "the channel cannot take messages now");
    problem.retryAfter = 5;
    return refused(call, channel, label, reason, problem);
}

} // namespace spokehub::api
