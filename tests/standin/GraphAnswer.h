#pragma once

#include "GraphQuery.h"

#include <cstdint>
#include <functional>
#include <map>

namespace spokehub::standin
{

struct Node;
/// Gets the field's arguments; those of a directive stand beside them as "@name".
using Resolver = std::function<Node(const Json& arguments)>;

/// What a field resolves to: a plain value, an object whose fields are resolved when they are asked
/// for, a list, or a connection that is paged by (sort value, id).
struct Node
{
    enum class Shape
    {
        Plain,
        Object,
        List,
        Connection
    };

    Shape shape = Shape::Plain;
    Json plain;
    std::string type;
    std::map<std::string, Resolver> fields;
    std::vector<Node> items;
    std::int64_t id = 0;        // of an item of a connection
    std::int64_t sortValue = 0; // what the connection is sorted by; ids break ties

    static Node value(Json json);
    static Node null() { return {}; }
    static Node object(std::string typeName);
    static Node list(std::vector<Node> items);
    static Node connection(std::vector<Node> items);
    /// An object whose fields are all plain: {"amount": "10.0", ...}; nested objects and arrays
    /// too.
    static Node of(std::string typeName, const Json& json);

    Node& set(const std::string& name, Json json);
    Node& set(const std::string& name, Resolver resolver);
};

/// The (sort value, id) that a cursor stands for. A text that is no cursor is a QueryError.
std::pair<std::int64_t, std::int64_t> placeOf(const std::string& cursor);

/// Shopify's points for a query: objects count one, connections by the logarithm of what is asked
/// for, mutations ten.
std::int64_t requestedCost(const GraphQuery& query);

/// Runs the query against the root fields and gives exactly the selected fields. `cost` gets the
/// points of what was really returned. A field that does not exist is a QueryError, as in a real
/// server.
Json answer(const GraphQuery& query, const std::map<std::string, Resolver>& roots,
            std::int64_t& cost);

} // namespace spokehub::standin
