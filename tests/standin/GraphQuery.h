#pragma once

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::standin
{

using Json = nlohmann::ordered_json;

/// What a GraphQL server answers before it runs anything: one entry of the top-level `errors`.
struct QueryError : std::runtime_error
{
    QueryError(const std::string& message, std::string codeName, Json more = Json::object())
        : std::runtime_error(message), code(std::move(codeName)), extensions(std::move(more))
    {
    }

    std::string code;
    Json extensions;
};

/// One field of a selection, its arguments already resolved against the variables. A fragment
/// stands as a field without a name, whose fields apply to objects of the type `onType` (any, when
/// it is empty).
struct Selection
{
    std::string name;
    std::string alias;
    std::string onType;
    Json arguments = Json::object();
    Json directives = Json::object(); // name -> its arguments
    std::vector<Selection> fields;

    const std::string& key() const { return alias.empty() ? name : alias; }
};

/// One operation of a GraphQL request.
struct GraphQuery
{
    std::string kind; // "query" or "mutation"
    std::string name;
    std::vector<Selection> fields;

    /// Reads the text of one operation and its fragments. Throws QueryError for what is not
    /// GraphQL, and for a required variable that is missing.
    static GraphQuery read(std::string_view text, const Json& variables);
};

} // namespace spokehub::standin
