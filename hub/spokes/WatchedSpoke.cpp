#include "spokes/WatchedSpoke.h"

#include "core/Json.h"
#include "spokes/Answers.h"

#include <array>

namespace spokehub::spokes
{

namespace
{

const std::string bugReason = "it was in hand at two crashes of its spoke and is not tried again";

/// The same webhook again has the same; FNV-1a, which is no slower than the body is copied.
std::string fingerprint(std::string_view body)
{
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : body)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return "webhook " + std::to_string(hash);
}

void addResult(Answer& answer, const ItemResult& result)
{
    JsonWriter json;
    json.beginObject().member("item", result.item).member("class", toText(result.kind));
    json.member("reason", result.reason);
    if (result.retryAfter)
        json.member("retry_after_ms", std::int64_t{result.retryAfter->count()});
    if (result.observed)
        json.member("observed", *result.observed);
    json.member("external_id", result.externalId).endObject();
    answer.documents.push_back({DocumentKind::Result, json.take()});
}

} // namespace

/// One item of a batch: its name there, its id that outlives the batch, and its JSON.
struct WatchedSpoke::Item
{
    std::string name;
    std::string id;
    std::string json;
};

WatchedSpoke::WatchedSpoke(std::unique_ptr<Spoke> spoke, InHand& inHand, std::string channel)
    : _spoke(std::move(spoke)), _inHand(inHand), _channel(std::move(channel))
{
}

/// How often it has been in hand at a crash, this call included. A spoke that was not asked, for it
/// is started again or parked, proves nothing.
int WatchedSpoke::settle(const std::string& id, Class kind, bool crashed) const
{
    if (id.empty())
        return 0;
    if (crashed)
        return _inHand.crashed(_channel, id);
    if (kind != Class::RateLimited && _inHand.any())
        _inHand.cameThrough(_channel, id);
    return 0;
}

Accepted WatchedSpoke::accept(const WebhookRequest& request) const
{
    const std::array ids = {fingerprint(request.body)};
    if (_inHand.any() && _inHand.crashes(_channel, ids[0]) >= InHand::crashesMax) {
        Accepted accepted;
        accepted.kind = Class::Bug;
        accepted.reason = bugReason;
        return accepted;
    }
    const InHand::Note note(_inHand, _channel, "accept", ids);
    auto accepted = _spoke->accept(request);
    settle(ids[0], accepted.kind, accepted.crashed);
    return accepted;
}

Answer WatchedSpoke::translate(const StoredMessage& message) const
{
    const std::array ids = {std::string(message.messageId)};
    if (_inHand.any() && _inHand.crashes(_channel, ids[0]) >= InHand::crashesMax) {
        _inHand.cameThrough(_channel, ids[0]); // whoever replays it, means it
        return {{Class::Bug, bugReason, {}, {}, false}, {}};
    }
    const InHand::Note note(_inHand, _channel, "translate", ids);
    auto answer = _spoke->translate(message);
    if (settle(ids[0], answer.verdict.kind, answer.verdict.crashed) >= InHand::crashesMax) {
        _inHand.cameThrough(_channel, ids[0]);
        answer.verdict.kind = Class::Bug;
        answer.verdict.reason = bugReason + ": " + answer.verdict.reason;
    }
    return answer;
}

Answer WatchedSpoke::check(const Call& call)
{
    const InHand::Note note(_inHand, _channel, "check", {});
    return _spoke->check(call);
}

Verdict WatchedSpoke::pull(const Call& call, std::string_view stream, std::string_view request,
                           const DocumentSink& sink)
{
    const InHand::Note note(_inHand, _channel, "pull", {});
    return _spoke->pull(call, stream, request, sink);
}

Answer WatchedSpoke::subscribe(const Call& call, std::string_view request)
{
    const InHand::Note note(_inHand, _channel, "subscribe", {});
    return _spoke->subscribe(call, request);
}

Answer WatchedSpoke::push(const Call& call, std::string_view batch)
{
    if (!_inHand.any()) {
        const InHand::Note note(_inHand, _channel, "push", call.ids);
        auto answer = _spoke->push(call, batch);
        if (!answer.verdict.crashed)
            return answer;
        for (const std::string& id : call.ids)
            _inHand.crashed(_channel, id);
        return answer;
    }

    const auto document = JsonDocument::parse(batch);
    const Json root = document ? document->root() : Json{};
    std::vector<Item> clean;
    std::vector<Item> suspect;
    Answer answer;
    root["items"].each([&](Json json) {
        const std::size_t index = clean.size() + suspect.size() + answer.documents.size();
        Item item{std::string(json.textOr("item")),
                  index < call.ids.size() ? call.ids[index] : std::string(), json.dump()};
        const int crashes = _inHand.crashes(_channel, item.id);
        if (crashes >= InHand::crashesMax) {
            _inHand.cameThrough(_channel, item.id); // whoever retries it, means it
            addResult(answer, {item.name, Class::Bug, bugReason, {}, {}, {}});
        } else
            (crashes == 0 ? clean : suspect).push_back(std::move(item));
        return true;
    });
    const auto add = [&](const Answer& part) {
        for (const Document& each : part.documents)
            answer.documents.push_back(each);
        answer.verdict.crashed |= part.verdict.crashed;
    };
    if (!clean.empty())
        add(pushed(call, root.textOr("kind"), clean));
    for (std::size_t i = 0; i < suspect.size(); ++i)
        if (i == 0 && !answer.verdict.crashed)
            add(pushed(call, root.textOr("kind"), {suspect[0]}));
        else
            addResult(answer, {suspect[i].name,
                               Class::Cancelled,
                               "it was in hand at a crash and is pushed alone, in its turn",
                               {},
                               {},
                               {}});
    return answer;
}

/// Part of a batch, with a result for each item.
Answer WatchedSpoke::pushed(const Call& call, std::string_view kind, const std::vector<Item>& items)
{
    JsonWriter batch;
    std::vector<std::string> names;
    std::vector<std::string> ids;
    batch.beginObject().member("kind", kind).key("items").beginArray();
    for (const Item& item : items) {
        batch.raw(item.json);
        names.push_back(item.name);
        ids.push_back(item.id);
    }
    batch.endArray().endObject();

    const InHand::Note note(_inHand, _channel, "push", ids);
    const auto answered = _spoke->push({call.deadline, call.stopped, ids}, batch.text());
    Answer answer;
    answer.verdict.crashed = answered.verdict.crashed;
    auto results = resultsOf(answered, names);
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (settle(ids[i], answered.verdict.kind, answered.verdict.crashed) >= InHand::crashesMax) {
            _inHand.cameThrough(_channel, ids[i]);
            results[i] = {names[i], Class::Bug, bugReason + ": " + answered.verdict.reason,
                          {},       {},         {}};
        }
        addResult(answer, results[i]);
    }
    for (const Document& document : answered.documents)
        if (document.kind == DocumentKind::Rate)
            answer.documents.push_back(document);
    return answer;
}

} // namespace spokehub::spokes
