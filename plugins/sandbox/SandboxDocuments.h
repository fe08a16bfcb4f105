#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sandbox
{

/// What a message of a topic may carry: the types of facts, or levels.
enum class Carries
{
    Nothing, // a topic that matters to nobody
    Facts,
    Levels,
};

Carries carriedBy(std::string_view topic);

/// What is wrong with a document of that topic, naming the member; nothing when it is good.
std::optional<std::string> mistakeIn(const nlohmann::json& document, std::string_view topic);

/// A fact as the shop's file has it: any type will do.
std::optional<std::string> mistakeIn(const nlohmann::json& fact);

} // namespace sandbox
