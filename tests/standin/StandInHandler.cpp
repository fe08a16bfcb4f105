#include "StandInServer.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

namespace spokehub::standin
{

namespace
{

std::string body(Poco::Net::HTTPServerRequest& request)
{
    std::string text;
    Poco::StreamCopier::copyToString(request.stream(), text);
    return text;
}

} // namespace

/// One request, on a thread of the server's pool.
class StandInHandler : public Poco::Net::HTTPRequestHandler
{
public:
    StandInHandler(ShopifyStandIn& owner, StandInFactory& factory)
        : _owner(owner), _server(*owner._server), _factory(factory)
    {
    }
    ~StandInHandler() override { _factory.leave(); }

    void handleRequest(Poco::Net::HTTPServerRequest& request,
                       Poco::Net::HTTPServerResponse& response) override
    {
        const std::string path = Poco::URI(request.getURI()).getPath();
        const std::string text = body(request);
        try {
            if (path.rfind("/_standin/", 0) == 0)
                return send(response, 200, control(request.getMethod(), path.substr(10), text));
            if (path.rfind("/admin/api/", 0) != 0 || !path.ends_with("/graphql.json"))
                return send(response, 404, {{"errors", "Not Found"}});
            if (request.get("X-Shopify-Access-Token", "") != _server.options.token)
                return send(response, 401,
                            {{"errors", "[API] Invalid API key or access token (unrecognized login "
                                        "or wrong password)"}});
            graphql(request, response, text);
        } catch (const std::exception& e) {
            if (!response.sent())
                send(response, 400, {{"errors", e.what()}});
        }
    }

private:
    void send(Poco::Net::HTTPServerResponse& response, int status, const Json& json)
    {
        sendText(response, status, json.dump());
    }

