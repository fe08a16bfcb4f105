#pragma once

#include "spokes/Manifest.h"
#include "spokes/Spoke.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spokehub::spokes
{

/// How one pushed item ended.
struct ItemResult
{
    std::string item;
    Class kind = Class::UnknownOutcome;
    std::string reason;
    std::optional<std::chrono::milliseconds> retryAfter;
    std::optional<std::int64_t> observed;
    std::string externalId;
};

struct CheckFinding
{
    std::string level; // ok, warning, error
    std::string subject;
    std::string message;
    std::string remedy;
};

struct SubscriptionState
{
    std::string topic;
    std::string state; // present, created, repaired, removed, failed
    std::string reason;
};

/// What a channel says of its bucket.
struct ChannelRate
{
    std::int64_t available = 0;
    std::int64_t capacity = 0;
    std::int64_t restorePerSecond = 0;
};

/// One result for each asked item, in the order asked: what the spoke answered, and for those that
/// it left out, unknown_outcome when the verb was done, else the verb's own class. Answers to
/// nobody's question are dropped.
std::vector<ItemResult> resultsOf(const Answer& answer, const std::vector<std::string>& items);

std::vector<CheckFinding> findingsOf(const Answer& answer);
/// A warning when the channel ends this version of its API within three months, an error when it
/// has.
std::optional<CheckFinding> apiVersionEnding(const Manifest& manifest, Time now);
std::vector<SubscriptionState> subscriptionsOf(const Answer& answer);

/// The last one said.
std::optional<ChannelRate> rateOf(const Answer& answer);
std::optional<ChannelRate> rateOf(std::string_view json);

} // namespace spokehub::spokes
