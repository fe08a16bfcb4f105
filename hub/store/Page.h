#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spokehub::store
{

constexpr int pageLimitMax = 500;

/// What a caller asks of a list: its next rows, from where the last page ended.
struct PageRequest
{
    std::string cursor; // empty: from the beginning
    int limit = 50;     // 1 to pageLimitMax

    /// The key that the page begins after; empty at the beginning. `list` names the list, so that a
    /// cursor of another one is not taken for its own. Throws Error(BadRequest) for a foreign
    /// cursor and a limit out of bounds.
    std::string after(std::string_view list) const;
    /// The same for keys that are ids; 0 at the beginning.
    std::int64_t afterId(std::string_view list) const;
    /// The same for keys of two numbers, "7:9"; nothing at the beginning.
    std::optional<std::pair<std::int64_t, std::int64_t>> afterPair(std::string_view list) const;
};

/// Opaque for the caller and safe in a URL.
std::string cursorOf(std::string_view list, std::string_view key);

template <class T>
struct Page
{
    std::vector<T> data;
    std::string nextCursor; // empty: this is the last page
};

/// Makes a page of rows that were read with one more than the limit. `keyOf` gives a row's key as
/// text.
template <class T, class KeyOf>
Page<T> pageOf(std::string_view list, const PageRequest& request, std::vector<T> rows, KeyOf keyOf)
{
    Page<T> page{std::move(rows), {}};
    const auto limit = static_cast<std::size_t>(request.limit);
    if (page.data.size() > limit) {
        page.data.resize(limit);
        page.nextCursor = cursorOf(list, keyOf(page.data.back()));
    }
    return page;
}

} // namespace spokehub::store
