#include "api/rest/SyncRoutes.h"

#include "api/Bulk.h"
#include "api/Fields.h"
#include "api/Shown.h"
#include "api/rest/OrderJson.h"
#include "core/Error.h"

#include <openssl/evp.h>

namespace spokehub::api
{

namespace
{

Class classFrom(std::string_view name, std::string_view where)
{
    const auto kind = classFromText(name);
    if (!kind)
        refuseParameter(where, "is no class of answers: " + std::string(name));
    return *kind;
}

std::string base64Of(std::string_view bytes)
{
    std::string text((bytes.size() + 2) / 3 * 4 + 1,
                     '\0'); // and the zero that is written behind it
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

} // namespace

void SyncRoutes::declare(Router& router)
{
    router
        .add({"GET",
              "/api/v1/tasks",
              Permission::TasksRead,
              "Tasks; pending ones as they are due, failed ones by channel",
              answering([this](Call& call) { return listTasks(call); }),
              {"cursor", "limit", "state", "channel", "kind", "class", "updated_since"}})
        .lists("Task");
    router
        .add({"GET", "/api/v1/tasks/{id}", Permission::TasksRead, "A task",
              answering([this](Call& call) { return getTask(call); })})
        .gives("Task");
    router
        .add({"POST", "/api/v1/tasks/{id}/retry", Permission::TasksRetry, "Tries a task again now",
              answering([this](Call& call) { return retryTask(call); })})
        .gives("Task")
        .guard();
    router
        .add({"POST",
              "/api/v1/tasks/retry",
              Permission::TasksRetry,
              "Tries all failed tasks again, or those of a channel and class",
              answering([this](Call& call) { return retryGroup(call); }),
              {"dry_run"}})
        .mayTake("TaskGroup")
        .gives("Retried");
    router
        .add({"GET",
              "/api/v1/inbox",
              Permission::InboxRead,
              "Messages; pending ones as they are due, others newest first",
              answering([this](Call& call) { return listMessages(call); }),
              {"cursor", "limit", "state", "channel", "topic", "since", "before"}})
        .lists("Message");
    router
        .add({"GET", "/api/v1/inbox/{id}", Permission::InboxRead, "A message with its body",
              answering([this](Call& call) { return getMessage(call); })})
        .gives("MessageDetail");
    router
        .add({"POST", "/api/v1/inbox/{id}/replay", Permission::InboxReplay,
              "Takes a message up again", answering([this](Call& call) { return replay(call); })})
        .gives("MessageReplayed", 202)
        .guard();
}

http::Response SyncRoutes::listTasks(Call& call)
{
    sync::TaskQuery query;
    if (const std::string* text = call.query.find("state")) {
        query.state = sync::taskStateFromName(*text);
        if (!query.state)
            refuseParameter("state", "is none of pending, running, done, failed");
    }
    if (const std::string* text = call.query.find("kind")) {
        query.kind = sync::taskKindFromName(*text);
        if (!query.kind)
            refuseParameter("kind", "is none of stock, shipment, fetch");
    }
    if (const std::string* text = call.query.find("class"))
        query.lastClass = classFrom(*text, "class");
    query.updatedSince = call.time("updated_since");
    if (const std::string* text = call.query.find("channel"))
        query.channel = _names.require(call.scope.tenant, *text, "channel");
    const store::PageRequest asked = call.page();
    store::Page<sync::TaskRow> page;
    _parts.database.point(
        [&](store::Session& session) { page = _tasks.list(session, call.scope, query, asked); });
    const Time now = _parts.clock.now();
    return jsonResponse(listJson(page, [&](JsonWriter& json, const sync::TaskRow& task) {
        writeTask(json, task, _names.nameOf(call.scope.tenant, task.channel), now);
    }));
}

http::Response SyncRoutes::taskAnswer(const Scope& scope, Id id)
{
    std::optional<sync::TaskRow> task;
    _parts.database.point([&](store::Session& session) { task = _tasks.get(session, scope, id); });
    if (!task)
        throw Error(Refusal::NotFound, "there is no task " + showId(prefix::task, id));
    JsonWriter json;
    writeTask(json, *task, _names.nameOf(scope.tenant, task->channel), _parts.clock.now());
    return jsonResponse(json.take());
}

http::Response SyncRoutes::getTask(Call& call)
{
    return taskAnswer(call.scope, call.id(0, prefix::task, "task"));
}

http::Response SyncRoutes::retryTask(Call& call)
{
    const Id id = call.id(0, prefix::task, "task");
    _parts.commands.run([&](store::Tx& tx) { _parts.tasks.retry(tx, call.scope, id); });
    return taskAnswer(call.scope, id);
}

http::Response SyncRoutes::retryGroup(Call& call)
{
    sync::Tasks::Group group;
    if (const Json body = call.bodyIfAny()) {
        Fields fields(body);
        const std::string channel = fields.text("channel", 0, 100);
        const std::string kind = fields.text("class", 0, 50);
        fields.finish("group of tasks");
        if (!channel.empty())
            group.channel = _names.require(call.scope.tenant, channel, "channel");
        if (!kind.empty())
            group.kind = classFrom(kind, "class");
    }
    const std::int64_t retried =
        runOrTry(_parts.commands, call.boolean("dry_run").value_or(false),
                 [&](store::Tx& tx) { return _parts.tasks.retryAll(tx, call.scope, group); });
    JsonWriter json;
    json.beginObject().member("retried", retried).endObject();
    return jsonResponse(json.take());
}

void SyncRoutes::writeMessage(JsonWriter& json, const Scope& scope, const sync::MessageRow& message)
{
    const bool pending = message.state == sync::MessageState::Pending;
    json.beginObject()
        .member("id", showId(prefix::message, message.id))
        .member("channel", _names.nameOf(scope.tenant, message.channel))
        .member("message_id", message.messageId)
        .member("topic", message.topic)
        .member("state", sync::name(message.state))
        .member("reason", message.reason)
        .member("attempts", message.attempts)
        .member("next_attempt_at", pending && message.nextAttemptAt.micros != 0
                                       ? std::optional(toIso(message.nextAttemptAt))
                                       : std::nullopt)
        .member("occurred_at", toIso(message.occurredAt))
        .member("received_at", toIso(message.receivedAt))
        .member("settled_at", shown(message.settledAt))
        .member("body_bytes", message.bodyBytes);
}

http::Response SyncRoutes::listMessages(Call& call)
{
    sync::MessageQuery query;
    if (const std::string* text = call.query.find("state")) {
        query.state = sync::messageStateFromName(*text);
        if (!query.state)
            refuseParameter("state", "is none of pending, done, failed");
    }
    if (const std::string* text = call.query.find("channel"))
        query.channel = _names.require(call.scope.tenant, *text, "channel");
    query.topic = call.text("topic");
    query.since = call.time("since");
    query.before = call.time("before");
    const store::PageRequest asked = call.page();
    store::Page<sync::MessageRow> page;
    _parts.database.point(
        [&](store::Session& session) { page = _inbox.list(session, call.scope, query, asked); });
    return jsonResponse(listJson(page, [&](JsonWriter& json, const sync::MessageRow& message) {
        writeMessage(json, call.scope, message);
        json.endObject();
    }));
}

/// A body may be anything; what is not text is shown in base 64.
http::Response SyncRoutes::getMessage(Call& call)
{
    const Id id = call.id(0, prefix::message, "message");
    std::optional<sync::MessageDetail> detail;
    _parts.database.point(
        [&](store::Session& session) { detail = _inbox.get(session, call.scope, id); });
    if (!detail)
        throw Error(Refusal::NotFound, "there is no message " + showId(prefix::message, id));
    JsonWriter json;
    writeMessage(json, call.scope, detail->message);
    if (isUtf8(detail->body))
        json.member("body", detail->body);
    else
        json.member("body_base64", base64Of(detail->body));
    json.endObject();
    return jsonResponse(json.take());
}

http::Response SyncRoutes::replay(Call& call)
{
    const Id id = call.id(0, prefix::message, "message");
    _parts.commands.run([&](store::Tx& tx) { _parts.inbox.replay(tx, call.scope, id); });
    JsonWriter json;
    json.beginObject()
        .member("id", showId(prefix::message, id))
        .member("state", sync::name(sync::MessageState::Pending))
        .endObject();
    return jsonResponse(json.take(), 202);
}

} // namespace spokehub::api
