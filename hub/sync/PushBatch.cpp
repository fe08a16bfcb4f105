#include "sync/PushBatch.h"

#include "core/Digest.h"
#include "spokes/Answers.h"

#include <algorithm>

namespace spokehub::sync
{

namespace
{

std::string uuidOf(const std::string& text)
{
    Digest digest = sha256(text);
    digest[6] =
        static_cast<unsigned char>((digest[6] & 0x0f) | 0x80); // version 8: of our own making
    digest[8] = static_cast<unsigned char>((digest[8] & 0x3f) | 0x80);
    std::string uuid = hexOf(std::span(digest).first(16));
    for (const std::size_t place : {20, 16, 12, 8})
        uuid.insert(place, 1, '-');
    return uuid;
}

} // namespace

std::string pushDocument(TaskKind kind, std::span<const PushItem> items, std::int64_t fence)
{
    JsonWriter batch;
    batch.beginObject().member("kind", name(kind)).key("items").beginArray();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const PushItem& item = items[i];
        const std::string variables = std::to_string(item.task->id) + "/" +
                                      std::to_string(item.task->generation) + "/" +
                                      std::to_string(fence) + "/" + item.document;
        batch.beginObject().member("item", std::to_string(i)).member("key", uuidOf(variables));
        if (item.task->lastClass != Class::Done)
            batch.member("previous", toText(item.task->lastClass));
        batch.raw(std::string_view(item.document).substr(1, item.document.size() - 2));
        batch.endObject();
    }
    return batch.endArray().endObject().take();
}

std::vector<PushAnswer> pushAnswers(std::span<const PushItem> items, const spokes::Answer& answer)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < items.size(); ++i)
        names.push_back(std::to_string(i));
    auto results = spokes::resultsOf(answer, names);
    const bool oneWasToBlame =
        answer.verdict.kind == Class::Done && std::ranges::any_of(results, [](const auto& result) {
            return result.kind == Class::Rejected;
        });

    std::vector<PushAnswer> answers;
    for (auto& result : results)
        answers.push_back({{result.kind, std::move(result.reason), result.retryAfter,
                            !(oneWasToBlame && result.kind == Class::Retry)},
                           result.observed,
                           std::move(result.externalId)});
    return answers;
}

} // namespace spokehub::sync
