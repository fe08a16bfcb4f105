#include "sync/Inbox.h"

#include "core/Error.h"

namespace spokehub::sync
{

namespace
{

constexpr store::Sql insertMessage = {R"(
    INSERT INTO inbox_message (tenant_id, id, channel_id, message_id, topic, occurred_at, received_at) {rows}
    ON CONFLICT (tenant_id, message_id, channel_id) DO NOTHING)"};

constexpr store::Sql insertDone = {R"(
    INSERT INTO inbox_message (tenant_id, id, channel_id, message_id, topic, occurred_at, received_at, settled_at,
                               state, attempts) {rows}
    ON CONFLICT (tenant_id, message_id, channel_id) DO NOTHING RETURNING id)"};

constexpr store::Sql insertNewBody = {"INSERT INTO inbox_body (tenant_id, id, body) {rows}"};

// A delivery that is there already has made no row under its new id.
constexpr store::Sql insertBody = {R"(
    INSERT INTO inbox_body (tenant_id, id, body) SELECT {1}, {2}, {3} {from_rows}
    WHERE EXISTS (SELECT 1 FROM inbox_message m WHERE m.tenant_id = {1} AND m.id = {2}))"};

constexpr store::Sql insertFailed = {R"(
    INSERT INTO inbox_message (tenant_id, id, channel_id, message_id, topic, occurred_at, received_at, state, reason,
                               settled_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 3, $8, $9)
    ON CONFLICT (tenant_id, message_id, channel_id) DO UPDATE SET reason = excluded.reason)"};

constexpr const char* selectDue = R"(
    SELECT m.tenant_id, m.id, m.channel_id, m.message_id, m.topic, b.body, m.received_at, m.attempts
    FROM inbox_message m JOIN inbox_body b ON b.tenant_id = m.tenant_id AND b.id = m.id
    WHERE m.state = 1 AND NOT (m.next_attempt_at > $1 AND m.next_attempt_at <= $2))";
constexpr const char* inOrder = " ORDER BY m.next_attempt_at, m.id LIMIT $";

// The sum keeps the planner off the index of what is pending: a backlog stands in it whole, and
// each row is asked for by its key.
constexpr store::Sql lockDue = {R"(
    SELECT m.id FROM {each_row} inbox_message m
    WHERE m.tenant_id = {1} AND m.id = {2} AND m.state + 0 = 1
    {postgres:ORDER BY m.id FOR UPDATE OF m SKIP LOCKED})"};

constexpr store::Sql settleMessage = {R"(
    UPDATE inbox_message SET state = {3}, reason = {4}, attempts = {5}, next_attempt_at = {6},
                             settled_at = {7}
    {from_rows} WHERE inbox_message.tenant_id = {1} AND inbox_message.id = {2})"};

constexpr store::Sql replayMessage = {R"(
    UPDATE inbox_message SET state = 1, reason = '', attempts = 0, next_attempt_at = 0, settled_at = NULL
    WHERE tenant_id = $1 AND id = $2 AND EXISTS (SELECT 1 FROM inbox_body b WHERE b.tenant_id = $1 AND b.id = $2))"};

constexpr store::Sql selectKept = {"SELECT 1 FROM inbox_message WHERE tenant_id = $1 AND id = $2"};

// From the oldest body on: CROSS JOIN is done as it is written, and EXISTS row by row. In any other
// way SQLite goes over all messages first.
constexpr store::Sql forgetBodies = {R"(
    DELETE FROM inbox_body WHERE (tenant_id, id) IN
        (SELECT b.tenant_id, b.id FROM tenant t CROSS JOIN inbox_body b
         WHERE b.tenant_id = t.id AND b.id < $1 AND EXISTS
             (SELECT 1 FROM inbox_message m WHERE m.tenant_id = b.tenant_id AND m.id = b.id AND m.state = 2)
         LIMIT $2))"};

constexpr store::Sql dropBody = {R"(
    DELETE FROM inbox_body WHERE (tenant_id, id) IN (SELECT v.column1, v.column2 FROM ({rows}) AS v))"};
constexpr store::Sql tellDropped = {R"(
    UPDATE inbox_message SET reason = 'its body was erased with the data of a person'
    {from_rows} WHERE inbox_message.tenant_id = {1} AND inbox_message.id = {2} AND inbox_message.state = 3)"};

constexpr store::Sql countPending = {"SELECT COUNT(*) FROM inbox_message WHERE state = 1"};

} // namespace

