#pragma once

#include "spokehub/Class.h"
#include "spokehub/Text.h"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::shopify
{

/// Where a value stands in a document; spelt out only when something is refused:
/// "line_items[0].price".
struct Place
{
    Class refusal = Class::Rejected; // what an unfit value means
    const Place* parent = nullptr;
    std::string_view name;
    std::int64_t index = -1;

    std::string text() const;
};

/// An object of the channel's JSON, read strictly: a value of the wrong type is refused with a
/// sentence that names its place. A member that is missing and one that is null are the same. Lives
/// as long as its document and its parents.
class JsonObject
{
public:
    JsonObject(simdjson::dom::object object, Place place) : _object(object), _place(place) {}

    bool has(std::string_view name) const;

    std::string_view text(std::string_view name) const; // empty when it is not there
    /// A SKU; empty when it is not there, and when it is longer than a SKU of the hub can be: what
    /// has it is known by its id.
    std::string_view sku() const;
    std::vector<std::string_view>
    texts(std::string_view name) const; // none when it is no list of texts
    std::optional<std::int64_t> integer(std::string_view name) const;
    double number(std::string_view name)
        const; // 0 when it is not there; for points, never for money or quantities
    std::int64_t count(std::string_view name) const; // required, not negative
    std::optional<std::int64_t> countIfAny(std::string_view name) const;
    bool flag(std::string_view name, bool otherwise = false) const;
    /// ISO 8601 in UTC; empty when it is not there.
    std::string time(std::string_view name) const;
    /// Decimal text as minor units.
    std::optional<std::int64_t> money(std::string_view name, std::string_view currency) const;
    /// A required id as exact text: an integer, or text of digits.
    std::string id(std::string_view name) const;
    std::string idIfAny(std::string_view name) const;
    /// A list of ids; none when it is missing or null.
    std::vector<std::string> ids(std::string_view name) const;

    /// What it answers points to this object for its place, so this may not be a temporary.
    std::optional<JsonObject> object(std::string_view name) const&;
    std::optional<JsonObject> object(std::string_view name) const&& = delete;
    JsonObject required(std::string_view name) const&;
    JsonObject required(std::string_view name) const&& = delete;
    /// Whether there is a list of that name.
    bool hasList(std::string_view name) const;

    /// Visits a list of objects; none when it is missing or null.
    template <class Visit>
    void each(std::string_view name, Visit&& visit) const
    {
        simdjson::dom::array list;
        if (!listOf(name, list))
            return;
        const Place at{_place.refusal, &_place, name, -1};
        std::int64_t index = 0;
        for (const simdjson::dom::element element : list) {
            const Place where{_place.refusal, &at, {}, index++};
            if (!element.is_null())
                visit(JsonObject(objectOf(element, where), where));
        }
    }

    [[noreturn]] void refuse(std::string_view name, const std::string& problem) const;

private:
    std::optional<simdjson::dom::element> find(std::string_view name) const;
    bool listOf(std::string_view name, simdjson::dom::array& list) const;
    static simdjson::dom::object objectOf(simdjson::dom::element element, const Place& place);
    std::string idOf(std::string_view name, simdjson::dom::element element) const;

    simdjson::dom::object _object;
    Place _place;
};

/// The number in "gid://shopify/Order/123" when it is one of that type, else nothing.
std::string_view numberOfGid(std::string_view gid, std::string_view type);

/// "gid://shopify/Order/123"; a gid stays what it is.
std::string gidOf(std::string_view type, std::string_view id);

} // namespace spokehub::shopify
