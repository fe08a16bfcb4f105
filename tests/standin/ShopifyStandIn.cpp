#include "ShopifyStandIn.h"

#include <Poco/Base64Encoder.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <sstream>
#include <thread>

namespace spokehub::standin
{

namespace
{

using Clock = std::chrono::steady_clock;

struct PlannedFault
{
    Fault fault;
    int times;
    std::string operation;
};

/// Shopify's leaking bucket of points.
class Points
{
public:
    Points(double capacity, double restore) : _capacity(capacity), _restore(restore), _left(capacity)
    {
    }

    void set(double left)
    {
        _left = left;
        _at = Clock::now();
    }

    double left()
    {
        const auto now = Clock::now();
        _left = std::min(_capacity,
                         _left + _restore * std::chrono::duration<double>(now - _at).count());
        _at = now;
        return _left;
    }

    void take(std::int64_t points) { _left = left() - static_cast<double>(points); }

    Json status()
    {
        return {{"maximumAvailable", static_cast<std::int64_t>(_capacity)},
                {"currentlyAvailable", static_cast<std::int64_t>(left())},
                {"restoreRate", static_cast<std::int64_t>(_restore)}};
    }

private:
    double _capacity;
    double _restore;
    double _left;
    Clock::time_point _at = Clock::now();
};

std::string body(Poco::Net::HTTPServerRequest& request)
{
    std::string text;
    Poco::StreamCopier::copyToString(request.stream(), text);
    return text;
}

std::string upperTopic(const std::string& topic)
{
    std::string made = topic;
    std::transform(made.begin(), made.end(), made.begin(), [](unsigned char c)
                   { return static_cast<char>(c == '/' ? '_' : std::toupper(c)); });
    return made;
}

int post(const std::string& address, const std::string& text,
         const std::vector<std::pair<std::string, std::string>>& headers)
{
    try
    {
        const Poco::URI uri(address);
        Poco::Net::HTTPClientSession session(uri.getHost(), uri.getPort());
        session.setTimeout(Poco::Timespan(5, 0)); // Shopify waits no longer
        Poco::Net::HTTPRequest request("POST", uri.getPathAndQuery(), "HTTP/1.1");
        for (const auto& [name, value] : headers)
            request.set(name, value);
        request.setContentLength64(static_cast<Poco::Int64>(text.size()));
        session.sendRequest(request) << text;
        Poco::Net::HTTPResponse response;
        std::string ignored;
        Poco::StreamCopier::copyToString(session.receiveResponse(response), ignored);
        return response.getStatus();
    }
    catch (const Poco::Exception&)
    {
        return 0; // nobody there: the delivery goes on waiting
    }
}

} // namespace

class ShopifyStandIn::Server
{
public:
    Server(ShopifyStandIn& owner, StandInOptions given);
    ~Server();

    StandInOptions options;
    Points points;
    std::vector<PlannedFault> faults;
    std::vector<Call> calls;
    std::chrono::milliseconds delay{0};
    std::atomic<std::int64_t> time{0};
    std::condition_variable changed; // with the owner's mutex
    bool stopping = false;
    std::unique_ptr<Poco::Net::HTTPServer> http;
    std::thread courier;

    std::int64_t now() const
    {
        const std::int64_t fixed = time;
        return fixed != 0 ? fixed : Poco::Timestamp().epochMicroseconds();
    }

    std::optional<Fault> takeFault(const std::string& operation)
    {
        for (PlannedFault& planned : faults)
            if (planned.times > 0 && (planned.operation.empty() || planned.operation == operation))
            {
                --planned.times;
                return planned.fault;
            }
        return {};
    }

private:
    void deliverForever(ShopifyStandIn& owner);
};

/// One request, on a thread of the server's pool.
class StandInHandler : public Poco::Net::HTTPRequestHandler
{
public:
    explicit StandInHandler(ShopifyStandIn& owner) : _owner(owner), _server(*owner._server) {}

