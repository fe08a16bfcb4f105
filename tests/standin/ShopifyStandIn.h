#pragma once

#include "Shop.h"

#include <chrono>
#include <memory>
#include <mutex>

namespace spokehub::standin
{

/// What goes wrong with a call, on request.
enum class Fault
{
    ServerError,  // HTTP 500
    TooMany,      // HTTP 429 with Retry-After
    Unauthorized, // HTTP 401
    Throttled,    // 200 with errors[0].extensions.code THROTTLED
    Malformed,    // 200 with half a JSON text
    Cut,          // the connection breaks in the middle of the answer; the call was done
    Lost,         // the call was done, and the connection closes without an answer
    Closed,       // the connection closes before anything was done
    Hang          // the call was done, and no answer comes until the server stops
};

/// One GraphQL call, as it came.
struct Call
{
    std::string operation; // root field
    Json variables;
    std::string query;
    int status = 0; // 0: no answer was given
    std::chrono::steady_clock::time_point at{}; // when it came
};

struct StandInOptions
{
    std::uint16_t port = 0; // 0: a free one
    std::string token = "shpat_standin";
    std::string secret = "shopify-standin-secret";
    std::string shop = "leggings.myshopify.com";
    std::string hub{}; // deliver webhooks there by itself; empty: wait for deliver()
    bool allowHttp = false;
    double capacity = 2000;
    double restorePerSecond = 100;
    std::int64_t costMax = 1000; // of one query
};

enum class Sequence
{
    AsCaused,
    Doubled, // each twice, with the same webhook id
    Shuffled // newest first
};

/// A Shopify with state on 127.0.0.1: the part of the Admin GraphQL API that the hub uses, with its
/// real rules, and signed webhooks. Thread-safe; `shop` is reached through with().
class ShopifyStandIn
{
public:
    explicit ShopifyStandIn(StandInOptions options = {});
    ~ShopifyStandIn();

    std::string url() const;
    std::uint16_t port() const;
    const StandInOptions& options() const;

    /// Runs `use` on the shop, under the lock.
    template <typename Use>
    auto with(Use&& use)
    {
        const std::lock_guard lock(_mutex);
        return use(_shop);
    }

    /// An empty shop in the place of this one; its ids begin anew.
    void renew();

    /// What the shop shows as available at its first location.
    std::int64_t available(const std::string& sku);

    /// The next `times` calls of `operation` (a root field; empty: any) end like this.
    void fail(Fault fault, int times = 1, std::string operation = {});
    /// Every call takes at least this long.
    void delay(std::chrono::milliseconds time);
    /// Sets the points that are left; they come back with time.
    void setPoints(double available);
    /// Stops the clock of the shop at this time (microseconds); 0 lets it run.
    void setTime(std::int64_t microseconds);

    std::vector<Call> calls(const std::string& operation = {});

    /// Posts what waits to `address`, empty for the subscriptions' own addresses. What was not
    /// answered with 200 goes on waiting. Answers the status of each attempt; 0 when there was no
    /// answer.
    std::vector<int> deliver(const std::string& address = {},
                             Sequence sequence = Sequence::AsCaused);
    /// The headers of a delivery, signature included.
    std::vector<std::pair<std::string, std::string>> headers(const Delivery& delivery) const;

private:
    friend class StandInHandler;
    class Server; // StandInServer.h

    std::mutex _mutex;
    Shop _shop;
    std::unique_ptr<Server> _server;
};

} // namespace spokehub::standin
