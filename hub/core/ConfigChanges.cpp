#include "core/ConfigChanges.h"

#include "core/Yaml.h"

#include <algorithm>
#include <array>
#include <map>

namespace spokehub
{

namespace
{

constexpr std::array<std::string_view, 4> live = {"api_keys", "log.level", "server.cors_origins",
                                                  "server.requests_per_minute"};

/// By the name of the key; of a map, each of its keys.
std::map<std::string, std::string> valuesOf(const std::string& text)
{
    std::map<std::string, std::string> values;
    for (const Yaml::Member& member : Yaml::parse(text).members)
        if (member.value.kind != Yaml::Kind::Map)
            values[member.key] = toJson(member.value);
        else
            for (const Yaml::Member& inner : member.value.members)
                values[member.key + "." + inner.key] = toJson(inner.value);
    return values;
}

} // namespace

std::vector<std::string> changedKeys(const std::string& before, const std::string& after)
{
    const auto was = valuesOf(before);
    const auto is = valuesOf(after);
    std::vector<std::string> changed;
    for (const auto& [key, value] : was)
        if (const auto now = is.find(key); now == is.end() || now->second != value)
            changed.push_back(key);
    for (const auto& [key, value] : is)
        if (!was.contains(key))
            changed.push_back(key);
    std::ranges::sort(changed);
    return changed;
}

bool changesLive(std::string_view key)
{
    return std::ranges::find(live, key) != live.end();
}

} // namespace spokehub
