#include "store/Page.h"

#include "core/Error.h"
#include "core/Json.h"

#include <charconv>
#include <optional>

namespace spokehub::store
{

namespace
{

constexpr std::string_view digits = "0123456789abcdef";

std::string toHex(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 0xf];
    }
    return text;
}

std::optional<std::string> fromHex(std::string_view text)
{
    if (text.size() % 2 != 0)
        return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto high = digits.find(text[i]);
        const auto low = digits.find(text[i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos)
            return std::nullopt;
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

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

} // namespace spokehub::store