    void handleRequest(Poco::Net::HTTPServerRequest& request,
                       Poco::Net::HTTPServerResponse& response) override
    {
        const std::string path = Poco::URI(request.getURI()).getPath();
        const std::string text = body(request);
        try
        {
            if (path.rfind("/_standin/", 0) == 0)
                return send(response, 200, control(request.getMethod(), path.substr(10), text));
            if (path.rfind("/admin/api/", 0) != 0 || !path.ends_with("/graphql.json"))
                return send(response, 404, {{"errors", "Not Found"}});
            if (request.get("X-Shopify-Access-Token", "") != _server.options.token)
                return send(response, 401,
                            {{"errors", "[API] Invalid API key or access token (unrecognized login "
                                        "or wrong password)"}});
            graphql(request, response, text);
        }
        catch (const std::exception& e)
        {
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
        const Json asked = Json::parse(text);
        const Json variables = asked.value("variables", Json::object());
        Call call{"", variables, asked.value("query", ""), 200};

        std::unique_lock lock(_owner._mutex);
        Json answered;
        std::optional<Fault> fault;
        try
        {
            const GraphQuery query = GraphQuery::read(call.query, variables);
            call.operation = query.fields.empty() ? "" : query.fields.front().name;
            fault = _server.takeFault(call.operation);
            if (!fault || *fault == Fault::Cut || *fault == Fault::Lost || *fault == Fault::Hang)
                answered = run(query);
            else if (*fault == Fault::Throttled)
                answered = throttled(requestedCost(query));
        }
        catch (const QueryError& e)
        {
            answered = refused(e, Json());
        }
        if (_server.delay.count() > 0)
            _server.changed.wait_for(lock, _server.delay, [&] { return _server.stopping; });
        conclude(request, response, lock, call, fault, answered);
    }

    Json run(const GraphQuery& query)
    {
        const std::int64_t requested = requestedCost(query);
        if (requested > 1000)
            throw QueryError("Query cost is " + std::to_string(requested) +
                                 ", which exceeds the single query max cost limit (1000).",
                             "MAX_COST_EXCEEDED", {{"cost", requested}, {"maxCost", 1000}});
        if (_server.points.left() < static_cast<double>(requested))
            return throttled(requested);
        std::int64_t actual = 0;
        Json answered;
        try
        {
            answered["data"] = answer(query,
                                      query.kind == "mutation" ? _owner._shop.mutations()
                                                               : _owner._shop.queries(),
                                      actual);
        }
        catch (const QueryError& e)
        {
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
        return {{"errors",
                 Json::array({{{"message", "Throttled"},
                               {"extensions",
                                {{"code", "THROTTLED"},
                                 {"documentation",
                                  "https://shopify.dev/api/usage/rate-limits"}}}}})},
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
        const bool silent = fault == Fault::Closed || fault == Fault::Lost || fault == Fault::Hang ||
                            fault == Fault::Cut;
        call.status = silent                            ? 0
                      : fault == Fault::ServerError     ? 500
                      : fault == Fault::TooMany         ? 429
                      : fault == Fault::Unauthorized    ? 401
                                                        : 200;
        _server.calls.push_back(call);
        _server.changed.notify_all();
        if (fault == Fault::Hang)
            _server.changed.wait(lock, [&] { return _server.stopping; });
        lock.unlock();
        if (fault == Fault::Cut)
        {
            const std::string text = answered.dump();
            response.setContentLength64(static_cast<Poco::Int64>(text.size()));
            response.send().write(text.data(), static_cast<std::streamsize>(text.size() / 2)).flush();
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
            shop.addVariant(asked.at("sku"), asked.value("quantity", 0), asked.value("price", 6500));
        else if (what == "orders" && method == "POST")
            return place(shop, asked);
        else if (what == "faults")
            _server.faults.push_back(
                {static_cast<Fault>(asked.at("fault").get<int>()), asked.value("times", 1),
                 asked.value("operation", "")});
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
        for (const Variant& one : shop.variants)
        {
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
};

namespace
{

class Factory : public Poco::Net::HTTPRequestHandlerFactory
{
public:
    explicit Factory(ShopifyStandIn& owner) : _owner(owner) {}

    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override
    {
        return new StandInHandler(_owner);
    }

private:
    ShopifyStandIn& _owner;
};

} // namespace

ShopifyStandIn::Server::Server(ShopifyStandIn& owner, StandInOptions given)
    : options(std::move(given)), points(options.capacity, options.restorePerSecond)
{
    Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
    params->setMaxThreads(16);
    http = std::make_unique<Poco::Net::HTTPServer>(
        new Factory(owner),
        Poco::Net::ServerSocket(Poco::Net::SocketAddress("127.0.0.1", options.port)), params);
    if (!options.hub.empty())
        courier = std::thread([this, &owner] { deliverForever(owner); });
}

ShopifyStandIn::Server::~Server()
{
    changed.notify_all();
    if (courier.joinable())
        courier.join();
    http->stopAll(true);
}

void ShopifyStandIn::Server::deliverForever(ShopifyStandIn& owner)
{
    std::unique_lock lock(owner._mutex);
    while (!stopping)
    {
        if (owner._shop.waiting.empty())
        {
            changed.wait(lock, [&] { return stopping || !owner._shop.waiting.empty(); });
            continue;
        }
        lock.unlock();
        const std::vector<int> statuses = owner.deliver(options.hub);
        lock.lock();
        const bool failed = std::any_of(statuses.begin(), statuses.end(),
                                        [](int status) { return status != 200; });
        if (failed) // again in a while, as Shopify does
            changed.wait_for(lock, std::chrono::seconds(2), [&] { return stopping; });
    }
}

ShopifyStandIn::ShopifyStandIn(StandInOptions options)
    : _shop(options.shop, [this] { return _server->now(); })
{
    _shop.allowHttp = options.allowHttp;
    _server = std::make_unique<Server>(*this, std::move(options));
    _server->http->start();
}

ShopifyStandIn::~ShopifyStandIn()
{
    {
        const std::lock_guard lock(_mutex);
        _server->stopping = true;
    }
    _server.reset();
}

std::string ShopifyStandIn::url() const
{
    return "http://127.0.0.1:" + std::to_string(port());
}

std::uint16_t ShopifyStandIn::port() const
{
    return _server->http->port();
}

const StandInOptions& ShopifyStandIn::options() const
{
    return _server->options;
}

std::int64_t ShopifyStandIn::available(const std::string& sku)
{
    return with([&](Shop& shop)
                { return shop.levels.at({shop.variant(sku)->itemId, shop.locations.front().id}).available; });
}

void ShopifyStandIn::fail(Fault fault, int times, std::string operation)
{
    const std::lock_guard lock(_mutex);
    _server->faults.push_back({fault, times, std::move(operation)});
}

void ShopifyStandIn::delay(std::chrono::milliseconds time)
{
    const std::lock_guard lock(_mutex);
    _server->delay = time;
}

void ShopifyStandIn::setPoints(double available)
{
    const std::lock_guard lock(_mutex);
    _server->points.set(available);
}

void ShopifyStandIn::setTime(std::int64_t microseconds)
{
    _server->time = microseconds;
}

std::vector<Call> ShopifyStandIn::calls(const std::string& operation)
{
    const std::lock_guard lock(_mutex);
    std::vector<Call> all;
    std::copy_if(_server->calls.begin(), _server->calls.end(), std::back_inserter(all),
                 [&](const Call& call) { return operation.empty() || call.operation == operation; });
    return all;
}

std::vector<std::pair<std::string, std::string>>
ShopifyStandIn::headers(const Delivery& delivery) const
{
    unsigned char mac[32];
    const std::string& secret = options().secret;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(delivery.body.data()), delivery.body.size(), mac,
         nullptr);
    std::ostringstream signature;
    Poco::Base64Encoder encoder(signature);
    encoder.write(reinterpret_cast<const char*>(mac), sizeof mac);
    encoder.close();
    const std::string triggered = timeText(delivery.triggeredAt);
    return {{"Content-Type", "application/json"},
            {"User-Agent", "Shopify-Captain-Hook"},
            {"X-Shopify-Topic", delivery.topic},
            {"X-Shopify-Hmac-Sha256", signature.str()},
            {"X-Shopify-Shop-Domain", options().shop},
            {"X-Shopify-API-Version", "2026-07"},
            {"X-Shopify-Webhook-Id", delivery.webhookId},
            {"X-Shopify-Event-Id", delivery.eventId},
            {"X-Shopify-Triggered-At", triggered.substr(0, triggered.size() - 1) + ".290670248Z"}};
}

std::vector<int> ShopifyStandIn::deliver(const std::string& address, Sequence sequence)
{
    std::vector<std::pair<std::string, Delivery>> posts;
    {
        const std::lock_guard lock(_mutex);
        for (const Delivery& one : std::exchange(_shop.waiting, {}))
        {
            if (!address.empty())
                posts.emplace_back(address, one);
            else
                for (const Subscription& subscription : _shop.subscriptions)
                    if (subscription.topic == upperTopic(one.topic))
                        posts.emplace_back(subscription.uri, one);
        }
    }
    if (sequence == Sequence::Shuffled)
        std::reverse(posts.begin(), posts.end());

    std::vector<int> statuses;
    for (const auto& [to, one] : posts)
    {
        int status = post(to, one.body, headers(one));
        statuses.push_back(status);
        if (sequence == Sequence::Doubled)
            statuses.push_back(status = post(to, one.body, headers(one)));
        if (status != 200)
        {
            const std::lock_guard lock(_mutex);
            _shop.waiting.push_back(one);
        }
    }
    return statuses;
}

} // namespace spokehub::standin
