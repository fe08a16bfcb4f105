#include "ShopifyStandIn.h"

#include "StandInServer.h"

#include <Poco/Base64Encoder.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <sstream>

namespace spokehub::standin
{

namespace
{

std::string upperTopic(const std::string& topic)
{
    std::string made = topic;
    std::transform(made.begin(), made.end(), made.begin(), [](unsigned char c) {
        return static_cast<char>(c == '/' ? '_' : std::toupper(c));
    });
    return made;
}

int post(const std::string& address, const std::string& text,
         const std::vector<std::pair<std::string, std::string>>& headers)
{
    try {
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
    } catch (const Poco::Exception&) {
        return 0; // nobody there: the delivery goes on waiting
    }
}

} // namespace

ShopifyStandIn::Server::Server(ShopifyStandIn& owner, StandInOptions given)
    : options(std::move(given)), points(options.capacity, options.restorePerSecond),
      factory(new StandInFactory(owner))
{
    Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
    params->setMaxThreads(16);
    http = std::make_unique<Poco::Net::HTTPServer>(
        factory, Poco::Net::ServerSocket(Poco::Net::SocketAddress("127.0.0.1", options.port)),
        params);
    if (!options.hub.empty())
        courier = std::thread([this, &owner] { deliverForever(owner); });
}

void ShopifyStandIn::Server::stop()
{
    changed.notify_all();
    if (courier.joinable())
        courier.join();
    http->stopAll(true);
    factory->close();
}

void ShopifyStandIn::Server::deliverForever(ShopifyStandIn& owner)
{
    std::unique_lock lock(owner._mutex);
    while (!stopping) {
        if (owner._shop.waiting.empty()) {
            changed.wait(lock, [&] { return stopping || !owner._shop.waiting.empty(); });
            continue;
        }
        lock.unlock();
        const std::vector<int> statuses = owner.deliver(options.hub);
        lock.lock();
        const bool failed =
            std::any_of(statuses.begin(), statuses.end(), [](int status) { return status != 200; });
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

void ShopifyStandIn::renew()
{
    const std::lock_guard lock(_mutex);
    const auto& options = _server->options;
    _shop = Shop(options.shop, [this] { return _server->now(); });
    _shop.allowHttp = options.allowHttp;
}

ShopifyStandIn::~ShopifyStandIn()
{
    {
        const std::lock_guard lock(_mutex);
        _server->stopping = true;
    }
    _server->stop(); // as long as it is there: what runs asks for it
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
    return with([&](Shop& shop) {
        return shop.levels.at({shop.variant(sku)->itemId, shop.locations.front().id}).available;
    });
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
    std::copy_if(
        _server->calls.begin(), _server->calls.end(), std::back_inserter(all),
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
        for (const Delivery& one : std::exchange(_shop.waiting, {})) {
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
    for (const auto& [to, one] : posts) {
        int status = post(to, one.body, headers(one));
        statuses.push_back(status);
        if (sequence == Sequence::Doubled)
            statuses.push_back(status = post(to, one.body, headers(one)));
        if (status != 200) {
            const std::lock_guard lock(_mutex);
            _shop.waiting.push_back(one);
        }
    }
    return statuses;
}

} // namespace spokehub::standin
