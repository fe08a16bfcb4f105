#include "store/Page.h"

#include "core/Error.h"
#include "core/Json.h"
#include "spokehub/Text.h"

#include <charconv>
#include <optional>

namespace spokehub::store
{

namespace
{

[[noreturn]] void refuseCursor()
{
    throw Error(Refusal::BadRequest,
                "cursor is not one of this list; take next_cursor of its last answer, or none",
                {{"cursor", "is not one of this list"}});
}

} // namespace

std::string cursorOf(std::string_view list, std::string_view key)
{
    return toHex(std::string(list) + ":" + std::string(key));
}

std::string PageRequest::after(std::string_view list) const
{
    if (limit < 1 || limit > pageLimitMax) {
        const std::string reason =
            "is " + std::to_string(limit) + ", allowed are 1 to " + std::to_string(pageLimitMax);
        throw Error(Refusal::BadRequest, "limit " + reason, {{"limit", reason}});
    }
    if (cursor.empty())
        return {};
    const auto text = fromHex(cursor);
    const std::string prefix = std::string(list) + ":";
    if (!text || !text->starts_with(prefix) || text->size() == prefix.size() ||
        text->find('\0') != std::string::npos || !isUtf8(*text))
        refuseCursor();
    return text->substr(prefix.size());
}

std::int64_t PageRequest::afterId(std::string_view list) const
{
    const std::string key = after(list);
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (!key.empty() && (error != std::errc{} || end != key.data() + key.size() || id < 0))
        refuseCursor();
    return id;
}

std::optional<std::pair<std::int64_t, std::int64_t>>
PageRequest::afterPair(std::string_view list) const
{
    const std::string key = after(list);
    if (key.empty())
        return std::nullopt;
    std::pair<std::int64_t, std::int64_t> pair;
    const char* const end = key.data() + key.size();
    const auto first = std::from_chars(key.data(), end, pair.first);
    if (first.ec == std::errc{} && first.ptr != end && *first.ptr == ':') {
        const auto second = std::from_chars(first.ptr + 1, end, pair.second);
        if (second.ec == std::errc{} && second.ptr == end)
            return pair;
    }
    refuseCursor();
}

} // namespace spokehub::store
