#include "ShopNodes.h"

#include <algorithm>
#include <memory>

namespace spokehub::standin
{

namespace
{

/// The value of one term of a search, `updated_at:>='2026-11-20T00:00:00Z'`, without quotes; empty
/// when it is not there.
std::string term(const Json& arguments, const std::string& name)
{
    const Json query = arguments.value("query", Json());
    if (!query.is_string())
        return {};
    const std::string& text = query.get_ref<const std::string&>();
    const auto at = text.find(name);
    if (at == text.npos)
        return {};
    std::string value;
    auto i = at + name.size();
    const char quote = i < text.size() && (text[i] == '\'' || text[i] == '"') ? text[i++] : ' ';
    for (; i < text.size() && text[i] != quote; ++i) {
        if (text[i] == '\\' && i + 1 < text.size())
            ++i;
        value += text[i];
    }
    return value;
}

/// A search for a SKU finds what begins alike, in any case: a search, not a lookup.
bool matches(const std::string& sku, const std::string& asked)
{
    return asked.empty() || upper(sku).rfind(upper(asked), 0) == 0;
}

/// Those on the page that the arguments ask for, and one on either side of it: of ten thousand, no
/// more become nodes.
template <class Thing, class Value>
std::vector<const Thing*> around(const std::vector<const Thing*>& all, const Json& arguments,
                                 Value&& sortValue)
{
    const Json after = arguments.value("after", Json());
    const auto count = arguments.value("first", Json());
    if (!count.is_number_integer())
        return all;
    const auto place = [&](const Thing* one) { return std::pair(sortValue(*one), one->id); };
    std::vector<const Thing*> sorted = all;
    std::sort(sorted.begin(), sorted.end(),
              [&](const Thing* a, const Thing* b) { return place(a) < place(b); });
    auto from = sorted.begin();
    if (!after.is_null())
        from = std::upper_bound(sorted.begin(), sorted.end(), placeOf(after.get<std::string>()),
                                [&](const auto& at, const Thing* one) { return at < place(one); });
    const auto most = std::min<std::int64_t>(sorted.end() - from, count.get<std::int64_t>() + 1);
    const auto end = from + std::max<std::int64_t>(most, 0);
    return {from == sorted.begin() ? from : from - 1, end};
}

} // namespace

std::map<std::string, Resolver> Shop::queries()
{
    const auto nodes = std::make_shared<ShopNodes>(*this);
    std::map<std::string, Resolver> roots;
    const auto byId = [&](const char* name) {
        roots[name] = [nodes](const Json& arguments) {
            return nodes->byGid(arguments.at("id").get<std::string>());
        };
    };
    for (const char* name : {"order", "inventoryItem", "location", "refund", "fulfillment",
                             "fulfillmentOrder", "productVariant"})
        byId(name);
    roots["nodes"] = [nodes](const Json& arguments) {
        std::vector<Node> all;
        for (const Json& id : arguments.at("ids"))
            all.push_back(nodes->byGid(id.get<std::string>()));
        return Node::list(std::move(all));
    };
    roots["productVariants"] = [this, nodes](const Json& arguments) {
        const std::string sku = term(arguments, "sku:");
        const std::string since = term(arguments, "updated_at:>=");
        std::vector<const Variant*> found;
        for (const Variant& one : variants)
            if (matches(one.sku, sku) && (since.empty() || timeText(one.updatedAt) >= since))
                found.push_back(&one);
        std::vector<Node> all;
        for (const Variant* one :
             around(found, arguments, [](const Variant&) { return std::int64_t{0}; }))
            all.push_back(nodes->variant(*one));
        return Node::connection(std::move(all));
    };
    roots["orders"] = [this, nodes](const Json& arguments) {
        const std::string since = term(arguments, "updated_at:>=");
        const bool byTime = arguments.value("sortKey", "PROCESSED_AT") == "UPDATED_AT";
        const auto sortValue = [byTime](const Order& one) {
            return byTime ? one.updatedAt : one.createdAt;
        };
        std::vector<const Order*> found;
        for (const Order& one : orders)
            if (since.empty() || timeText(one.updatedAt) >= since)
                found.push_back(&one);
        std::vector<Node> all;
        for (const Order* one : around(found, arguments, sortValue)) {
            all.push_back(nodes->order(*one));
            all.back().sortValue = sortValue(*one);
        }
        return Node::connection(std::move(all));
    };
    roots["locations"] = [this, nodes](const Json& arguments) {
        std::vector<Node> all;
        for (const Location& one : locations)
            if (one.active || arguments.value("includeInactive", false))
                all.push_back(nodes->location(one));
        return Node::connection(std::move(all));
    };
    roots["webhookSubscriptions"] = [this, nodes](const Json&) {
        std::vector<Node> all;
        for (const Subscription& one : subscriptions)
            all.push_back(nodes->subscription(one));
        return Node::connection(std::move(all));
    };
    roots["currentAppInstallation"] = [this](const Json&) {
        std::vector<Node> all;
        for (const std::string& scope : scopes)
            all.push_back(Node::of("AccessScope", {{"handle", scope}, {"description", scope}}));
        Node node = Node::object("AppInstallation");
        node.set("id", gid("AppInstallation", 1));
        node.set("accessScopes", [list = Node::list(std::move(all))](const Json&) { return list; });
        return node;
    };
    roots["shop"] = [this](const Json&) {
        return Node::of("Shop", {{"id", gid("Shop", 548380009)},
                                 {"name", "Super Toys"},
                                 {"myshopifyDomain", domain},
                                 {"currencyCode", currency}});
    };
    roots["publicApiVersions"] = [](const Json&) {
        std::vector<Node> all;
        for (const char* handle : {"2026-01", "2026-04", "2026-07", "2026-10", "unstable"})
            all.push_back(Node::of("ApiVersion", {{"handle", handle},
                                                  {"displayName", handle},
                                                  {"supported", std::string(handle) < "2026-10"}}));
        return Node::list(std::move(all));
    };
    return roots;
}

} // namespace spokehub::standin
