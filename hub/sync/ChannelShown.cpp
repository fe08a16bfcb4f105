#include "sync/ChannelShown.h"

#include "core/Error.h"

#include <thread>

namespace spokehub::sync
{

namespace
{

using namespace std::chrono_literals;

/// What one call brought.
struct Slice
{
    std::string cursor;
    spokes::Verdict verdict;
    std::vector<spokes::Document> documents;
};

std::shared_ptr<Slice> readSlice(const OnLane& onLane, const std::string& stream,
                                 const std::string& cursor)
{
    const auto slice = std::make_shared<Slice>();
    slice->cursor = cursor;
    onLane([slice, stream](spokes::Channel& channel, const spokes::Call& call) {
        JsonWriter request;
        request.beginObject().member("cursor", slice->cursor).endObject();
        const auto keep = [&](spokes::DocumentKind kind, std::string_view json) {
            if (kind == spokes::DocumentKind::Checkpoint) {
                const auto document = JsonDocument::parse(json);
                slice->cursor = document ? document->root().textOr("cursor") : std::string_view{};
            } else if (kind == spokes::DocumentKind::Listing || kind == spokes::DocumentKind::Level)
                slice->documents.push_back({kind, std::string(json)});
            return slice->documents.size() <= ChannelShown::documentsMax;
        };
        slice->verdict = channel.spoke->pull(call, stream, request.text(), keep);
    });
    return slice;
}

void take(ChannelShown& shown, const spokes::Document& document)
{
    const auto json = JsonDocument::parse(document.json);
    if (!json) {
        shown.unfit.push_back({"", "", "the spoke gave a document that is not JSON"});
        return;
    }
    try {
        if (document.kind == spokes::DocumentKind::Listing) {
            auto listing = catalog::ListingDocument::read(json->root());
            shown.listings[listing.externalId] = std::move(listing);
        } else {
            auto level = catalog::LevelDocument::read(json->root());
            shown.levels[level.stockId] = std::move(level);
        }
    } catch (const Error& error) {
        shown.unfit.push_back({std::string(json->root().textOr("external_id")),
                               std::string(json->root().textOr("sku")), error.what()});
    }
}

[[noreturn]] void giveUp(const std::string& stream, const spokes::Verdict& verdict)
{
    throw Error(Refusal::Unavailable, "the channel's " + stream + " could not be read: " +
                                          std::string(toText(verdict.kind)) + ": " +
                                          verdict.reason);
}

} // namespace

void ChannelShown::read(const OnLane& onLane, const Clock& clock, const std::string& stream,
                        Time deadline)
{
    std::string cursor;
    for (;;) {
        const auto slice = readSlice(onLane, stream, cursor);
        for (const spokes::Document& document : slice->documents)
            take(*this, document);
        if (std::max(listings.size(), levels.size()) > documentsMax ||
            slice->documents.size() > documentsMax)
            throw Error(Refusal::Unprocessable,
                        "the channel has more than " + std::to_string(documentsMax) + " " + stream);
        if (slice->verdict.kind == Class::Done)
            return;

        const bool limited = slice->verdict.kind == Class::RateLimited;
        const auto wait = limited ? slice->verdict.retryAfter.value_or(1s) : 0ms;
        if ((!limited && slice->cursor == cursor) || clock.now() + wait >= deadline)
            giveUp(stream, slice->verdict);
        std::this_thread::sleep_for(wait);
        cursor = slice->cursor;
    }
}

} // namespace spokehub::sync
