#pragma once

#include "catalog/Listings.h"
#include "spokes/Spoke.h"
#include "sync/Reaction.h"

#include <map>
#include <string>
#include <vector>

namespace spokehub::sync
{

/// One thing to tell a channel: a task and the document that goes out for it.
struct PushItem
{
    const Task* task = nullptr;
    std::string document; // the members of its item, beside "item", "key" and "previous"
    std::int64_t quantity = 0;
    std::int64_t soldBefore = 0;
    std::int64_t orderedBefore = 0;
    std::int64_t gap = 0;
    std::optional<std::int64_t> expected;
};

/// What came back for one item.
struct PushAnswer
{
    Ended ended;
    std::optional<std::int64_t> observed;
    std::string externalId;
};

/// The batch as the spoke gets it. An item's key is equal for equal variables, generation and
/// fence, and of the form of a UUID.
std::string pushDocument(TaskKind kind, std::span<const PushItem> items, std::int64_t fence);

/// One answer for each item, in their order. What was not answered counts as unknown when the call
/// went well, else as the call did. Where an item was rejected, the others that have to be told
/// again are not to blame: it is not counted.
std::vector<PushAnswer> pushAnswers(std::span<const PushItem> items, const spokes::Answer& answer);

} // namespace spokehub::sync
