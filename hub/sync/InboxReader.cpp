#include "sync/InboxReader.h"

#include "core/Id.h"

namespace spokehub::sync
{

namespace
{

#define MESSAGE_COLUMNS                                                                            \
    "m.id, m.channel_id, m.message_id, m.topic, m.occurred_at, m.received_at, m.state, m.reason, " \
    "m.attempts, m.next_attempt_at, m.settled_at, COALESCE(LENGTH(b.body), 0)"
#define MESSAGES                                                                                   \
    "inbox_message m LEFT JOIN inbox_body b ON b.tenant_id = m.tenant_id AND b.id = m.id "         \
    "WHERE m.tenant_id = $1"

constexpr store::Sql selectMessage{"SELECT " MESSAGE_COLUMNS ", b.body FROM " MESSAGES
                                   " AND m.id = $2"};
constexpr store::Sql selectBodies{"SELECT " MESSAGE_COLUMNS
                                  ", b.body FROM inbox_body b JOIN inbox_message m ON "
                                  "m.tenant_id = b.tenant_id AND m.id = b.id "
                                  "WHERE b.tenant_id = $1 AND b.id > $2 ORDER BY b.id LIMIT $3"};
// Of what waits there are few as a rule, and its index does not begin with the tenant.
constexpr store::Sql countMessages{R"(
    SELECT 1, COUNT(*) FROM inbox_message {sqlite:INDEXED BY inbox_message_pending} WHERE tenant_id = $1 AND channel_id = $2 AND state = 1
    UNION ALL
    SELECT 3, COUNT(*) FROM inbox_message WHERE tenant_id = $1 AND channel_id = $2 AND state = 3)"};

MessageRow messageOf(const store::Row& row)
{
    MessageRow message;
    message.id = row.integer(0);
    message.channel = row.integer(1);
    message.messageId = row.string(2);
    message.topic = row.string(3);
    message.occurredAt = row.time(4);
    message.receivedAt = row.time(5);
    message.state = static_cast<MessageState>(row.integer(6));
    message.reason = row.string(7);
    message.attempts = row.integer(8);
    message.nextAttemptAt = row.time(9);
    message.settledAt = row.maybeTime(10);
    message.bodyBytes = row.integer(11);
    return message;
}

constexpr std::string_view pendingList = "inbox.pending";
constexpr std::chrono::hours clocksDiffer{1}; // between an id's time and its message's

std::string dueKeyOf(const MessageRow& message)
{
    return std::to_string(message.nextAttemptAt.micros) + ":" + std::to_string(message.id);
}

std::string_view listOf(const MessageQuery& query)
{
    if (!query.state)
        return "inbox";
    switch (*query.state) {
    case MessageState::Pending:
        return pendingList;
    case MessageState::Done:
        return "inbox.done";
    case MessageState::Failed:
        return "inbox.failed";
    }
    return "inbox";
}

} // namespace

std::optional<MessageState> messageStateFromName(std::string_view wanted)
{
    for (const MessageState state :
         {MessageState::Pending, MessageState::Done, MessageState::Failed})
        if (wanted == name(state))
            return state;
    return std::nullopt;
}

store::Page<MessageRow> InboxReader::list(store::Session& session, const Scope& scope,
                                          const MessageQuery& query,
                                          const store::PageRequest& page) const
{
    const std::string_view list = listOf(query);
    const bool byDue = list == pendingList;
    std::vector<store::Param> params{scope.tenant};
    const auto next = [&](std::int64_t value) {
        params.emplace_back(value);
        return "$" + std::to_string(params.size());
    };
    std::string text = "SELECT " MESSAGE_COLUMNS " FROM " MESSAGES;
    if (query.state) // in the text: an index with a condition is found only so
        text += " AND m.state = " + std::to_string(static_cast<int>(*query.state));
    if (query.channel)
        text += " AND m.channel_id = " + next(*query.channel);
    if (query.topic) {
        params.emplace_back(*query.topic);
        text += " AND m.topic = $" + std::to_string(params.size());
    }
    if (query.since)
        text += " AND m.received_at >= " + next(query.since->micros) +
                " AND m.id >= " + next(IdGenerator::firstAt(*query.since - clocksDiffer));
    if (query.before)
        text += " AND m.received_at < " + next(query.before->micros) + " AND m.id < " +
                next(IdGenerator::firstAt(*query.before + clocksDiffer));
    if (byDue) {
        const auto [at, id] = page.afterPair(list).value_or(std::pair(INT64_MIN, Id{0}));
        const std::string due = next(at);
        text += " AND (m.next_attempt_at, m.id) > (" + due + ", " + next(id) +
                ") ORDER BY m.next_attempt_at, m.id LIMIT ";
    } else {
        const Id id = page.afterId(list);
        text += " AND m.id < " + next(id == 0 ? INT64_MAX : id) + " ORDER BY m.id DESC LIMIT ";
    }
    text += next(page.limit + 1);

    std::vector<MessageRow> rows;
    session.queryText(text, params, [&](const store::Row& row) { rows.push_back(messageOf(row)); });
    return store::pageOf(list, page, std::move(rows), [&](const MessageRow& message) {
        return byDue ? dueKeyOf(message) : std::to_string(message.id);
    });
}

std::optional<MessageDetail> InboxReader::get(store::Session& session, const Scope& scope,
                                              Id message) const
{
    std::optional<MessageDetail> found;
    session.query(selectMessage, {scope.tenant, message}, [&](const store::Row& row) {
        found = MessageDetail{messageOf(row), row.string(12)};
    });
    return found;
}

std::vector<MessageDetail> InboxReader::bodies(store::Session& session, const Scope& scope,
                                               Id after, int most) const
{
    std::vector<MessageDetail> found;
    session.query(selectBodies, {scope.tenant, after, most}, [&](const store::Row& row) {
        found.push_back({messageOf(row), row.string(12)});
    });
    return found;
}

MessageCounts InboxReader::counts(store::Session& session, const Scope& scope, Id channel) const
{
    MessageCounts counts;
    session.query(countMessages, {scope.tenant, channel}, [&](const store::Row& row) {
        (row.integer(0) == 1 ? counts.pending : counts.failed) = row.integer(1);
    });
    return counts;
}

} // namespace spokehub::sync
