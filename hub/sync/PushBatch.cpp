#include "sync/PushBatch.h"

#include <openssl/sha.h>

#include <charconv>

namespace spokehub::sync
{

namespace
{

std::string uuidOf(const std::string& text)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    digest[6] =
        static_cast<unsigned char>((digest[6] & 0x0f) | 0x80); // version 8: of our own making
    digest[8] = static_cast<unsigned char>((digest[8] & 0x3f) | 0x80);
    std::string uuid;
    for (int i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            uuid += '-';
        uuid += "0123456789abcdef"[digest[i] >> 4];
        uuid += "0123456789abcdef"[digest[i] & 15];
    }
    return uuid;
}

PushAnswer answerOf(Json result)
{
    PushAnswer answer;
    answer.ended.kind = classFromText(result.textOr("class")).value_or(Class::Bug);
    answer.ended.reason = result.textOr("reason");
    if (const auto after = result["retry_after_ms"].integer())
        answer.ended.retryAfter = std::chrono::milliseconds(*after);
    answer.observed = result["observed"].integer();
    answer.externalId = result.textOr("external_id");
    return answer;
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
    PushAnswer unanswered;
    const bool went = answer.verdict.kind == Class::Done;
    unanswered.ended = {went ? Class::UnknownOutcome : answer.verdict.kind,
                        went ? "the spoke gave no result for it" : answer.verdict.reason,
                        answer.verdict.retryAfter};
    std::vector<PushAnswer> answers(items.size(), unanswered);
    for (const auto& document : answer.documents) {
        if (document.kind != spokes::DocumentKind::Result)
            continue;
        const auto parsed = JsonDocument::parse(document.json);
        if (!parsed)
            continue;
        const auto item = parsed->root().textOr("item");
        std::size_t index = items.size();
        std::from_chars(item.data(), item.data() + item.size(), index);
        if (index < items.size())
            answers[index] = answerOf(parsed->root());
    }
    return answers;
}

} // namespace spokehub::sync
