#include "JsonObject.h"

#include <algorithm>

namespace spokehub::shopify
{

namespace
{

constexpr std::int64_t countMax = 1'000'000'000; // of units, in the documents

constexpr std::size_t skuBytesMax = 200; // of a listing, in the documents
constexpr std::string_view gidPrefix = "gid://shopify/";

bool isNumber(std::string_view text)
{
    return !text.empty() && text.size() <= 20 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

std::string Place::text() const
{
    std::string before = parent ? parent->text() : std::string();
    if (index >= 0)
        return before + "[" + std::to_string(index) + "]";
    if (!before.empty() && !name.empty())
        before += ".";
    return before += name;
}

std::optional<simdjson::dom::element> JsonObject::find(std::string_view name) const
{
    simdjson::dom::element found;
    if (_object.at_key(name).get(found) != simdjson::SUCCESS || found.is_null())
        return std::nullopt;
    return found;
}

bool JsonObject::has(std::string_view name) const
{
    return find(name).has_value();
}

std::string_view JsonObject::text(std::string_view name) const
{
    const auto found = find(name);
    if (!found)
        return {};
    std::string_view text;
    if (found->get(text) != simdjson::SUCCESS)
        refuse(name, "is not text");
    if (text.find('\0') != text.npos)
        refuse(name, "contains a NUL character");
    return text;
}

std::string_view JsonObject::sku() const
{
    const auto given = text("sku");
    return given.size() > skuBytesMax ? std::string_view() : given;
}

std::vector<std::string_view> JsonObject::texts(std::string_view name) const
{
    std::vector<std::string_view> all;
    const auto found = find(name);
    simdjson::dom::array list;
    if (!found || found->get(list) != simdjson::SUCCESS)
        return all;
    for (const simdjson::dom::element element : list)
        if (std::string_view text; element.get(text) == simdjson::SUCCESS)
            all.push_back(text);
    return all;
}

std::optional<std::int64_t> JsonObject::integer(std::string_view name) const
{
    const auto found = find(name);
    if (!found)
        return std::nullopt;
    std::int64_t number = 0;
    if (found->get(number) != simdjson::SUCCESS)
        refuse(name, "is not a 64-bit integer");
    return number;
}

double JsonObject::number(std::string_view name) const
{
    const auto found = find(name);
    double number = 0;
    if (found && found->get(number) != simdjson::SUCCESS)
        refuse(name, "is not a number");
    return number;
}

std::int64_t JsonObject::count(std::string_view name) const
{
    const auto number = countIfAny(name);
    if (!number)
        refuse(name, "is missing");
    return *number;
}

std::optional<std::int64_t> JsonObject::countIfAny(std::string_view name) const
{
    const auto number = integer(name);
    if (number && *number < 0)
        refuse(name, "is negative: " + std::to_string(*number));
    if (number && *number > countMax)
        refuse(name, "is more than the hub can count: " + std::to_string(*number));
    return number;
}

bool JsonObject::flag(std::string_view name, bool otherwise) const
{
    const auto found = find(name);
    if (!found)
        return otherwise;
    bool yes = false;
    if (found->get(yes) != simdjson::SUCCESS)
        refuse(name, "is neither true nor false");
    return yes;
}

std::string JsonObject::time(std::string_view name) const
{
    const std::string_view given = text(name);
    if (given.empty())
        return {};
    auto utc = isoUtc(given);
    if (!utc)
        refuse(name, "is not a time with a zone: \"" + std::string(given) + "\"");
    return std::move(*utc);
}

std::optional<std::int64_t> JsonObject::money(std::string_view name,
                                              std::string_view currency) const
{
    const std::string_view given = text(name);
    if (given.empty()) {
        if (has(name))
            refuse(name, "is empty, where an amount should be");
        return std::nullopt;
    }
    const auto minor = minorFromDecimal(given, currency);
    if (!minor)
        refuse(name,
               "is not an amount in " + std::string(currency) + ": \"" + std::string(given) + "\"");
    return minor;
}

std::string JsonObject::idOf(std::string_view name, simdjson::dom::element element) const
{
    std::uint64_t number = 0;
    std::string_view text;
    if (element.get(number) == simdjson::SUCCESS)
        return std::to_string(number);
    if (element.get(text) == simdjson::SUCCESS && isNumber(text))
        return std::string(text);
    refuse(name, "is not an id: a positive integer is wanted");
}

std::string JsonObject::id(std::string_view name) const
{
    const auto found = find(name);
    if (!found)
        refuse(name, "is missing");
    return idOf(name, *found);
}

std::string JsonObject::idIfAny(std::string_view name) const
{
    const auto found = find(name);
    return found ? idOf(name, *found) : std::string();
}

std::vector<std::string> JsonObject::ids(std::string_view name) const
{
    std::vector<std::string> ids;
    simdjson::dom::array list;
    if (listOf(name, list))
        for (const simdjson::dom::element element : list)
            ids.push_back(idOf(name, element));
    return ids;
}

std::optional<JsonObject> JsonObject::object(std::string_view name) const&
{
    const auto found = find(name);
    if (!found)
        return std::nullopt;
    const Place where{_place.refusal, &_place, name, -1};
    return JsonObject(objectOf(*found, where), where);
}

JsonObject JsonObject::required(std::string_view name) const&
{
    const auto found = object(name);
    if (!found)
        refuse(name, "is missing");
    return *found;
}

bool JsonObject::hasList(std::string_view name) const
{
    const auto found = find(name);
    return found && found->is_array();
}

bool JsonObject::listOf(std::string_view name, simdjson::dom::array& list) const
{
    const auto found = find(name);
    if (found && found->get(list) != simdjson::SUCCESS)
        refuse(name, "is not a list");
    return found.has_value();
}

simdjson::dom::object JsonObject::objectOf(simdjson::dom::element element, const Place& place)
{
    simdjson::dom::object object;
    if (element.get(object) != simdjson::SUCCESS)
        throw Failure(place.refusal, place.text() + " is not an object");
    return object;
}

void JsonObject::refuse(std::string_view name, const std::string& problem) const
{
    const Place where{_place.refusal, &_place, name, -1};
    throw Failure(_place.refusal, where.text() + " " + problem);
}

std::string_view numberOfGid(std::string_view gid, std::string_view type)
{
    if (gid.substr(0, gidPrefix.size()) != gidPrefix)
        return {};
    gid.remove_prefix(gidPrefix.size());
    if (gid.substr(0, type.size()) != type || gid.size() <= type.size() || gid[type.size()] != '/')
        return {};
    gid.remove_prefix(type.size() + 1);
    return isNumber(gid) ? gid : std::string_view();
}

std::string gidOf(std::string_view type, std::string_view id)
{
    if (id.substr(0, gidPrefix.size()) == gidPrefix)
        return std::string(id);
    std::string gid(gidPrefix);
    return gid.append(type).append("/").append(id);
}

} // namespace spokehub::shopify
