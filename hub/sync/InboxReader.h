#pragma once

#include "store/Page.h"
#include "sync/Inbox.h"

#include <optional>
#include <string>
#include <string_view>

namespace spokehub::sync
{

/// A message as those see it who look after it.
struct MessageRow
{
    Id id = 0;
    Id channel = 0;
    std::string messageId;
    std::string topic;
    Time occurredAt;
    Time receivedAt;
    MessageState state = MessageState::Pending;
    std::string reason;
    std::int64_t attempts = 0;
    Time nextAttemptAt;
    std::optional<Time> settledAt;
    std::int64_t bodyBytes = 0;
};

struct MessageDetail
{
    MessageRow message;
    std::string body; // whatever the channel sent
};

struct MessageQuery
{
    std::optional<MessageState> state{};
    std::optional<Id> channel{};
    std::optional<std::string> topic{};
    std::optional<Time> since{}, before{}; // received
};

struct MessageCounts
{
    std::int64_t pending = 0;
    std::int64_t failed = 0;
};

std::optional<MessageState> messageStateFromName(std::string_view name);

/// Reads messages for those who ask.
class InboxReader
{
public:
    /// Pending ones as they are due, others newest first.
    store::Page<MessageRow> list(store::Session& session, const Scope& scope,
                                 const MessageQuery& query, const store::PageRequest& page) const;
    std::optional<MessageDetail> get(store::Session& session, const Scope& scope, Id message) const;
    /// Those after this one that still have their body, oldest first.
    std::vector<MessageDetail> bodies(store::Session& session, const Scope& scope, Id after,
                                      int most) const;
    MessageCounts counts(store::Session& session, const Scope& scope, Id channel) const;
};

} // namespace spokehub::sync