    void sendText(Poco::Net::HTTPServerResponse& response, int status, const std::string& text)
    {
        response.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status));
        response.setContentType("application/json; charset=utf-8");
        response.sendBuffer(text.data(), text.size());
    }

    void graphql(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response,
                 const std::string& text)
    {
        const auto at = std::chrono::steady_clock::now();
        const Json asked = Json::parse(text);
        const Json variables = asked.value("variables", Json::object());
        Call call{"", variables, asked.value("query", ""), 200, at};

        std::unique_lock lock(_owner._mutex);
        Json answered;
        std::optional<Fault> fault;
        try {
            const GraphQuery query = GraphQuery::read(call.query, variables);
            call.operation = query.fields.empty() ? "" : query.fields.front().name;
            fault = _server.takeFault(call.operation);
            if (!fault || *fault == Fault::Cut || *fault == Fault::Lost || *fault == Fault::Hang)
                answered = run(query);
            else if (*fault == Fault::Throttled)
                answered = throttled(requestedCost(query));
        } catch (const QueryError& e) {
            answered = refused(e, Json());
        }
        if (_server.delay.count() > 0)
            _server.changed.wait_for(lock, _server.delay, [&] { return _server.stopping; });
        conclude(request, response, lock, call, fault, answered);
    }

    Json run(const GraphQuery& query)
    {
        const std::int64_t requested = requestedCost(query);
        const std::int64_t most = _server.options.costMax;
        if (requested > most)
            throw QueryError("Query cost is " + std::to_string(requested) +
                                 ", which exceeds the single query max cost limit (" +
                                 std::to_string(most) + ").",
                             "MAX_COST_EXCEEDED", {{"cost", requested}, {"maxCost", most}});
        if (_server.points.left() < static_cast<double>(requested))
            return throttled(requested);
        std::int64_t actual = 0;
        Json answered;
        try {
            answered["data"] = answer(
                query, query.kind == "mutation" ? _owner._shop.mutations() : _owner._shop.queries(),
                actual);
        } catch (const QueryError& e) {
            if (e.code != "BAD_REQUEST" && e.code != "INVALID_FIELD_ARGUMENTS")
                throw;
            answered = refused(e, query.fields.front().key());
            actual = 10;
        }
        actual = std::min(requested, actual);
        _server.points.take(actual);
        answered["extensions"]["cost"] = {{"requestedQueryCost", requested},
                                          {"actualQueryCost", actual},
                                          {"throttleStatus", _server.points.status()}};
        return answered;
    }

    Json throttled(std::int64_t requested)
    {
        return {
            {"errors",
             Json::array({{{"message", "Throttled"},
                           {"extensions",
                            {{"code", "THROTTLED"},
                             {"documentation", "https://shopify.dev/api/usage/rate-limits"}}}}})},
            {"extensions",
             {{"cost",
               {{"requestedQueryCost", requested},
                {"actualQueryCost", nullptr},
                {"throttleStatus", _server.points.status()}}}}}};
    }

    static Json refused(const QueryError& e, const Json& root)
    {
        Json error = {{"message", e.what()},
                      {"locations", Json::array({{{"line", 2}, {"column", 3}}})},
                      {"extensions", {{"code", e.code}}}};
        error["extensions"].update(e.extensions);
        if (root.is_null())
            return {{"errors", Json::array({error})}};
        error["path"] = Json::array({root});
        Json answered = {{"errors", Json::array({error})}};
        answered["data"][root.get<std::string>()] = nullptr;
        return answered;
    }

    void conclude(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response,
                  std::unique_lock<std::mutex>& lock, Call& call, std::optional<Fault> fault,
                  const Json& answered)
    {
        const bool silent = fault == Fault::Closed || fault == Fault::Lost ||
                            fault == Fault::Hang || fault == Fault::Cut;
        call.status = silent                         ? 0
                      : fault == Fault::ServerError  ? 500
                      : fault == Fault::TooMany      ? 429
                      : fault == Fault::Unauthorized ? 401
                                                     : 200;
        _server.calls.push_back(call);
        _server.changed.notify_all();
        if (fault == Fault::Hang)
            _server.changed.wait(lock, [&] { return _server.stopping; });
        lock.unlock();
        if (fault == Fault::Cut) {
            const std::string text = answered.dump();
            response.setContentLength64(static_cast<Poco::Int64>(text.size()));
            response.send()
                .write(text.data(), static_cast<std::streamsize>(text.size() / 2))
                .flush();
        }
        if (silent)
            return hangUp(request);
        if (fault == Fault::TooMany)
            response.set("Retry-After", "2.0");
        if (fault == Fault::Malformed)
            return sendText(response, 200, "{\"data\": {\"nodes\": [");
        send(response, call.status,
             call.status == 200 ? answered : Json{{"errors", "standing in for a failure"}});
    }

    static void hangUp(Poco::Net::HTTPServerRequest& request)
    {
        static_cast<Poco::Net::HTTPServerRequestImpl&>(request).socket().shutdown();
    }

    /// The control routes, for people and for the sample: what a test does through the C++ calls.
    Json control(const std::string& method, const std::string& what, const std::string& text)
    {
        const Json asked = text.empty() ? Json::object() : Json::parse(text);
        const std::lock_guard lock(_owner._mutex);
        Shop& shop = _owner._shop;
        if (what == "levels" && method == "GET")
            return levels(shop);
        if (what == "levels")
            shop.setAvailable(known(shop, asked.at("sku")).itemId, shop.locations.front().id,
                              asked.at("available").get<std::int64_t>());
        else if (what == "variants")
            shop.addVariant(asked.at("sku"), asked.value("quantity", 0),
                            asked.value("price", 6500));
        else if (what == "orders" && method == "POST")
            return place(shop, asked);
        else if (what == "faults")
            _server.faults.push_back({static_cast<Fault>(asked.at("fault").get<int>()),
                                      asked.value("times", 1), asked.value("operation", "")});
        else if (const auto slash = what.rfind('/'); what.rfind("orders/", 0) == 0 && slash > 7)
            return act(shop, shop.order(std::stoll(what.substr(7, slash - 7))),
                       what.substr(slash + 1));
        else
            throw std::invalid_argument("no such control: " + method + " " + what);
        _server.changed.notify_all();
        return {{"ok", true}};
    }

    static Variant& known(Shop& shop, const std::string& sku)
    {
        if (Variant* found = shop.variant(sku))
            return *found;
        throw std::invalid_argument("the shop has no '" + sku + "'");
    }

    static Json levels(Shop& shop)
    {
        Json all = Json::array();
        for (const Variant& one : shop.variants) {
            const Level& level = shop.levels[{one.itemId, shop.locations.front().id}];
            all.push_back({{"sku", one.sku},
                           {"available", level.available},
                           {"committed", level.committed},
                           {"on_hand", level.available + level.committed}});
        }
        return all;
    }

    Json place(Shop& shop, const Json& asked)
    {
        std::vector<std::pair<std::string, std::int64_t>> lines;
        for (const Json& line : asked.value("lines", Json::array({asked})))
            lines.emplace_back(line.at("sku").get<std::string>(), line.value("quantity", 1));
        const Order& order = shop.place(lines, asked.value("paid", true));
        _server.changed.notify_all();
        return {{"order_id", order.id}, {"name", "#" + std::to_string(order.number)}};
    }

    Json act(Shop& shop, Order& order, const std::string& verb)
    {
        std::vector<FulfilmentLine> open;
        for (const OrderLine& line : order.lines)
            if (line.fulfillable > 0)
                open.push_back({line.id, line.fulfillable});
        if (verb == "cancel")
            shop.cancel(order, "customer");
        else if (verb == "pay")
            shop.pay(order);
        else if (verb == "fulfil")
            shop.fulfil(order, open);
        else
            throw std::invalid_argument("an order can be told cancel, pay or fulfil, not " + verb);
        _server.changed.notify_all();
        return shop.restOrder(order);
    }

    ShopifyStandIn& _owner;
    ShopifyStandIn::Server& _server;
    StandInFactory& _factory;
};

Poco::Net::HTTPRequestHandler*
StandInFactory::createRequestHandler(const Poco::Net::HTTPServerRequest&)
{
    const std::lock_guard lock(_mutex);
    if (_closed)
        return nullptr;
    ++_working;
    return new StandInHandler(_owner, *this);
}

void StandInFactory::close()
{
    std::unique_lock lock(_mutex);
    _closed = true;
    _left.wait(lock, [this] { return _working == 0; });
}

void StandInFactory::leave()
{
    const std::lock_guard lock(_mutex);
    --_working;
    _left.notify_all();
}

} // namespace spokehub::standin
