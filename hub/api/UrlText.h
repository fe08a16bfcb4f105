#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spokehub::api
{

/// A piece of a path with its percent-encoding undone; nothing when what comes out is not UTF-8 or
/// holds a control character.
std::optional<std::string> decodedPath(std::string_view text);

/// The parameters of a query, in the order they came; + is a blank. Throws Error(BadRequest) naming
/// one that is not UTF-8 or comes twice.
class Query
{
public:
    Query() = default;
    explicit Query(std::string_view text);

    const std::string* find(std::string_view name) const;
    /// Empty when it is not there.
    std::string_view text(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& all() const { return _parameters; }

private:
    std::vector<std::pair<std::string, std::string>> _parameters;
};

} // namespace spokehub::api