const char* name(MessageState state)
{
    switch (state) {
    case MessageState::Pending:
        return "pending";
    case MessageState::Done:
        return "done";
    case MessageState::Failed:
        return "failed";
    }
    return "?";
}

Inbox::Inbox(store::Writer& writer, IdGenerator& ids, Signal& intake)
    : _ids(ids), _intake(intake),
      _batcher(
          writer,
          [this](store::Tx& tx, std::span<const Arrival> arrivals) { return insert(tx, arrivals); },
          store::Writer::intakeLane)
{
    _batcher.servedBy([](const Arrival& arrival) { return arrival.message->tenant; });
    writer.join(_batcher);
}

void Inbox::keep(std::shared_ptr<const NewMessage> message, KeptDone done)
{
    _batcher.submit({_ids.next(), std::move(message)}, std::move(done));
}

void Inbox::keep(NewMessage message, KeptDone done)
{
    keep(std::make_shared<const NewMessage>(std::move(message)), std::move(done));
}

std::vector<store::Outcome<Kept>> Inbox::insert(store::Tx& tx,
                                                std::span<const Arrival> arrivals) const
{
    store::RowSet rows(7);
    store::RowSet bodies(3);
    rows.reserve(arrivals.size());
    bodies.reserve(arrivals.size());
    for (const auto& [id, message] : arrivals) {
        rows.add({message->tenant, id, message->channel, message->messageId, message->topic,
                  message->occurredAt, message->receivedAt});
        bodies.add({message->tenant, id, store::Bytes{message->body}});
    }
    tx.writeRows(insertMessage, rows);
    tx.writeRows(insertBody, bodies);
    std::set<Signal*> signals = {&_intake};
    for (const auto& [id, message] : arrivals)
        if (const auto found = _signals.find(message->channel); found != _signals.end())
            signals.insert(found->second);
    tx.afterCommit([signals = std::move(signals)] {
        for (Signal* signal : signals)
            signal->raise();
    });
    return std::vector<store::Outcome<Kept>>(arrivals.size(), Kept{});
}

std::set<Id> Inbox::recordDone(store::Tx& tx, std::span<const Arrival* const> arrivals,
                               Time now) const
{
    store::RowSet rows(10);
    rows.reserve(arrivals.size());
    for (const Arrival* arrival : arrivals) {
        const NewMessage& message = *arrival->message;
        rows.add({message.tenant, arrival->id, message.channel, message.messageId, message.topic,
                  message.occurredAt, message.receivedAt, now,
                  static_cast<std::int64_t>(MessageState::Done), 1});
    }
    std::set<Id> fresh;
    tx.queryRows(insertDone, rows, [&](const store::Row& row) { fresh.insert(row.integer(0)); });

    store::RowSet bodies(3);
    bodies.reserve(arrivals.size());
    for (const Arrival* arrival : arrivals)
        if (fresh.contains(arrival->id))
            bodies.add(
                {arrival->message->tenant, arrival->id, store::Bytes{arrival->message->body}});
    tx.writeRows(insertNewBody, bodies);
    return fresh;
}

void Inbox::keepFailed(store::Tx& tx, const NewMessage& message, const std::string& reason) const
{
    const Id id = _ids.next();
    tx.write(insertFailed, {message.tenant, id, message.channel, message.messageId, message.topic,
                            message.occurredAt, message.receivedAt, reason, message.receivedAt});
    store::RowSet body(3);
    body.add({message.tenant, id, store::Bytes{message.body}});
    tx.writeRows(insertBody, body);
}

