#pragma once

#include "ShopifyStandIn.h"

#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Timestamp.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <optional>
#include <thread>

namespace spokehub::standin
{

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
    Points(double capacity, double restore)
        : _capacity(capacity), _restore(restore), _left(capacity)
    {
    }

    void set(double left)
    {
        _left = left;
        _at = std::chrono::steady_clock::now();
    }

    double left()
    {
        const auto now = std::chrono::steady_clock::now();
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
    std::chrono::steady_clock::time_point _at = std::chrono::steady_clock::now();
};

/// Makes the handlers of requests. Poco's connections keep it, and may ask it for one while their
/// server ends.
class StandInFactory : public Poco::Net::HTTPRequestHandlerFactory
{
public:
    explicit StandInFactory(ShopifyStandIn& owner) : _owner(owner) {}

    Poco::Net::HTTPRequestHandler*
    createRequestHandler(const Poco::Net::HTTPServerRequest&) override;

    /// Makes no more of them, and waits for those that are at work.
    void close();
    void leave(); // says one of them

private:
    ShopifyStandIn& _owner; // until it is closed
    std::mutex _mutex;
    std::condition_variable _left;
    int _working = 0;
    bool _closed = false;
};

/// The inside of the stand-in: its HTTP server, and what the next calls are to meet. Guarded by the
/// owner's mutex.
class ShopifyStandIn::Server
{
public:
    Server(ShopifyStandIn& owner, StandInOptions given);

    /// Nothing of it runs any more.
    void stop();

    StandInOptions options;
    Points points;
    std::vector<PlannedFault> faults;
    std::vector<Call> calls;
    std::chrono::milliseconds delay{0};
    std::atomic<std::int64_t> time{0};
    std::condition_variable changed; // with the owner's mutex
    bool stopping = false;
    StandInFactory* const factory; // the server's
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

} // namespace spokehub::standin
