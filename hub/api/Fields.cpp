#include "api/Fields.h"

#include <algorithm>

namespace spokehub::api
{

Fields::Fields(Json object, std::string path, FieldChecks* checks)
    : _object(object), _path(std::move(path)), _checks(checks == nullptr ? &_own : checks)
{
}

Json Fields::member(std::string_view name)
{
    _known.emplace_back(name);
    const Json value = _object[name];
    return value.isNull() ? Json() : value;
}

bool Fields::has(std::string_view name) const
{
    const Json value = _object[name];
    return value && !value.isNull();
}

Fields& Fields::require(bool fulfilled, std::string_view name, std::string_view reason)
{
    _checks->require(fulfilled, pathOf(name), reason);
    return *this;
}

std::string Fields::text(std::string_view name, std::size_t min, std::size_t max)
{
    auto value = maybeText(name, max);
    require(min == 0 || has(name), name, "is missing");
    if (has(name) && value)
        require(value->size() >= min, name, "is empty");
    return std::move(value).value_or("");
}

std::optional<std::string> Fields::maybeText(std::string_view name, std::size_t max)
{
    const Json value = member(name);
    if (!value)
        return std::nullopt;
    const auto content = value.text();
    if (!content) {
        require(false, name, "is not text");
        return std::nullopt;
    }
    _checks->text(pathOf(name), *content, 0, max);
    return std::string(*content);
}

std::string Fields::raw(std::string_view name)
{
    const Json value = member(name);
    require(static_cast<bool>(value), name, "is missing");
    require(!value || value.isText(), name, "is not text");
    return std::string(value.text().value_or(""));
}

std::int64_t Fields::integer(std::string_view name, std::int64_t min, std::int64_t max)
{
    const auto value = maybeInteger(name, min, max);
    require(has(name), name, "is missing");
    return value.value_or(0);
}

std::optional<std::int64_t> Fields::maybeInteger(std::string_view name, std::int64_t min,
                                                 std::int64_t max)
{
    const Json value = member(name);
    if (!value)
        return std::nullopt;
    const auto number = value.integer();
    if (!number) {
        require(false, name, "is not a whole number");
        return std::nullopt;
    }
    _checks->number(pathOf(name), *number, min, max);
    return number;
}

bool Fields::boolean(std::string_view name, bool otherwise)
{
    const Json value = member(name);
    if (!value)
        return otherwise;
    const auto yes = value.boolean();
    require(yes.has_value(), name, "is neither true nor false");
    return yes.value_or(otherwise);
}

std::optional<Id> Fields::maybeId(std::string_view name, std::string_view prefix)
{
    const Json value = member(name);
    if (!value)
        return std::nullopt;
    const auto id = value.isInteger() ? value.integer() : readId(prefix, value.text().value_or(""));
    require(id.has_value(), name, "is not an id such as " + showId(prefix, 1));
    return id;
}

Id Fields::id(std::string_view name, std::string_view prefix)
{
    const auto id = maybeId(name, prefix);
    require(has(name), name, "is missing");
    return id.value_or(0);
}

void Fields::each(std::string_view name, std::size_t max, const std::function<void(Fields&)>& read)
{
    const Json list = member(name);
    if (!list)
        return;
    require(list.isArray(), name, "is not a list");
    if (!list.isArray() || list.size() > max) {
        require(!list.isArray(), name,
                "has " + std::to_string(list.size()) + " entries, allowed are " +
                    std::to_string(max));
        return;
    }
    std::size_t index = 0;
    list.each([&](Json entry) {
        const std::string place = pathOf(name) + "[" + std::to_string(index++) + "]";
        _checks->require(entry.isObject(), place, "is not an object");
        if (entry.isObject()) {
            Fields fields(entry, place + ".", _checks);
            read(fields);
            fields.refuseUnknown();
        }
        return true;
    });
}

void Fields::refuseUnknown()
{
    _object.eachMember([&](std::string_view name, Json) {
        require(std::ranges::find(_known, name) != _known.end(), name, "is not known here");
        return true;
    });
}

void Fields::finish(std::string_view thing)
{
    refuseUnknown();
    finishLeniently(thing);
}

void Fields::finishLeniently(std::string_view thing)
{
    _checks->refuse(thing);
}

} // namespace spokehub::api
