#include "GraphAnswer.h"

#include <Poco/Base64Decoder.h>
#include <Poco/Base64Encoder.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

namespace spokehub::standin
{

namespace
{

std::string toBase64(const std::string& text)
{
    std::ostringstream out;
    Poco::Base64Encoder encoder(out);
    encoder.rdbuf()->setLineLength(0);
    encoder << text;
    encoder.close();
    return out.str();
}

std::string fromBase64(const std::string& text)
{
    std::istringstream in(text);
    Poco::Base64Decoder decoder(in);
    return {std::istreambuf_iterator<char>(decoder), {}};
}

/// These stand inside their object and cost nothing.
bool isFree(const std::string& name)
{
    static const std::set<std::string> free{"nodes",
                                            "edges",
                                            "node",
                                            "pageInfo",
                                            "userErrors",
                                            "shopMoney",
                                            "presentmentMoney",
                                            "quantities",
                                            "trackingInfo",
                                            "shippingAddress",
                                            "changes"};
    return free.count(name) != 0 || (name.size() > 3 && name.ends_with("Set"));
}

std::int64_t weight(std::int64_t count)
{
    return count < 1 ? 0 : std::lround(std::log2(static_cast<double>(count)) + 1);
}

std::int64_t costOf(const std::vector<Selection>& fields)
{
    std::int64_t sum = 0;
    for (const Selection& field : fields) {
        if (field.fields.empty())
            continue;
        const std::int64_t inner = costOf(field.fields);
        if (field.arguments.contains("first") && field.name != "trackingInfo")
            sum += 2 + weight(field.arguments["first"].get<std::int64_t>()) * (1 + inner);
        else
            sum += inner + (field.name.empty() || isFree(field.name) ? 0 : 1);
    }
    return sum;
}

class Run
{
public:
    Json object(const Node& node, const std::vector<Selection>& fields)
    {
        Json out = Json::object();
        collect(node, fields, out);
        return out;
    }

    std::int64_t cost = 0;

private:
    void collect(const Node& node, const std::vector<Selection>& fields, Json& out)
    {
        for (const Selection& field : fields) {
            if (field.name.empty()) {
                if (field.onType.empty() || field.onType == node.type)
                    collect(node, field.fields, out);
            } else if (field.name == "__typename")
                out[field.key()] = node.type;
            else
                out[field.key()] = one(node, field);
        }
    }

    Json one(const Node& node, const Selection& field)
    {
        const auto found = node.fields.find(field.name);
        if (found == node.fields.end())
            throw QueryError("Field '" + field.name + "' doesn't exist on type '" + node.type + "'",
                             "undefinedField",
                             {{"typeName", node.type}, {"fieldName", field.name}});
        if (field.directives.empty())
            return shaped(found->second(field.arguments), field);
        Json arguments = field.arguments;
        for (const auto& [name, given] : field.directives.items())
            arguments["@" + name] = given;
        return shaped(found->second(arguments), field);
    }

    Json shaped(const Node& node, const Selection& field)
    {
        if (node.shape == Node::Shape::Plain)
            return node.plain;
        if (field.fields.empty())
            throw QueryError("Field must have selections (field '" + field.name + "' returns " +
                                 node.type + " but has no selections)",
                             "selectionMismatch");
        if (node.shape == Node::Shape::Connection)
            return page(node, field);
        if (!isFree(field.name))
            ++cost;
        if (node.shape == Node::Shape::Object)
            return object(node, field.fields);
        Json all = Json::array();
        for (const Node& item : node.items)
            all.push_back(item.shape == Node::Shape::Object ? object(item, field.fields) : Json());
        return all;
    }

    Json page(const Node& connection, const Selection& field)
    {
        if (!field.arguments.contains("first") || field.arguments["first"].is_null())
            throw QueryError("you must provide one of first or last", "BAD_REQUEST");
        const auto first = field.arguments["first"].get<std::int64_t>();
        if (first > 250)
            throw QueryError("Argument 'first' must be at most 250",
                             "argumentLiteralsIncompatible");

        std::vector<const Node*> left;
        const Json after = field.arguments.value("after", Json());
        const auto place =
            after.is_null() ? std::pair(INT64_MIN, INT64_MIN) : placeOf(after.get<std::string>());
        for (const Node& item : connection.items)
            if (std::pair(item.sortValue, item.id) > place)
                left.push_back(&item);

        const bool more = static_cast<std::int64_t>(left.size()) > first;
        if (more)
            left.resize(static_cast<std::size_t>(first));
        cost += 2 + static_cast<std::int64_t>(left.size());
        return assemble(field, left, more, left.size() < connection.items.size() && !more);
    }

