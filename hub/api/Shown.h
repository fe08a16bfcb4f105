#pragma once

#include "core/Clock.h"
#include "core/Id.h"
#include "core/Json.h"
#include "store/Page.h"

#include <optional>
#include <string>
#include <string_view>

namespace spokehub::api
{

/// The prefixes of shown ids.
namespace prefix
{
constexpr std::string_view family = "fam";
constexpr std::string_view identity = "idn";
constexpr std::string_view variant = "var";
constexpr std::string_view listing = "lst";
constexpr std::string_view reservation = "res";
constexpr std::string_view movement = "mov";
constexpr std::string_view exception = "exc";
constexpr std::string_view order = "ord";
constexpr std::string_view orderLine = "oln";
constexpr std::string_view shipment = "shp";
constexpr std::string_view task = "tsk";
constexpr std::string_view message = "msg";
constexpr std::string_view user = "usr";
constexpr std::string_view session = "ses";
constexpr std::string_view key = "key";
constexpr std::string_view secret = "sec";
constexpr std::string_view item = "itm";
constexpr std::string_view count = "cnt";
constexpr std::string_view audit = "aud";
constexpr std::string_view customer = "cus";
constexpr std::string_view privacyRequest = "prv";
} // namespace prefix

inline std::optional<std::string> shown(std::string_view prefix, const std::optional<Id>& id)
{
    return id ? std::optional(showId(prefix, *id)) : std::nullopt;
}

inline std::optional<std::string> shown(const std::optional<Time>& time)
{
    return time ? std::optional(toIso(*time)) : std::nullopt;
}

/// {"data": […], "next_cursor": "…"}; null at the end. `rowBytes`: what a row takes, about.
template <class T, class Write>
std::string listJson(const store::Page<T>& page, Write write, std::size_t rowBytes = 400)
{
    JsonWriter json;
    json.reserve(page.data.size() * rowBytes);
    json.beginObject().key("data").beginArray();
    for (const T& row : page.data)
        write(json, row);
    json.endArray().key("next_cursor");
    if (page.nextCursor.empty())
        json.null();
    else
        json.value(page.nextCursor);
    json.endObject();
    return json.take();
}

} // namespace spokehub::api
