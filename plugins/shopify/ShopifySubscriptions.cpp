#include "ShopifySubscriptions.h"

#include "Queries.h"

#include <algorithm>
#include <array>

namespace spokehub::shopify
{

namespace
{

/// As the manifest's `topics`.
constexpr std::array topics{"orders/create",           "orders/paid",         "orders/updated",
                            "orders/cancelled",        "orders/edited",       "orders/fulfilled",
                            "refunds/create",          "fulfillments/create", "fulfillments/update",
                            "inventory_levels/update", "products/update",     "app/uninstalled"};

struct Known
{
    std::string id;
    std::string topic; // ORDERS_CREATE
    std::string uri;
    bool json = false;
};

std::string enumOf(std::string_view topic)
{
    std::string made(topic);
    for (char& c : made)
        c = c == '/' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return made;
}

/// "https://hub.example.com/webhooks/shopify" → "/webhooks/shopify"
std::string_view pathOf(std::string_view address)
{
    const auto scheme = address.find("://");
    const auto slash = address.find('/', scheme == address.npos ? 0 : scheme + 3);
    return slash == address.npos ? std::string_view() : address.substr(slash);
}

class Subscribing
{
public:
    Subscribing(ShopifyApi& api, const SubscribeRequest& request, Out& out)
        : _api(api), _address(request.address), _out(out)
    {
    }

    void list()
    {
        read();
        for (const char* topic : topics) {
            const Known* found = find(topic);
            if (found && found->uri == _address && found->json)
                say(topic, "present");
            else
                say(topic, "failed",
                    found ? "it goes to " + found->uri : "there is no subscription");
        }
    }

    void repair()
    {
        read();
        for (const char* topic : topics) {
            const Known* found = find(topic);
            if (found && found->uri == _address && found->json)
                say(topic, "present");
            else if (found)
                move(topic, found->id);
            else
                create(topic);
        }
    }

    void remove()
    {
        read();
        for (const Known& one : _known)
            if (one.uri == _address)
                remove(one);
    }

private:
    void read()
    {
        PageInfo info{true, {}};
        while (info.more) {
            std::string variables;
            JsonText(variables).beginObject().memberOrNull("after", info.cursor).endObject();
            const JsonObject data = _api.call(queries::subscriptions, variables, _out);
            const JsonObject connection = data.required("webhookSubscriptions");
            connection.each("nodes", [&](const JsonObject& one) {
                _known.push_back({std::string(one.text("id")), std::string(one.text("topic")),
                                  std::string(one.text("uri")), one.text("format") == "JSON"});
            });
            info = PageInfo::of(connection);
        }
    }

    /// The subscription at our address, else the one at the same path of another host: the hub has
    /// moved. What other programs of the same app have subscribed is theirs.
    const Known* find(std::string_view topic) const
    {
        const std::string name = enumOf(topic);
        const Known* moved = nullptr;
        for (const Known& one : _known) {
            if (one.topic != name)
                continue;
            if (one.uri == _address)
                return &one;
            if (pathOf(one.uri) == pathOf(_address) && !pathOf(_address).empty())
                moved = &one;
        }
        return moved;
    }

    void writeSubscription(JsonText& json) const
    {
        json.key("subscription")
            .beginObject()
            .member("uri", _address)
            .member("format", "JSON")
            .endObject();
    }

    void create(const char* topic)
    {
        std::string variables;
        JsonText json(variables);
        json.beginObject().member("topic", enumOf(topic));
        writeSubscription(json);
        json.endObject();
        conclude(topic, "created", queries::subscribe, "webhookSubscriptionCreate", variables);
    }

    void move(const char* topic, const std::string& id)
    {
        std::string variables;
        JsonText json(variables);
        json.beginObject().member("id", id);
        writeSubscription(json);
        json.endObject();
        conclude(topic, "repaired", queries::resubscribe, "webhookSubscriptionUpdate", variables);
    }

    void remove(const Known& one)
    {
        std::string variables;
        JsonText(variables).beginObject().member("id", one.id).endObject();
        const auto topic = std::find_if(topics.begin(), topics.end(), [&](const char* name) {
            return enumOf(name) == one.topic;
        });
        conclude(topic == topics.end() ? one.topic : *topic, "removed", queries::unsubscribe,
                 "webhookSubscriptionDelete", variables);
    }

    void conclude(const std::string& topic, const char* state, const char* query,
                  std::string_view root, const std::string& variables)
    {
        const JsonObject data = _api.call(query, variables, _out);
        const JsonObject payload = data.required(root);
        const std::string refused = userErrors(payload);
        if (refused.empty())
            say(topic, state);
        else if (refused.find("already been taken") != refused.npos)
            say(topic, "present");
        else
            say(topic, "failed", refused);
    }

    void say(const std::string& topic, const char* state, const std::string& reason = {})
    {
        _out.subscription({topic, state, reason});
    }

    ShopifyApi& _api;
    std::string _address;
    Out& _out;
    std::vector<Known> _known;
};

} // namespace

Class subscribe(ShopifyApi& api, const SubscribeRequest& request, Out& out)
{
    Subscribing subscribing(api, request, out);
    if (request.address.empty())
        return out.problem(Class::Config,
                           "webhooks need the hub's public address: set server.public_url");
    if (request.action == "list")
        subscribing.list();
    else if (request.action == "repair")
        subscribing.repair();
    else if (request.action == "remove")
        subscribing.remove();
    else
        return out.problem(Class::Unsupported,
                           "subscriptions can be listed, repaired or removed, not '" +
                               request.action + "'");
    return Class::Done;
}

} // namespace spokehub::shopify