    Json assemble(const Selection& field, const std::vector<const Node*>& items, bool more,
                  bool before)
    {
        Json out = Json::object();
        for (const Selection& part : field.fields) {
            Json& to = out[part.key()];
            if (part.name == "nodes" || part.name == "edges") {
                to = Json::array();
                for (const Node* item : items)
                    to.push_back(part.name == "nodes" ? object(*item, part.fields)
                                                      : edge(*item, part.fields));
            } else if (part.name == "pageInfo")
                to = object(
                    Node::of("PageInfo",
                             {{"hasNextPage", more},
                              {"hasPreviousPage", before},
                              {"startCursor", items.empty() ? Json() : cursor(*items.front())},
                              {"endCursor", items.empty() ? Json() : cursor(*items.back())}}),
                    part.fields);
            else
                throw QueryError("Field '" + part.name + "' doesn't exist on this connection",
                                 "undefinedField");
        }
        return out;
    }

    Json edge(const Node& item, const std::vector<Selection>& fields)
    {
        Json out = Json::object();
        for (const Selection& part : fields)
            out[part.key()] = part.name == "cursor" ? cursor(item) : object(item, part.fields);
        return out;
    }

    static Json cursor(const Node& item)
    {
        return toBase64(Json{{"last_id", item.id}, {"last_value", item.sortValue}}.dump());
    }
};

} // namespace

std::pair<std::int64_t, std::int64_t> placeOf(const std::string& cursor)
{
    const Json place = Json::parse(fromBase64(cursor), nullptr, false);
    if (place.is_discarded() || !place.contains("last_id"))
        throw QueryError("Invalid cursor for current pagination sort.", "BAD_REQUEST");
    return {place["last_value"].get<std::int64_t>(), place["last_id"].get<std::int64_t>()};
}

Node Node::value(Json json)
{
    Node node;
    node.plain = std::move(json);
    return node;
}

Node Node::object(std::string typeName)
{
    Node node;
    node.shape = Shape::Object;
    node.type = std::move(typeName);
    return node;
}

Node Node::list(std::vector<Node> items)
{
    Node node;
    node.shape = Shape::List;
    node.items = std::move(items);
    return node;
}

Node Node::connection(std::vector<Node> items)
{
    Node node = list(std::move(items));
    node.shape = Shape::Connection;
    std::sort(node.items.begin(), node.items.end(), [](const Node& a, const Node& b) {
        return std::pair(a.sortValue, a.id) < std::pair(b.sortValue, b.id);
    });
    return node;
}

Node Node::of(std::string typeName, const Json& json)
{
    Node node = object(std::move(typeName));
    for (const auto& [name, part] : json.items()) {
        if (part.is_object())
            node.set(name, [name = name, part = part](const Json&) { return of(name, part); });
        else if (part.is_array() && !part.empty() && part.front().is_object())
            node.set(name, [name = name, part = part](const Json&) {
                std::vector<Node> items;
                for (const Json& item : part)
                    items.push_back(of(name, item));
                return list(std::move(items));
            });
        else
            node.set(name, part);
    }
    return node;
}

Node& Node::set(const std::string& name, Json json)
{
    fields[name] = [json = std::move(json)](const Json&) { return value(json); };
    return *this;
}

Node& Node::set(const std::string& name, Resolver resolver)
{
    fields[name] = std::move(resolver);
    return *this;
}

std::int64_t requestedCost(const GraphQuery& query)
{
    std::int64_t sum = 0;
    if (query.kind != "mutation")
        return std::max<std::int64_t>(1, costOf(query.fields));
    for (const Selection& field : query.fields)
        sum += 10 + costOf(field.fields);
    return sum;
}

Json answer(const GraphQuery& query, const std::map<std::string, Resolver>& roots,
            std::int64_t& cost)
{
    Node root = Node::object(query.kind == "mutation" ? "Mutation" : "QueryRoot");
    root.fields = roots;
    Run run;
    Json data = run.object(root, query.fields);
    const auto fields = static_cast<std::int64_t>(query.fields.size());
    cost = run.cost + (query.kind == "mutation" ? 9 * fields : 0);
    return data;
}

} // namespace spokehub::standin