std::vector<PendingMessage> Inbox::due(store::Database& database, Time now, Time latest, int most,
                                       const MessagesOf& of) const
{
    std::string text = selectDue;
    std::vector<store::Param> params = {now, latest};
    const auto narrow = [&](const char* condition, const std::vector<Id>& channels) {
        std::string places;
        for (const Id channel : channels) {
            params.emplace_back(channel);
            places += (places.empty() ? "$" : ", $") + std::to_string(params.size());
        }
        if (!channels.empty())
            text += condition + ("(" + places + ")");
    };
    narrow(" AND m.channel_id IN ", of.only);
    narrow(" AND m.channel_id NOT IN ", of.except);
    params.emplace_back(most);
    text += inOrder + std::to_string(params.size());

    std::vector<PendingMessage> messages;
    database.point([&](store::Session& session) {
        messages.clear();
        session.queryText(text, params, [&](const store::Row& row) {
            messages.push_back({.tenant = row.integer(0),
                                .id = row.integer(1),
                                .channel = row.integer(2),
                                .messageId = row.string(3),
                                .topic = row.string(4),
                                .body = row.string(5),
                                .receivedAt = row.time(6),
                                .attempts = row.integer(7)});
        });
    });
    return messages;
}

std::set<Id> Inbox::lockPending(store::Tx& tx,
                                std::span<const PendingMessage* const> messages) const
{
    store::RowSet rows(2);
    for (const PendingMessage* message : messages)
        rows.add({message->tenant, message->id});
    std::set<Id> pending;
    tx.queryRows(lockDue, rows, [&](const store::Row& row) { pending.insert(row.integer(0)); });
    return pending;
}

void Inbox::settle(store::Tx& tx, std::span<const Settled> settled, Time now) const
{
    store::RowSet rows(7);
    for (const Settled& message : settled) {
        const bool over = message.state != MessageState::Pending;
        rows.add({message.tenant, message.id, static_cast<std::int64_t>(message.state),
                  message.reason, message.attempts, message.nextAttemptAt,
                  over ? std::optional(now) : std::nullopt});
    }
    if (!rows.empty())
        tx.writeRows(settleMessage, rows);
}

void Inbox::forget(store::Commands& commands, Time before) const
{
    constexpr int most = 1000;
    while (commands.run([&](store::Tx& tx) {
        return tx.execute(forgetBodies, {IdGenerator::firstAt(before), most});
    }) == most)
    {
    }
}

void Inbox::dropBodies(store::Tx& tx, Id tenant, std::span<const Id> messages) const
{
    store::RowSet rows(2);
    for (const Id message : messages)
        rows.add({tenant, message});
    if (rows.empty())
        return;
    tx.writeRows(dropBody, rows);
    tx.writeRows(tellDropped, rows);
}

std::int64_t Inbox::pending(store::Database& database) const
{
    std::int64_t count = 0;
    database.point([&](store::Session& session) {
        session.query(countPending, {}, [&](const store::Row& row) { count = row.integer(0); });
    });
    return count;
}

void Inbox::replay(store::Tx& tx, const Scope& scope, Id message) const
{
    if (tx.execute(replayMessage, {scope.tenant, message}) == 0) {
        bool kept = false;
        tx.query(selectKept, {scope.tenant, message}, [&](const store::Row&) { kept = true; });
        throw kept ? Error(Refusal::Conflict, "message " + showId("msg", message) +
                                                  " cannot be replayed: its body was dropped "
                                                  "after the time that inbox.keep sets, or erased "
                                                  "with the data of a person")
                   : Error(Refusal::NotFound, "there is no message " + showId("msg", message));
    }
    tx.afterCommit([this] {
        _intake.raise();
        for (const auto& [channel, signal] : _signals)
            signal->raise();
    });
}

} // namespace spokehub::sync
